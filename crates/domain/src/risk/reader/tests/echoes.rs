//! Answers that say the question's own words again, and what stands beside a yes or a no.

use super::*;

fn alone(words: &str, item: &str) -> Asked {
    asked(&talk(&[(Resident, words)]), item)
}

#[test]
fn the_questions_own_predicate_decides_whatever_yes_or_no_stands_before_it() {
    for (item, question, risks, fines) in [
        (
            "financial_hardship",
            "お金に困っていませんか。",
            [
                "困ってます。",
                "はい、困ってます。",
                "いえ、めっちゃ困ってます。",
            ],
            [
                "困ってません。",
                "はい、困ってないです。",
                "いえ、全然困ってへんよ。",
            ],
        ),
        (
            "financial_hardship",
            "生活費は足りていますか。",
            [
                "足りてません。",
                "いえ、足りてません。",
                "うん、足りないです。",
            ],
            ["足りてます。", "いえ、足りてます。", "まあ、足りています。"],
        ),
        (
            "no_insurance_or_unpaid",
            "病院代が払えていないということはないですか。",
            [
                "払えてません。",
                "はい、払えてません。",
                "いえ、払えてないです。",
            ],
            [
                "払えてます。",
                "はい、払えてます。",
                "ええ、ちゃんと払えています。",
            ],
        ),
        (
            "alcohol",
            "お酒は飲まれていませんか。",
            ["飲んでます。", "はい、飲んでいます。", "いや、飲んでます。"],
            [
                "飲んでません。",
                "はい、飲んでないです。",
                "いいえ、飲みません。",
            ],
        ),
        (
            "partner_discord",
            "ご主人は家事をしてくれますか。",
            [
                "してくれません。",
                "いえ、してくれないです。",
                "うーん、してくれません。",
            ],
            [
                "してくれます。",
                "はい、してくれます。",
                "いえ、してくれますよ。",
            ],
        ),
    ] {
        for answer in risks {
            assert_eq!(
                after(question, answer, item),
                Asked::Positive,
                "{question} {answer}"
            );
        }
        for answer in fines {
            assert_eq!(
                after(question, answer, item),
                Asked::Negative,
                "{question} {answer}"
            );
        }
    }
    // Each of its own: she says the first again, not this one.
    let both = "眠れないとか、消えてしまいたいとか、そういうお気持ちはありますか。";
    let read = after(
        both,
        "眠れないのは、あります。消えたいとかは、ないです。",
        "suicidal_or_self_harm",
    );
    assert_eq!(read, Asked::Negative);
    let bare = after("やる気は出ますか。", "出ないです。", "depressed_or_anxious");
    assert_eq!(bare, Asked::Positive);
}

#[test]
fn what_is_conceded_first_counts_where_it_is_looked_at_the_same_day() {
    let dying = "死にたいと思うことはありますか。";
    let hit = "体をたたかれたり、物を投げられたりしたことはありますか。";
    let child = "上のお子さんを叩いてしまうことはありますか。";
    for (item, question, answer) in [
        (
            "suicidal_or_self_harm",
            dying,
            "あるけど、そんな、本気じゃないです。",
        ),
        ("suicidal_or_self_harm", dying, "あります、すみません。"),
        (
            "partner_violence",
            hit,
            "ありますけど、誰にも言ってないです。",
        ),
        (
            "older_child_concern",
            child,
            "叩きますけど、あざにはならないです。",
        ),
        (
            "older_child_concern",
            child,
            "昨日も叩いちゃいました、すみません。",
        ),
    ] {
        assert_eq!(after(question, answer, item), Asked::Positive, "{answer}");
    }
    let bleeding = "出血やおなかの張りはありますか。";
    // But not of something else, nor by a word that only looks so.
    for (item, question, answer) in [
        (
            "older_child_concern",
            child,
            "布団は叩きますけど、子どもは叩かないです。",
        ),
        (
            "partner_violence",
            hit,
            "はい、いつでも優しいので、ないです。",
        ),
        (
            "suicidal_or_self_harm",
            dying,
            "思っていません、すみません。",
        ),
    ] {
        assert_ne!(after(question, answer, item), Asked::Positive, "{answer}");
    }
    let over = "初期にはありましたけど、今は止まってます。";
    assert_ne!(after(bleeding, over, "medical_emergency"), Asked::Positive);
}

#[test]
fn a_denial_that_goes_only_so_far_clears_nothing_that_is_looked_at_the_same_day() {
    let afraid = "おうちで怖いと感じることはありますか。";
    let hit = "暴力を受けたことはありますか。";
    let dying = "死にたいと思うことはありますか。";
    let child = "上のお子さんを叩いてしまうことはありますか。";
    for (item, question, answer) in [
        (
            "partner_violence",
            afraid,
            "ないです、私がちゃんとしてれば。",
        ),
        (
            "partner_violence",
            afraid,
            "ふだんは全然。酔ったときだけですね。",
        ),
        (
            "partner_violence",
            hit,
            "いえ…あの、旦那には言わないでもらえますか。",
        ),
        ("partner_violence", hit, "もうないです。"),
        (
            "suicidal_or_self_harm",
            dying,
            "実際にどうこうってことはないです、思うだけで。",
        ),
        (
            "older_child_concern",
            child,
            "叩くまではいかないですけど、押したりは。",
        ),
        (
            "older_child_concern",
            child,
            "叩くことはないですが、怒鳴ってしまって、止まらないです。",
        ),
    ] {
        assert_ne!(after(question, answer, item), Asked::Negative, "{answer}");
    }
    // Clean denials still clear it.
    let clean = after(
        hit,
        "いえ、そういうことは一度もないです。",
        "partner_violence",
    );
    assert_eq!(clean, Asked::Negative);
    let moving = "赤ちゃんは、いつもどおり動いていますか。";
    let until = "昨日までは元気だったんですけど。";
    assert_eq!(after(moving, until, "medical_emergency"), Asked::Positive);
}

