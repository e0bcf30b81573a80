//! What a nurse says back, and what a yes to it confirms.

use super::*;

#[test]
fn a_yes_to_what_was_said_back_never_clears_it() {
    let mut cleared = Vec::new();
    for example in PACK.examples() {
        let Some(rule) = PACK.rules.iter().find(|rule| rule.id == example.rule) else {
            continue;
        };
        let item = &PACK.items()[rule.item];
        let tells = example.matches && rule.says == Says::Risk && !example.text.contains('→');
        if !tells || !item.tier.gates() {
            continue;
        }
        let said = example.text.trim_end_matches('。');
        for end in ["ということですね。", "、ということでしょうか。"] {
            let question = format!("{said}{end}");
            let reader = talk(&[(Nurse, &question), (Resident, "はい。")]);
            if asked(&reader, item.id.as_str()) == Asked::Negative {
                cleared.push(question);
            }
        }
    }
    assert_eq!(cleared, [""; 0]);
}

#[test]
fn a_lack_that_was_said_back_is_confirmed_by_a_yes() {
    for (item, question) in [
        (
            "suicidal_or_self_harm",
            "生きていたくない、ということでしょうか。",
        ),
        (
            "partner_violence",
            "生活費を渡してもらえていないということでしょうか。",
        ),
        (
            "partner_violence",
            "ご主人が生活費を入れてくれないということですね。",
        ),
        (
            "partner_violence",
            "家にお金を入れてくれないということですね。",
        ),
        ("partner_violence", "外出させてもらえないということですね。"),
        ("depressed_or_anxious", "夜、眠れていないということですね。"),
        ("financial_hardship", "家賃が払えていないということですね。"),
        (
            "bonding_difficulty",
            "赤ちゃんを好きになれないということですね。",
        ),
        ("no_insurance_or_unpaid", "保険証がないということですね。"),
        ("refuses_contact", "連絡はしてほしくないということですね。"),
        ("alcohol", "やめられないということですね、お酒が。"),
        ("missed_checkups", "まだ病院に行けていないんですね。"),
        ("missed_checkups", "健診には行かれていないんですね。"),
        ("unprepared", "まだ何も準備できていないんですね。"),
        ("no_insurance_or_unpaid", "保険証をお持ちでないんですね。"),
        ("depressed_or_anxious", "眠れないんですね。"),
        ("depressed_or_anxious", "夜は眠れていないんですね。"),
        ("isolation", "困ったときに頼れる方がいないんですね。"),
    ] {
        for (nurse, resident) in [(Nurse, Resident), (Unknown, Unknown)] {
            let reader = talk(&[(nurse, question), (resident, "はい。")]);
            assert_eq!(asked(&reader, item), Asked::Positive, "{question}");
        }
    }
}

#[test]
fn a_denial_that_was_said_back_is_confirmed_by_a_yes() {
    for (item, question) in [
        ("alcohol", "お酒は飲んでいないんですね。"),
        ("smoking", "たばこは吸われないんですね。"),
        (
            "suicidal_or_self_harm",
            "死にたいとは思っていないということですね。",
        ),
        ("partner_violence", "叩かれることはないんですね。"),
        ("isolation", "寂しくはないんですね。"),
    ] {
        let reader = talk(&[(Nurse, question), (Resident, "はい。")]);
        assert_eq!(asked(&reader, item), Asked::Negative, "{question}");
        assert!(items(&reader).is_empty(), "{question}");
    }
}
