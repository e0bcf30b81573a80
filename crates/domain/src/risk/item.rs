//! What an item is called and how urgent it is. Which items there are is data of a rule pack.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An item's slug: `partner_violence`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemId(Arc<str>);

/// No slug: 1 to 40 characters of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item's name is 1 to 40 characters of a-z, 0-9 and _")]
pub struct NoItemId;

impl ItemId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ItemId {
    type Err = NoItemId;

    fn from_str(text: &str) -> Result<Self, NoItemId> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if (1..=40).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(NoItemId)
        }
    }
}

impl TryFrom<String> for ItemId {
    type Error = NoItemId;

    fn try_from(text: String) -> Result<Self, NoItemId> {
        text.parse()
    }
}

impl From<ItemId> for String {
    fn from(id: ItemId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How urgent an item is. Ordered from the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 即時: the same day.
    Immediate,
    /// 要確認: within days.
    Review,
    /// 気になる: counts together with others.
    Notice,
    /// 配慮: a need, not a risk.
    Care,
}

impl Tier {
    pub const ALL: [Self; 4] = [Self::Immediate, Self::Review, Self::Notice, Self::Care];

    /// As it is stored. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Review => "review",
            Self::Notice => "notice",
            Self::Care => "care",
        }
    }

    /// Whether a note waits until a flag of this tier is decided.
    pub const fn gates(self) -> bool {
        matches!(self, Self::Immediate | Self::Review)
    }
}
