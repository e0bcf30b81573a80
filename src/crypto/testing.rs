//! A fixed key file for the tests of this module.

use super::kek::Kek;

/// The same key every time, by way of a real file.
pub(crate) fn kek() -> Kek {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kek");
    std::fs::write(&path, format!("yorisoi-kek-1 {}\n", "5a".repeat(32))).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Kek::read(&path).unwrap()
}
