//! The description of the interface that the front end is generated from is the present one.

use std::path::Path;

/// To write it anew: `UPDATE_OPENAPI=1 cargo test --test it openapi`.
#[test]
fn the_committed_description_is_the_present_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/lib/api/openapi.json");
    let present = yorisoi::http::openapi::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &present).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == present,
        "web/src/lib/api/openapi.json is stale: run `UPDATE_OPENAPI=1 cargo test --test it openapi`, \
         then `npm run gen:api` in web/"
    );
}
