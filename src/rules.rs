//! The rule pack that ships with the program, and packs from a folder. Compiles each once; what the
//! rules mean is the domain's matter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rust_embed::RustEmbed;
use yorisoi_domain::risk::pack::{Pack, PackError, city};

use crate::hearing;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/rules/ja"]
struct Files;

/// Why there are no rules to read by.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("the rules in {folder} could not be read")]
    Folder {
        folder: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file} could not be read")]
    File {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}:{line}: this is not in UTF-8: save it as UTF-8")]
    Encoding { file: String, line: usize },
    #[error("{folder} holds no .toml file: name the folder of a rule pack")]
    Empty { folder: String },
}

/// A pack's files: name and text, in the order of their names.
pub type PackFiles = Vec<(String, String)>;

/// The files of the pack that ships with the program.
pub fn shipped_files() -> PackFiles {
    let mut files: PackFiles = Files::iter()
        .filter_map(|name| {
            let file = Files::get(&name)?;
            Some((
                name.into_owned(),
                String::from_utf8_lossy(&file.data).into_owned(),
            ))
        })
        .collect();
    files.sort();
    files
}

/// The pack that ships with the program, compiled on first use.
pub fn shipped() -> Result<Arc<Pack>, RulesError> {
    static PACK: OnceLock<Result<Arc<Pack>, PackError>> = OnceLock::new();
    let pack = PACK.get_or_init(|| parse(&shipped_files()).map(Arc::new));
    Ok(Arc::clone(pack.as_ref().map_err(Clone::clone)?))
}

/// The files of a folder's pack, in the order of their names.
pub fn folder_files(folder: &Path) -> Result<PackFiles, RulesError> {
    let shown = folder.display().to_string();
    let fault = |source| RulesError::Folder {
        folder: shown.clone(),
        source,
    };
    let mut files = PackFiles::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((name, text_of(&path)?));
        }
    }
    if files.is_empty() {
        return Err(RulesError::Empty { folder: shown });
    }
    files.sort();
    Ok(files)
}

fn text_of(path: &Path) -> Result<String, RulesError> {
    let file = path.display().to_string();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(RulesError::File { file, source }),
    };
    String::from_utf8(bytes).map_err(|fault| {
        let read = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let line = read.split(|byte| *byte == b'\n').count();
        RulesError::Encoding { file, line }
    })
}

/// The shipped pack with a municipality's own files behind it, with an ear as the shipped one has.
pub fn extend(
    shipped: &Pack,
    own: &BTreeMap<String, String>,
    version: &str,
) -> Result<Pack, PackError> {
    let mut pack = city::extend(shipped, own, version)?;
    let ear = hearing::ear_for(&pack);
    pack.listen_with(ear);
    Ok(pack)
}

/// Parses and compiles a pack's files.
pub fn parse(files: &[(String, String)]) -> Result<Pack, PackError> {
    parse_beside(None, files)
}

/// As [`parse`], beside a pack that may hold the same weights.
pub fn parse_beside(known: Option<&Pack>, files: &[(String, String)]) -> Result<Pack, PackError> {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    let mut pack = Pack::parse_beside(known, &files)?;
    let ear = hearing::ear_for(&pack);
    pack.listen_with(ear);
    Ok(pack)
}
