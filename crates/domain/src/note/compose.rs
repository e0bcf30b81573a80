//! Beside which field of the note the time of a quote is put. Only times: the sentences are the
//! nurse's, and what was said never stands in the note.

use serde::{Deserialize, Serialize};

use crate::ids::SegmentId;
use crate::risk::item::ItemId;
use crate::time::InterviewMs;

/// A field that quotes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuotedField {
    BodyMind,
    LifeFamily,
    Support,
    Wishes,
    Contact,
}

/// The place of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuoteTime {
    pub start: InterviewMs,
    pub segment: SegmentId,
}

/// An item of a city's own pack that this table does not know belongs to life and family, the
/// widest field.
pub fn field_of(item: &ItemId) -> QuotedField {
    match item.as_str() {
        "missed_checkups"
        | "multiple_pregnancy"
        | "psychiatric_history"
        | "depressed_or_anxious"
        | "suicidal_or_self_harm"
        | "drug_misuse"
        | "alcohol"
        | "medical_complication"
        | "comprehension_difficulty"
        | "bonding_difficulty"
        | "loss_or_grief"
        | "medical_emergency" => QuotedField::BodyMind,
        "isolation" => QuotedField::Support,
        "unintended_or_ambivalent" | "unprepared" => QuotedField::Wishes,
        "language_support" | "refuses_contact" => QuotedField::Contact,
        _ => QuotedField::LifeFamily,
    }
}

/// The quotes of the flags that were confirmed, by field, in the order of time, each place once.
pub fn quotes<'a>(
    confirmed: impl IntoIterator<Item = (&'a ItemId, QuoteTime)>,
) -> Vec<(QuotedField, QuoteTime)> {
    let mut quotes: Vec<_> = confirmed
        .into_iter()
        .map(|(item, quote)| (field_of(item), quote))
        .collect();
    quotes.sort_unstable();
    quotes.dedup();
    quotes
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_place_stands_once_in_a_field_and_in_the_order_of_time() {
        let quote = |n: u128, start| QuoteTime {
            start: InterviewMs(start),
            segment: SegmentId::new(Uuid::from_u128(n)),
        };
        let [violence, smoking, sleep] =
            ["partner_violence", "smoking", "depressed_or_anxious"].map(|it| it.parse().unwrap());
        let found = quotes([
            (&smoking, quote(3, 1_067_000)),
            (&violence, quote(2, 969_000)),
            (&smoking, quote(2, 969_000)),
            (&sleep, quote(1, 733_000)),
        ]);
        let expected = [
            (QuotedField::BodyMind, quote(1, 733_000)),
            (QuotedField::LifeFamily, quote(2, 969_000)),
            (QuotedField::LifeFamily, quote(3, 1_067_000)),
        ];
        assert_eq!(found, expected);
    }
}
