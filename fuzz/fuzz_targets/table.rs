//! A table of bookings.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::app::booking_file::fuzz::table(data));
