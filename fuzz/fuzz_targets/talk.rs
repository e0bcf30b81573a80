//! Any talk, read by all shipped rules, with likeness and with the ear for misheard words.
#![no_main]
use std::sync::{Arc, LazyLock};

use yorisoi_domain::risk::pack::Pack;

// Invariant: the tests compile the same pack.
static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| yorisoi::rules::shipped().expect("the shipped rules are whole"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi_domain::risk::fuzz::talk(&PACK, data));
