//! What a pack has learned from labelled talk: what talk and questions are like, and how the grammar reads what is
//! only like an item.

use super::error::{PackError, Source};
use super::file::{Effect, File, Says, When, Yes};
use super::{Defaults, Item, Pack, Parsed, Rule};
use crate::risk::likeness::{self, Likeness, LikenessTable};

/// From this chance on a question asks about an item.
const ASKS: f32 = 0.5;

/// The weights of a pack, if it has any.
#[derive(Debug)]
pub(crate) struct Likely {
    /// Of each item: how the grammar reads words that are only like it.
    pub(crate) rules: Vec<Rule>,
    talk: Option<Likeness>,
    questions: Option<Likeness>,
    learned_from: Option<String>,
}

impl Likely {
    pub(super) fn of(
        parsed: &Parsed<'_>,
        items: &[Item],
        defaults: &[Defaults],
    ) -> Result<Self, PackError> {
        let number = |id: &str| items.iter().position(|item| item.id.as_str() == id);
        // The column behind the items: whether a yes is good news.
        let safe = |id: &str| (id == likeness::SAFE).then_some(items.len());
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
        Ok(Self {
            rules: items.iter().zip(defaults).enumerate().map(rule).collect(),
            talk: last(parsed, |file| file.likeness.as_ref(), number)?,
            questions: last(
                parsed,
                |file| file.asking.as_ref(),
                |id| number(id).or_else(|| safe(id)),
            )?,
            learned_from: parsed
                .iter()
                .rev()
                .find_map(|(_, file)| file.learned_from.clone()),
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
    /// The digest of the talk that its weights were learned from.
    pub fn learned_from(&self) -> Option<&str> {
        self.likely.learned_from.as_deref()
    }

    /// What talk of each item is like, if the pack has learned that.
    pub(crate) fn likeness(&self) -> Option<&Likeness> {
        self.likely.talk.as_ref()
    }

    /// Which item a question is like, with what a yes to it means: for a question that no pattern knows.
    pub(crate) fn asked_in(&self, question: &str) -> Option<(usize, Yes)> {
        let mut likes = self.likely.questions.as_ref()?.read(question);
        let safe = likes.pop_if(|like| like.item == self.items.len())?;
        let best = likes
            .into_iter()
            .max_by(|a, b| a.chance.total_cmp(&b.chance))?;
        let yes = match safe.chance {
            chance if chance > 0.5 => Yes::Safe,
            _ => Yes::Risk,
        };
        (best.chance >= ASKS).then_some((best.item, yes))
    }
}
