//! What a 「ない」 does not deny, what is said behind a kind beginning, and questions that only ask whether all is well.

use super::*;

#[test]
fn a_danger_told_behind_what_it_comes_of_is_hers() {
    for (item, dangers) in [
        (
            "suicidal_or_self_harm",
            ["死にたいです。", "消えたいです。", "死にたくなります。"],
        ),
        (
            "partner_violence",
            [
                "夫に殴られます。",
                "主人に叩かれてます。",
                "彼に首を絞められました。",
            ],
        ),
        (
            "older_child_concern",
            [
                "上の子を叩いてしまいます。",
                "子どもを殴ってしまいます。",
                "上の子に手が出ます。",
            ],
        ),
    ] {
        for danger in dangers {
            for reason in [
                "お金がなくて、",
                "母が亡くなってから、",
                "保育園に落ちて、",
                "義母のことで毎日つらくて、",
            ] {
                let said = format!("{reason}{danger}");
                assert_eq!(
                    asked(&talk(&[(Resident, &said)]), item),
                    Asked::Positive,
                    "{said}"
                );
            }
        }
    }
    for said in [
        "母が亡くなってから、父が死にたいって言うんです。",
        "ドラマを見て、夫に殴られる話で泣きました。",
        "友達はとてもつらくて、死にたいって言ってました。",
        "友達は泣きながら、消えたいって電話してきました。",
        "妹は結婚してから、夫に殴られてるみたいで。",
    ] {
        let read = talk(&[(Resident, said)]);
        assert_eq!(items(&read), Vec::<&str>::new(), "{said}");
    }
}

#[test]
fn a_denial_of_something_else_clears_nothing_of_the_same_day() {
    for (question, item, answers) in [
        (
            "ご主人に叩かれることはありますか。",
            "partner_violence",
            [
                "家に帰りたくないです。",
                "やめてくれないです。",
                "いえ、逃げられないです。",
            ],
        ),
        (
            "お薬を決められた量より多く飲んでしまうことはありますか。",
            "drug_misuse",
            [
                "やめられへんねん。",
                "我慢できないです。",
                "覚えてないです。",
            ],
        ),
        (
            "死にたいと思うことはありますか。",
            "suicidal_or_self_harm",
            [
                "生きてる意味がないです。",
                "誰もわかってくれないです。",
                "もう頑張れないです。",
            ],
        ),
    ] {
        for answer in answers {
            assert_ne!(after(question, answer, item), Asked::Negative, "{answer}");
        }
        for no in [
            "いえ、全然ないです。",
            "ないです、一度も。",
            "ありません。",
            "もちろんないです。",
            "特にないです、はい。",
        ] {
            assert_eq!(after(question, no, item), Asked::Negative, "{no}");
        }
    }
}

#[test]
fn what_is_taken_back_limited_or_only_possible_is_no_denial() {
    let read = |answer: &str| {
        after(
            "ご主人に叩かれることはありますか。",
            answer,
            "partner_violence",
        )
    };
    for answer in [
        "ないです、すみません、あります。",
        "ないです、嘘です。",
        "ないです、いや、はい。",
        "はい、でも平気です。",
        "あるかもしれません。",
        "あるで。",
        "まったくないかって言われると。",
    ] {
        assert_eq!(read(answer), Asked::Positive, "{answer}");
    }
    for answer in [
        "いえ、あ、はい。",
        "毎日じゃないです。",
        "ないです、酔ったとき以外は。",
        "今日はないです。",
        "最近は特に。",
        "普段は大丈夫です。",
        "人によりますよね。",
    ] {
        assert_ne!(read(answer), Asked::Negative, "{answer}");
    }
    assert_eq!(read("言いにくいんですけど、あります。"), Asked::Positive);
    for said in [
        "自殺とか考えたこともあります。",
        "リスカとかやったこともあります。",
    ] {
        assert_eq!(
            asked(&talk(&[(Resident, said)]), "suicidal_or_self_harm"),
            Asked::Positive,
            "{said}"
        );
    }
    for answer in ["言えません。", "すみません、今は話せません。", "秘密です。"]
    {
        assert_eq!(read(answer), Asked::Declined, "{answer}");
    }
    assert_eq!(read("すみません、聞こえませんでした。"), Asked::Asked);
}

