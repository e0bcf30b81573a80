//! What a pack has learned from labelled talk: what talk and questions are like, and how the grammar reads what is
//! only like an item.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::{PackError, Source};
use super::file::{Effect, File, Says, When, Yes};
use super::read::{Defaults, Parsed};
use super::{Item, Pack, Rule};
use crate::risk::item::{ItemId, Tier};
use crate::risk::likeness::{self, Like, Likeness, LikenessTable, Reply};

/// From this chance on a question asks about the item that it is most like,
const ASKS: f32 = 0.2;
/// about others beside it,
const ASKS_BOTH: f32 = 0.5;
/// about the item at all, where only the voice may have made it a question,
const ASKS_BY_VOICE: f32 = 0.5;
/// and about one more than patterns find in it, or where it only says back.
const ALSO_ASKS: f32 = 0.7;
/// From this chance on a no alone clears the item, if it is clear what a yes means;
const SURE: f32 = 0.7;
/// the same of what is looked at the same day;
const SURE_AT_ONCE: f32 = 0.9;
/// and that is clear if the chance that a yes is good news is so far from a half.
const CLEAR: f32 = 0.3;

/// How a sentence is taken for a question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    /// It has the shape of one, and nothing else is known of it.
    ByShape,
    /// Patterns know it, or it only says back.
    Known,
    /// It has no such shape: 「夜は眠れてます」.
    ByVoice,
}

/// How it is known that a sentence asks about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    ByPattern,
    /// It is so like questions about the item that good news needs no more than a yes or a no.
    VeryLike,
    Like,
    /// It is like them, and has no shape of a question: 「夜は眠れてます」 is one by its voice, which no text has.
    ByVoice,
}

/// An item that a question is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LikelyAsked {
    pub(crate) item: usize,
    /// What a yes means.
    pub(crate) yes: Yes,
    pub(crate) known: Known,
}

/// The columns of answers.
const KINDS: [&str; 3] = [likeness::GOOD, likeness::VAGUE, likeness::RISK];

/// How like an answer is to such that say so, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds {
    /// All is well.
    pub(crate) good: f32,
    /// Neither.
    pub(crate) vague: f32,
    /// It is as was asked.
    pub(crate) risk: f32,
}

/// What words are like, and what is made of that.
#[derive(Debug)]
pub(crate) struct Likely {
    /// Of each item: how the grammar reads words that are only like it.
    pub(crate) rules: Vec<Rule>,
    /// The items of which nothing is found by likeness.
    off: BTreeSet<usize>,
    learned: Arc<Learned>,
}

/// The weights of a pack, if it has any. They are large: packs that hold the same ones share them.
#[derive(Debug)]
pub(super) struct Learned {
    /// The file that holds all of them and nothing else.
    pub(super) file: Option<String>,
    talk: Option<Likeness>,
    questions: Option<Likeness>,
    replies: Option<Likeness>,
    learned_from: Option<String>,
}

impl Learned {
    fn of(parsed: &Parsed<'_>, items: &[Item]) -> Result<Self, PackError> {
        let number = |id: &str| items.iter().position(|item| item.id.as_str() == id);
        // The column behind the items: whether a yes is good news.
        let safe = |id: &str| (id == likeness::SAFE).then_some(items.len());
        let kind = |id: &str| KINDS.iter().position(|kind| *kind == id);
        let holding: Vec<_> = parsed.iter().filter(|(_, it)| it.holds_weights()).collect();
        Ok(Self {
            file: match holding[..] {
                [(source, file)] if file.holds_only_weights() => Some(source.name.to_owned()),
                _ => None,
            },
            talk: last(parsed, |file| file.likeness.as_ref(), number)?,
            questions: last(
                parsed,
                |file| file.asking.as_ref(),
                |id| number(id).or_else(|| safe(id)),
            )?,
            replies: last(
                parsed,
                |file| file.replies.as_ref(),
                |id| number(id).or_else(|| kind(id)),
            )?,
            learned_from: parsed
                .iter()
                .rev()
                .find_map(|(_, file)| file.learned_from.clone()),
        })
    }
}

