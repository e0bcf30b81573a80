//! Questions that only the voice makes: 「夜は眠れてます」. No text has it, and what they are like decides.

use super::*;

#[test]
fn what_is_very_like_a_question_is_one_without_its_shape() {
    let read = after(
        "夜は眠れてます。",
        "はい、ぐっすりです。",
        "depressed_or_anxious",
    );
    assert_eq!(read, Asked::Negative);
    // A bare no says less than to a question that has its shape.
    let read = after("生活費は足りてます。", "いえ。", "financial_hardship");
    assert_eq!(read, Asked::Vague);
}

#[test]
fn what_a_nurse_tells_asks_nothing() {
    for (told, item) in [
        ("お酒は控えてくださいね。", "alcohol"),
        (
            "出血が続くときは、夜中でもためらわずに病院に電話をかけてくださいね。",
            "medical_emergency",
        ),
    ] {
        let read = after(told, "はい。", item);
        assert!(
            !matches!(read, Asked::Positive | Asked::Negative),
            "{told}: {read:?}"
        );
    }
}

#[test]
fn what_was_answered_is_only_mentioned_again() {
    let reader = talk(&[
        (Nurse, "頼れる方は、近くにいらっしゃいますか。"),
        (Resident, "はい、義理の両親が、自転車で行ける距離に。"),
        (Nurse, "よかったです。お一人で抱え込まないでくださいね。"),
        (Resident, "はい。"),
    ]);
    assert_eq!(asked(&reader, "isolation"), Asked::Negative);
}
