//! Answers that half say it: asked back, hedged, conceded, for two questions at once, or said unasked.

use super::*;

#[test]
fn what_she_asks_back_denies_nothing() {
    for (item, question, answer) in [
        (
            "suicidal_or_self_harm",
            "消えてしまいたいと思うことはありますか。",
            "さあ……誰だって、あるんじゃないですか。",
        ),
        (
            "own_abuse_history",
            "子どものころ、おうちでつらいことはありましたか。",
            "まあ……よその家だって、似たようなものじゃないですか。",
        ),
        (
            "financial_hardship",
            "お金のことで心配なことはありますか。",
            "まあ、余裕のあるうちのほうが少ないんじゃないですか。",
        ),
    ] {
        assert_eq!(after(question, answer, item), Asked::Vague, "{answer}");
    }
}

#[test]
fn a_reason_in_dialect_denies_nothing() {
    let question = "ご主人が怒って、手が出ることはありますか。";
    for answer in [
        "出るけんねえ。",
        "出るからねえ。",
        "ありますけんねえ。",
        "しょっちゅうやけんねえ。",
    ] {
        let read = after(question, answer, "partner_violence");
        assert_eq!(read, Asked::Positive, "{answer}");
    }
    let answer = "ないですねえ。";
    assert_eq!(after(question, answer, "partner_violence"), Asked::Negative);
}

#[test]
fn who_says_both_or_would_rather_not_say_has_not_said_no() {
    for (item, question, answer, expected) in [
        (
            "suicidal_or_self_harm",
            "死にたいと思ったことはありますか。",
            "あったような、なかったような。",
            Asked::Vague,
        ),
        (
            "smoking",
            "たばこは吸われますか。",
            "吸ったような、吸わなかったような。",
            Asked::Vague,
        ),
        (
            "partner_discord",
            "ご主人のことで、困っていることはありますか。",
            "そこはあんまり、言いとうないです。",
            Asked::Declined,
        ),
    ] {
        assert_eq!(after(question, answer, item), expected, "{answer}");
    }
}

#[test]
fn a_yes_that_is_only_half_one_is_vague() {
    let question = "今の説明で、わからないところはなかったですか。";
    for answer in [
        "はい。たぶん。",
        "あ、はい……まあ、だいたい。",
        "まあ、はい……たぶん。",
    ] {
        let read = after(question, answer, "comprehension_difficulty");
        assert_eq!(read, Asked::Vague, "{answer}");
    }
}

#[test]
fn a_denial_stands_when_more_is_told_behind_it() {
    let question = "今、出血やおなかの張りはありますか。";
    let answer = "出血は一度もないです。張りもおさまって、先生が毎日みてくれています。";
    assert_eq!(
        after(question, answer, "medical_emergency"),
        Asked::Negative
    );
    let question = "ご主人から叩かれたりすることはありませんか。";
    let answer = "はい、ありません。言い合いはたまにしますけど、すぐ仲直りします。";
    assert_eq!(after(question, answer, "partner_violence"), Asked::Vague);
    // But not when that is said against it.
    let answer = "ないです。でも、たまに手が出ることはあります。";
    assert_eq!(after(question, answer, "partner_violence"), Asked::Positive);
}

#[test]
fn what_is_only_conceded_is_no_yes_unless_it_has_to_be_looked_at_the_same_day() {
    let read = after(
        "育児に自信がないと感じることはありますか。",
        "不安はありますけど、それより会えるのが待ち遠しいです。",
        "bonding_difficulty",
    );
    assert!(matches!(read, Asked::Vague | Asked::Negative), "{read:?}");
    let read = after(
        "死にたいと思うことはありますか。",
        "ありますけど、大丈夫です。",
        "suicidal_or_self_harm",
    );
    assert_eq!(read, Asked::Positive);
}

#[test]
fn what_stands_before_the_first_topic_is_said_of_both_questions() {
    let reader = talk(&[
        (Nurse, "お酒とおたばこはいかがですか。"),
        (
            Resident,
            "妊娠がわかってすぐにやめました。お酒はもともと飲めないですし。",
        ),
    ]);
    assert_eq!(asked(&reader, "smoking"), Asked::Negative);
    assert_eq!(asked(&reader, "alcohol"), Asked::Negative);
    let reader = talk(&[
        (Nurse, "お酒とおたばこはいかがですか。"),
        (Resident, "はい、お酒は飲んでません。"),
    ]);
    assert_eq!(asked(&reader, "smoking"), Asked::Asked);
}

