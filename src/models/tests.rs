//! From a name or a path to a file: what is right, missing, truncated, foreign, altered.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::whisper_folder::WhisperFolder;
use super::*;

/// A cache with one right model, `small`, and a manifest that also names `absent`.
fn cache() -> (TempDir, Manifest) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("ct2");
    WhisperFolder::default().write(&folder);
    let file = path_of(place.path(), "small");
    let made = import::run(&folder, Form::Q4_0, &file).unwrap();
    let text = format!(
        r#"
        default = "small"
        [models.small]
        role = "live"
        form = "q4_0"
        bytes = {bytes}
        sha256 = "{sha256}"
        licence = "MIT"
        origin = "made up"
        [models.absent]
        role = "live"
        form = "f16"
        bytes = 1
        sha256 = "{sha256}"
        licence = "MIT"
        origin = "made up"
        "#,
        bytes = made.bytes,
        sha256 = made.sha256,
    );
    let manifest = Manifest::parse(&text, "a test").unwrap();
    (place, manifest)
}

fn complaint(manifest: &Manifest, dir: &Path, name: &str) -> String {
    resolve(manifest, dir, name).unwrap_err().to_string()
}

#[test]
fn a_right_file_is_found_by_alias_name_and_path() {
    let (place, manifest) = cache();
    let dir = place.path();
    let file = path_of(dir, "small");
    let by_alias = resolve(&manifest, dir, "base").unwrap();
    assert_eq!(by_alias.name, "small");
    assert_eq!(by_alias.path, file);
    assert_eq!(by_alias.form, "q4_0");
    assert_eq!(by_alias.sha256, manifest.models["small"].sha256);
    assert_eq!(by_alias.dims.n_mels, 80);

    let own = dir.join("our-city.bin");
    fs::copy(&file, &own).unwrap();
    let by_path = resolve(&manifest, dir, own.to_str().unwrap()).unwrap();
    assert_eq!(by_path.name, "our-city");
    assert_eq!(by_path.sha256, by_alias.sha256);
}

#[test]
fn bad_files_say_what_to_do() {
    let (place, manifest) = cache();
    let dir = place.path();
    let file = path_of(dir, "small");
    let whole = fs::read(&file).unwrap();
    let fetch = "run `yorisoi models fetch small`";

    // The last tensor is decoder.ln.bias: four numbers, a name of 15 bytes, 64 values.
    let last_tensor = 16 + 15 + 4 * 64;
    let half = whole.len() / 2;
    for end in [
        0,
        3,
        40,
        5_000,
        half,
        whole.len() - 1,
        whole.len() - last_tensor,
    ] {
        fs::write(&file, &whole[..end]).unwrap();
        let said = complaint(&manifest, dir, "small");
        assert!(
            said.contains("ends early") && said.contains(fetch),
            "{end}: {said}"
        );
    }

    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    fs::write(&file, &altered).unwrap();
    let said = complaint(&manifest, dir, "base");
    assert!(
        said.contains("not the file the manifest names") && said.contains(fetch),
        "{said}"
    );

    let mut longer = whole;
    longer.extend([0; 12]);
    fs::write(&file, &longer).unwrap();
    let said = complaint(&manifest, dir, "small");
    assert!(
        said.contains("damaged tensor table") && said.contains(fetch),
        "{said}"
    );

    for (bytes, what) in [
        (&b"<!DOCTYPE html><html>"[..], "a web page"),
        (b"GGUF\x03\0\0\0", "a GGUF file"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"\x06\0\0\0\x0c\0WhisperSpec\0", "a CTranslate2 model"),
        (b"RIFF....WAVE", "not a ggml file"),
    ] {
        fs::write(&file, bytes).unwrap();
        let said = complaint(&manifest, dir, "small");
        assert!(said.contains(what) && said.contains(fetch), "{said}");
    }

    fs::remove_file(&file).unwrap();
    let said = complaint(&manifest, dir, "small");
    assert!(said.contains("is not in") && said.contains(fetch), "{said}");
    let said = complaint(&manifest, dir, "/nowhere/model.bin");
    assert!(
        said.contains("there is no file /nowhere/model.bin"),
        "{said}"
    );
}

#[test]
fn verify_looks_at_every_file() {
    let (place, manifest) = cache();
    let dir = place.path();
    fs::copy(path_of(dir, "small"), dir.join("our-city.bin")).unwrap();
    fs::write(dir.join("broken.bin"), "GGUF").unwrap();
    let states: Vec<_> = verify(&manifest, dir)
        .into_iter()
        .map(|found| (found.name, found.state))
        .collect();
    let expected = [
        ("absent", State::Missing),
        ("small", State::Right),
        ("broken", State::Foreign),
        ("our-city", State::Own),
    ];
    assert_eq!(
        states,
        expected.map(|(name, state)| (name.to_owned(), state))
    );
}

#[test]
fn absurd_sizes_in_a_ggml_file_are_no_reason_to_panic() {
    let (place, manifest) = cache();
    let file = path_of(place.path(), "small");
    let whole = fs::read(&file).unwrap();
    // Past the filters: the number of tokens, and the first token's length.
    let tokens = 4 * (12 + 2 + 80 * 201);
    for at in (0..56).step_by(4).chain([tokens, tokens + 4]) {
        for value in [0_u32, u32::MAX, u32::MAX / 2, 65_537] {
            let mut bytes = whole.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            fs::write(&file, bytes).unwrap();
            assert!(
                resolve(&manifest, place.path(), "small").is_err(),
                "{value} at {at}"
            );
        }
    }
}
