//! Dangers told in her own words while she answers another question, and harmless things told with the same words.

use super::*;

#[test]
fn a_danger_told_in_passing_is_found() {
    for (question, answer, item) in [
        (
            "ご実家は遠いんですか。",
            "近いですけど、彼が帰るなら携帯置いてけって言うので、もう一年行ってません。",
            "partner_violence",
        ),
        (
            "お買い物はどうされていますか。",
            "レシートが一円でも合わないと、夫に床で正座させられるので、時間がかかります。",
            "partner_violence",
        ),
        (
            "今日は何で来られましたか。",
            "電車です、ホームに立つと、一歩出たら全部終わるなって考えちゃいます。",
            "suicidal_or_self_harm",
        ),
        (
            "お名前は考えていますか。",
            "呼ぶと蹴ってくれてたのに、ゆうべからぴくりともしなくて。",
            "medical_emergency",
        ),
        (
            "お休みの日は何をされていましたか。",
            "友達と、丸いのを舌にのせて朝まで踊ってました。",
            "drug_misuse",
        ),
        (
            "上のお子さんの保育園はどうですか。",
            "休ませてます、背中のあざを先生に見られると困るので。",
            "older_child_concern",
        ),
        (
            "お仕事は続けられますか。",
            "辞めました、店長に倉庫で押し倒されてから、店に入れなくて。",
            "sexual_violence_or_unknown_father",
        ),
    ] {
        let read = talk(&[(Nurse, question), (Resident, answer)]);
        assert!(items(&read).contains(&item), "{item}: {answer}");
    }
}

#[test]
fn harmless_things_told_with_the_same_words_stay_quiet() {
    for (question, answer) in [
        (
            "ご実家は遠いんですか。",
            "近いです、彼が携帯を置いてったときは、母が届けてくれました。",
        ),
        (
            "お買い物はどうされていますか。",
            "夫がレシートをためこむので、月末に二人で床に並べて笑ってます。",
        ),
        (
            "今日は何で来られましたか。",
            "電車です、ホームに立つと特急が通って、上の子が大喜びでした。",
        ),
        (
            "お名前は考えていますか。",
            "呼ぶとすぐ蹴ってくれて、ゆうべもずっとしゃっくりしてました。",
        ),
        (
            "上のお子さんの保育園はどうですか。",
            "昨日すべり台でころんだって、先生がすぐ電話をくれました。",
        ),
    ] {
        let read = talk(&[(Nurse, question), (Resident, answer)]);
        assert_eq!(items(&read), [""; 0], "{answer}");
    }
}

#[test]
fn what_is_said_to_an_open_question_has_to_be_liker() {
    let answer = "今週くらいから、やっと少し食べられるようになってきて、昨日なんか急に、フライドポテトだけ食べたくなって。";
    let read = talk(&[
        (Nurse, "体調はどうですか、つわりとか。"),
        (Resident, answer),
    ]);
    assert_eq!(items(&read), [""; 0]);
}
