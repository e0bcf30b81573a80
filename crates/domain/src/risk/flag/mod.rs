//! 気づき: an item with its evidence in one interview, and what a person decided about it. Rules
//! suggest, people decide; nothing here judges a person.
//!
//! - [`merge`]: what a new reading of the talk changes.

mod merge;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ids::{FlagId, InterviewId, SegmentId, UserId};
use crate::pii::Pii;
use crate::time::{InterviewMs, Timestamp};
use crate::transition::InvalidTransition;

use super::finding::{How, Part};
use super::form::Written;
use super::item::{ItemId, Tier};
use super::likeness;

pub use merge::{Change, Ground, Heard, merge};

/// One item of one interview. `W`: how its words are held, in the clear or sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag<W = Pii<String>> {
    pub id: FlagId,
    pub interview: InterviewId,
    pub item: ItemId,
    pub tier: Tier,
    pub pack: PackRef,
    /// What the rules read in the talk. `None`: in writing, or by hand alone.
    pub found: Option<Found>,
    /// What the nurse wrote when she added it herself.
    pub seen: Option<W>,
    /// Who added it, or wrote to it. `None`: the rules alone.
    pub made_by: Option<UserId>,
    pub made_at: Timestamp,
    /// Where in the talk it begins.
    pub at: InterviewMs,
    pub quotes: Vec<FlagQuote>,
    /// What a form or the record says.
    pub written: Vec<Written>,
    pub state: State<W>,
}

/// The rule pack that a flag was made under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackRef {
    pub version: String,
    pub sha256: [u8; 32],
}

/// How the rules came to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `smoking.still`
    pub rule: String,
    pub how: How,
    /// Rests on words that were not heard so, but sound alike: how far off, in quarters of a mora.
    pub sound: Option<u8>,
    /// 聞き取り不確か
    pub unsure: bool,
    /// 話し手 未確認
    pub speaker_unknown: bool,
}

/// What kind of reading led to a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The speaker's own words hold it.
    Direct,
    /// A short answer takes its meaning from the question.
    Answer,
    /// The words sound like other words, which hold it.
    Sound,
    /// The words are like talk that was labelled so.
    Likeness,
    /// An answer in writing, or the sum of a scale.
    Form,
    /// What the record of the case says.
    Record,
}

/// Where the evidence stands. The words themselves stand in the segment alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagQuote {
    pub segment: SegmentId,
    /// Of the segment, from 1.
    pub revision: u32,
    /// Bytes of the segment's text, on character boundaries.
    pub span: Range<usize>,
    pub part: Part,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<W = Pii<String>> {
    /// Nobody has decided.
    Suggested,
    /// 採用
    Confirmed(Decision),
    /// 却下
    Dismissed {
        decision: Decision,
        reason: Reason,
        words: Option<W>,
    },
    /// 保留, for this reason, until then.
    Held {
        decision: Decision,
        words: W,
        until: Timestamp,
    },
}

/// By whose hand, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub by: UserId,
    pub at: Timestamp,
}

/// Why a flag was dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 聞き取り違い
    Misheard,
    /// 本人のことではない
    NotHers,
    /// 過去のこと
    Past,
    /// 制度の説明
    AboutServices,
    /// 言い回し
    FigureOfSpeech,
    /// In words of one's own.
    Other,
}

