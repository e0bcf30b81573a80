//! Homophone repair by the words of the shipped rules: on what a recognizer wrote, and on clean text.

use std::fs;
use std::path::Path;

use yorisoi::{hearing, rules};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::score::Case;
use yorisoi_domain::transcript::segment::repaired;

use crate::common::cer;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn shown(pack: &Pack, text: &str) -> String {
    repaired(text, &pack.repairs(text))
}

/// `tests/data/speech/heard.tsv`: dialogue, track, what Whisper base q8_0 wrote for an utterance.
#[test]
fn a_quarter_of_the_errors_in_the_dialogues_goes() {
    let pack = rules::shipped().unwrap();
    let heard = read("speech/heard.tsv");
    let heard: Vec<Vec<&str>> = heard
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let (mut as_heard, mut as_shown) = (0, 0);
    for dialogue in (1..=10).map(|n| format!("sp-dev-{n:02}")) {
        let spoken = read(&format!("speech/{dialogue}.tsv"));
        for track in ["nurse", "resident"] {
            let rows = spoken
                .lines()
                .map(|line| line.split('\t').collect::<Vec<_>>());
            let said = rows.filter(|row| (row[2] == "nurse") == (track == "nurse"));
            let said: String = said.map(|row| row[3]).collect();
            let written = heard
                .iter()
                .filter(|row| row[0] == dialogue && row[1] == track);
            let written: Vec<&str> = written.map(|row| row[2]).collect();
            as_heard += cer::errors(&said, &written.concat()).0;
            let repaired: String = written.iter().map(|text| shown(&pack, text)).collect();
            as_shown += cer::errors(&said, &repaired).0;
        }
    }
    assert!(
        as_shown * 4 <= as_heard * 3,
        "{as_shown} of {as_heard} errors are left"
    );
}

/// A repair chooses other kanji, never another sound but for length.
#[test]
fn no_known_mistake_changes_the_sound() {
    let pack = rules::shipped().unwrap();
    let otherwise = hearing::sounds_otherwise(&pack);
    assert!(otherwise.is_empty(), "{otherwise:#?}");

    let pack = |heard: &str| {
        let text = format!("[[sound.mistake]]\nword = \"妊婦\"\nheard = [\"{heard}\"]\n");
        let mut files = rules::shipped_files();
        files.retain(|(name, _)| name != "sound.toml");
        files.push(("sound.toml".to_owned(), text));
        rules::parse(&files).unwrap()
    };
    assert_eq!(hearing::sounds_otherwise(&pack("任務")), [("妊婦", "任務")]);
    assert_eq!(shown(&pack("任務"), "任務です"), "任務です");
    assert_eq!(shown(&pack("人夫"), "人夫です"), "妊婦です");
}

/// What people wrote down is right; only what a case says is misheard may be shown otherwise.
#[test]
fn no_right_word_is_changed() {
    let pack = rules::shipped().unwrap();
    let mut changed = Vec::new();
    for name in ["utterances", "pairs", "interviews", "own"] {
        for line in read(&format!("rules/{name}.jsonl")).lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            if case.tags.contains("asr_error") {
                continue;
            }
            let texts = case.turns.iter().map(|turn| &turn.text);
            changed.extend(texts.filter(|text| shown(&pack, text) != **text).cloned());
        }
    }
    for dialogue in 1..=10 {
        let spoken = read(&format!("speech/sp-dev-{dialogue:02}.tsv"));
        let texts = spoken.lines().filter_map(|line| line.split('\t').nth(3));
        changed.extend(
            texts
                .filter(|text| shown(&pack, text) != *text)
                .map(str::to_owned),
        );
    }
    assert!(changed.is_empty(), "{changed:#?}");
}