#[test]
fn what_a_companion_says_and_she_says_herself_counts() {
    let reader = talk(&[
        (Nurse, "お産はどちらの病院ですか。"),
        (Companion, "中央病院です。もう予約も済ませました。"),
        (Resident, "はい、歩いて行けるので。"),
    ]);
    assert_eq!(asked(&reader, "missed_checkups"), Asked::Negative);
}

#[test]
fn a_question_that_is_only_like_one_takes_nothing_back() {
    let reader = talk(&[
        (Nurse, "ご主人から怖い思いをさせられることはないですか。"),
        (Resident, "はい、それはまったくないです。"),
        (
            Nurse,
            "途中で苦しくなったら、ご主人と部屋を出られるようにしておくとか。",
        ),
        (Resident, "そうですね、そうします。"),
    ]);
    assert_eq!(asked(&reader, "partner_violence"), Asked::Negative);
}

#[test]
fn good_news_that_nobody_asked_for_answers_what_is_not_looked_at_the_same_day() {
    for (item, said) in [
        ("missed_checkups", "健診はちゃんと毎回行けてます。"),
        (
            "missed_checkups",
            "産む病院は、もう市民病院に決めて予約してあります。",
        ),
        ("unprepared", "沐浴の教室も、先週二人で行ってきました。"),
        (
            "bonding_difficulty",
            "早くこの子に会いたくて、毎晩おなかに話しかけてます。",
        ),
        (
            "financial_hardship",
            "貯金もあるので、お金のことは心配してないです。",
        ),
        (
            "own_abuse_history",
            "小さいころから両親に大事に育ててもらいました。",
        ),
        (
            "medical_complication",
            "血圧も体重も、問題ないって言われました。",
        ),
    ] {
        let reader = talk(&[(Resident, said)]);
        assert_eq!(asked(&reader, item), Asked::Negative, "{said}");
        assert!(items(&reader).is_empty(), "{said}: {:?}", items(&reader));
    }
    for (item, said) in [
        ("missed_checkups", "健診は、ここ二か月行けてないです。"),
        ("missed_checkups", "上の子の健診は毎回行ってます。"),
        ("unprepared", "両親学級は、まだ行けてないんです。"),
        ("bonding_difficulty", "母に早く会いたいです。"),
        ("medical_emergency", "赤ちゃんはよく動いてます。"),
        ("smoking", "夫はたばこをやめてくれません。"),
        ("missed_checkups", "分娩の予約は、まだできていません。"),
        ("missed_checkups", "長女の健診は毎回受けてます。"),
        ("missed_checkups", "予定どおり行けたらいいんですが。"),
        ("medical_complication", "血圧も問題ないといいなと思って。"),
        ("unstable_housing", "住むところは大丈夫か、心配です。"),
        ("young_age", "うちは32の母と、17の私です。"),
        ("financial_hardship", "妹のところは、生活は心配ないです。"),
    ] {
        let reader = talk(&[(Resident, said)]);
        assert_ne!(asked(&reader, item), Asked::Negative, "{said}");
    }
}

#[test]
fn a_question_for_the_worse_is_no_question_for_what_should_be_so() {
    for (item, question, answer) in [
        (
            "partner_violence",
            "お金を自由に使わせてもらえないなどは。",
            "はい、あります。",
        ),
        (
            "partner_violence",
            "おうちで安心できないと感じることは。",
            "はい。",
        ),
        (
            "partner_violence",
            "生活費を自由に使うと怒られますか。",
            "はい。",
        ),
        (
            "drug_misuse",
            "お薬を指示どおりに飲まないで、まとめて飲むことは。",
            "はい、あります。",
        ),
        (
            "older_child_concern",
            "上のお子さんにつらく当たってしまうことはありますか。",
            "はい、あります。",
        ),
        (
            "bonding_difficulty",
            "子育てに自信があまりない感じですか。",
            "はい。",
        ),
    ] {
        assert_eq!(after(question, answer, item), Asked::Positive, "{question}");
    }
    for (item, question) in [
        ("isolation", "ご両親との関係で困っていることは。"),
        ("financial_hardship", "養育費のことで困っていることは。"),
    ] {
        assert_eq!(after(question, "はい。", item), Asked::Vague, "{question}");
    }
}

#[test]
fn no_mistake_is_a_yes() {
    for (question, wanted) in [
        (
            "お相手がどなたかわからない、ということで間違いないですか。",
            Asked::Positive,
        ),
        (
            "赤ちゃんのお父さんはご主人で間違いないですか。",
            Asked::Negative,
        ),
    ] {
        let read = after(
            question,
            "はい、間違いないです。",
            "sexual_violence_or_unknown_father",
        );
        assert_eq!(read, wanted, "{question}");
    }
}

