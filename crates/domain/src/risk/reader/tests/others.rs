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
