//! An SDP offer, as far as its layout.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::media::fuzz::offer(data));