#[test]
fn what_stands_against_a_matter_takes_nothing_from_it() {
    for (item, words) in [
        (
            "suicidal_or_self_harm",
            "赤ちゃんは楽しみなんですけど、死にたいです。",
        ),
        (
            "suicidal_or_self_harm",
            "死にたいんですけど、赤ちゃんは楽しみです。",
        ),
        (
            "suicidal_or_self_harm",
            "仕事は忙しいですけど、リストカットしてしまいます。",
        ),
        (
            "suicidal_or_self_harm",
            "友達はいるんですけど、死にたいなんて言えなくて。",
        ),
        ("partner_violence", "お酒は飲まないですけど夫は殴ります。"),
        (
            "partner_violence",
            "義母はいい人なんですけど、夫に蹴られました。",
        ),
        ("partner_violence", "地震は怖くないけど、夫が怖いです。"),
        (
            "partner_violence",
            "すぐ怒鳴るんですよ、うちの人、まあ最近暑いですしね。",
        ),
    ] {
        assert_eq!(alone(words, item), Asked::Positive, "{words}");
    }
    // What only says of whom or what she speaks.
    for (item, words) in [
        (
            "suicidal_or_self_harm",
            "ドラマの話ですけど、死にたいって言うシーンで泣きました。",
        ),
        (
            "partner_violence",
            "友達の話なんですけど、旦那に殴られたって。",
        ),
        (
            "partner_violence",
            "妹のことですけど、彼氏に殴られてるみたいで。",
        ),
    ] {
        assert_eq!(alone(words, item), Asked::NotAsked, "{words}");
    }
}

#[test]
fn what_she_does_no_more_she_has_done() {
    for (item, words) in [
        ("suicidal_or_self_harm", "リスカはもうしてないです。"),
        ("drug_misuse", "ODはもうしてません。"),
        ("partner_violence", "妊娠してからは殴られてないです。"),
    ] {
        assert_eq!(alone(words, item), Asked::Positive, "{words}");
    }
    for words in [
        "もう全然死にたいとは思わないです。",
        "今は本当に死にたいとは思いません。",
    ] {
        let read = alone(words, "suicidal_or_self_harm");
        assert_ne!(read, Asked::Positive, "{words}");
    }
    let none = alone("リスカはしたことないです。", "suicidal_or_self_harm");
    assert_ne!(none, Asked::Positive);
}

#[test]
fn kicks_are_the_babys_where_its_movements_were_asked_about_and_no_partner_is_named() {
    let moving = "赤ちゃんは、いつもどおり動いていますか。";
    for answer in [
        "痛いくらい蹴られてます。",
        "もう毎日蹴られてます。",
        "男の子なので、よく蹴られてます。",
    ] {
        let read = after(moving, answer, "partner_violence");
        assert_eq!(read, Asked::NotAsked, "{answer}");
    }
    for answer in [
        "動いてます。夫にお腹を蹴られてからも。",
        "はい。でも、あの人に蹴られて。",
        "動きます。首を絞められました。",
        "動きます。殺すって言われてて、怖いです。",
    ] {
        let read = after(moving, answer, "partner_violence");
        assert_eq!(read, Asked::Positive, "{answer}");
    }
    let both =
        "赤ちゃんはよく動いていますか。それから、叩かれたり、怖い思いをすることはありませんか。";
    let read = after(both, "はい、蹴られてます。", "partner_violence");
    assert_eq!(read, Asked::Positive);
}

#[test]
fn so_desu_ne_before_a_denial_is_no_yes() {
    let afraid = "おうちで怖いと感じることはありますか。";
    let answer = "そうですね、怖いとかは全くなくて、むしろ頼りないくらいで。";
    assert_ne!(after(afraid, answer, "partner_violence"), Asked::Positive);
    let yes = after(afraid, "そうですね。", "partner_violence");
    assert_eq!(yes, Asked::Positive);
}

#[test]
fn a_question_asked_once_more_is_answered_once_more() {
    let reader = talk(&[
        (Nurse, "消えてしまいたいと思うことはありますか。"),
        (Resident, "いや、大丈夫です。"),
        (Nurse, "本当に大丈夫ですか。"),
        (Resident, "ほんとは、ちょっとあります。"),
    ]);
    assert_eq!(asked(&reader, "suicidal_or_self_harm"), Asked::Positive);
}

#[test]
fn what_he_denies_for_her_is_asked_again() {
    let reader = talk(&[
        (Nurse, "おうちで怖いと感じることはありますか。"),
        (Companion, "ないよな。"),
        (Resident, "あ、はい、ないです。"),
    ]);
    assert_eq!(asked(&reader, "partner_violence"), Asked::Vague);
}

#[test]
fn a_question_whether_all_is_as_it_was_is_answered_with_yes() {
    let question = "おりものは変わりないですか。";
    assert_eq!(
        after(question, "はい。", "medical_emergency"),
        Asked::Negative
    );
}
