//! That `docs/asvs.md` is whole, and what of it shows in the sources alone.

use std::collections::BTreeMap;
use std::fs;

use crate::tidy::{root, sources};

/// Every number of level 1 of ASVS 5.0, and all of its chapter V17.
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "V1.2.1", "V1.2.2", "V1.2.3", "V1.2.4", "V1.2.5", "V1.3.1", "V1.3.2", "V1.5.1", "V2.1.1",
    "V2.2.1", "V2.2.2", "V2.3.1", "V3.2.1", "V3.2.2", "V3.3.1", "V3.4.1", "V3.4.2", "V3.5.1",
    "V3.5.2", "V3.5.3", "V4.1.1", "V4.4.1", "V5.2.1", "V5.2.2", "V5.3.1", "V5.3.2", "V6.1.1",
    "V6.2.1", "V6.2.2", "V6.2.3", "V6.2.4", "V6.2.5", "V6.2.6", "V6.2.7", "V6.2.8", "V6.3.1",
    "V6.3.2", "V6.4.1", "V6.4.2", "V7.2.1", "V7.2.2", "V7.2.3", "V7.2.4", "V7.4.1", "V7.4.2",
    "V8.1.1", "V8.2.1", "V8.2.2", "V8.3.1", "V9.1.1", "V9.1.2", "V9.1.3", "V9.2.1", "V10.4.1",
    "V10.4.2", "V10.4.3", "V10.4.4", "V10.4.5", "V11.3.1", "V11.3.2", "V11.4.1", "V12.1.1",
    "V12.2.1", "V12.2.2", "V13.4.1", "V14.2.1", "V14.3.1", "V15.1.1", "V15.2.1", "V15.3.1",
    "V17.1.1", "V17.1.2", "V17.2.1", "V17.2.2", "V17.2.3", "V17.2.4", "V17.2.5", "V17.2.6",
    "V17.2.7", "V17.2.8", "V17.3.1", "V17.3.2",
];

#[test]
fn every_requirement_of_the_first_level_and_of_webrtc_has_its_line() {
    let text = fs::read_to_string(root().join("docs/asvs.md")).expect("the document");
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in text.lines().filter(|line| line.starts_with("| V")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [number, asks, shown] = cells[..] else {
            panic!("{row}");
        };
        assert!(!asks.is_empty(), "{row}");
        // The names themselves are looked up by `what_the_tables_in_docs_name_is_there`.
        let untested = (number == "V15.2.1").then_some("not shown by a test: ");
        let why = shown.strip_prefix(untested.unwrap_or("does not apply: "));
        let why = why.unwrap_or_default();
        assert!(why.len() > 10 || shown.starts_with('`'), "{row}");
        lines.entry(number).or_default().push(row);
    }
    assert_eq!(NUMBERS.len(), 82);
    for number in NUMBERS {
        let found = lines.get(number).map_or(0, Vec::len);
        assert_eq!(found, 1, "{number} has {found} lines");
    }
}

/// Lines of the sources under `folder` that hold one of the marks.
fn with(folder: &str, extensions: &[&str], marks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources(extensions) {
        if !source.path.starts_with(folder) || source.path.to_string_lossy().contains(".test.") {
            continue;
        }
        for line in source.text.lines() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}: {}", source.path.display(), line.trim()));
            }
        }
    }
    found
}

