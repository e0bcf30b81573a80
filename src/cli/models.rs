//! `yorisoi models`: list, verify, fetch, import.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Subcommand;
use serde::Serialize;

use super::Format;
use crate::models::{self, Finding, Form, Role, State, StoreArgs, import};

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Shows the models the manifest knows, and which of them are in the cache.
    List {
        #[command(flatten)]
        store: StoreArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Checks every file in the cache; fails if one is wrong or a model named here is missing.
    Verify {
        /// Models that have to be there [default: the manifest's default model]
        names: Vec<String>,
        #[command(flatten)]
        store: StoreArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Puts a model into the cache. The only command that goes outside.
    Fetch {
        /// `base` or a name from `yorisoi models list`.
        name: String,
        #[command(flatten)]
        store: StoreArgs,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Turns a Whisper model in CTranslate2 form into one ggml file.
    Import {
        /// Folder with model.bin and vocabulary.json or vocabulary.txt.
        folder: PathBuf,
        /// f16, q8_0 or q4_0.
        #[arg(long)]
        form: Form,
        /// The file to write; it must not exist yet.
        #[arg(long)]
        out: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

impl ModelsCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { store, format } => list(&store, format),
            Self::Verify {
                names,
                store,
                format,
            } => verify(&names, &store, format),
            Self::Fetch {
                name,
                store,
                format,
            } => {
                let (manifest, dir) = store.open()?;
                let model = models::fetch(&manifest, &dir, &name, &note)?;
                format.print(&model, |out, model| {
                    let (name, path, hash) = (&model.name, model.path.display(), &model.sha256);
                    writeln!(out, "{name} is in place: {path} (sha256 {hash})")
                })
            }
            Self::Import {
                folder,
                form,
                out,
                format,
            } => {
                let made = import::run(&folder, form, &out)?;
                format.print(&made, |out, made| {
                    let (path, bytes, hash) = (made.path.display(), made.bytes, &made.sha256);
                    writeln!(out, "{path}: {form}, {bytes} bytes, sha256 {hash}")
                })
            }
        }
    }
}

/// What happens meanwhile; a closed stderr is no reason to stop.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    dir: &'a Path,
    models: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    default: bool,
    role: Role,
    form: Form,
    bytes: u64,
    sha256: &'a str,
    licence: &'a str,
    origin: &'a str,
    in_cache: bool,
}

fn list(store: &StoreArgs, format: Format) -> anyhow::Result<()> {
    let (manifest, dir) = store.open()?;
    let rows = manifest.models.iter().map(|(name, model)| Listed {
        name,
        default: *name == manifest.default,
        role: model.role,
        form: model.form,
        bytes: model.bytes,
        sha256: &model.sha256,
        licence: &model.licence,
        origin: &model.origin,
        in_cache: models::path_of(&dir, name).exists(),
    });
    let listing = Listing {
        dir: &dir,
        models: rows.collect(),
    };
    format.print(&listing, |out, listing| {
        writeln!(out, "Models in {}:", listing.dir.display())?;
        for row in &listing.models {
            let megabytes = row.bytes.div_ceil(1_000_000);
            let place = if row.in_cache {
                "in cache"
            } else {
                "not fetched"
            };
            let default = if row.default { ", the default" } else { "" };
            writeln!(
                out,
                "{:<12} {:<10} {:<4} {megabytes:>5} MB  {place:<11}  {} ({}){default}",
                row.name, row.role, row.form, row.origin, row.licence,
            )?;
        }
        Ok(())
    })
}

#[derive(Debug, Serialize)]
struct Verified<'a> {
    dir: &'a Path,
    ok: bool,
    models: &'a [Finding],
}

fn verify(names: &[String], store: &StoreArgs, format: Format) -> anyhow::Result<()> {
    let (manifest, dir) = store.open()?;
    let default = [manifest.default.clone()];
    let mut needed = Vec::new();
    for name in if names.is_empty() { &default } else { names } {
        needed.push(manifest.model(name)?.0);
    }
    let findings = models::verify(&manifest, &dir);
    let is_bad = |finding: &Finding| match finding.state {
        State::Right | State::Own => false,
        State::Missing => needed.contains(&finding.name.as_str()),
        _ => true,
    };
    let bad = findings.iter().filter(|finding| is_bad(finding)).count();
    let verified = Verified {
        dir: &dir,
        ok: bad == 0,
        models: &findings,
    };
    format.print(&verified, |out, verified| {
        let mut rows = verified.models.iter();
        rows.try_for_each(|finding| writeln!(out, "{}", sentence(finding, is_bad(finding))))
    })?;
    match bad {
        0 => Ok(()),
        1 => bail!("one model is missing or wrong: do what its line says"),
        n => bail!("{n} models are missing or wrong: do what their lines say"),
    }
}

fn sentence(finding: &Finding, is_bad: bool) -> String {
    let name = &finding.name;
    match (finding.state, &finding.message) {
        (State::Right, _) => format!("✓ {name}: is right"),
        (State::Own, _) => format!("✓ {name}: is whole, and not in the manifest (your own model)"),
        (State::Missing, _) if !is_bad => format!("- {name}: not fetched"),
        (_, Some(message)) => format!("✗ {name}: {message}"),
        (_, None) => format!("✗ {name}: can't be used"),
    }
}
