//! Answers that are taken back later in the talk, and questions that a nurse breaks off to ask something else first.

use super::*;

#[test]
fn a_no_that_is_taken_back_later_is_a_danger() {
    for (question, no, back, item) in [
        (
            "死にたいと思うことはありますか。",
            "特にないです。",
            "寝れてなくて。あの、さっきないって言ったけど、ほんとは、ある。",
            "suicidal_or_self_harm",
        ),
        (
            "ご主人に叩かれたりはしませんか。",
            "いえ、ないです。",
            "すみません、さっきのは嘘です。",
            "partner_violence",
        ),
        (
            "お酒は飲まれますか。",
            "飲まないです。",
            "さっき飲んでないって言いましたけど、週末だけは。",
            "alcohol",
        ),
    ] {
        let read = talk(&[
            (Nurse, question),
            (Resident, no),
            (Nurse, "わかりました。夜は眠れていますか。"),
            (Resident, back),
        ]);
        assert_eq!(asked(&read, item), Asked::Positive, "{back}");
    }
}

#[test]
fn what_is_only_said_again_takes_no_answer_back() {
    for said in [
        "さっき先生に問題ないって言われましたけど、次は来月です。",
        "さっき母はいないって言いましたけど、義母はいます。",
        "さっき大丈夫って言いましたけど、声がちょっと途切れます。",
        "え、うそ、もうそんな時間ですか。",
    ] {
        let read = talk(&[
            (Nurse, "ご主人に叩かれたりはしませんか。"),
            (Resident, "はい、一度もないです。"),
            (Nurse, "そうですか。"),
            (Resident, said),
        ]);
        assert_eq!(asked(&read, "partner_violence"), Asked::Negative, "{said}");
    }
}

#[test]
fn a_question_that_is_broken_off_is_not_answered_by_what_follows() {
    for (question, answer) in [
        (
            "ご主人とはうまくいってますか。あ、その前に、つわりはもう落ち着きました？",
            "いえ、まだ全然です。",
        ),
        (
            "ご家族で介護が必要な方は…あ、先に確認ですけど、手帳のお名前の字、これで合ってます？",
            "はい、合ってます。",
        ),
        (
            "健診のほうは…あ、後ろを台車が通りますね。うるさくてごめんなさいね。",
            "いえ、全然。",
        ),
        (
            "通訳の方は…あ、マイク入ってますか、聞こえます？",
            "はい、聞こえます。",
        ),
    ] {
        let read = talk(&[(Nurse, question), (Resident, answer)]);
        assert_eq!(items(&read), Vec::<&str>::new(), "{question}");
    }
}

#[test]
fn who_searches_for_words_has_not_said_yes() {
    let read = after("おたばこは吸われますか。", "ええと…。", "smoking");
    assert_ne!(read, Asked::Positive);
    let read = after(
        "たばこはやめられていますか。",
        "うん…まあ、その、できるときは。",
        "smoking",
    );
    assert_eq!(read, Asked::Vague);
}

#[test]
fn that_it_is_so_stands_in_the_first_sentence() {
    for answer in [
        "あります。夜になると特に。",
        "ときどき、ある。国の母に、言えない。",
    ] {
        let read = after(
            "死にたいと思うことはありませんか。",
            answer,
            "suicidal_or_self_harm",
        );
        assert_eq!(read, Asked::Positive, "{answer}");
    }
    let question = "出血やおなかの痛みは、今もありますか。";
    let read = after(
        question,
        "みんなこんなもんじゃないんですかね。",
        "medical_emergency",
    );
    assert_eq!(read, Asked::Vague);
}

#[test]
fn a_no_on_a_form_that_is_read_out_is_confirmed() {
    let question = "自分を傷つけるという考えが浮かんだ、は「全くなかった」でよろしいですか。";
    let read = after(
        question,
        "はい、それで合ってます。",
        "suicidal_or_self_harm",
    );
    assert_eq!(read, Asked::Negative);
}

#[test]
fn a_yes_that_is_limited_or_goes_on_is_a_yes() {
    for answer in [
        "はい、疲れた日だけ。",
        "はい、なんとなく。",
        "はい、あります。母に聞いてもらってます。",
        "うん、ときどき。言わないほうがいいかなって。",
    ] {
        let read = after("死にたいと思うことは。", answer, "suicidal_or_self_harm");
        assert_eq!(read, Asked::Positive, "{answer}");
    }
    for (question, answer, item) in [
        (
            "叩いてしまうことはありますか。",
            "はい。保育園では楽しそうです。",
            "older_child_concern",
        ),
        (
            "お子さんに手が出ることはありますか。",
            "誰か家にいるときは、しないです。",
            "older_child_concern",
        ),
        (
            "赤ちゃんの動きはどうですか。",
            "もう止まりました。",
            "medical_emergency",
        ),
        (
            "死にたいというおはなしですね。",
            "はい。",
            "suicidal_or_self_harm",
        ),
    ] {
        assert_ne!(after(question, answer, item), Asked::Negative, "{answer}");
    }
}

#[test]
fn only_what_asks_something_else_breaks_a_question_off() {
    for question in [
        "消えてしまいたいと思うことはありますか。その前にもありましたか。",
        "死にたいと思うこと、あ、ありますか。",
    ] {
        let read = after(question, "はい、あります。", "suicidal_or_self_harm");
        assert_eq!(read, Asked::Positive, "{question}");
    }
    // A break that a longer filler swallows is forgotten, or it would split a character.
    talk(&[(Nurse, "なんという、あ、か、一日何本吸われますか。")]);
}