impl<W> Flag<W> {
    /// What it says is so.
    pub fn confirm(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Suggested | State::Held { .. } => {
                Ok(self.with(State::Confirmed(Decision { by, at })))
            }
            _ => Err(self.invalid("confirmed")),
        }
    }

    /// It is not so. [`Reason::Other`] says why in words.
    pub fn dismiss(
        self,
        by: UserId,
        at: Timestamp,
        reason: Reason,
        words: Option<W>,
    ) -> Result<Self, InvalidTransition> {
        let said = reason != Reason::Other || words.is_some();
        match self.state {
            State::Suggested | State::Held { .. } if said => {
                let decision = Decision { by, at };
                Ok(self.with(State::Dismissed {
                    decision,
                    reason,
                    words,
                }))
            }
            _ => Err(self.invalid("dismissed")),
        }
    }

    /// Not yet. An immediate flag waits no longer than until `day_end`, the end of the day on
    /// which it is held.
    pub fn hold(
        self,
        by: UserId,
        at: Timestamp,
        words: W,
        until: Timestamp,
        day_end: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let in_time = until > at && (self.tier != Tier::Immediate || until <= day_end);
        match self.state {
            State::Suggested | State::Held { .. } if in_time => {
                let decision = Decision { by, at };
                Ok(self.with(State::Held {
                    decision,
                    words,
                    until,
                }))
            }
            _ => Err(self.invalid("held")),
        }
    }

    /// 変える: the decision is taken back.
    pub fn reopen(self) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Suggested => Err(self.invalid("suggested")),
            _ => Ok(self.with(State::Suggested)),
        }
    }

    /// Whether it still waits for a decision: a hold whose time is over is none.
    pub fn is_undecided(&self, now: Timestamp) -> bool {
        match &self.state {
            State::Suggested => true,
            State::Held { until, .. } => *until <= now,
            State::Confirmed(_) | State::Dismissed { .. } => false,
        }
    }

    /// How it was come to: by the talk before what is written. `None`: somebody added it by hand.
    pub fn origin(&self) -> Option<Origin> {
        let form = |it: &Written| matches!(it, Written::Answer { .. });
        match &self.found {
            Some(found) if found.sound.is_some() => Some(Origin::Sound),
            Some(found) if likeness::is_rule(&found.rule) => Some(Origin::Likeness),
            Some(found) => Some(match found.how {
                How::Direct => Origin::Direct,
                How::Answer => Origin::Answer,
            }),
            None if self.written.iter().any(form) => Some(Origin::Form),
            None if self.written.is_empty() => None,
            None => Some(Origin::Record),
        }
    }

    pub const fn decision(&self) -> Option<Decision> {
        match &self.state {
            State::Suggested => None,
            State::Confirmed(decision)
            | State::Dismissed { decision, .. }
            | State::Held { decision, .. } => Some(*decision),
        }
    }

    /// The same flag with its words held in another way. `turn` is given where the words stand.
    pub fn turn_words<V, E>(
        self,
        mut turn: impl FnMut(Words, W) -> Result<V, E>,
    ) -> Result<Flag<V>, E> {
        let seen = self
            .seen
            .map(|words| turn(Words::Seen, words))
            .transpose()?;
        let state = match self.state {
            State::Suggested => State::Suggested,
            State::Confirmed(decision) => State::Confirmed(decision),
            State::Dismissed {
                decision,
                reason,
                words,
            } => State::Dismissed {
                decision,
                reason,
                words: words.map(|words| turn(Words::Reason, words)).transpose()?,
            },
            State::Held {
                decision,
                words,
                until,
            } => State::Held {
                decision,
                words: turn(Words::Reason, words)?,
                until,
            },
        };
        Ok(Flag {
            id: self.id,
            interview: self.interview,
            item: self.item,
            tier: self.tier,
            pack: self.pack,
            found: self.found,
            seen,
            made_by: self.made_by,
            made_at: self.made_at,
            at: self.at,
            quotes: self.quotes,
            written: self.written,
            state,
        })
    }

    fn with(self, state: State<W>) -> Self {
        Self { state, ..self }
    }

    const fn invalid(&self, to: &'static str) -> InvalidTransition {
        InvalidTransition {
            record: "flag",
            from: self.state.code(),
            to,
        }
    }
}

impl Flag {
    /// By the nurse's own hand.
    pub fn added(
        id: FlagId,
        about: &Ground<'_>,
        item: ItemId,
        tier: Tier,
        seen: Pii<String>,
        by: UserId,
        at: InterviewMs,
    ) -> Self {
        Self {
            id,
            interview: about.interview,
            item,
            tier,
            pack: about.pack.clone(),
            found: None,
            seen: Some(seen),
            made_by: Some(by),
            made_at: about.now,
            at,
            quotes: Vec::new(),
            written: Vec::new(),
            state: State::Suggested,
        }
    }

    /// What the nurse saw herself, as evidence for a flag that is there. It changes no decision.
    #[must_use]
    pub fn also_seen(mut self, seen: &Pii<String>, by: UserId) -> Self {
        self.seen = Some(match self.seen {
            Some(before) => format!("{}\n{}", before.expose(), seen.expose()).into(),
            None => seen.clone(),
        });
        self.made_by = self.made_by.or(Some(by));
        self
    }
}

/// Which of a flag's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// What the nurse saw herself.
    Seen,
    /// Why it was dismissed or held.
    Reason,
}

impl<W> State<W> {
    /// As it is stored. Never renamed.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Suggested => "suggested",
            Self::Confirmed(_) => "confirmed",
            Self::Dismissed { .. } => "dismissed",
            Self::Held { .. } => "held",
        }
    }
}
