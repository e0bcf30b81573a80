//! `yorisoi transcribe` on real sound with real weights: the text, the account and the bad input.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::common::{cer, data, one_recognizer};

/// Character errors that recognition of the development dialogues may have (0 to 1).
const MAX_CER: f64 = 0.18;

fn transcribe(args: &[&str]) -> Output {
    let _one = one_recognizer();
    Command::new(env!("CARGO_BIN_EXE_yorisoi"))
        .arg("transcribe")
        // Other tests run beside this one: see `one_recognizer`.
        .args(["--threads", "1"])
        .args(args)
        .output()
        .expect("the binary runs")
}

fn json(args: &[&str]) -> Value {
    let output = transcribe(&[args, &["--format", "json"]].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("stdout is JSON alone")
}

fn failure(args: &[&str]) -> String {
    let output = transcribe(args);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn dialogue(id: &str) -> Value {
    let file = |track| {
        data(&format!("speech/{id}.{track}.opus"))
            .display()
            .to_string()
    };
    let (nurse, resident) = (
        format!("nurse={}", file("nurse")),
        format!("resident={}", file("resident")),
    );
    json(&["--track", &nurse, "--track", &resident])
}

fn text_by_track(report: &Value) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::<String, String>::new();
    for segment in report["segments"].as_array().expect("segments") {
        let track = segment["track"].as_str().expect("track").to_owned();
        texts
            .entry(track)
            .or_default()
            .push_str(segment["text"].as_str().expect("text"));
    }
    texts
}

/// What the tsv says is spoken, per track; the companion shares the resident's microphone.
fn spoken(id: &str) -> (BTreeMap<String, String>, BTreeMap<String, u64>) {
    let rows = fs::read_to_string(data(&format!("speech/{id}.tsv"))).expect("a tsv");
    let mut texts = BTreeMap::<String, String>::new();
    let mut speech_ms = BTreeMap::<String, u64>::new();
    for row in rows.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let track = if fields[2] == "nurse" {
            "nurse"
        } else {
            "resident"
        }
        .to_owned();
        let ms = |i: usize| millis(fields[i].parse().expect("seconds"));
        *speech_ms.entry(track.clone()).or_default() += ms(1) - ms(0);
        texts.entry(track).or_default().push_str(fields[3]);
    }
    (texts, speech_ms)
}

fn millis(seconds: f64) -> u64 {
    let nearest = Duration::from_secs_f64(seconds + 0.000_5);
    u64::try_from(nearest.as_millis()).expect("an interview's length")
}

#[test]
fn ten_dialogues_are_recognised_within_the_bound_and_their_time_adds_up() {
    let (mut errors, mut length) = (0, 0);
    for n in 1..=10 {
        let id = format!("sp-dev-{n:02}");
        let report = dialogue(&id);
        let (reference, spoken_ms) = spoken(&id);
        let heard = text_by_track(&report);
        for (track, text) in &reference {
            let counted = cer::errors(text, heard.get(track).map_or("", String::as_str));
            errors += counted.0;
            length += counted.1;
        }
        assert_time_adds_up(&report, &spoken_ms);
        assert_time_order(&report);
    }
    let rate = errors as f64 / length as f64;
    assert!(rate <= MAX_CER, "CER {rate:.3} over {length} characters");
}

fn assert_time_adds_up(report: &Value, spoken_ms: &BTreeMap<String, u64>) {
    let total = millis(report["seconds"].as_f64().expect("seconds"));
    for (track, account) in report["account_ms"].as_object().expect("accounts") {
        let ms = |key: &str| account[key].as_u64().expect("milliseconds");
        let gaps: u64 = account["gaps"]
            .as_object()
            .expect("gaps")
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(ms("speech") + ms("silence") + gaps, total, "{track}");
        // The tsv counts pauses inside a turn as speech, the account does not.
        let said = spoken_ms[track] as f64;
        let heard = (ms("speech") + gaps) as f64;
        assert!(
            (heard / said - 1.0).abs() < 0.3,
            "{track}: {heard} of {said} ms"
        );
    }
}

fn assert_time_order(report: &Value) {
    let starts: Vec<u64> = report["segments"]
        .as_array()
        .expect("segments")
        .iter()
        .map(|s| s["start_ms"].as_u64().expect("start"))
        .collect();
    assert!(starts.is_sorted(), "one conversation in time order");
    assert!(
        report["segments"]
            .as_array()
            .expect("segments")
            .iter()
            .any(|s| s["track"] == "nurse")
    );
}

#[test]
fn the_three_kinds_of_file_give_the_same_words() {
    for form in ["wav", "flac", "opus"] {
        let file = data(&format!("speech/sentence.{form}"));
        // One file is one microphone.
        let texts = text_by_track(&json(&[&file.display().to_string()]));
        let text = texts.get("mixed").map(String::as_str);
        assert!(
            text.is_some_and(|t| t.contains("おすすめ")),
            "{form}: {text:?}"
        );
    }
}

#[test]
fn the_answer_names_the_weights_that_wrote_it() {
    let report = json(&[&data("speech/sentence.flac").display().to_string()]);
    let sha256 = report["model"]["sha256"].as_str().expect("sha256");
    assert!(include_str!("../../models/manifest.toml").contains(sha256));
    assert_eq!(report["model"]["dims"]["n_audio_state"], 512);
}

#[test]
fn noise_without_a_voice_has_no_words() {
    for kind in ["pink", "fan", "traffic", "keyboard"] {
        let report = json(&[&data(&format!("speech/noise/{kind}.opus"))
            .display()
            .to_string()]);
        assert_eq!(
            report["segments"].as_array().map(Vec::len),
            Some(0),
            "{kind}: {report}"
        );
        assert_eq!(report["account_ms"]["mixed"]["speech"], 0, "{kind}");
    }
}

fn broken(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("written");
    (dir, path)
}

#[test]
fn bad_input_gets_a_sentence_that_says_what_to_do() {
    let clip = data("speech/sentence.flac").display().to_string();
    let (_dir, text) = broken("note.wav", "これは音ではない".as_bytes());
    let (_dir, empty) = broken("empty.flac", b"");
    let name = |p: &Path| p.display().to_string();
    for (args, says) in [
        (
            vec!["/no/such/file.wav".to_owned()],
            "cannot open the sound file",
        ),
        (vec![name(&text)], "convert it to one of these"),
        (vec![name(&empty)], "convert it to one of these"),
        (vec![clip.clone(), clip.clone()], "name each with --track"),
        (vec![], "name at least one sound file"),
        (
            vec![clip.clone(), "--model".into(), "no-such".into()],
            "no-such",
        ),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let message = failure(&args);
        assert!(message.contains(says), "{args:?}: {message}");
    }
    let wrong_use = transcribe(&["--track", "doctor=x.wav"]);
    assert_eq!(wrong_use.status.code(), Some(2));
}

#[test]
fn a_file_cut_off_in_the_middle_is_read_to_where_it_ends() {
    let whole = fs::read(data("speech/sp-dev-10.nurse.opus")).expect("a clip");
    let (_dir, half) = broken("half.opus", &whole[..whole.len() / 2]);
    let report = json(&[&half.display().to_string()]);
    let seconds = report["seconds"].as_f64().expect("seconds");
    assert!(seconds > 5.0, "{seconds}");
    assert!(!report["segments"].as_array().expect("segments").is_empty());
}
