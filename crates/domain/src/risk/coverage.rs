//! How far each item was asked about, and who says so. A nurse's tick wins.

use serde::{Deserialize, Serialize};

use super::finding::Asked;
use super::item::ItemId;

/// What may only be asked of her alone: an answer beside somebody else is none.
const ALONE: [&str; 2] = ["partner_violence", "sexual_violence_or_unknown_father"];

/// Who says how far an item was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Read in the talk.
    Engine,
    /// Answered in the form before it.
    Form,
    /// Ticked by hand.
    Nurse,
}

/// What each source says of an item; `None`: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub engine: Option<Asked>,
    pub form: Option<Asked>,
    pub nurse: Option<Asked>,
}

impl Said {
    pub const fn by(&mut self, source: Source) -> &mut Option<Asked> {
        match source {
            Source::Engine => &mut self.engine,
            Source::Form => &mut self.form,
            Source::Nurse => &mut self.nurse,
        }
    }
}

/// How far an item was asked about, by whom. No source: nobody says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    pub state: Asked,
    pub source: Option<Source>,
}

/// Whether an item may only be asked of her alone.
pub fn asked_alone(item: &str) -> bool {
    ALONE.contains(&item)
}

/// What holds of an item. `accompanied`: somebody is near her now.
pub fn covered(item: &ItemId, said: Said, accompanied: bool) -> Covered {
    let by = |source, state: Option<Asked>| {
        state
            .filter(|it| *it != Asked::NotAsked)
            .map(|state| Covered {
                state,
                source: Some(source),
            })
    };
    if let Some(ticked) = by(Source::Nurse, said.nurse) {
        return ticked;
    }
    if accompanied && asked_alone(item.as_str()) {
        return Covered::default();
    }
    by(Source::Engine, said.engine)
        .or_else(|| by(Source::Form, said.form))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Option<Asked>; 7] = [
        None,
        Some(Asked::NotAsked),
        Some(Asked::Asked),
        Some(Asked::Positive),
        Some(Asked::Negative),
        Some(Asked::Vague),
        Some(Asked::Declined),
    ];

    fn item(slug: &str) -> ItemId {
        slug.parse().unwrap()
    }

    #[test]
    fn the_talk_goes_before_the_form() {
        let said = Said {
            engine: Some(Asked::Vague),
            form: Some(Asked::Negative),
            nurse: None,
        };
        let of = |said| covered(&item("smoking"), said, false);
        assert_eq!(of(said).source, Some(Source::Engine));
        let silent = Said {
            engine: Some(Asked::NotAsked),
            ..said
        };
        let form = Covered {
            state: Asked::Negative,
            source: Some(Source::Form),
        };
        assert_eq!(of(silent), form);
        assert_eq!(of(Said::default()), Covered::default());
    }

    proptest! {
        #[test]
        fn a_tick_wins_and_beside_somebody_no_answer_counts(
            engine in prop::sample::select(ALL.to_vec()),
            form in prop::sample::select(ALL.to_vec()),
            nurse in prop::sample::select(ALL.to_vec()),
            slug in prop::sample::select(vec!["smoking", ALONE[0], ALONE[1]]),
            accompanied: bool,
        ) {
            let now = covered(&item(slug), Said { engine, form, nurse }, accompanied);
            prop_assert_eq!(now.source.is_none(), now.state == Asked::NotAsked);
            match nurse {
                Some(ticked) if ticked != Asked::NotAsked => {
                    prop_assert_eq!((now.state, now.source), (ticked, Some(Source::Nurse)));
                }
                _ if accompanied && ALONE.contains(&slug) => {
                    prop_assert_eq!(now, Covered::default());
                }
                _ => prop_assert_ne!(now.source, Some(Source::Nurse)),
            }
        }
    }
}
