//! Folding of any text.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi_domain::risk::fuzz::text(data));
