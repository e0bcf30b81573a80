//! The invariants of the tree. A rule that is only written down is a wish; these fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MAX_LINES: usize = 600;

/// Which module of `src/` may use which other. `cli` composes and may use all; whoever adds an
/// edge here shows a reviewer a change of the architecture.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "app",
        &[
            "auth",
            "clock",
            "config",
            "crypto",
            "data_folder",
            "media",
            "rules",
        ],
    ),
    ("asr", &["models"]),
    ("auth", &["clock"]),
    (
        "call",
        &["app", "asr", "clock", "media", "rules", "signalling"],
    ),
    (
        "cli",
        &[
            "app",
            "asr",
            "call",
            "clock",
            "config",
            "crypto",
            "data_folder",
            "demo",
            "hearing",
            "http",
            "media",
            "models",
            "rules",
            "simulate",
            "sound",
        ],
    ),
    ("clock", &[]),
    ("config", &[]),
    ("crypto", &[]),
    ("data_folder", &[]),
    (
        "demo",
        &[
            "app",
            "asr",
            "auth",
            "clock",
            "config",
            "crypto",
            "data_folder",
            "media",
            "rules",
            "simulate",
            "sound",
        ],
    ),
    (
        "http",
        &["app", "auth", "call", "clock", "rules", "signalling"],
    ),
    ("media", &["crypto"]),
    ("models", &[]),
    ("hearing", &[]),
    ("rules", &["hearing"]),
    ("signalling", &["app"]),
    ("simulate", &["media"]),
    ("sound", &[]),
];

/// What a title may say beside messages: which of two it is, and that a message is shown without its marks.
const TITLE_WORDS: [&str; 5] = ["discreet", "booked", "plain", "neutral", "missing"];

pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files that git knows or would know, by extension.
pub(crate) fn sources(extensions: &[&str]) -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the tree");
    let sources: Vec<Source> = String::from_utf8(listed.stdout)
        .expect("names are UTF-8")
        .lines()
        .map(PathBuf::from)
        .filter(|p| {
            p.extension()
                .is_some_and(|e| extensions.iter().any(|x| *x == e))
        })
        .filter_map(|path| {
            Some(Source {
                text: fs::read_to_string(root().join(&path)).ok()?,
                path,
            })
        })
        .collect();
    assert!(!sources.is_empty(), "the tree has {extensions:?} files");
    sources
}

fn complain(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_rust_file_says_what_it_owns_and_stays_short() {
    let mut faults = Vec::new();
    for Source { path, text } in sources(&["rs"]) {
        if !text.starts_with("//!") {
            faults.push(format!("{}: opens without //!", path.display()));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!(
                "{}: {lines} lines, more than {MAX_LINES}",
                path.display()
            ));
        }
    }
    complain(&faults);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let allow = ["#[al", "low("].concat();
    let mut faults = Vec::new();
    for Source { path, text } in sources(&["rs"]) {
        if text.contains(&allow) || text.contains(&allow.replace("#[", "#![")) {
            faults.push(format!(
                "{}: use #[expect(.., reason = \"..\")]",
                path.display()
            ));
        }
    }
    complain(&faults);
}

#[test]
fn an_expect_outside_tests_has_its_invariant_above_it() {
    let mut faults = Vec::new();
    for Source { path, text } in sources(&["rs"]) {
        if path.starts_with("tests")
            || path.ends_with("tests.rs")
            || path.starts_with("benches")
            || path.starts_with("crates/store/src/conformance")
        {
            continue;
        }
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines: Vec<&str> = product.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let proven = lines[i.saturating_sub(3)..i]
                .iter()
                .any(|l| l.contains("// Invariant:"));
            if line.contains(".expect(\"") && !proven {
                faults.push(format!(
                    "{}:{}: expect without // Invariant:",
                    path.display(),
                    i + 1
                ));
            }
        }
    }
    complain(&faults);
}

#[test]
fn modules_use_only_what_the_architecture_lets_them() {
    let mut faults = Vec::new();
    for Source { path, text } in sources(&["rs"]) {
        let Ok(inner) = path.strip_prefix("src") else {
            continue;
        };
        let Some(module) = inner.iter().next().and_then(|m| m.to_str()) else {
            continue;
        };
        let module = module.trim_end_matches(".rs");
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(m, _)| *m == module) else {
            faults.push(format!(
                "{}: {module} has no row in MAY_USE",
                path.display()
            ));
            continue;
        };
        for (i, line) in text.lines().enumerate() {
            for used in used_modules(line) {
                if used != module && !allowed.contains(&used.as_str()) {
                    faults.push(format!(
                        "{}:{}: {module} uses {used}",
                        path.display(),
                        i + 1
                    ));
                }
            }
        }
    }
    complain(&faults);
}

/// The modules behind `crate::` in a line, `use crate::{a, b::c}` included.
fn used_modules(line: &str) -> Vec<String> {
    let name = |s: &str| -> String {
        s.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut used = Vec::new();
    for (at, mark) in line.match_indices("crate::") {
        let rest = &line[at + mark.len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group.split(',').map(|part| name(part.trim()))),
            None => used.push(name(rest)),
        }
    }
    used.retain(|m| !m.is_empty() && m.chars().all(|c| c.is_lowercase() || c == '_'));
    used
}

#[test]
fn the_program_knows_no_recognizer_that_is_made_for_tests() {
    let name = ["Scrip", "ted"].concat();
    let holds = |under: &str| {
        let sources = sources(&["rs"]).into_iter();
        let mut under = sources.filter(|source| source.path.starts_with(under));
        under.any(|source| source.text.to_lowercase().contains(&name.to_lowercase()))
    };
    assert!(holds("tests"), "the control");
    assert!(!holds("src") && !holds("crates"));
}

