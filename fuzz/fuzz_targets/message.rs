//! A message on a page's socket.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi::signalling::fuzz::message(data));
