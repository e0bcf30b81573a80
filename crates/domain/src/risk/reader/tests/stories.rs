//! Answers that tell a story behind their no: the words of the story flag nothing by themselves, and a danger in it does.

use super::*;

/// A question about an item that is looked at the same day, or soon, and what she says.
type Exchange = (&'static str, &'static str, &'static str);

/// A plain no, and a story with words that a rule takes for an answer.
const HARMLESS: &[Exchange] = &[
    (
        "partner_violence",
        "怒鳴られたり、物を投げられたり、行き先を細かく見張られたりは。",
        "ないです。投げるのは靴下を洗濯機にですね。外しますけど。位置情報は、部長につけたいって言ってます。",
    ),
    (
        "partner_violence",
        "ご主人から、たたかれたり、どなられたり、こわい思いをされたことはありませんか。",
        "ないです、それは一回も。声は大きいですけど、怒ったところ見たことなくて。",
    ),
    (
        "medical_emergency",
        "このところ、張りや出血、赤ちゃんの動きで、おかしいなと思うことは？",
        "ないですね。しゃっくりが一日三回くらいあって、ぴくぴくしてます。おなかに置いた皿がカタカタ鳴るの。",
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
fn a_no_in_other_words_is_one() {
    for (item, question, answer) in [
        (
            "suicidal_or_self_harm",
            "死にたいと考えたことは、ありましたか。",
            "0回です。",
        ),
        (
            "psychiatric_history",
            "心の病院とか、そういうのは今までかかったことない？",
            "ねえなあ。整骨院だら、しょっちゅうだげど。",
        ),
        (
            "own_abuse_history",
            "子どものころ、おうちでこわい思いをしたことは。",
            "ないと思います。弟にプリン、取られたくらい。",
        ),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, answer)]);
        assert!(items(&reader).is_empty(), "{answer}");
        assert_eq!(asked(&reader, item), Asked::Negative, "{answer}");
    }
}

#[test]
fn what_a_nurse_asks_leave_for_is_not_asked_in_the_negative() {
    for question in [
        "一度、お電話させてもらえませんか。",
        "産後に、お宅へ伺わせてもらえませんか。",
    ] {
        let asked = after(question, "はい。", "refuses_contact");
        assert_eq!(asked, Asked::Negative, "{question}");
    }
}

#[test]
fn a_number_of_times_is_a_yes_unless_it_is_none() {
    let question = "死にたいと考えたことは、ありましたか。";
    for (answer, expected) in [
        ("10回くらいです。", Asked::Positive),
        ("3回くらいです。", Asked::Positive),
        ("0回です。", Asked::Negative),
    ] {
        let read = after(question, answer, "suicidal_or_self_harm");
        assert_eq!(read, expected, "{answer}");
    }
}
