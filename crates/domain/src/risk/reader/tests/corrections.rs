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

#[test]
fn words_reach_over_no_denial_to_another_topic() {
    for said in [
        "お酒は飲んでないけど、たばこはまだやめられなくて。",
        "お酒は飲んでませんけど、甘いものはやめられないです。",
    ] {
        let reader = talk(&[(Resident, said)]);
        assert_eq!(asked(&reader, "alcohol"), Asked::Negative, "{said}");
    }
}

#[test]
fn what_is_denied_twice_is_said() {
    let reader = talk(&[
        (Nurse, "お酒は飲みますか。"),
        (Resident, "飲んでないって言ったら嘘になりますね。"),
    ]);
    assert_eq!(asked(&reader, "alcohol"), Asked::Positive);
}

#[test]
fn a_denial_with_a_but_behind_it_clears_nothing_that_is_looked_at_the_same_day() {
    let reader = talk(&[
        (Nurse, "お子さんを叩くことはありますか。"),
        (
            Resident,
            "手は出してないです。でも、ごはんを抜いたりはします。",
        ),
    ]);
    assert_eq!(asked(&reader, "older_child_concern"), Asked::Positive);
}

#[test]
fn words_of_a_rule_in_an_answer_that_declines_are_no_answer() {
    let reader = talk(&[
        (Nurse, "ご主人との関係はいかがですか。"),
        (Resident, "それは、ちょっと話したくないです。"),
    ]);
    assert_eq!(asked(&reader, "partner_discord"), Asked::Declined);
    assert!(items(&reader).is_empty(), "{:?}", items(&reader));
}

#[test]
fn what_she_only_saw_or_did_before_they_married_is_no_finding() {
    for said in [
        "リストカットの動画を見て気持ち悪くなりました。",
        "結婚する前は一日一箱吸ってましたけど、もう五年吸ってません。",
    ] {
        let reader = talk(&[(Resident, said)]);
        assert!(items(&reader).is_empty(), "{said}: {:?}", items(&reader));
    }
}

#[test]
fn particles_may_be_left_out() {
    let reader = talk(&[(Resident, "おらほの旦那、酒飲むとすぐ手あげるんだ。")]);
    assert_eq!(items(&reader), ["partner_violence"]);
}
