//! Any talk, read by a part of the shipped rules.
#![no_main]
use std::sync::{Arc, LazyLock};

use yorisoi_domain::risk::pack::Pack;

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| {
    let files = [
        ("items.toml", include_str!("../../rules/ja/items.toml")),
        ("vocabulary.toml", include_str!("../../rules/ja/vocabulary.toml")),
        ("suicidal_or_self_harm.toml", include_str!("../../rules/ja/suicidal_or_self_harm.toml")),
        ("smoking.toml", include_str!("../../rules/ja/smoking.toml")),
    ];
    // Invariant: the tests parse the same files.
    Arc::new(Pack::parse(&files).expect("the shipped rules are whole"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi_domain::risk::fuzz::talk(&PACK, data));
