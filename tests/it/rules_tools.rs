//! `yorisoi rules` in the hands of somebody who mistypes: each is told what to do, and nothing passes for an answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use yorisoi::rules;

fn yorisoi(args: &[&str]) -> Output {
    let mut yorisoi = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    yorisoi.arg("rules").args(args).output().unwrap()
}

/// With these rules.
fn by(dir: &TempDir, args: &[&str]) -> Output {
    yorisoi(&[args, &["--rules", shown(dir.path())]].concat())
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Refused, with nothing on stdout.
fn refused(output: &Output) -> String {
    let told = told(output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(output.stdout.is_empty(), "{told}");
    told
}

fn file(dir: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The shipped items with one rule: compiled in no time.
fn small() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let shipped = rules::shipped_files();
    let items = shipped.iter().find(|(name, _)| name == "items.toml");
    file(&dir, "items.toml", &items.unwrap().1);
    let rule = r#"
        [[rule]]
        id = "smoking.own"
        item = "smoking"
        patterns = ["たばこ〜吸"]
        match = ["たばこを吸っています"]
        no_match = ["駅から歩いて来ました"]
    "#;
    file(&dir, "own.toml", rule);
    dir
}

/// A case in which smoking is expected and nothing is said of it.
fn missed(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","turns":[{{"speaker":"resident","text":"駅から歩いて来ました"}}],"expect":[{{"item":"smoking","turn":0}}],"coverage":{{"smoking":"positive"}}}}"#
    )
}

/// By the first byte of its sha256, `case-3` is set aside, and `case-1` is not.
const SEEN: &str = "case-1";
const ASIDE: &str = "case-3";

#[test]
fn what_is_set_aside_is_counted_and_never_shown() {
    let dir = small();
    let cases = [SEEN, ASIDE, "case-3-heard"].map(missed).join("\n");
    let cases = file(&dir, "cases.jsonl", cases);
    for format in ["text", "json"] {
        let all = printed(&by(&dir, &["eval", shown(&cases), "--format", format]));
        assert!(all.contains(SEEN), "{all}");
        assert!(!all.contains(ASIDE), "{all}");
        let aside = ["eval", shown(&cases), "--fold", "aside", "--format", format];
        assert!(!printed(&by(&dir, &aside)).contains("case-"));
        let explained = printed(&by(
            &dir,
            &["explain", "--case", shown(&cases), "--format", format],
        ));
        assert!(explained.contains(SEEN) && !explained.contains(ASIDE));
    }
    let all = printed(&by(&dir, &["eval", shown(&cases)]));
    assert!(all.contains("3 cases") && all.contains("4 misses"), "{all}");
    // Whoever asks for one by its name has decided to look at it.
    let one = printed(&by(&dir, &["explain", "--case", shown(&cases), ASIDE]));
    assert!(one.contains(ASIDE), "{one}");
    let only = file(&dir, "aside.jsonl", missed(ASIDE));
    let told = refused(&by(&dir, &["explain", "--case", shown(&only)]));
    assert!(told.contains("set aside: give the id of one"), "{told}");
}

#[test]
fn a_case_that_labels_what_is_not_there_is_named_by_file_and_line() {
    let dir = small();
    let good = missed(SEEN);
    for (n, (bad, says)) in [
        (
            good.replace(r#""item":"smoking""#, r#""item":"smokin""#),
            "`smokin`",
        ),
        (good.replace(r#"{"smoking":"#, r#"{"smokin":"#), "`smokin`"),
        (
            good.replace(r#""coverage""#, r#""tolerate":["smokin"],"coverage""#),
            "`smokin`",
        ),
        (good.replace(r#""turn":0"#, r#""turn":1"#), "turn 1"),
        (good.replace('}', ""), "no labelled case"),
    ]
    .into_iter()
    .enumerate()
    {
        let cases = file(&dir, &format!("{n}.jsonl"), format!("{good}\n\n{bad}\n"));
        for command in [
            ["eval", shown(&cases)].as_slice(),
            &["explain", "--case", shown(&cases)],
        ] {
            let told = refused(&by(&dir, command));
            let place = format!("{n}.jsonl:3: ");
            assert!(told.contains(&place) && told.contains(says), "{told}");
        }
    }
    for empty in ["", "\n \n"] {
        let cases = file(&dir, "empty.jsonl", empty);
        let told = refused(&by(&dir, &["eval", shown(&cases)]));
        assert!(told.contains("empty.jsonl holds no case"), "{told}");
    }
}

#[test]
fn a_text_that_is_no_exchange_is_not_read_as_one_answer() {
    let dir = small();
    for (text, says) in [
        (
            "たばこは吸いますか -> 吸います",
            "たばこは吸いますか → 吸います",
        ),
        (
            "たばこは吸いますか => 吸います",
            "たばこは吸いますか → 吸います",
        ),
        ("たばこは吸いますか\n吸います", "--case"),
        ("たばこは吸いますか\u{2028}吸います", "--case"),
        ("たばこは → 吸います → お酒は", "--case"),
        (" → 吸います", "on both sides"),
        ("たばこは吸いますか →", "on both sides"),
        (" \n", "empty"),
    ] {
        let told = refused(&by(&dir, &["explain", text]));
        assert!(told.contains(says), "{text:?}: {told}");
    }
}

#[test]
fn whoever_gives_nothing_to_explain_is_told_of_texts_and_of_cases() {
    let output = yorisoi(&["explain"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told.contains("TEXT") && told.contains("--case <FILE>"),
        "{told}"
    );
}

#[test]
fn signs_that_steer_a_terminal_are_shown_as_what_they_are() {
    let dir = small();
    let text = "たばこを\u{1b}[2J\u{9b}\u{202e}吸っています";
    let case = file(&dir, "case.jsonl", missed("case-1\\u001b[2J"));
    let unknown = file(
        &dir,
        "unknown.jsonl",
        missed(SEEN).replace("smoking", "\\u001b[2Jx"),
    );
    for args in [
        vec!["explain", "--near", text],
        vec!["explain", "--case", shown(&case)],
        vec!["eval", shown(&case)],
        vec!["eval", shown(&unknown)],
    ] {
        let output = by(&dir, &args);
        let all = [output.stdout.clone(), output.stderr.clone()].concat();
        let all = String::from_utf8(all).unwrap();
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!all.contains(steers), "{all:?}");
        assert!(all.contains("\\u{1b}[2J"), "{all}");
    }
}

/// What only counts as an answer is a near miss where somebody asked.
#[test]
fn near_misses_name_answers_to_the_items_that_were_asked_about() {
    let near = printed(&yorisoi(&[
        "explain",
        "--near",
        "たばこは吸いますか → それが、まだ",
    ]));
    assert!(near.contains("smoking"), "{near}");
    assert!(!near.contains("counts only as an answer"), "{near}");
    // The label says that she was asked, in words that no question knows.
    let dir = tempfile::tempdir().unwrap();
    let case = missed(SEEN).replace("駅から歩いて来ました", "それが、まだ");
    let case = file(&dir, "case.jsonl", case);
    let near = printed(&yorisoi(&["explain", "--near", "--case", shown(&case)]));
    let lines = near
        .lines()
        .filter(|it| it.contains("counts only as an answer"));
    let lines: Vec<_> = lines.collect();
    assert!(!lines.is_empty(), "{near}");
    assert!(
        lines.iter().all(|it| it.contains(" smoking.")),
        "{lines:#?}"
    );
}

#[test]
fn a_file_of_rules_that_cannot_be_read_is_named() {
    let dir = small();
    let own = file(&dir, "zz-own.toml", b"# \x8e\xe1\x97t\n".repeat(2));
    let told = refused(&by(&dir, &["check"]));
    assert!(
        told.contains("zz-own.toml:1: ") && told.contains("save it as UTF-8"),
        "{told}"
    );
    fs::remove_file(&own).unwrap();
    fs::create_dir(&own).unwrap();
    let told = refused(&by(&dir, &["check"]));
    assert!(told.contains("zz-own.toml"), "{told}");
}

#[test]
fn rules_without_a_head_are_told_where_to_write_it() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir, "b.toml", "[concept]\nx = [\"y\"]\n");
    let told = refused(&by(&dir, &["check"]));
    assert!(!told.contains("items.toml"), "{told}");
    assert!(
        told.contains("b.toml:1:1: ") && told.contains("[pack]"),
        "{told}"
    );
    file(&dir, "items.toml", "[concept]\nz = [\"y\"]\n");
    let told = refused(&by(&dir, &["check"]));
    assert!(told.contains("items.toml:1:1: "), "{told}");
}