#[test]
fn a_doubt_behind_a_denial_or_a_yes_stays_where_it_has_to_be_looked_at_the_same_day() {
    for (item, question, answer) in [
        (
            "medical_emergency",
            "出血はありますか。",
            "ないです。ときどきちょっと出るんですけど。",
        ),
        (
            "suicidal_or_self_harm",
            "ご自分を傷つけることは。",
            "ないです。たまに腕をつねりますけど。",
        ),
        (
            "drug_misuse",
            "お薬は決められたとおりに飲んでいますか。",
            "はい、つらいときは多めですけど。",
        ),
        (
            "suicidal_or_self_harm",
            "消えたい気持ちはありませんか。",
            "ないんですけど、いなくなったほうがいいのかなって。",
        ),
        (
            "suicidal_or_self_harm",
            "死にたいと思うことはありますか。",
            "ありません。とは、言い切れないです。",
        ),
    ] {
        assert_ne!(after(question, answer, item), Asked::Negative, "{answer}");
    }
}

#[test]
fn what_she_saw_and_did_as_well_is_hers() {
    for (said, item) in [
        (
            "リストカットの動画を見て、真似して切ってしまいました。",
            "suicidal_or_self_harm",
        ),
        ("大麻の動画を見て、自分でも試しました。", "drug_misuse"),
    ] {
        let reader = talk(&[(Resident, said)]);
        assert_eq!(asked(&reader, item), Asked::Positive, "{said}");
    }
    let reader = talk(&[(Resident, "リストカットの動画を見て、気持ち悪くなりました。")]);
    assert!(items(&reader).is_empty(), "{:?}", items(&reader));
}

#[test]
fn a_partners_violence_is_found_whatever_was_asked() {
    for (question, answer) in [
        (
            "上のお子さんは落ち着いていますか。",
            "うちの人が怒ると皿を投げるので、怯えてます。",
        ),
        (
            "上のお子さんのことで困っていることは。",
            "DVで一度逃げたことがあって。",
        ),
        (
            "子どものころ、叩かれたりは。",
            "子どものころはないです。今、殴られてるんです。",
        ),
    ] {
        assert_eq!(
            after(question, answer, "partner_violence"),
            Asked::Positive,
            "{answer}"
        );
    }
}

#[test]
fn a_yes_in_so_many_words_to_a_question_in_the_negative_is_one() {
    for (item, question) in [
        ("suicidal_or_self_harm", "死にたいと思うことはないですか。"),
        ("partner_violence", "ご主人からの暴力はないですか。"),
        (
            "older_child_concern",
            "上のお子さんを叩いてしまうことはないですか。",
        ),
        ("depressed_or_anxious", "気分が落ち込むことはないですか。"),
    ] {
        for answer in ["はい、あります。", "はい、たまに。"] {
            assert_eq!(after(question, answer, item), Asked::Positive, "{question}");
        }
        for answer in ["はい、ありません。", "はい、ないです。"] {
            assert_eq!(after(question, answer, item), Asked::Negative, "{question}");
        }
    }
}

#[test]
fn a_lack_that_is_said_again_is_no_denial_of_it() {
    for (item, question, lack) in [
        (
            "partner_violence",
            "生活費を渡してもらえないことはありますか。",
            "もらえません。",
        ),
        (
            "medical_emergency",
            "胎動を感じないことはありますか。",
            "はい、感じません。",
        ),
    ] {
        assert_eq!(after(question, lack, item), Asked::Positive, "{lack}");
        assert_eq!(
            after(question, "いえ、特にないです。", item),
            Asked::Negative,
            "{lack}"
        );
    }
}

#[test]
fn a_second_question_turns_nothing_of_the_first_round() {
    let question = "ご主人といて安心できますか、怖くないですか。";
    let read = after(question, "はい、安心しています。", "partner_violence");
    assert_eq!(read, Asked::Negative);
}

#[test]
fn a_harmless_word_beside_a_denial_leaves_no_doubt() {
    for (item, question, answer) in [
        (
            "drug_misuse",
            "薬物を使ったことは。",
            "ないですよ、たまに風邪薬を飲むくらいです。",
        ),
        (
            "suicidal_or_self_harm",
            "死にたいと思うことはありますか。",
            "ありません。毎日楽しいです。",
        ),
    ] {
        assert_eq!(after(question, answer, item), Asked::Negative, "{answer}");
    }
}
