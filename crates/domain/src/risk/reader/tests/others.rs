//! What words are like where the grammar says that they are not hers, and where she has answered already.

use super::*;

#[test]
fn what_somebody_elses_life_is_like_is_no_finding() {
    for said in [
        "弟の奥さんがまだ18歳で、うちより先に産んだんですよ。",
        "いとこの赤ちゃんが双子で、毎日にぎやかです。",
    ] {
        let reader = talk(&[(Resident, said)]);
        assert!(items(&reader).is_empty(), "{said}: {:?}", items(&reader));
    }
    let own = talk(&[(Resident, "私、先月流産したんです。")]);
    assert_eq!(items(&own), ["loss_or_grief"]);
}

#[test]
fn what_was_answered_stays_answered_when_a_question_is_only_like_it() {
    let reader = talk(&[
        (Nurse, "じゃあ、お名前と、年齢を。"),
        (Resident, "中島あやです。27です。"),
        (Nurse, "あといくつかだけ、聞かせてくださいね。"),
        (Resident, "すいません、まだちょっと。1日、4、5本くらい。"),
    ]);
    assert_eq!(asked(&reader, "young_age"), Asked::Negative);
}

#[test]
fn whom_it_is_about_may_stand_behind_it() {
    use Speaker::{Nurse, Resident};
    let about = |question, answer| talk(&[(Nurse, question), (Resident, answer)]);
    let twins = about(
        "双子ちゃんですか。",
        "いえ、一人です。双子なのは兄の子どもたちで。",
    );
    assert!(items(&twins).is_empty(), "{:?}", items(&twins));
    assert_eq!(asked(&twins, "multiple_pregnancy"), Asked::Negative);
    let sugar = about("血圧や糖は大丈夫ですか。", "はい。糖尿病なのは父です。");
    assert!(items(&sugar).is_empty(), "{:?}", items(&sugar));
    // Hers stays hers, and who strikes her is no other person's trouble.
    let hers = about("双子ちゃんですか。", "はい。双子なのは私も先週知りました。");
    assert_eq!(items(&hers), ["multiple_pregnancy"]);
    let struck = talk(&[(Resident, "殴られたのは夫にです。")]);
    assert_eq!(items(&struck), ["partner_violence"]);
}

#[test]
fn not_only_is_no_denial_and_never_is_one() {
    for (said, item) in [
        ("殴られるだけじゃないんです。", "partner_violence"),
        (
            "死にたいだけじゃなくて、この子も道連れにしそうで。",
            "suicidal_or_self_harm",
        ),
        (
            "いや。殴られるどころか、首を絞められました。",
            "partner_violence",
        ),
    ] {
        let reader = talk(&[(Speaker::Resident, said)]);
        assert!(
            items(&reader).contains(&item),
            "{said}: {:?}",
            items(&reader)
        );
    }
    let never = talk(&[(
        Speaker::Resident,
        "子どもを叩くのだけは絶対にしないって決めてます。",
    )]);
    assert!(items(&never).is_empty(), "{:?}", items(&never));
}