#[test]
fn every_weights_entry_has_a_licence() {
    let manifest = fs::read_to_string(root().join("models/manifest.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("valid TOML");
    let models = manifest["models"].as_table().expect("models");
    assert!(!models.is_empty());
    for (name, model) in models {
        for key in ["role", "form", "bytes", "sha256", "licence", "origin"] {
            assert!(model.get(key).is_some(), "{name} without {key}");
        }
    }
    let listed = Command::new("git")
        .args(["ls-files", "models"])
        .current_dir(root())
        .output();
    let listed = String::from_utf8(listed.expect("git").stdout).expect("UTF-8");
    assert!(
        listed.lines().all(|f| !f.ends_with(".bin")),
        "weights are never committed"
    );
}

#[test]
fn links_in_documents_resolve() {
    let mut faults = Vec::new();
    let mut links = 0;
    for Source { path, text } in sources(&["md"]) {
        for (_, rest) in text
            .match_indices("](")
            .map(|(i, m)| (i, &text[i + m.len()..]))
        {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let from = root().join(&path);
            if !from.parent().unwrap_or(root()).join(target).exists() {
                faults.push(format!("{}: {target} does not exist", path.display()));
            }
        }
    }
    assert!(links > 5);
    complain(&faults);
}

/// These documents name what keeps each line, so no name may be of a
/// test or a file that is gone.
#[test]
fn what_the_tables_in_docs_name_is_there() {
    let all: String = sources(&["rs", "ts"])
        .into_iter()
        .map(|source| source.text)
        .collect();
    let mut faults = Vec::new();
    for (table, least) in [
        ("docs/bad-input.md", 40),
        ("docs/consent.md", 40),
        ("docs/decisions/README.md", 90),
        ("docs/reliability.md", 25),
        ("docs/asvs.md", 120),
        ("docs/safety.md", 40),
        ("docs/security.md", 40),
    ] {
        let text = fs::read_to_string(root().join(table)).expect("the table");
        let mut named = 0;
        for row in text.lines().filter(|line| line.starts_with("| ")) {
            let kept_in = row.rsplit('|').nth(1).unwrap_or_default();
            for name in kept_in.split('`').skip(1).step_by(2) {
                named += 1;
                let forms = [
                    format!("fn {name}("),
                    format!("fn {name}<"),
                    format!("\"{name}\""),
                    format!("`{name}`"),
                ];
                let there = if name.contains('/') || name.ends_with(".toml") {
                    root().join(name).exists()
                } else {
                    forms.iter().any(|form| all.contains(form))
                };
                if !there {
                    faults.push(format!("{table}: there is no `{name}`"));
                }
            }
        }
        assert!(named > least, "{table}: {named}");
    }
    complain(&faults);
}

/// `ARCHITECTURE.md` names files as their module sees them (`call/plane.rs`), so a name is right
/// when some file of the tree ends with it or lies in it. In the drawing of the shape it is the
/// first word of each line.
#[test]
fn the_files_that_the_map_names_are_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map");
    let files: Vec<String> = sources(&[
        "rs", "ts", "svelte", "sql", "toml", "md", "html", "js", "txt",
    ])
    .into_iter()
    .map(|source| format!("/{}", source.path.display()))
    .chain(["server", "bench", "learn", "chaos"].map(|name| format!("/script/{name}")))
    .collect();
    let there = |name: &str| {
        // The core's crate is called `domain` in the map.
        let name = name.replacen("domain/", "domain/src/", 1);
        let name = name.trim_end_matches('/').replace("src/src/", "src/");
        files
            .iter()
            .any(|file| file.ends_with(&format!("/{name}")) || file.contains(&format!("/{name}/")))
    };
    let (mut faults, mut named, mut drawing) = (Vec::new(), 0, false);
    for line in map.lines() {
        if line.starts_with("```") {
            drawing = !drawing;
            continue;
        }
        let words: Vec<&str> = if drawing {
            line.split_whitespace().take(1).collect()
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        for name in words {
            let file = Path::new(name)
                .extension()
                .is_some_and(|it| it == "rs" || it == "ts" || it == "svelte" || it == "sql");
            let path = file || name.contains('/');
            if !path || name.starts_with('/') || name.contains([' ', '…', '*']) {
                continue;
            }
            named += 1;
            if !there(name) {
                faults.push(format!("ARCHITECTURE.md: there is no `{name}`"));
            }
        }
    }
    assert!(named > 80, "{named}");
    complain(&faults);
}

/// They stand in the list of windows, in histories and on shared screens: messages alone, with nothing of
/// anybody put into them.
#[test]
fn no_title_of_a_page_can_hold_a_name() {
    let mut faults = Vec::new();
    let mut titles = 0;
    for Source { path, text } in sources(&["svelte", "ts", "html"]) {
        if !path.starts_with("web/src") {
            continue;
        }
        if text.contains("document.title") {
            faults.push(format!("{}: set the title by <title>", path.display()));
        }
        for title in text.split("<title>").skip(1) {
            let title = title.split("</title>").next().unwrap_or(title);
            titles += 1;
            // Calls without anything in them, and what chooses between two.
            let chosen = title.replace("()", "");
            let quiet = chosen
                .split(|it: char| !it.is_alphanumeric() && !"_.".contains(it))
                .filter(|word| !word.is_empty())
                .all(|word| word.starts_with("m.") || TITLE_WORDS.contains(&word));
            if title.contains("{") && !quiet {
                faults.push(format!(
                    "{}: the title `{title}` may hold a name",
                    path.display()
                ));
            }
        }
    }
    assert!(titles > 10, "{titles}");
    complain(&faults);
}
