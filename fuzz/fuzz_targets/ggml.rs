//! A ggml model.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::models::fuzz::ggml(data));
