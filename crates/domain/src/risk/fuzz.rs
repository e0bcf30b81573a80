//! What must hold for any bytes: bodies for `script/fuzz` and for the property tests, which run them
//! over `fuzz/corpus` and over chance. Each panics where a promise is broken.

use std::sync::Arc;

use uuid::Uuid;

use super::finding::{Speaker, Turn};
use super::pack::Pack;
use super::reader::Reader;
use super::text::Text;
use crate::ids::SegmentId;
use crate::time::InterviewMs;

/// A municipality's own file after the given ones: it is refused with a place that exists, or it reads a talk.
pub fn rules(files: &[(&str, &str)], data: &[u8]) {
    let own = String::from_utf8_lossy(data);
    let mut all = files.to_vec();
    all.push(("own.toml", &own));
    match Pack::parse(&all) {
        Ok(pack) => talk(
            &Arc::new(pack),
            "1夫がたばこを吸っています\n0たばこは吸いますか\n1はい".as_bytes(),
        ),
        Err(error) => assert!(
            error.line <= own.lines().count() + 1 || error.file != "own.toml",
            "a place that is not there: line {}",
            error.line
        ),
    }
}

/// A talk: each line is a turn, its first byte says whose. Spans lie on characters, nobody who only
/// asks is found, and the order in which turns arrive changes nothing.
pub fn talk(pack: &Arc<Pack>, data: &[u8]) {
    let lossy = String::from_utf8_lossy(data);
    let turns: Vec<Turn> = lossy.lines().take(200).zip(0u32..).map(turn).collect();
    let mut reader = Reader::new(Arc::clone(pack));
    turns.iter().cloned().for_each(|turn| reader.hear(turn));
    for finding in &reader.reading().findings {
        for quote in &finding.quotes {
            let said = turns.iter().find(|turn| turn.segment == quote.segment);
            let words = said.and_then(|said| said.text.expose().get(quote.span.clone()));
            assert!(
                words.is_some(),
                "a quote of no turn, or a span inside a character"
            );
        }
        let others = |turn: &Turn| turn.speaker != Speaker::Nurse;
        assert!(turns.iter().any(others), "a nurse alone was found");
    }
    let mut backwards = Reader::new(Arc::clone(pack));
    turns
        .into_iter()
        .rev()
        .for_each(|turn| backwards.hear(turn));
    assert_eq!(
        backwards.reading(),
        reader.reading(),
        "the order of arrival counted"
    );
}

/// Any text: folding leads back to characters of the original.
pub fn text(data: &[u8]) {
    let original = String::from_utf8_lossy(data);
    let text = Text::new(&original);
    for sentence in text.sentences() {
        let span = text.span(&sentence.range);
        assert!(original.get(span).is_some(), "a span inside a character");
    }
}

fn turn((line, number): (&str, u32)) -> Turn {
    let speaker = match line.bytes().next() {
        Some(b'0') => Speaker::Nurse,
        Some(b'2') => Speaker::Companion,
        Some(b'3') => Speaker::Interpreter,
        Some(b'4') => Speaker::Unknown,
        _ => Speaker::Resident,
    };
    let words = line.trim_start_matches(|c: char| c.is_ascii_digit());
    Turn {
        segment: SegmentId::new(Uuid::from_u128(u128::from(number) + 1)),
        speaker,
        start: InterviewMs(i64::from(number) * 1_000),
        end: InterviewMs(i64::from(number) * 1_000 + 900),
        text: words.to_owned().into(),
        unsure: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    const FILES: [(&str, &str); 2] = [
        (
            "items.toml",
            include_str!("../../../../rules/ja/items.toml"),
        ),
        (
            "vocabulary.toml",
            include_str!("../../../../rules/ja/vocabulary.toml"),
        ),
    ];
    const SMOKING: (&str, &str) = (
        "smoking.toml",
        include_str!("../../../../rules/ja/smoking.toml"),
    );

    static PACK: LazyLock<Arc<Pack>> =
        LazyLock::new(|| Arc::new(Pack::parse(&[FILES[0], FILES[1], SMOKING]).unwrap()));

    #[test]
    fn what_was_once_found_stays_mended() {
        text(include_bytes!("../../../../fuzz/seeds/text/folding"));
        rules(&FILES, include_bytes!("../../../../fuzz/seeds/rules/own"));
        talk(&PACK, include_bytes!("../../../../fuzz/seeds/talk/smoking"));
        talk(
            &PACK,
            include_bytes!("../../../../fuzz/seeds/talk/corrections"),
        );
    }

    fn line() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            "死にたい",
            "眠れ",
            "ない",
            "です",
            "か。",
            "はい",
            "うん",
            "ううん",
            "いいえ",
            "、",
            "あ、違う",
            "夫が",
            "友達が",
            "心療内科",
            "に通って",
            "ました",
            "もし",
            "前は",
            "今は大丈夫",
            "ときどき",
            "消えたい",
            "って",
            "けど",
            "ではない",
            "？",
            "10",
            "十",
            "ｶﾞ",
        ]);
        let said = prop::collection::vec(words, 0..9).prop_map(|words| words.concat());
        (0..5u8, said).prop_map(|(who, said)| format!("{who}{said}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn any_talk_keeps_the_promises(lines in prop::collection::vec(line(), 0..12)) {
            talk(&PACK, lines.join("\n").as_bytes());
        }

        #[test]
        fn any_bytes_keep_them_too(data in prop::collection::vec(any::<u8>(), 0..300)) {
            text(&data);
            talk(&PACK, &data);
        }

        #[test]
        fn any_file_of_rules_is_read_or_refused_with_its_place(data in "(\\[\\[rule\\]\\]\n|id = \"a.b\"\n|item = \"smoking\"\n|patterns = \\[\"|吸|[|{}()&_.*?\"\\]\n]|match = \\[\"吸う\"\\]\n|no_match = \\[\"水\"\\]\n){0,12}") {
            rules(&FILES, data.as_bytes());
        }
    }
}
