//! Answers that tell a story behind their no: the words of the story flag nothing by themselves, and a danger in it does.

use super::*;

/// A question about an item that is looked at the same day, or soon, and what she says.
type Exchange = (&'static str, &'static str, &'static str);

/// A plain no, and a story with words that a rule takes for an answer.
const HARMLESS: &[Exchange] = &[
    (
        "partner_violence",
        "ご主人に、たたかれたり怖い思いをしたりすることは、ありますか。",
        "ないです。怒るときも、なんか敬語になるんで、笑っちゃって。",
    ),
    (
        "partner_violence",
        "怖いと感じることはありませんか。",
        "いえいえ、ないです。家計は私がやってて、夫がお小遣いのほうです。三万円で、たまにCDを買いすぎて前借りに来ます。",
    ),
    (
        "drug_misuse",
        "お薬を決まりより多く飲むことはありますか。",
        "しないです。葛根湯も飲んでいいのかなと思って、ねぎを巻いて寝ました。",
    ),
];

/// The same with a danger in the story.
const DANGERS: &[Exchange] = &[
    (
        "partner_violence",
        "ご主人に、たたかれたり怖い思いをしたりすることは、ありますか。",
        "ないです。ただ、怒ると物を投げるので、壁に穴があいてて、そこにカレンダーを貼ってます。",
    ),
    (
        "drug_misuse",
        "お薬を決まりより多く飲むことはありますか。",
        "ないです。眠れない夜だけ、睡眠薬を十錠くらいまとめて飲むと、朝まで何も考えないですむので。",
    ),
    (
        "suicidal_or_self_harm",
        "消えてしまいたいと思うことはありますか。",
        "ないです。ベランダの手すりの外に、立ってみたことはありますけど、すぐ戻りました。",
    ),
];

#[test]
fn words_of_a_story_behind_a_no_flag_nothing() {
    for (item, question, answer) in HARMLESS {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert!(items(&reader).is_empty(), "{answer}: {:?}", items(&reader));
        assert_eq!(asked(&reader, item), Asked::Negative, "{answer}");
    }
}

#[test]
fn a_danger_in_a_story_behind_a_no_is_found() {
    for (item, question, answer) in DANGERS {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert!(items(&reader).contains(item), "{answer}");
    }
}

#[test]
fn what_a_nurse_asks_leave_for_is_not_asked_in_the_negative() {
    let reader = talk(&[
        (Nurse, "来月、おうちに寄らせてもらえませんか。"),
        (
            Resident,
            "うん、来て来て。チャイムが隣の家のと一緒に鳴りますけど。",
        ),
    ]);
    assert!(items(&reader).is_empty());
}

#[test]
fn none_by_number_is_a_no() {
    for answer in ["0回です。", "ゼロです。", "0です。"] {
        let reader = talk(&[
            (Nurse, "死にたいと考えたことは、ありましたか。"),
            (Resident, answer),
        ]);
        assert!(items(&reader).is_empty(), "{answer}");
    }
}