#[test]
fn pages_take_no_text_for_markup_or_code() {
    let pages = ["svelte", "ts", "js", "html"];
    let marks = [
        "{@html",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function(",
        "javascript:",
        "srcdoc",
    ];
    assert_eq!(with("web/src", &pages, &marks), Vec::<String>::new());
    assert!(!with("web/src", &pages, &["textContent", "{m."]).is_empty());
}

#[test]
fn nothing_is_kept_in_the_browsers_store() {
    let pages = ["svelte", "ts", "js", "html"];
    let marks = [
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
    ];
    assert_eq!(with("web/src", &pages, &marks), Vec::<String>::new());
    assert!(!with("web/src", &pages, &["sendBeacon", "location.replace"]).is_empty());
}

#[test]
fn no_statement_is_put_together_from_text() {
    let made = with("crates/store-sqlite/src", &["rs"], &["AssertSqlSafe("]);
    let elsewhere: Vec<_> = made
        .iter()
        .filter(|line| !line.contains("src/tests.rs") && !line.contains("src/contents.rs"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    // `contents` is there for tests alone, and names tables that the database itself lists.
    assert!(!made.is_empty(), "the control");
    assert!(with("src", &["rs"], &["sqlx::"]).is_empty());
}

#[test]
fn no_program_is_started_on_the_word_of_a_request() {
    let starts = with("src", &["rs"], &["Command::new(", "process::Command"]);
    assert!(!starts.is_empty(), "the control");
    for start in starts {
        // The second is a test of its own file.
        let known = [
            "src/models/fetch/packages.rs",
            "src/cli/quiet.rs",
            "src/simulate/service.rs",
        ];
        assert!(known.iter().any(|file| start.starts_with(file)), "{start}");
    }
}

#[test]
fn password_fields_are_masked_and_open_to_a_password_manager() {
    let fields = with("web/src", &["svelte"], &["password\" label="]);
    assert!(fields.len() >= 2, "{fields:?}");
    for field in fields {
        assert!(field.contains("type=\"password\""), "{field}");
        assert!(
            field.contains("autocomplete=\"current-password\"")
                || field.contains("autocomplete=\"new-password\""),
            "{field}"
        );
    }
    let hinder = ["onpaste", "autocomplete=\"off\" type=\"password\""];
    assert_eq!(
        with("web/src", &["svelte", "ts"], &hinder),
        Vec::<String>::new()
    );
}

#[test]
fn no_weak_hash_is_used_but_where_a_protocol_asks_for_it() {
    let weak = ["Md5", "md5::", "Sha1", "sha1::"];
    let mut used = with("src", &["rs"], &weak);
    used.extend(with("crates", &["rs"], &weak));
    assert!(!used.is_empty(), "the control");
    for line in used {
        // The form of a relay's credentials is coturn's; the codes are those that every authenticator
        // app knows (RFC 6238); the one SRTP profile that all browsers have.
        let asked = line.starts_with("src/media/turn.rs")
            || line.starts_with("crates/domain/src/totp.rs")
            || line.contains("Srtp_Aes128_Cm_");
        assert!(asked, "{line}");
    }
}

/// What a document has to say in words, where no test of the program could show it.
#[test]
fn what_is_to_be_written_down_is_written_down() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect("the document");
    let section = |text: &str, title: &str| {
        let (_, from) = text
            .split_once(&format!("## {title}\n"))
            .unwrap_or_else(|| panic!("{title}"));
        from.split("\n## ").next().unwrap_or_default().to_owned()
    };
    let security = read("docs/security.md");
    for (title, words) in [
        (
            "How soon a weak library is replaced",
            &[
                "three days",
                "fourteen",
                "ninety",
                "three months",
                "cargo deny check",
                "npm audit",
            ][..],
        ),
        (
            "How guessing is held off",
            &[
                "10, 20, 40 and then 60 seconds",
                "60 tries",
                "5 wrong codes",
                "20 in a row",
                "15 minutes",
            ],
        ),
        ("How long a session lives", &["30 minutes", "12 hours"]),
    ] {
        let found = section(&security, title);
        for word in words {
            assert!(found.contains(word), "{title}: {word}");
        }
    }
    // Every library of ciphers, hashes and signatures that the program names has its row.
    let inventory = section(&security, "Keys and ciphers");
    let manifests = read("Cargo.toml") + &read("crates/domain/Cargo.toml");
    for (library, word) in [
        ("chacha20poly1305", "XChaCha20-Poly1305"),
        ("hmac", "HMAC-SHA-256"),
        ("sha2", "SHA-256"),
        ("sha1", "HMAC-SHA-1"),
        ("argon2", "argon2id"),
        ("rustls", "rustls (ring)"),
        ("webrtc", "SRTP"),
    ] {
        assert!(manifests.contains(&format!("\n{library}")), "{library}");
        assert!(inventory.contains(word), "Keys and ciphers: {word}");
    }
    // What belongs together, and limits.
    let input = read("docs/bad-input.md");
    for word in [
        "a wrong birth date, name or number",
        "10, 20, 40, 60",
        "a table of bookings (CSV)",
        "text with control characters or of 100 kB",
        "a note that two people edit",
        "connections without end",
    ] {
        assert!(input.contains(word), "docs/bad-input.md: {word}");
    }
}
