//! The shape of a pack's files as people write them. Owns names and defaults; checks no meaning.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::risk::item::Tier;
use crate::risk::likeness::LikenessTable;

/// One file: any of these tables, in any order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) pack: Option<PackHead>,
    #[serde(default, rename = "item")]
    pub(super) items: Vec<ItemEntry>,
    /// Words of one meaning: patterns name them as `{name}`.
    #[serde(default)]
    pub(super) concept: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default, rename = "question")]
    pub(super) questions: Vec<QuestionEntry>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<RuleEntry>,
    /// How words sound.
    pub(super) sound: Option<super::sound::SoundTable>,
    /// The digest of the talk that the three tables below were learned from.
    pub(super) learned_from: Option<String>,
    /// What labelled talk is like.
    pub(super) likeness: Option<LikenessTable>,
    /// What questions are like.
    pub(super) asking: Option<LikenessTable>,
    /// What answers are like.
    pub(super) replies: Option<LikenessTable>,
    /// Rules of an earlier file that this pack leaves out.
    #[serde(default)]
    pub(super) disable: Vec<Spanned<String>>,
}

impl File {
    pub(super) fn holds_weights(&self) -> bool {
        self.likeness.is_some() || self.asking.is_some() || self.replies.is_some()
    }

    pub(super) fn holds_only_weights(&self) -> bool {
        let Self {
            pack,
            items,
            concept,
            questions,
            rules,
            sound,
            learned_from: _,
            likeness: _,
            asking: _,
            replies: _,
            disable,
        } = self;
        let heads = pack.is_none() && sound.is_none();
        let words = items.is_empty() && concept.is_empty() && questions.is_empty();
        self.holds_weights() && heads && words && rules.is_empty() && disable.is_empty()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackHead {
    pub(super) id: String,
    pub(super) version: String,
    /// Of a municipality's pack: the version of the shipped one that it stands on.
    pub(super) extends: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemEntry {
    pub(super) id: Spanned<String>,
    pub(super) label: String,
    pub(super) tier: Tier,
    #[serde(default)]
    pub(super) past: Past,
    #[serde(default)]
    pub(super) subject: Subject,
    #[serde(default)]
    pub(super) emergency: bool,
    pub(super) ask: Vec<String>,
    pub(super) how: Vec<String>,
    pub(super) services: Vec<String>,
}

/// What 「以前は…」 does to a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Past {
    /// Over is over: no flag.
    #[default]
    Clears,
    /// The history itself matters.
    Keeps,
    /// The history is looked at within days.
    Review,
}

/// Whose matter it has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Hers: others, the partner included, don't count.
    #[default]
    Own,
    /// Hers or the partner's.
    Partner,
    /// The pattern itself says whose.
    Any,
}

/// What a yes to a question means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Yes {
    Risk,
    Safe,
    /// How or what is asked: neither yes nor no answers it.
    Open,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionEntry {
    pub(super) item: Spanned<String>,
    pub(super) yes: Yes,
    pub(super) patterns: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) unless: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) not_about: Vec<NotAboutEntry>,
}

/// An item that some words of an answer do not speak of, unless a partner is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotAboutEntry {
    pub(super) item: Spanned<String>,
    pub(super) words: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Says {
    #[default]
    Risk,
    /// 「毎回行ってます」: answers the item without a flag.
    Safe,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    #[default]
    Always,
    /// Only as an answer to a question about the item.
    Asked,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    #[default]
    Clears,
    Keeps,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) id: Spanned<String>,
    pub(super) item: Spanned<String>,
    #[serde(default)]
    pub(super) says: Says,
    #[serde(default)]
    pub(super) when: When,
    pub(super) patterns: Vec<Spanned<String>>,
    /// Anywhere in the same sentence: no match.
    #[serde(default)]
    pub(super) unless: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) negation: Effect,
    /// A question of hers, もし, 〜たら.
    #[serde(default)]
    pub(super) supposed: Effect,
    #[serde(default)]
    pub(super) past: Option<Past>,
    #[serde(default)]
    pub(super) subject: Option<Subject>,
    #[serde(default)]
    pub(super) tier: Option<Tier>,
    #[serde(default, rename = "match")]
    pub(super) matches: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) no_match: Vec<Spanned<String>>,
    /// 根拠: why the rule is there, for people.
    pub(super) basis: Option<String>,
}
