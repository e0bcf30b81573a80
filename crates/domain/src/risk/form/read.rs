//! What is written about items: answers as they were given, sums by their published rule, and what
//! the record itself says. What the talk says stands beside it and is no matter of this.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, Form, Given, Says, Stage, Written};
use crate::ids::{FormId, SegmentId};
use crate::pii::Pii;
use crate::risk::finding::{Asked, Speaker, Turn};
use crate::risk::item::{ItemId, Tier};
use crate::risk::pack::Pack;
use crate::risk::reader::Reader;
use crate::time::InterviewMs;

/// A form as it was filled in.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a> {
    pub id: FormId,
    pub revision: u32,
    pub form: &'a Form,
    pub answers: &'a [Answer],
}

/// What the record says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// In years, on the day of the interview.
    pub age: Option<u16>,
    /// Completed, when the pregnancy was notified; `None`: not known, or not the interview for it.
    pub weeks: Option<u8>,
    /// `None`: not known.
    pub stage: Option<Stage>,
}

/// From when on the record counts. The first line that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(default)]
    age: Vec<AgeLimit>,
    #[serde(default)]
    weeks: Vec<WeeksLimit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgeLimit {
    below: u16,
    item: ItemId,
    tier: Tier,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeeksLimit {
    from: u8,
    item: ItemId,
    tier: Tier,
}

/// What is written about the items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// At most one per item.
    pub findings: Vec<WrittenFinding>,
    /// Of the items that a form has an answer for.
    pub coverage: BTreeMap<ItemId, Asked>,
}

/// An item with its evidence in writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFinding {
    pub item: ItemId,
    pub tier: Tier,
    pub written: Vec<Written>,
}

/// Reads what is written. Only the pack's items are found.
pub fn read(pack: &Arc<Pack>, limits: &Limits, facts: Facts, filled: &[Filled<'_>]) -> Reading {
    let mut reading = Reading::default();
    for one in filled {
        for answer in one.answers {
            reading.take(pack, one, answer);
        }
        if let (Some(score), Some(sum)) = (&one.form.score, one.form.sum(one.answers, facts.stage))
        {
            let said = match (sum.reached(), sum.incomplete) {
                (true, _) => Asked::Positive,
                (false, true) => Asked::Vague,
                (false, false) => Asked::Negative,
            };
            reading.cover(&score.item, said);
            if sum.reached() {
                reading.find(pack, &score.item, None, one.evidence(None));
            }
        }
    }
    let young = |age| limits.age.iter().find(|limit| age < limit.below);
    if let Some(limit) = facts.age.and_then(young) {
        reading.find(pack, &limit.item, Some(limit.tier), Written::Age);
    }
    let late = |weeks| limits.weeks.iter().find(|limit| weeks >= limit.from);
    if let Some(limit) = facts.weeks.and_then(late) {
        reading.find(pack, &limit.item, Some(limit.tier), Written::Weeks);
    }
    reading.coverage.retain(|item, _| pack.item(item).is_some());
    reading
}

impl Filled<'_> {
    fn evidence(&self, question: Option<&str>) -> Written {
        Written::Answer {
            form: self.id,
            revision: self.revision,
            question: question.map(str::to_owned),
        }
    }
}

impl Reading {
    fn take(&mut self, pack: &Arc<Pack>, one: &Filled<'_>, answer: &Answer) {
        let Some(question) = one.form.question(&answer.question) else {
            return;
        };
        let evidence = || one.evidence(Some(&question.id));
        if let Given::Words(words) = &answer.given {
            for (item, tier) in in_words(pack, words) {
                self.cover(&item, Asked::Positive);
                self.find(pack, &item, Some(tier), evidence());
            }
            return;
        }
        let Some(item) = &question.item else {
            return;
        };
        match (&answer.given, question.chosen(answer)) {
            (Given::Declined, _) => self.cover(item, Asked::Declined),
            (_, Some(choice)) => {
                let said = match choice.says {
                    Says::Safe => Asked::Negative,
                    Says::Vague => Asked::Vague,
                    Says::Risk => Asked::Positive,
                };
                self.cover(item, said);
                if choice.says == Says::Risk {
                    self.find(pack, item, choice.tier, evidence());
                }
            }
            (_, None) => {}
        }
    }

    /// Of several answers about an item the one that needs most attention counts.
    fn cover(&mut self, item: &ItemId, said: Asked) {
        const fn weight(said: Asked) -> u8 {
            match said {
                Asked::Positive => 4,
                Asked::Vague => 3,
                Asked::Declined => 2,
                Asked::Negative => 1,
                Asked::Asked | Asked::NotAsked => 0,
            }
        }
        let known = self.coverage.entry(item.clone()).or_default();
        if weight(said) > weight(*known) {
            *known = said;
        }
    }

    fn find(&mut self, pack: &Pack, item: &ItemId, tier: Option<Tier>, evidence: Written) {
        let Some(known) = pack.item(item) else {
            return;
        };
        let tier = tier.unwrap_or(known.tier);
        match self.findings.iter_mut().find(|it| it.item == *item) {
            Some(finding) => {
                finding.tier = finding.tier.min(tier);
                if !finding.written.contains(&evidence) {
                    finding.written.push(evidence);
                }
            }
            None => self.findings.push(WrittenFinding {
                item: item.clone(),
                tier,
                written: vec![evidence],
            }),
        }
    }
}

/// What the rules find in what she wrote, read as one thing that she said.
fn in_words(pack: &Arc<Pack>, words: &str) -> Vec<(ItemId, Tier)> {
    let mut reader = Reader::new(Arc::clone(pack));
    reader.hear(Turn {
        segment: SegmentId::new(Uuid::nil()),
        speaker: Speaker::Resident,
        start: InterviewMs(0),
        end: InterviewMs(0),
        text: Pii::new(words.to_owned()),
        unsure: Vec::new(),
    });
    let found = reader.reading().findings.iter();
    found.map(|it| (it.item.clone(), it.tier)).collect()
}
