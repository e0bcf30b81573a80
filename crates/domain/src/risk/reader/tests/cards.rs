//! The questions of our own cards, each answered with a yes and a no.

use super::*;

/// What a yes to a card's question means. Every question stands here: who writes a new one says how it is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Means {
    Risk,
    Safe,
    /// Neither a yes nor a no answers it.
    Open,
    /// It asks about no item.
    Nothing,
}
use Means::{Nothing, Open, Risk, Safe};

/// Of each item what a yes to its questions means, in their order.
const CARDS: &[(&str, &[Means])] = &[
    ("medical_emergency", &[Risk, Safe]),
    ("medical_complication", &[Risk]),
    ("multiple_pregnancy", &[Safe]),
    ("late_notification", &[Open, Open]),
    ("missed_checkups", &[Safe, Safe]),
    ("unintended_or_ambivalent", &[Open, Open]),
    ("unprepared", &[Safe, Safe]),
    ("loss_or_grief", &[Risk]),
    ("suicidal_or_self_harm", &[Risk, Risk]),
    ("depressed_or_anxious", &[Risk, Safe]),
    ("psychiatric_history", &[Risk, Open]),
    ("bonding_difficulty", &[Open, Risk]),
    ("drug_misuse", &[Risk, Risk]),
    ("alcohol", &[Risk]),
    ("smoking", &[Risk, Risk]),
    ("partner_violence", &[Risk, Risk, Nothing]),
    ("partner_discord", &[Safe, Safe]),
    ("partnership_status", &[Open, Safe]),
    ("sexual_violence_or_unknown_father", &[Risk, Safe]),
    ("young_age", &[Open, Risk]),
    ("financial_hardship", &[Risk, Safe]),
    ("no_insurance_or_unpaid", &[Safe, Risk]),
    ("unstable_housing", &[Open, Safe]),
    ("isolation", &[Safe, Safe]),
    ("own_abuse_history", &[Open]),
    ("older_child_concern", &[Open, Risk]),
    ("care_burden", &[Open, Risk]),
    ("language_support", &[Safe, Risk]),
    ("comprehension_difficulty", &[Risk, Safe]),
    ("refuses_contact", &[Safe, Safe]),
];

#[test]
fn a_yes_and_a_no_to_the_questions_of_the_cards_are_read() {
    let mut wrong = Vec::new();
    for item in PACK.items() {
        let id = item.id.as_str();
        let (_, means) = CARDS.iter().find(|(card, _)| *card == id).unwrap();
        assert_eq!(means.len(), item.ask.len(), "{id}");
        for (question, means) in item.ask.iter().zip(*means) {
            for (answer, yes) in [
                ("はい。", true),
                ("はい、あります。", true),
                ("いいえ。", false),
                ("いいえ、ないです。", false),
            ] {
                let reader = talk(&[(Nurse, question), (Resident, answer)]);
                let read = asked(&reader, id);
                // いいえ alone is too short to be trusted with what is looked at the same day.
                let short = item.tier == Tier::Immediate && answer == "いいえ。";
                let fits = match means {
                    Nothing => read == Asked::NotAsked,
                    Open if yes || short => read == Asked::Vague,
                    // 「妊娠がわかったとき、どんなお気持ちでしたか」 is not answered by a no, 「困ったことは」 is.
                    Open => matches!(read, Asked::Vague | Asked::Negative),
                    _ if short => read == Asked::Vague,
                    Risk | Safe if yes == (*means == Risk) => read == Asked::Positive,
                    Risk | Safe => read == Asked::Negative,
                };
                // Nothing that was not asked about is flagged the same day, or cleared.
                let beside = PACK.items().iter().filter(|it| it.tier == Tier::Immediate);
                let beside = beside.filter(|it| it.id != item.id).any(|it| {
                    matches!(
                        asked(&reader, it.id.as_str()),
                        Asked::Positive | Asked::Negative
                    )
                });
                if !fits || beside {
                    let all = items(&reader);
                    wrong.push(format!(
                        "{id}: {question} {answer} {means:?}: {read:?} {all:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_no_to_a_question_for_words_denies_nothing() {
    for (item, question) in [
        (
            "late_notification",
            "妊娠に気づかれたのは、いつごろでしたか。",
        ),
        ("young_age", "今、おいくつですか。"),
        (
            "unstable_housing",
            "今は、どこで、どなたと暮らしていますか。",
        ),
        ("care_burden", "お子さんは何人ですか。"),
    ] {
        for answer in ["いいえ。", "いいえ、ないです。"] {
            let reader = talk(&[(Nurse, question), (Resident, answer)]);
            assert_eq!(asked(&reader, item), Asked::Vague, "{question} {answer}");
        }
    }
}

/// Item, what should be so, how she says that it is, and that it is not.
const SHOULD_BE: &[(&str, &str, &str, &str)] = &[
    (
        "partner_violence",
        "生活費は渡してもらえていますか。",
        "はい。",
        "いいえ、もらえてないです。",
    ),
    (
        "partner_violence",
        "お金は自由に使えていますか。",
        "はい、自由に使ってます。",
        "いえ、使えないです。",
    ),
    (
        "partner_violence",
        "ご主人と一緒にいて安心できますか。",
        "はい、安心です。",
        "いいえ、できないです。",
    ),
    (
        "partner_violence",
        "外出は自由にできていますか。",
        "はい。",
        "いいえ、できないです。",
    ),
    (
        "bonding_difficulty",
        "育児に自信はありますか。",
        "はい。",
        "いいえ、ないです。",
    ),
    (
        "depressed_or_anxious",
        "やる気は出ていますか。",
        "はい。",
        "いいえ。",
    ),
    (
        "depressed_or_anxious",
        "気持ちは落ち着いていますか。",
        "はい。",
        "いいえ。",
    ),
    (
        "depressed_or_anxious",
        "寝つきはいいですか。",
        "はい。",
        "いいえ。",
    ),
    (
        "drug_misuse",
        "お薬は、決められた量を守れていますか。",
        "はい。",
        "いいえ、守れてないです。",
    ),
    (
        "medical_emergency",
        "出血は止まっていますか。",
        "はい。",
        "いいえ、止まってないです。",
    ),
    (
        "loss_or_grief",
        "これまでの妊娠は順調でしたか。",
        "はい。",
        "いいえ。",
    ),
];

#[test]
fn what_should_be_so_is_good_news_where_it_is() {
    for (item, question, so, not) in SHOULD_BE {
        for (answer, read) in [(so, Asked::Negative), (not, Asked::Positive)] {
            let reader = talk(&[(Nurse, question), (Resident, answer)]);
            assert_eq!(asked(&reader, item), read, "{question} {answer}");
        }
    }
}
