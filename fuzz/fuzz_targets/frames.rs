//! A file of the sound that is kept.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::media::fuzz::frames(data));
