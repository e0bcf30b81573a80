//! What a plain keyword list finds, to measure the rules against: the same words, whoever says them and
//! in whatever sense. No flag is ever made of it.

use super::finding::{Finding, How, Part, Quote, Reading, Speaker, Turn};
use super::pack::Pack;
use super::pack::file::Says;
use super::text::Text;

/// The items whose words stand anywhere in the talk. Coverage is empty: a list knows no questions.
pub(super) fn read<'a>(pack: &Pack, turns: impl Iterator<Item = &'a Turn>) -> Reading {
    let mut reading = Reading::default();
    for turn in turns {
        let text = Text::new(turn.text.expose());
        for (found, _) in pack.rules_in(&text, |_| true) {
            let rule = &pack.rules[found.owner];
            let item = &pack.items[rule.item].id;
            let known = reading.findings.iter().any(|known| known.item == *item);
            if rule.says == Says::Safe || known {
                continue;
            }
            reading.findings.push(Finding {
                item: item.clone(),
                tier: rule.tier,
                rule: rule.id.clone(),
                how: How::Direct,
                quotes: vec![Quote {
                    segment: turn.segment,
                    span: text.span(&found.range),
                    part: Part::Statement,
                }],
                unsure: false,
                sound: None,
                speaker_unknown: turn.speaker == Speaker::Unknown,
            });
        }
    }
    reading
}
