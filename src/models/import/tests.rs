//! The importer over small made-up models: equal to the reference, and unharmed by bad input.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::models::inspect;
use crate::models::whisper_folder::WhisperFolder;

/// CTranslate2's numbers for element types.
const F32: u8 = 0;
const I8: u8 = 1;

fn import(folder: &WhisperFolder, form: Form) -> (TempDir, Result<Imported, ImportError>) {
    let place = tempfile::tempdir().unwrap();
    folder.write(&place.path().join("ct2"));
    let made = run(
        &place.path().join("ct2"),
        form,
        &place.path().join("out.bin"),
    );
    (place, made)
}

/// The error and its causes, as the command line prints them.
fn complaint(folder: &WhisperFolder) -> String {
    let (place, made) = import(folder, Form::F16);
    assert!(!place.path().join("out.bin").exists());
    format!("{:#}", anyhow::Error::from(made.unwrap_err()))
}

/// Hashes made by the reference importer (Python, numpy) from the same folders.
#[test]
fn files_equal_the_references() {
    let small = WhisperFolder::default();
    let tall = WhisperFolder {
        mels: 128,
        layers: 3,
        ..WhisperFolder::default()
    };
    for (folder, form, sha256) in [
        (
            &small,
            Form::F16,
            "45e9ab2393769fa6b64250eac7f5d1847749fa627a8c9cddf3bb8a3ef2b98754",
        ),
        (
            &small,
            Form::Q8_0,
            "08103e2160d582a51a0c66c630baffe10420b3e2f414fe2105dd5ba6e2033278",
        ),
        (
            &small,
            Form::Q4_0,
            "5782bd2b9c659062eb7ee98c172f4b7b070d8d77306c57e6875290c6e62d7e43",
        ),
        (
            &tall,
            Form::F16,
            "ffbbb08a24b53ac025abb17b43ef69c08f2b82643f4398a2602fc0947ba8ca7e",
        ),
        (
            &tall,
            Form::Q8_0,
            "3a5baa04af75d1f6d882473dccf28c81a0e14d293ea7a9a1616414c729aa2155",
        ),
        (
            &tall,
            Form::Q4_0,
            "167ed777d8b4a45990afd44cff4def6439693433ae58455937d59e5f26983a70",
        ),
    ] {
        let (_place, made) = import(folder, form);
        assert_eq!(
            made.unwrap().sha256.to_string(),
            sha256,
            "{folder:?} as {form}"
        );
    }
}

#[test]
fn versions_vocabularies_and_float_types_make_no_difference() {
    let (_place, one) = import(&WhisperFolder::default(), Form::Q8_0);
    let other = WhisperFolder {
        version: 5,
        json: false,
        element: F32,
        ..WhisperFolder::default()
    };
    let (place, other) = import(&other, Form::Q8_0);
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.sha256, other.sha256);

    let path = place.path().join("out.bin");
    assert_eq!(other.bytes, path.metadata().unwrap().len());
    let header = inspect::inspect(&path).unwrap();
    assert_eq!(header.dims, other.dims);
    assert_eq!(header.form, "q8_0");
    assert_eq!((other.dims.n_audio_ctx, other.dims.n_text_ctx), (6, 5));
}

#[test]
fn models_that_cannot_be_used_are_named() {
    let good = WhisperFolder::default();
    for (folder, part) in [
        (
            WhisperFolder {
                version: 3,
                ..good.clone()
            },
            "format version 5 or 6 (it begins with 3)",
        ),
        (
            WhisperFolder {
                spec: "TransformerSpec",
                ..good.clone()
            },
            "kind \"TransformerSpec\"",
        ),
        (
            WhisperFolder {
                element: I8,
                ..good.clone()
            },
            "convert the model again with `--quantization float16`",
        ),
        (
            WhisperFolder {
                mels: 64,
                ..good.clone()
            },
            "[64, 64, 3] where [width, 80 or 128, 3]",
        ),
        (
            WhisperFolder {
                layers: 0,
                ..good.clone()
            },
            "has no layers",
        ),
    ] {
        let said = complaint(&folder);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn an_existing_file_is_kept() {
    let place = tempfile::tempdir().unwrap();
    WhisperFolder::default().write(place.path());
    let out = place.path().join("out.bin");
    std::fs::write(&out, "mine").unwrap();
    let error = run(place.path(), Form::F16, &out).unwrap_err();
    assert!(matches!(error, ImportError::Exists { .. }));
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
}

#[test]
fn a_folder_without_model_or_vocabulary_is_named() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out.bin");
    let error = run(place.path(), Form::F16, &out).unwrap_err();
    assert!(error.to_string().contains("model.bin"), "{error}");
    std::fs::write(
        place.path().join("model.bin"),
        WhisperFolder::default().model(),
    )
    .unwrap();
    let error = run(place.path(), Form::F16, &out).unwrap_err();
    assert!(error.to_string().contains("vocabulary.txt"), "{error}");
    let left = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(left, 1, "only model.bin is left");
}

#[test]
fn a_model_cut_off_anywhere_is_truncated() {
    let whole = WhisperFolder::default().model();
    assert!(to_nowhere(&whole).is_ok());
    let head = 0..600;
    let tail = whole.len() - 200..whole.len();
    for end in head.chain(tail).chain((600..whole.len()).step_by(99_991)) {
        let error = to_nowhere(&whole[..end]).unwrap_err();
        assert!(matches!(error, Ct2Error::Truncated), "at {end}: {error}");
    }
}

/// Offsets of the bytes that are not values: each name begins with `encoder/` or `decoder/`.
fn table_offsets(model: &[u8]) -> Vec<usize> {
    let names = model.windows(8).enumerate();
    let starts = names.filter(|(_, bytes)| matches!(*bytes, b"encoder/" | b"decoder/"));
    (0..30)
        .chain(starts.flat_map(|(at, _)| at - 2..(at + 80).min(model.len())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_table_never_panics_and_never_allocates_wildly(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        static MODEL: std::sync::LazyLock<(Vec<u8>, Vec<usize>)> = std::sync::LazyLock::new(|| {
            let model = WhisperFolder::default().model();
            let offsets = table_offsets(&model);
            (model, offsets)
        });
        let (model, offsets) = &*MODEL;
        let mut model = model.clone();
        for (place, byte) in damage {
            model[*place.get(offsets)] = byte;
        }
        // Either way is right; a panic or an exhausted memory is not.
        if let Err(error) = to_nowhere(&model) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
