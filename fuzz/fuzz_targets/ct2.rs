//! A CTranslate2 model.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::models::fuzz::ct2(data));
