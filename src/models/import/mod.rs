//! Import: a CTranslate2 Whisper folder becomes one ggml file.
//!
//! Owns the sequence read → check → write → rename and its errors; the parts are `ct2` (reading),
//! `vocabulary`, `mel`, `ggml` (layout and writing) and `quantize`. Holds one slice of one tensor in
//! memory at a time. Never fetches anything.

mod ct2;
mod ggml;
mod mel;
mod quantize;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::inspect::Dims;
use super::manifest::Sha256;
use ct2::Ct2Error;
use vocabulary::VocabularyError;

/// How the matrices of a ggml file are stored; vectors and biases stay f32 in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Form {
    #[serde(rename = "f16")]
    F16,
    /// 32 values share a scale, 8 bits each.
    #[serde(rename = "q8_0")]
    Q8_0,
    /// 32 values share a scale, 4 bits each.
    #[serde(rename = "q4_0")]
    Q4_0,
}

/// A file that `run` wrote.
#[derive(Debug, Serialize)]
pub struct Imported {
    pub path: PathBuf,
    pub form: Form,
    pub bytes: u64,
    pub sha256: Sha256,
    pub dims: Dims,
}

/// Why a folder could not be imported. The output file doesn't exist then.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(
        "can't open {}: give the folder that holds model.bin and vocabulary.json or vocabulary.txt",
        path.display()
    )]
    Open { path: PathBuf, source: io::Error },
    #[error("can't import {}", path.display())]
    Model { path: PathBuf, source: Ct2Error },
    #[error("can't import {}", path.display())]
    Vocabulary {
        path: PathBuf,
        source: VocabularyError,
    },
    #[error("{} exists already: choose another name for --out, or remove it first", path.display())]
    Exists { path: PathBuf },
    #[error(
        "can't write {}: check that its folder exists, is writable and has space left",
        path.display()
    )]
    Write { path: PathBuf, source: io::Error },
}

/// Turns `folder` into a ggml file of the given form at `out`, which must not exist yet.
///
/// The file is written under a temporary name in the same folder and renamed when it is whole.
pub fn run(folder: &Path, form: Form, out: &Path) -> Result<Imported, ImportError> {
    if out.exists() {
        return Err(ImportError::Exists {
            path: out.to_owned(),
        });
    }
    let model_path = folder.join("model.bin");
    let open = |source| ImportError::Open {
        path: model_path.clone(),
        source,
    };
    let file = File::open(&model_path).map_err(open)?;
    let len = file.metadata().map_err(open)?.len();
    let in_model = |source| ImportError::Model {
        path: model_path.clone(),
        source,
    };
    let mut model = ct2::Ct2::read(BufReader::new(file), len).map_err(in_model)?;
    let dims = ggml::dims(&model).map_err(in_model)?;
    let records = ggml::layout(&dims);
    ggml::check(&model, &records).map_err(in_model)?;
    let tokens = vocabulary::read(folder)?;

    let write = |source| ImportError::Write {
        path: out.to_owned(),
        source,
    };
    let parent = match out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let partial = tempfile::Builder::new()
        .prefix(".import-")
        .permissions(readable_by_all())
        .tempfile_in(parent)
        .map_err(write)?;
    let mut to = ggml::Writer::new(BufWriter::with_capacity(1 << 20, partial.as_file()), form);
    to.head(&dims, &tokens).map_err(write)?;
    for record in &records {
        to.tensor(&mut model, record).map_err(|error| match error {
            ggml::CopyError::Read(source) => in_model(source),
            ggml::CopyError::Write(source) => write(source),
        })?;
    }
    let (bytes, sha256) = to.finish().map_err(write)?;
    partial.as_file().sync_all().map_err(write)?;
    partial.persist_noclobber(out).map_err(|e| write(e.error))?;
    Ok(Imported {
        path: out.to_owned(),
        form,
        bytes,
        sha256,
        dims,
    })
}

/// Everything that is done with the bytes of a model, into nothing.
pub(super) fn to_nowhere(bytes: &[u8]) -> Result<(u64, Sha256), Ct2Error> {
    let mut model = ct2::Ct2::read(io::Cursor::new(bytes), bytes.len() as u64)?;
    let dims = ggml::dims(&model)?;
    let records = ggml::layout(&dims);
    ggml::check(&model, &records)?;
    let mut to = ggml::Writer::new(io::sink(), Form::Q4_0);
    to.head(&dims, &[]).map_err(Ct2Error::Io)?;
    for record in &records {
        to.tensor(&mut model, record).map_err(|error| match error {
            ggml::CopyError::Read(error) => error,
            ggml::CopyError::Write(error) => Ct2Error::Io(error),
        })?;
    }
    to.finish().map_err(Ct2Error::Io)
}

/// The service often runs as another user than the one who fetched the model; the umask still holds.
fn readable_by_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
        })
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f16" => Ok(Self::F16),
            "q8_0" => Ok(Self::Q8_0),
            "q4_0" => Ok(Self::Q4_0),
            _ => Err("the form is one of f16, q8_0, q4_0".to_owned()),
        }
    }
}
