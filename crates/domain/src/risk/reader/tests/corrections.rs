//! What takes the place of something else, and what is only set beside it.

use super::*;

#[test]
fn only_the_phrase_before_it_is_taken_back() {
    for (said, item) in [
        ("死にたいのは母じゃなくて私です。", "suicidal_or_self_harm"),
        ("夫に殴られるのは姉だけじゃなくて私も。", "partner_violence"),
        ("殴られるのは姉ではなくて、私です。", "partner_violence"),
        (
            "夫に首を絞められました。けんかじゃなくて、一方的にです。",
            "partner_violence",
        ),
        (
            "首を絞められたのは一回じゃなくて、何回もです。",
            "partner_violence",
        ),
        (
            "リスカしてるの、昔じゃなくて今もです。",
            "suicidal_or_self_harm",
        ),
        ("たばこ吸ってるのは夫じゃなくて私です。", "smoking"),
        (
            "死にたいだけじゃなくて、この子も道連れにしそうで。",
            "suicidal_or_self_harm",
        ),
    ] {
        let reader = talk(&[(Resident, said)]);
        let rules = &reader.reading().findings;
        let by_rule = |it: &crate::risk::finding::Finding| {
            it.item.as_str() == item && !crate::risk::likeness::is_rule(&it.rule)
        };
        assert!(rules.iter().any(by_rule), "{said}: {rules:?}");
    }
}

#[test]
fn what_is_somebody_elses_instead_of_hers_is_no_finding() {
    for said in [
        "死にたいのは私じゃなくて母です。",
        "たばこ吸ってるのは私じゃなくて母です。",
    ] {
        let reader = talk(&[(Resident, said)]);
        assert!(items(&reader).is_empty(), "{said}: {:?}", items(&reader));
    }
}

#[test]
fn a_dislike_at_the_beginning_of_an_answer_is_no_denial() {
    for (item, question, answer, read) in [
        (
            "older_child_concern",
            "上のお子さんに手が出てしまうことは。",
            "はい、いやいや期で。",
            Asked::Positive,
        ),
        (
            "partner_violence",
            "ご主人に怒鳴られることは。",
            "はい、いやというほど。",
            Asked::Positive,
        ),
        (
            "alcohol",
            "お酒は飲みますか。",
            "はい、あ、いや、飲みません。",
            Asked::Negative,
        ),
        (
            "partner_violence",
            "ご主人に叩かれることは。",
            "いやいや、そんなことないです。",
            Asked::Negative,
        ),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert_eq!(asked(&reader, item), read, "{answer}");
    }
    let reader = talk(&[
        (Nurse, "上のお子さんのことで、大変なことは。"),
        (Resident, "はい、いやいや期で。"),
    ]);
    assert_ne!(asked(&reader, "older_child_concern"), Asked::Negative);
}