impl Likely {
    #[cfg(test)]
    pub(super) fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.learned, &other.learned)
    }

    /// `learned`: what is known already, if these files hold just that.
    pub(super) fn of(
        parsed: &Parsed<'_>,
        items: &[Item],
        defaults: &[Defaults],
        learned: Option<Arc<Learned>>,
    ) -> Result<Self, PackError> {
        let number = |id: &str| items.iter().position(|item| item.id.as_str() == id);
        let rule = |(number, (item, defaults)): (usize, (&Item, &Defaults))| Rule {
            id: likeness::rule(item.id.as_str()),
            item: number,
            says: Says::Risk,
            when: When::default(),
            negation: Effect::Clears,
            supposed: Effect::Clears,
            past: defaults.past,
            subject: defaults.subject,
            tier: item.tier,
            city: false,
        };
        let off = parsed.iter().flat_map(|(_, file)| &file.disable);
        Ok(Self {
            rules: items.iter().zip(defaults).enumerate().map(rule).collect(),
            off: off
                .filter_map(|id| number(likeness::item_of(id.get_ref())?))
                .collect(),
            learned: match learned {
                Some(learned) => learned,
                None => Arc::new(Learned::of(parsed, items)?),
            },
        })
    }
}

/// The last table of a kind.
fn last(
    parsed: &Parsed<'_>,
    table: impl Fn(&File) -> Option<&LikenessTable>,
    number: impl Fn(&str) -> Option<usize>,
) -> Result<Option<Likeness>, PackError> {
    let mut files = parsed.iter().rev();
    let last = files.find_map(|(source, file)| Some((source, table(file)?)));
    let read = |(source, table): (&Source<'_>, _)| {
        Likeness::of(table, number).map_err(|fault| source.error(None, fault))
    };
    last.map(read).transpose()
}

impl Pack {
    /// What this pack has learned from one of these files, where both hold the same text.
    pub(super) fn learned_of(&self, files: &[(&str, &str)]) -> Option<Arc<Learned>> {
        let learned = &self.likely.learned;
        let own = |name: &str| learned.file.as_deref() == Some(name);
        let (_, known) = self.files.iter().find(|(name, _)| own(name))?;
        let same = |(name, text): &(&str, &str)| own(name) && text == known;
        files.iter().any(same).then(|| Arc::clone(learned))
    }

    /// The digest of the talk that its weights were learned from.
    pub fn learned_from(&self) -> Option<&str> {
        self.likely.learned.learned_from.as_deref()
    }

    /// Whether a file leaves out what is only like talk of an item.
    pub fn leaves_likeness_out(&self, item: &ItemId) -> bool {
        let number = self.items.iter().position(|it| it.id == *item);
        number.is_some_and(|number| !self.finds_likeness(number))
    }

    /// Whether words that are only like talk of an item are found.
    pub(crate) fn finds_likeness(&self, item: usize) -> bool {
        !self.likely.off.contains(&item)
    }

    /// What talk of each item is like, if the pack has learned that.
    pub(crate) fn likeness(&self) -> Option<&Likeness> {
        self.likely.learned.talk.as_ref()
    }

    /// What items a question is like.
    pub(crate) fn asked_in(&self, question: &str, taken: Taken) -> Vec<LikelyAsked> {
        let Some(questions) = &self.likely.learned.questions else {
            return Vec::new();
        };
        let mut likes = questions.read(question);
        let Some(safe) = likes.pop_if(|like| like.item == self.items.len()) else {
            return Vec::new();
        };
        let yes = match safe.chance {
            chance if chance > 0.5 => Yes::Safe,
            _ => Yes::Risk,
        };
        let clear = matches!(taken, Taken::ByShape) && (safe.chance - 0.5).abs() >= CLEAR;
        let most = likes.iter().map(|like| like.chance).fold(0.0, f32::max);
        let least = match taken {
            Taken::ByShape => ASKS,
            Taken::Known => ALSO_ASKS,
            Taken::ByVoice => ASKS_BY_VOICE,
        };
        let asked = |like: &&Like| {
            like.chance >= least && (like.chance >= most || like.chance >= ASKS_BOTH)
        };
        let asked = likes.iter().filter(asked).map(|like| {
            let sure = match self.items[like.item].tier {
                Tier::Immediate => SURE_AT_ONCE,
                _ => SURE,
            };
            LikelyAsked {
                item: like.item,
                yes,
                known: match taken {
                    Taken::ByVoice => Known::ByVoice,
                    _ if clear && like.chance >= sure => Known::VeryLike,
                    _ => Known::Like,
                },
            }
        });
        asked.collect()
    }

    /// What a folded answer is like, if the pack has learned that.
    pub(crate) fn reply(&self, answer: &str, reply: Reply<'_>) -> Option<Kinds> {
        let likes = self
            .likely
            .learned
            .replies
            .as_ref()?
            .read_reply(answer, reply);
        let chance = |kind| {
            let number = KINDS.iter().position(|known| *known == kind)?;
            let like = likes.iter().find(|like| like.item == number)?;
            Some(like.chance)
        };
        Some(Kinds {
            good: chance(likeness::GOOD)?,
            vague: chance(likeness::VAGUE)?,
            risk: chance(likeness::RISK)?,
        })
    }
}