#[test]
fn what_she_says_after_all_opens_a_question_again() {
    for again in ["すみません、本当はあります。", "…たまにあります。"] {
        let said = talk(&[
            (Nurse, "ご主人に叩かれることはありますか。"),
            (Resident, "ないです。"),
            (Resident, again),
        ]);
        assert_eq!(asked(&said, "partner_violence"), Asked::Positive, "{again}");
    }
    for later in [
        "実家が近くにあります。",
        "すみません、ちょっとお手洗いに行っていいですか。",
    ] {
        let said = talk(&[
            (Nurse, "ご主人に叩かれることはありますか。"),
            (Resident, "いえ、全然ないです。"),
            (Nurse, "そうですか。"),
            (Resident, later),
        ]);
        assert_eq!(asked(&said, "partner_violence"), Asked::Negative, "{later}");
    }
    for taken_up in ["あるんですね。", "たまにありますか。"] {
        let said = talk(&[
            (Nurse, "死にたいと思うことはありますか。"),
            (Resident, "うーん。"),
            (Nurse, taken_up),
            (Resident, "はい。"),
        ]);
        let read = asked(&said, "suicidal_or_self_harm");
        assert_eq!(read, Asked::Positive, "{taken_up}");
    }
    let less = talk(&[
        (Nurse, "赤ちゃんは動いていますか。"),
        (Resident, "うーん。"),
        (Nurse, "いつもより少ないですか。"),
        (Resident, "はい。"),
    ]);
    assert_eq!(asked(&less, "medical_emergency"), Asked::Positive);
}

#[test]
fn whether_all_is_well_is_asked_of_what_should_be_so() {
    for (question, item) in [
        ("おなかの張りは大丈夫ですか。", "medical_emergency"),
        ("暴力とかは大丈夫ですか。", "partner_violence"),
        ("お薬の飲み方は大丈夫ですか。", "drug_misuse"),
        ("お酒は大丈夫ですか。", "alcohol"),
    ] {
        for fine in ["はい、大丈夫です。", "はい。"] {
            assert_eq!(
                after(question, fine, item),
                Asked::Negative,
                "{question}{fine}"
            );
        }
    }
    for happy in [
        "いえ、おかげさまで毎日穏やかです。",
        "全然、毎日楽しく過ごしてます。",
    ] {
        let read = after(
            "死にたいと思うことはありますか。",
            happy,
            "suicidal_or_self_harm",
        );
        assert_ne!(read, Asked::Positive, "{happy}");
    }
    let some = after(
        "暴力とかは大丈夫ですか。",
        "はい、たまに。",
        "partner_violence",
    );
    assert_eq!(some, Asked::Positive);
    let none = after(
        "暴力とかは大丈夫ですか。",
        "一度もないです。",
        "partner_violence",
    );
    assert_eq!(none, Asked::Negative);
    for none in [
        "一度もありません。",
        "いえいえ、とんでもないです。",
        "そんなことないです。",
    ] {
        let read = after(
            "胎動が減ったと感じることはありますか。",
            none,
            "medical_emergency",
        );
        assert_eq!(read, Asked::Negative, "{none}");
    }
}

#[test]
fn a_yes_confirms_that_there_is_none() {
    for (said_back, item) in [
        (
            "死にたいとか、そういうお気持ちはないんですね。",
            "suicidal_or_self_harm",
        ),
        (
            "無理やりということはなかったんですね。",
            "sexual_violence_or_unknown_father",
        ),
        (
            "心療内科にかかったことがないんですね。",
            "psychiatric_history",
        ),
    ] {
        assert_eq!(
            after(said_back, "はい、そうです。", item),
            Asked::Negative,
            "{said_back}"
        );
    }
    let lack = after(
        "生活費を渡してもらえないということは。",
        "はい。",
        "partner_violence",
    );
    assert_eq!(lack, Asked::Positive);
}
