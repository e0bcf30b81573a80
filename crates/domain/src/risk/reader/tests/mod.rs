//! Whole talks through the reader, with the pack that ships.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::risk::finding::{Asked, How, Speaker};
use crate::risk::item::Tier;
use crate::risk::pack::file::Says;
use crate::risk::sound::{Ear, SoundsLike};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Arc::new(parse_shipped("sound.toml")));

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the pack that ships"
)]
fn parse_shipped(without: &str) -> Pack {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/ja");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .filter(|(name, _)| name != without)
        .collect();
    files.sort();
    let files: Vec<_> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
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

fn after(question: &str, answer: &str, item: &str) -> Asked {
    asked(&talk(&[(Nurse, question), (Resident, answer)]), item)
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

mod answers;
mod aside;
mod cards;
mod corrections;
mod echoes;
mod hedged;
mod in_passing;
mod limits;
mod others;
mod said_back;
mod speakers;
mod stories;
mod unsaid;
mod voice;

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
fn a_case_that_might_come_is_not_told() {
    for case in [
        "もし旦那に殴られるようになったら、すぐ実家に帰ります",
        "夫に手をあげられることになったら、すぐ警察に電話します",
    ] {
        let reader = talk(&[(Speaker::Resident, case)]);
        assert!(items(&reader).is_empty(), "{case}: {:?}", items(&reader));
    }
    let reader = talk(&[(
        Speaker::Resident,
        "旦那に殴られるようになったのは、妊娠してからです",
    )]);
    assert_eq!(items(&reader), ["partner_violence"]);
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
fn words_heard_with_little_confidence_clear_nothing() {
    for (answer, sure) in [
        ("いいえ、吸いません。", Asked::Negative),
        ("吸ったことないです。", Asked::Negative),
        ("いいえ。", Asked::Negative),
    ] {
        for (unsure, expected) in [(false, sure), (true, Asked::Vague)] {
            let mut reader = talk(&[(Nurse, "たばこは吸いますか。")]);
            let mut turn = turn(1, Resident, answer);
            turn.unsure.extend(unsure.then_some(0..answer.len()));
            reader.hear(turn);
            assert_eq!(asked(&reader, "smoking"), expected, "{answer}");
        }
    }
    // A doubt about other words of the turn is none about the answer.
    let mut reader = talk(&[(Nurse, "たばこは吸いますか。")]);
    let mut kept = turn(1, Resident, "夫は、外で。私は吸いません。");
    kept.unsure.push(0..6);
    reader.hear(kept);
    assert_ne!(asked(&reader, "smoking"), Asked::Positive);
}

#[test]
fn a_lone_word_that_is_unsure_answers_no_item() {
    for word in ["うん", "ううん", "いいえ", "ない"] {
        let mut reader = talk(&[(Nurse, "お酒は飲みますか。")]);
        let mut turn = turn(1, Resident, word);
        turn.unsure.push(0..word.len());
        reader.hear(turn);
        assert_eq!(asked(&reader, "alcohol"), Asked::Vague, "{word}");
        assert_eq!(items(&reader), [""; 0], "{word}");
    }
}

#[test]
fn a_statement_of_the_nurse_keeps_her_question_but_no_yes_to_it() {
    let reader = talk(&[
        (Nurse, "たばこは吸いますか。"),
        (Resident, "えっと…。"),
        (
            Nurse,
            "煙は赤ちゃんの育ちに関わるので、みなさんに伺っています。",
        ),
        (Resident, "はい。"),
    ]);
    assert_eq!(items(&reader), [""; 0]);
    let reader = talk(&[
        (Nurse, "たばこは吸いますか。"),
        (Resident, "えっと…。"),
        (
            Nurse,
            "煙は赤ちゃんの育ちに関わるので、みなさんに伺っています。",
        ),
        (Resident, "まだ吸ってます。"),
    ]);
    assert_eq!(items(&reader), ["smoking"]);
}

#[test]
fn a_question_may_be_asked_anew_of_her() {
    let reader = talk(&[
        (Nurse, "お酒は飲まれますか。"),
        (Resident, "うちの父が、お酒屋さんで。"),
        (Nurse, "そうなんですね。ご自身はいかがですか。"),
        (Resident, "私も、たまに。"),
    ]);
    assert_eq!(items(&reader), ["alcohol"]);
}

#[test]
fn one_microphone_tells_her_words_from_the_nurses() {
    let reader = talk(&[
        (Unknown, "夜は眠れていますか。気分が落ち込んだりとか。"),
        (Unknown, "大丈夫です、よく寝てます。"),
        (
            Unknown,
            "よかったです。産後は、涙が出て眠れなくなる方もいらっしゃいます。死にたいと思うほどつらいときは、連絡してくださいね。",
        ),
        (Unknown, "はい、わかりました。"),
        (
            Unknown,
            "ご主人から、怖い思いをさせられることはありませんか。",
        ),
        (Unknown, "…実は、酔うと殴られるんです。"),
    ]);
    assert_eq!(items(&reader), ["partner_violence"]);
    assert_eq!(asked(&reader, "depressed_or_anxious"), Asked::Negative);
}

#[test]
fn one_segment_may_hold_a_question_and_its_answer() {
    let reader = talk(&[(
        Unknown,
        "たばこは吸いますか。はい、一日三本くらい。そうなんですね。お酒は飲まれますか。いいえ、飲まないです。",
    )]);
    assert_eq!(items(&reader), ["smoking"]);
    assert_eq!(asked(&reader, "alcohol"), Asked::Negative);
}

#[test]
fn what_was_cleared_is_a_near_miss_with_its_reason() {
    let reader = talk(&[(Resident, "友達がたばこを吸ってて。")]);
    let near: Vec<Step> = reader.explain().into_iter().filter(Step::is_near).collect();
    assert!(near.iter().any(|step| {
        step.rule.as_deref() == Some("smoking.still") && step.what.contains("somebody else")
    }));
    assert_eq!(items(&reader), [""; 0]);
}

#[test]
fn every_example_of_every_rule_does_what_it_says() {
    let failures = crate::risk::example::failures(&PACK);
    assert!(PACK.examples().len() > 300);
    assert_eq!(failures, []);
}

/// What people say in the labelled cases, sentence by sentence.
static SAID: LazyLock<Vec<String>> = LazyLock::new(|| {
    let cases = [
        include_str!("../../../../../../tests/data/rules/pairs.jsonl"),
        include_str!("../../../../../../tests/data/rules/own-grammar.jsonl"),
        include_str!("../../../../../../tests/data/rules/pairs.heard.jsonl"),
    ];
    let texts = cases
        .iter()
        .flat_map(|cases| cases.split("\"text\":").skip(1));
    let text = |rest: &str| rest.split('"').nth(1).unwrap_or_default().to_owned();
    let mut said: Vec<String> = texts
        .map(text)
        .flat_map(|text| {
            let parts = text.split_inclusive(['。', '、', '？']);
            parts.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    // Words that matter to the grammar, so that random talks reach it.
    said.extend(
        [
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
            "は",
            "。",
            "？",
            "もう",
            "前は",
            "友達が",
            "ない",
            "わけじゃ",
            "えっと",
            "ｶﾞ",
            "👶",
            "a",
            " ",
            "\n",
            "ですか",
            "それが",
            "吸うてへん",
            "飲んどる",
        ]
        .map(str::to_owned),
    );
    said
});

/// The words of the cases, thrown together.
fn words() -> impl Strategy<Value = String> {
    let part = (0..SAID.len()).prop_map(|at| SAID[at].clone());
    prop::collection::vec(part, 0..8).prop_map(|words| words.concat())
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

fn turns_of(said: &[(Speaker, String)]) -> Vec<Turn> {
    let numbered = (0..).zip(said);
    numbered
        .map(|(n, (who, text))| turn(n, *who, text))
        .collect()
}

fn heard(turns: impl IntoIterator<Item = Turn>) -> Reader {
    let mut reader = Reader::new(Arc::clone(&PACK));
    turns.into_iter().for_each(|turn| reader.hear(turn));
    reader
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        said in prop::collection::vec((speakers(), words()), 0..6),
        order in any::<[u8; 6]>(),
    ) {
        let turns = turns_of(&said);
        let forward = heard(turns.clone());
        let mut shuffled: Vec<_> = order.into_iter().zip(turns.clone()).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let other = heard(shuffled.into_iter().map(|(_, turn)| turn));
        prop_assert_eq!(forward.reading(), other.reading());
        prop_assert_eq!(forward.reading().coverage.len(), PACK.items().len());
    }

    #[test]
    fn quotes_and_reasons_lie_on_characters_of_what_was_said(
        said in prop::collection::vec((speakers(), words()), 0..6),
    ) {
        let turns = turns_of(&said);
        let reader = heard(turns.clone());
        let text = |segment| {
            let turn = turns.iter().find(|turn| turn.segment == segment).unwrap();
            turn.text.expose()
        };
        for quote in reader.reading().findings.iter().flat_map(|f| &f.quotes) {
            let words = text(quote.segment).get(quote.span.clone());
            prop_assert!(words.is_some_and(|words| !words.is_empty()));
        }
        for step in reader.explain() {
            prop_assert!(text(step.segment).get(step.span.clone()).is_some());
        }
    }

    #[test]
    fn a_revised_segment_leaves_nothing_of_what_it_was(
        said in prop::collection::vec((speakers(), words()), 1..5),
        before in words(),
        which in any::<prop::sample::Index>(),
    ) {
        let turns = turns_of(&said);
        let which = which.index(turns.len());
        let mut first = turns.clone();
        first[which].text = before.into();
        let mut reader = heard(first);
        reader.hear(turns[which].clone());
        let only = heard(turns);
        prop_assert_eq!(reader.reading(), only.reading());
        // With no words left it supports nothing.
        let mut gone = said;
        gone[which].1 = String::new();
        reader.hear(turns_of(&gone)[which].clone());
        let only = heard(turns_of(&gone));
        prop_assert_eq!(reader.reading(), only.reading());
    }

    #[test]
    fn no_text_panics_and_a_nurse_alone_is_never_flagged(
        text in any::<String>(),
        said in prop::collection::vec(words(), 0..6),
    ) {
        let mut turns: Vec<_> = said.iter().map(|text| (Nurse, text.as_str())).collect();
        turns.extend([(Nurse, text.as_str()), (Resident, ""), (Companion, "  "), (Unknown, "…。")]);
        prop_assert!(talk(&turns).reading().findings.is_empty());
        talk(&[(Resident, &text), (Unknown, &text), (Companion, &said.concat())]);
    }

    #[test]
    fn unsure_words_mark_every_flag_and_clear_nothing(question in words(), answer in words()) {
        let mut unsure = turn(1, Resident, &answer);
        unsure.unsure.push(0..answer.len());
        let reader = heard([turn(0, Nurse, &question), unsure]);
        prop_assert!(reader.reading().findings.iter().all(|finding| finding.unsure));
        prop_assert!(reader.reading().coverage.values().all(|asked| *asked != Asked::Negative));
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
    // By rules alone: what words are like is another matter.
    let mut pack = parse_shipped("likeness.toml");
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
