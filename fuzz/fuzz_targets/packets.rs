//! RTP on its way to sound.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::media::fuzz::packets(data));
