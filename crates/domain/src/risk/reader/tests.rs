//! Whole talks through the reader, with the pack that ships.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::risk::finding::{Asked, How, Speaker};
use crate::risk::item::Tier;
use crate::risk::sound::{Ear, SoundsLike};

macro_rules! shipped {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../../../rules/ja/", $name)))),*]
    };
}

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Arc::new(parse_shipped()));

fn parse_shipped() -> Pack {
    let files = shipped!(
        "contact.toml",
        "family.toml",
        "items.toml",
        "living.toml",
        "mind.toml",
        "partner.toml",
        "pregnancy.toml",
        "substances.toml",
        "vocabulary.toml"
    );
    Pack::parse(&files).unwrap()
}

fn turn(number: u32, speaker: Speaker, text: &str) -> Turn {
    Turn {
        segment: SegmentId::new(Uuid::from_u128(u128::from(number))),
        speaker,
        start: InterviewMs(i64::from(number) * 1_000),
        end: InterviewMs(i64::from(number) * 1_000 + 900),
        text: text.to_owned().into(),
        unsure: Vec::new(),
    }
}

fn talk(turns: &[(Speaker, &str)]) -> Reader {
    let mut reader = Reader::new(Arc::clone(&PACK));
    for (number, (speaker, text)) in (0..).zip(turns) {
        reader.hear(turn(number, *speaker, text));
    }
    reader
}

fn items(reader: &Reader) -> Vec<&str> {
    reader
        .reading()
        .findings
        .iter()
        .map(|f| f.item.as_str())
        .collect()
}

fn asked(reader: &Reader, item: &str) -> Asked {
    reader.reading().coverage[&item.parse().unwrap()]
}

use Speaker::{Companion, Nurse, Resident, Unknown};

#[test]
fn a_short_answer_takes_its_meaning_from_the_question() {
    let reader = talk(&[
        (Nurse, "お酒は飲みますか。"),
        (Resident, "はい、ときどき。"),
    ]);
    assert_eq!(items(&reader), ["alcohol"]);
    assert_eq!(reader.reading().findings[0].how, How::Answer);
    assert_eq!(reader.reading().findings[0].quotes.len(), 2);
    let reader = talk(&[(Nurse, "お酒は飲んでいませんか。"), (Resident, "はい。")]);
    assert_eq!(items(&reader), [""; 0]);
    assert_eq!(asked(&reader, "alcohol"), Asked::Negative);
}

#[test]
fn another_topic_ends_the_pairing() {
    let reader = talk(&[
        (Nurse, "たばこは吸いますか。"),
        (Resident, "吸いません。"),
        (Nurse, "画面は見えていますか。"),
        (Resident, "はい、少し。"),
    ]);
    assert_eq!(asked(&reader, "smoking"), Asked::Negative);
    assert_eq!(items(&reader), [""; 0]);
}

#[test]
fn an_answer_may_come_after_encouragement() {
    let reader = talk(&[
        (Nurse, "気分が落ち込むことはありますか。"),
        (Resident, "えっと…。"),
        (Nurse, "ゆっくりで大丈夫ですよ。"),
        (Resident, "はい、あります。"),
    ]);
    assert_eq!(items(&reader), ["depressed_or_anxious"]);
}

#[test]
fn a_lone_unsure_word_never_answers_an_immediate_item() {
    for word in ["うん", "ううん", "ん", "いいえ", "ない"] {
        let reader = talk(&[
            (Nurse, "消えてしまいたいと思うことはありますか。"),
            (Resident, word),
        ]);
        assert_eq!(
            asked(&reader, "suicidal_or_self_harm"),
            Asked::Vague,
            "{word}"
        );
        assert_eq!(items(&reader), [""; 0], "{word}");
    }
}

#[test]
fn words_in_which_nothing_was_recognised_reassure_nobody() {
    let answered = |question, answer| talk(&[(Nurse, question), (Resident, answer)]);
    for (item, question) in [
        (
            "suicidal_or_self_harm",
            "自分を傷つけたくなることはありますか。",
        ),
        ("drug_misuse", "薬物を使ったことはありますか。"),
        ("depressed_or_anxious", "気分が落ち込むことはありますか。"),
    ] {
        for answer in [
            "今日は天気がいいですね。",
            "え、なんでですか。",
            "元気です。",
        ] {
            let read = asked(&answered(question, answer), item);
            let kind = answer == "元気です。" && item == "depressed_or_anxious";
            assert_eq!(read == Asked::Negative, kind, "{question} {answer}");
        }
        let denied = answered(question, "いいえ、そういうことはないです。");
        assert_eq!(asked(&denied, item), Asked::Negative, "{question}");
    }
}

#[test]
fn kind_words_that_nobody_asked_for_clear_no_immediate_item() {
    let reader = talk(&[
        (Nurse, "よろしくお願いします。"),
        (Resident, "はい、大丈夫です。夫はやさしいです。"),
    ]);
    for item in PACK
        .items()
        .iter()
        .filter(|item| item.tier == Tier::Immediate)
    {
        assert_eq!(asked(&reader, item.id.as_str()), Asked::NotAsked);
    }
}

#[test]
fn whoever_closes_a_subject_has_not_denied() {
    let reader = talk(&[
        (Nurse, "ご夫婦の関係で、気になることはありますか。"),
        (Resident, "まあ、いろいろありますけどね。"),
        (Nurse, "いろいろ、というと。"),
        (Resident, "いや、大丈夫です。"),
    ]);
    assert_eq!(asked(&reader, "partner_discord"), Asked::Vague);
}

#[test]
fn whoever_would_rather_not_answer_has_declined() {
    let reader = talk(&[
        (Nurse, "おうちで怖い思いをすることはありますか。"),
        (Resident, "それは、答えたくないです。"),
    ]);
    assert_eq!(asked(&reader, "partner_violence"), Asked::Declined);
}

