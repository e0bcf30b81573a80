//! A turn that is given another speaker is read as theirs.

use super::*;

const SAID: &str = "夫に殴られることがあります。";

#[test]
fn a_turn_is_read_as_whoever_is_said_to_speak() {
    let mut reader = talk(&[(Nurse, "きょうは暑いですね。"), (Unknown, SAID)]);
    for (speaker, unknown) in [
        (Unknown, true),
        (Resident, false),
        (Companion, false),
        (Speaker::Interpreter, false),
        (Unknown, true),
    ] {
        reader.hear(turn(1, speaker, SAID));
        assert_eq!(items(&reader), ["partner_violence"], "{speaker:?}");
        let finding = &reader.reading().findings[0];
        assert_eq!(finding.speaker_unknown, unknown, "{speaker:?}");
        assert_eq!(asked(&reader, "partner_violence"), Asked::Positive);
    }
    reader.hear(turn(1, Nurse, SAID));
    assert_eq!(items(&reader), [""; 0]);
    assert_eq!(asked(&reader, "partner_violence"), Asked::NotAsked);
    reader.hear(turn(1, Resident, SAID));
    assert_eq!(items(&reader), ["partner_violence"]);
}

#[test]
fn an_answer_asks_nothing_until_it_is_the_nurses() {
    let (question, answer) = ("たばこは吸いますか。", "はい、少し。");
    let mut reader = talk(&[(Resident, question), (Resident, answer)]);
    assert_eq!(items(&reader), [""; 0]);
    reader.hear(turn(0, Nurse, question));
    assert_eq!(items(&reader), ["smoking"]);
    reader.hear(turn(1, Nurse, answer));
    assert_eq!(items(&reader), [""; 0]);
    assert_eq!(asked(&reader, "smoking"), Asked::Asked);
}

#[test]
fn many_turns_at_once_are_read_as_they_come() {
    let said = [
        (Nurse, "たばこは吸いますか。"),
        (Resident, "はい、一日三本くらい。"),
        (Nurse, "健診は行けていますか。"),
        (Resident, "はい、毎回行ってます。"),
        (Resident, "夜は眠れない日が続いていて、涙が出ます。"),
    ];
    let all = |count| (0..count).zip(said.iter().cycle());
    for count in [1, 23, 24, 61] {
        let (mut one_by_one, mut at_once) = (
            Reader::new(Arc::clone(&PACK)),
            Reader::new(Arc::clone(&PACK)),
        );
        for (number, (speaker, text)) in all(count) {
            one_by_one.hear(turn(number, *speaker, text));
        }
        at_once.hear_all(all(count).map(|(number, (speaker, text))| turn(number, *speaker, text)));
        assert_eq!(at_once.reading(), one_by_one.reading(), "{count}");
    }
}
