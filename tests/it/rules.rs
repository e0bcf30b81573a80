//! The shipped rule pack: its examples, and that nobody wrote the development cases into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use yorisoi::rules;
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::finding::Asked;
use yorisoi_domain::risk::pack::city;
use yorisoi_domain::risk::score::{Case, CoverageMiss, Score};

fn cases(names: &[&str]) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rules");
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    let texts: Vec<String> = texts.collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Letters and numbers alone.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn every_rule_does_what_its_examples_say() {
    let pack = rules::shipped().unwrap();
    assert_eq!(pack.items().len(), 30);
    let failures = example::failures(&pack);
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Clear statements and answers of the development cases: a floor that a change of rules keeps.
#[test]
fn the_development_cases_are_read() {
    let pack = rules::shipped().unwrap();
    let mut score = Score::default();
    for case in cases(&["utterances.jsonl", "pairs.jsonl"]) {
        score.add(&case, &pack, false);
    }
    score.finish();
    score.hide_aside();
    let recall = |tier: &str| score.tiers[tier].recall.unwrap();
    assert!(
        recall("immediate") >= 0.99 && recall("review") >= 0.95,
        "{:#?}",
        score.misses
    );
    assert!(score.total.recall.unwrap() >= 0.90 && score.total.precision.unwrap() >= 0.90);
}

/// Cases that were written from the items' meaning, before any rule was looked at.
#[test]
fn cases_written_apart_from_the_rules_are_read() {
    let pack = rules::shipped().unwrap();
    let mut score = Score::default();
    for case in cases(&["own.jsonl"]) {
        score.add(&case, &pack, false);
    }
    score.finish();
    let reassured = |miss: &&CoverageMiss| miss.read == Asked::Negative;
    let reassured = score.coverage_misses.iter().filter(reassured).count();
    score.hide_aside();
    let (recall, precision) = (score.total.recall, score.total.precision);
    assert!(
        recall.unwrap() >= 0.85 && precision.unwrap() >= 0.92,
        "{:#?}",
        score.misses
    );
    assert!(
        score.coverage.accuracy.unwrap() >= 0.90,
        "{:#?}",
        score.coverage_misses
    );
    assert!(reassured <= 1);
}

#[test]
fn no_pattern_is_a_sentence_of_the_development_cases() {
    let cases = cases(&["utterances.jsonl", "pairs.jsonl", "interviews.jsonl"]);
    let turns: Vec<String> = cases
        .iter()
        .flat_map(|case| &case.turns)
        .map(|turn| plain(&turn.text))
        .collect();
    let mut faults = Vec::new();
    for (name, text) in rules::shipped_files() {
        let file: toml::Table = text.parse().unwrap();
        let mut patterns = Vec::new();
        for table in ["rule", "question"] {
            for rule in file
                .get(table)
                .and_then(|rules| rules.as_array())
                .into_iter()
                .flatten()
            {
                for key in ["patterns", "unless"] {
                    patterns.extend(
                        rule.get(key)
                            .and_then(|list| list.as_array())
                            .into_iter()
                            .flatten(),
                    );
                }
            }
        }
        for words in file
            .get("concept")
            .and_then(|concepts| concepts.as_table())
            .into_iter()
            .flatten()
        {
            patterns.extend(words.1.as_array().into_iter().flatten());
        }
        for pattern in patterns.iter().filter_map(|pattern| pattern.as_str()) {
            // Every stretch of plain words in a pattern, between its signs.
            for words in pattern.split(|c: char| !c.is_alphanumeric()).map(plain) {
                let long = words.chars().count() >= 9;
                let same = words.chars().count() >= 5 && turns.contains(&words);
                if same || (long && turns.iter().any(|turn| turn.contains(&words))) {
                    faults.push(format!("{name}: {words}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// There is room left for what a city adds, with words that many shipped rules are made of.
#[test]
fn a_city_can_extend_the_shipped_rules() {
    let shipped = rules::shipped().unwrap();
    let words = ["うちの旦那さま".to_owned()];
    let off = &shipped.written()[0].id;
    let files = [
        (
            city::words_file("partner"),
            city::words_text("partner", &words),
        ),
        (city::rule_file(off), city::off_file(off)),
    ];
    let pack = city::extend(&shipped, &files.into(), "2026.12").unwrap();
    assert_eq!(pack.written().len(), shipped.written().len() - 1);
    let failures = example::failures(&Arc::new(pack));
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Somebody who writes rules is told the place, not only that something is wrong.
#[test]
fn a_pattern_that_is_not_valid_is_named_by_file_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in yorisoi::rules::shipped_files() {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let own = |pattern: &str| {
        format!(
            "# 若葉市の語\n\n[[rule]]\nid = \"smoking.own\"\nitem = \"smoking\"\n\
             patterns = [\"たばこを吸う\", \"{pattern}\"]\nmatch = [\"たばこを吸う\"]\n\
             no_match = [\"駅から歩いて来ました\"]\n"
        )
    };
    // The second pattern of the rule begins in column 23.
    for (pattern, column, says) in [
        ("た(ばこ", 25, "the pattern is not valid: "),
        ("[ぁ-", 24, "the pattern is not valid: "),
        ("{no_such_word}", 23, "there is no concept `no_such_word`"),
        ("", 23, "a pattern has 1 to"),
        (&"あ".repeat(1_000), 23, "a pattern has 1 to"),
        ("(?:あ{500}){500}", 23, "the pattern is too big"),
    ] {
        fs::write(dir.path().join("zz-own.toml"), own(pattern)).unwrap();
        for command in ["check", "explain"] {
            let mut yorisoi = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
            yorisoi.args(["rules", command]);
            if command == "explain" {
                yorisoi.arg("たばこを吸う");
            }
            let output = yorisoi.arg("--rules").arg(dir.path()).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(output.stdout.is_empty());
            let place = format!("zz-own.toml:6:{column}: ");
            assert!(
                said.contains(&place) && said.contains(says),
                "{pattern}: {said}"
            );
        }
    }
    fs::write(dir.path().join("zz-own.toml"), "[[rule]]\nid = smoking\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_yorisoi"))
        .args(["rules", "check", "--rules"])
        .arg(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("zz-own.toml:2:6: "), "{said}");
}

/// Somebody who talks much is heard as well as somebody who says one thing.
#[test]
fn a_sentence_beside_a_finding_takes_nothing_from_it() {
    let pack = rules::shipped().unwrap();
    let beside = "上の子の保育園も決まって、ほっとしてます。ベッドは姉から借ります。";
    let alone = pack
        .examples()
        .iter()
        .filter(|it| it.matches && it.says_risk);
    let alone: Vec<_> = alone.filter(|it| !it.text.contains('→')).collect();
    let lost = alone.iter().filter(|it| {
        let text = format!("{}。{beside}", it.text);
        let reader = example::read(&pack, &text);
        let mut findings = reader.reading().findings.iter();
        !findings.any(|finding| finding.item == it.item)
    });
    let lost: Vec<&str> = lost.map(|it| it.text.as_str()).collect();
    assert!(
        lost.len() * 50 <= alone.len(),
        "{} of {}: {lost:#?}",
        lost.len(),
        alone.len()
    );
}

#[test]
fn the_weights_are_those_of_the_labelled_talk_at_hand() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("script/learn");
    let mut check = Command::new(script);
    check
        .arg("--check")
        .env("YORISOI", env!("CARGO_BIN_EXE_yorisoi"));
    let told = check.output().unwrap();
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
}