#[test]
fn somebody_else_cannot_answer_for_her() {
    let reader = talk(&[
        (Nurse, "おうちで怖い思いをすることはありませんか。"),
        (Companion, "ないです、うちは。"),
        (Resident, "はい。"),
    ]);
    assert_eq!(asked(&reader, "partner_violence"), Asked::Vague);
}

#[test]
fn one_microphone_flags_no_question_and_says_that_it_knows_no_speaker() {
    let reader = talk(&[
        (Unknown, "たばこは吸いますか？"),
        (Unknown, "はい、一日に三本くらい吸ってます。"),
    ]);
    assert_eq!(items(&reader), ["smoking"]);
    assert!(reader.reading().findings[0].speaker_unknown);
    assert_eq!(
        items(&talk(&[(Unknown, "死にたいと思うことはありますか？")])),
        [""; 0]
    );
}

#[test]
fn a_revision_withdraws_what_it_no_longer_supports() {
    let mut reader = talk(&[(Resident, "夫に殴られました")]);
    assert_eq!(reader.reading().findings[0].tier, Tier::Immediate);
    reader.hear(turn(0, Resident, "夫に呼ばれました"));
    assert_eq!(items(&reader), [""; 0]);
}

#[test]
fn unsure_words_are_marked() {
    let mut reader = Reader::new(Arc::clone(&PACK));
    let mut unsure = turn(0, Resident, "もう死にたいです");
    unsure.unsure.push(0..unsure.text.expose().len());
    reader.hear(unsure);
    assert!(reader.reading().findings[0].unsure);
}

#[test]
fn every_example_of_every_rule_does_what_it_says() {
    let failures = crate::risk::example::failures(&PACK);
    assert!(PACK.examples().len() > 300);
    assert_eq!(failures, []);
}

/// Words that matter to the grammar, so that random talks reach it.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "はい",
        "いいえ",
        "うん",
        "ないです",
        "たばこ",
        "吸って",
        "ます",
        "夫に",
        "殴られて",
        "死にたい",
        "けど",
        "って",
        "思うこと",
        "は",
        "。",
        "、",
        "？",
        "もう",
        "前は",
        "友達が",
        "眠れ",
        "ない",
        "わけじゃ",
        "えっと",
        "ｶﾞ",
        "👶",
        "a",
        " ",
        "\n",
        "ですか",
        "お酒",
        "それが",
        "たまに",
    ]);
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

fn speakers() -> impl Strategy<Value = Speaker> {
    prop::sample::select(vec![
        Nurse,
        Resident,
        Companion,
        Speaker::Interpreter,
        Unknown,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_arrival_does_not_matter(said in prop::collection::vec((speakers(), words()), 0..6)) {
        let turns: Vec<Turn> = (0..).zip(&said).map(|(n, (who, text))| turn(n, *who, text)).collect();
        let mut forward = Reader::new(Arc::clone(&PACK));
        turns.iter().cloned().for_each(|turn| forward.hear(turn));
        let mut backward = Reader::new(Arc::clone(&PACK));
        turns.iter().rev().cloned().for_each(|turn| backward.hear(turn));
        prop_assert_eq!(forward.reading(), backward.reading());
        prop_assert_eq!(forward.reading().coverage.len(), PACK.items().len());
        for quote in forward.reading().findings.iter().flat_map(|f| &f.quotes) {
            let turn = turns.iter().find(|turn| turn.segment == quote.segment).unwrap();
            prop_assert!(turn.text.expose().get(quote.span.clone()).is_some_and(|words| !words.is_empty()));
        }
    }

    #[test]
    fn no_text_panics_and_a_nurse_alone_is_never_flagged(text in any::<String>(), more in words()) {
        let reader = talk(&[(Nurse, &text), (Nurse, &more), (Resident, ""), (Companion, "  ")]);
        prop_assert!(reader.reading().findings.is_empty());
        talk(&[(Resident, &text), (Unknown, &text), (Companion, &more)]);
    }
}

/// Hears 入事院 as 乳児院 and 田箱 as たばこ.
#[derive(Debug)]
struct TwoWords;

impl Ear for TwoWords {
    fn hear(&self, text: &str) -> Vec<SoundsLike> {
        let words = [("入事院", "乳児院"), ("田箱", "たばこ")];
        let found = words.iter().filter_map(|(heard, word)| {
            let start = text.find(heard)?;
            Some(SoundsLike {
                span: start..start + heard.len(),
                word: (*word).to_owned().into(),
                distance: 2,
            })
        });
        found.collect()
    }

    fn repair(&self, _: &str) -> Vec<SoundsLike> {
        Vec::new()
    }
}

#[test]
fn what_only_sounds_so_is_found_unsure_and_clears_nothing() {
    let mut pack = parse_shipped();
    pack.listen_with(Arc::new(TwoWords));
    let mut reader = Reader::new(Arc::new(pack));
    reader.hear(turn(0, Speaker::Resident, "前の子は入事院にいます"));
    reader.hear(turn(1, Speaker::Nurse, "田箱はどうですか？"));
    reader.hear(turn(2, Speaker::Resident, "いえ、全然ないです"));
    let reading = reader.reading();
    let finding = reading
        .findings
        .iter()
        .find(|it| it.sound.is_some())
        .unwrap();
    assert!(finding.unsure && finding.sound == Some(2), "{finding:?}");
    let quote = &finding.quotes[0];
    assert!("前の子は入事院にいます"[quote.span.clone()].contains("入事院"));
    let smoking = reading.coverage[&"smoking".parse().unwrap()];
    assert_eq!(smoking, Asked::Asked);
}
