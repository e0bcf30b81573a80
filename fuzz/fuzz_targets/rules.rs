//! A municipality's own rules after the shipped items and vocabulary.
#![no_main]
const FILES: [(&str, &str); 2] = [
    ("items.toml", include_str!("../../rules/ja/items.toml")),
    ("vocabulary.toml", include_str!("../../rules/ja/vocabulary.toml")),
];
libfuzzer_sys::fuzz_target!(|data: &[u8]| yorisoi_domain::risk::fuzz::rules(&FILES, data));
