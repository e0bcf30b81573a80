//! Answers in whole sentences, read by what such answers are like.

use super::*;

#[test]
fn good_news_in_a_whole_sentence_answers_a_question() {
    for (item, question, answer) in [
        (
            "smoking",
            "たばこは吸われますか。",
            "結婚を機に、きっぱり卒業しました。",
        ),
        (
            "alcohol",
            "お酒は。",
            "検査薬で線が出た日に、残りのワインを流しに捨てました。",
        ),
        (
            "isolation",
            "産後、手伝ってくれる方は。",
            "実家の母が隣の町から毎週通ってくれることになってます。",
        ),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert_eq!(asked(&reader, item), Asked::Negative, "{answer}");
        assert!(items(&reader).is_empty(), "{answer}: {:?}", items(&reader));

        // Heard with little confidence it reassures nobody.
        let mut reader = talk(&[(Nurse, question)]);
        let mut unsure = turn(1, Resident, answer);
        unsure.unsure.push(0..answer.len());
        reader.hear(unsure);
        assert_ne!(asked(&reader, item), Asked::Negative, "{answer}");

        // Nor does what she says two turns later, to something else.
        let reader = talk(&[
            (Nurse, question),
            (Resident, "えっと。"),
            (Nurse, "今日は暑いですね、電車も混んでいたでしょう。"),
            (Resident, answer),
        ]);
        assert_ne!(asked(&reader, item), Asked::Positive, "{answer}");
    }
}

#[test]
fn good_news_does_not_outweigh_what_a_rule_finds_by_itself() {
    for answer in [
        "妊娠がわかってきっぱりやめて、加熱式にしました。",
        "いいえ、吸ってないです。アイコスだけなので大丈夫です。",
    ] {
        let reader = talk(&[(Nurse, "たばこは吸われますか。"), (Resident, answer)]);
        assert_eq!(items(&reader), ["smoking"], "{answer}");
    }
}

#[test]
fn a_yes_that_says_where_it_ends_is_no_good_news() {
    for (item, question, answer) in [
        (
            "alcohol",
            "お酒はやめられていますか。",
            "はい、ただ、お正月とか人が集まるときは少し。",
        ),
        (
            "depressed_or_anxious",
            "夜は眠れていますか。",
            "はい。でも最近は薬がないと、三時に起きてしまって。",
        ),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert_ne!(asked(&reader, item), Asked::Negative, "{answer}");
    }
}

#[test]
fn a_yes_to_what_is_looked_at_the_same_day_is_never_outweighed() {
    let reader = talk(&[
        (Nurse, "死にたいと思われることはありますか。"),
        (
            Resident,
            "はい、でも家族も友達もよく話を聞いてくれて、毎日楽しく過ごせてます。",
        ),
    ]);
    assert_eq!(items(&reader), ["suicidal_or_self_harm"]);
}

/// Item, question, and an answer that sounds as if all were well.
const SOOTHING: &[(&str, &str, &str)] = &[
    (
        "suicidal_or_self_harm",
        "自分を傷つけたことはありますか",
        "刃物は夫に預けてるので安心してます",
    ),
    (
        "suicidal_or_self_harm",
        "死にたくなることはありますか",
        "主治医と約束したので守れてます",
    ),
    (
        "partner_violence",
        "ご主人から暴力を受けることはありますか",
        "顔だけは避けてくれるので安心です",
    ),
    (
        "partner_violence",
        "ご主人から暴力を受けることはありますか",
        "私が気をつけるようにして、うまくいってます",
    ),
    (
        "partner_violence",
        "ご主人から叩かれることはありますか",
        "隣に夫がいて聞いてます",
    ),
    (
        "medical_emergency",
        "出血はありますか",
        "ティッシュにつくくらいで落ち着いてます",
    ),
    (
        "medical_emergency",
        "出血はありますか",
        "ナプキンで間に合ってます",
    ),
    (
        "older_child_concern",
        "上のお子さんはお昼どうしてますか",
        "一人で待っててくれるので安心です",
    ),
    (
        "suicidal_or_self_harm",
        "お名前をお願いします。あと、死にたいと思ったことは。",
        "佐藤花子です",
    ),
    (
        "suicidal_or_self_harm",
        "死にたいと思うことはありますか",
        "家族と一緒に暮らしてます",
    ),
    (
        "partner_violence",
        "今日はご主人とご一緒ですか",
        "はい、隣で聞いてます",
    ),
    (
        "suicidal_or_self_harm",
        "死にたいと思うことはありますか",
        "大丈夫です、もう慣れました",
    ),
    (
        "partner_violence",
        "ご主人から叩かれることはありますか",
        "最近は優しいので大丈夫です",
    ),
    (
        "partner_violence",
        "ご主人に怒鳴られることはありますか",
        "私が悪いので大丈夫です",
    ),
    (
        "partner_violence",
        "怖い思いをされることはありませんか",
        "私がちゃんとしてれば平気です",
    ),
    (
        "medical_emergency",
        "出血はありますか",
        "ちょっとですけど大丈夫です",
    ),
    (
        "older_child_concern",
        "お子さんを叩いてしまうことはありますか",
        "しつけなので大丈夫です",
    ),
    (
        "suicidal_or_self_harm",
        "死にたくなることはありますか",
        "薬飲んでるので大丈夫です",
    ),
    (
        "medical_emergency",
        "出血はありませんか",
        "少しだけなので気にしてません",
    ),
];

#[test]
fn only_a_denial_clears_what_is_looked_at_the_same_day() {
    for (item, question, answer) in SOOTHING {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert_ne!(asked(&reader, item), Asked::Negative, "{question} {answer}");
    }
    for answer in ["いいえ、ないです。", "そんなこと、一度もないです。"] {
        let reader = talk(&[
            (Nurse, "死にたいと思うことはありますか。"),
            (Resident, answer),
        ]);
        assert_eq!(
            asked(&reader, "suicidal_or_self_harm"),
            Asked::Negative,
            "{answer}"
        );
    }
}

#[test]
fn soothing_words_take_nothing_from_what_is_looked_at_the_same_day() {
    for (item, question, answer) in [
        (
            "partner_violence",
            "実家への連絡を制限されたりは",
            "週一回、夫が見張りでついてくれば大丈夫です",
        ),
        (
            "medical_emergency",
            "出血していませんか",
            "初めは茶色で、今日はトマトみたいな赤ですので、安心です",
        ),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert_eq!(items(&reader), [item], "{answer}");
    }
}

#[test]
fn what_comes_again_and_again_is_no_case() {
    let reader = talk(&[(Resident, "最近は夫に殴られるようになったら黙って耐えてます")]);
    assert_eq!(items(&reader), ["partner_violence"]);
}

#[test]
fn a_nurse_who_breaks_off_keeps_her_question_open() {
    for between in [
        "ここだけの話で。",
        "皆さんにお聞きしていて。",
        "少しでもいいので、と。",
    ] {
        let reader = talk(&[
            (Nurse, "ご主人から暴力を受けたことはありますか。"),
            (Resident, "えっと…"),
            (Nurse, between),
            (Resident, "はい、あります。"),
        ]);
        assert_eq!(items(&reader), ["partner_violence"], "{between}");
    }
}
