//! Answers that say how far they go: only then, until then, so far, and what stands behind a plain no.

use super::*;

/// Item, question, answer, and how it is read.
type Read = (&'static str, &'static str, &'static str, Asked);

fn all(cases: &[Read]) {
    for (item, question, answer, expected) in cases {
        assert_eq!(after(question, answer, item), *expected, "{answer}");
    }
}

#[test]
fn only_then_is_then_all_the_same() {
    all(&[
        (
            "alcohol",
            "お酒は飲まれますか。",
            "土日しか飲まないです。",
            Asked::Positive,
        ),
        (
            "smoking",
            "たばこは吸われますか。",
            "大丈夫です、ベランダでしか吸わないので。",
            Asked::Positive,
        ),
        (
            "older_child_concern",
            "上のお子さんを叩いてしまうことはありますか。",
            "手の甲しか叩いてないです。",
            Asked::Positive,
        ),
        (
            "partner_violence",
            "ご主人に手をあげられたことは。",
            "二回しかないです。",
            Asked::Positive,
        ),
        (
            "smoking",
            "たばこは吸わないですよね。",
            "吸います、会社では。",
            Asked::Positive,
        ),
        (
            "alcohol",
            "お酒は飲まれますか。",
            "麦茶しか飲まないです。",
            Asked::Negative,
        ),
        (
            "alcohol",
            "お酒は飲まれますか。",
            "飲まないです、コーヒーは朝しか飲まないです。",
            Asked::Negative,
        ),
        (
            "alcohol",
            "お酒は飲まれますか。",
            "飲みません、夜は。",
            Asked::Vague,
        ),
    ]);
}

#[test]
fn what_was_until_then_is_no_longer() {
    for (item, question, answer) in [
        (
            "missed_checkups",
            "健診は毎回行かれてますか。",
            "行ってました、先々月までは。",
        ),
        (
            "medical_emergency",
            "赤ちゃんは動いていますか。",
            "感じてました、おとといまでは。",
        ),
        (
            "financial_hardship",
            "生活費は大丈夫そうですか。",
            "大丈夫です、ボーナスまでは。",
        ),
    ] {
        let read = after(question, answer, item);
        assert!(
            matches!(read, Asked::Vague | Asked::Positive),
            "{answer}: {read:?}"
        );
    }
}

#[test]
fn a_yes_or_a_no_that_says_how_far_it_goes_clears_nothing_that_is_looked_at_the_same_day() {
    for (question, answer) in [
        ("叩かれたりはしていませんか。", "はい、最近は。"),
        ("叩かれたりはしていませんか。", "はい、人前では。"),
        ("ご主人が手をあげることは。", "いえ、今月は。"),
        ("ご主人が手をあげることは。", "ないです、外では。"),
        ("ご主人が手をあげることは。", "ないです、ここ数日は。"),
        ("ご主人が手をあげることは。", "ないです、しらふなら。"),
    ] {
        let read = after(question, answer, "partner_violence");
        assert_eq!(read, Asked::Vague, "{question} {answer}");
    }
    let answer = "ないですよ、うちは。";
    let read = after("ご主人が手をあげることは。", answer, "partner_violence");
    assert_eq!(read, Asked::Negative);
}

#[test]
fn whether_it_is_over_is_asked_for_good_news() {
    all(&[
        (
            "partner_discord",
            "離婚のお話は、もうなくなったんですか。",
            "はい、なくなりました。",
            Asked::Negative,
        ),
        (
            "partner_violence",
            "ご主人の暴力はおさまりましたか。",
            "おさまってないです。",
            Asked::Positive,
        ),
        (
            "partner_violence",
            "ご主人の暴力は終わりましたか。",
            "いいえ、まだ続いてます。",
            Asked::Positive,
        ),
        (
            "suicidal_or_self_harm",
            "死にたい気持ちは減りましたか。",
            "逆です。",
            Asked::Vague,
        ),
        (
            "medical_emergency",
            "目がチカチカすることはなくなりましたか。",
            "まだします。",
            Asked::Positive,
        ),
        (
            "medical_emergency",
            "目がチカチカすることはなくなりましたか。",
            "しなくなりました。",
            Asked::Negative,
        ),
        (
            "suicidal_or_self_harm",
            "死にたい気持ちはおさまりましたか。",
            "もう、まったく思わないです。",
            Asked::Negative,
        ),
        // What got less is not over.
        (
            "medical_emergency",
            "出血は減りましたか。",
            "はい。",
            Asked::Positive,
        ),
        (
            "older_child_concern",
            "児童相談所との関わりは終わりましたか。",
            "終わってないです、先週も来ました。",
            Asked::Positive,
        ),
        // What was counts here, too.
        (
            "older_child_concern",
            "児童相談所との関わりは終わりましたか。",
            "終わりました。",
            Asked::Positive,
        ),
    ]);
}

#[test]
fn what_is_gone_may_have_been_good() {
    all(&[
        (
            "depressed_or_anxious",
            "最近、食欲がなくなりましたか。",
            "はい。",
            Asked::Positive,
        ),
        (
            "financial_hardship",
            "生活費が足りなくなりましたか。",
            "はい。",
            Asked::Positive,
        ),
        (
            "medical_emergency",
            "赤ちゃんの動きが減りましたか。",
            "はい、減りました。",
            Asked::Positive,
        ),
    ]);
}

#[test]
fn of_two_that_are_offered_she_says_one() {
    let question = "お酒は飲む飲まない、どちらでしょう。";
    assert_eq!(after(question, "飲む。", "alcohol"), Asked::Positive);
    assert_eq!(after(question, "飲まない。", "alcohol"), Asked::Negative);
}

#[test]
fn the_contrary_of_what_was_asked_is_a_no() {
    let question = "旦那さん、何もしてくれない感じですか。";
    let answer = "逆です、朝から晩まで動いてます。";
    assert_eq!(after(question, answer, "partner_discord"), Asked::Negative);
}

#[test]
fn what_stands_behind_a_plain_no_flags_nothing_unless_it_limits_it() {
    let question = "これまでの検査で、何か言われたことはありますか。";
    for (answer, expected) in [
        ("ありません、血糖も一度測りました。", Asked::Negative),
        (
            "ありません。でも、血糖で引っかかりました。",
            Asked::Positive,
        ),
    ] {
        let read = after(question, answer, "medical_complication");
        assert_eq!(read, expected, "{answer}");
    }
}

#[test]
fn who_was_asked_for_a_thought_and_denies_a_deed_has_not_said_no() {
    let question = "死にたいと思うことはありますか。";
    for (answer, expected) in [
        ("手首を切ったことはないです。", Asked::Vague),
        ("飛び降りたことはないです。", Asked::Vague),
        ("実行したことはないです。", Asked::Vague),
        ("追い詰められたことはないです。", Asked::Negative),
        ("そういう気持ちになったことはないです。", Asked::Negative),
    ] {
        let read = after(question, answer, "suicidal_or_self_harm");
        assert_eq!(read, expected, "{answer}");
    }
}

#[test]
fn a_no_stays_one_whatever_is_told_behind_it() {
    all(&[
        (
            "psychiatric_history",
            "心療内科にかかったことは。",
            "ないの。二人目のときは母がずっと泊まってくれてしまって。",
            Asked::Negative,
        ),
        (
            "suicidal_or_self_harm",
            "自分なんかいないほうがいい、と思うことは。",
            "えー、ないです。職場では声が大きすぎて存在感ありますよ。",
            Asked::Negative,
        ),
        (
            "loss_or_grief",
            "前のお産で、流れたりしたことはなかったですか。",
            "なかです、上の子は半日でつるっと。",
            Asked::Negative,
        ),
        (
            "medical_emergency",
            "出血はありますか。",
            "ないです、茶色いのがつくことはありますが。",
            Asked::Vague,
        ),
        (
            "medical_emergency",
            "出血はありますか。",
            "ないです。夜トイレに起きたときに紙につくことはあります。",
            Asked::Positive,
        ),
    ]);
}

#[test]
fn what_is_set_against_good_news_is_told_all_the_same() {
    for (question, answer) in [
        (
            "旦那さんとの仲はどうですか。",
            "別居してますけど、元気です。",
        ),
        (
            "旦那さんとの仲はどうですか。",
            "元気ですけど、別居してます。",
        ),
        (
            "旦那さんとの仲はどうですか。",
            "前は仲良かったけど、今は別居してます。",
        ),
        (
            "夫婦で困っていることはありますか。",
            "浮気されたけど、毎日楽しいです。",
        ),
    ] {
        let read = after(question, answer, "partner_discord");
        assert_eq!(read, Asked::Positive, "{answer}");
    }
}
