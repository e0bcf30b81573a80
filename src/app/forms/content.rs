//! The forms that ship: content files of `content/forms`, and the limits from which the record counts.

use std::sync::LazyLock;

use yorisoi_domain::risk::form::{Form, Limits};

const FILES: [&str; 4] = [
    include_str!("../../../content/forms/questionnaire.toml"),
    include_str!("../../../content/forms/epds.toml"),
    include_str!("../../../content/forms/whooley.toml"),
    include_str!("../../../content/forms/gad2.toml"),
];

static FORMS: LazyLock<[Form; 4]> = LazyLock::new(|| {
    FILES.map(|text| {
        // Invariant: the tests below read every file that ships.
        Form::parse(text).expect("a content file that was tested")
    })
});

static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
    let text = include_str!("../../../content/forms/record.toml");
    // Invariant: the tests below read every file that ships.
    Limits::parse(text).expect("a content file that was tested")
});

/// In the order in which they are shown. The first is the one that she is offered.
pub(in crate::app) fn all() -> &'static [Form] {
    &*FORMS
}

pub(in crate::app) fn offered() -> &'static Form {
    &FORMS[0]
}

pub(in crate::app) fn named(id: &str) -> Option<&'static Form> {
    all().iter().find(|form| form.id == id)
}

pub(in crate::app) fn limits() -> &'static Limits {
    &LIMITS
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::risk::form::{FilledBy, Says};

    use super::*;

    #[test]
    fn every_form_asks_about_items_of_the_shipped_pack() {
        let pack = crate::rules::shipped().unwrap();
        for form in all() {
            let scored = form.score.as_ref().map(|score| &score.item);
            let asked = form.questions.iter().filter_map(|it| it.item.as_ref());
            for item in asked.chain(scored) {
                assert!(pack.item(item).is_some(), "{}: {item}", form.id);
            }
            for question in form.questions.iter().filter(|it| it.item.is_some()) {
                let says = |what| question.choices.iter().any(|it| it.says == what);
                assert!(says(Says::Safe), "{}: no answer is safe", question.id);
            }
        }
        assert_eq!(offered().filled_by, FilledBy::Resident);
        let nurses = all()[1..].iter();
        assert!(nurses.into_iter().all(|it| it.filled_by == FilledBy::Nurse));
    }

    /// Somebody may look over her shoulder, or sit beside her.
    #[test]
    fn what_she_reads_names_neither_pregnancy_nor_risk() {
        let asked = offered().questions.iter();
        let asked: Vec<_> = asked
            .filter(|it| it.asked_by == FilledBy::Resident)
            .collect();
        assert!((15..=19).contains(&asked.len()), "{}", asked.len());
        for question in asked {
            let choices = question.choices.iter().flat_map(|it| [&it.ja, &it.easy]);
            for text in question.ja.iter().chain(&question.easy).chain(choices) {
                for word in [
                    "妊",
                    "にんしん",
                    "赤ちゃん",
                    "お産",
                    "産後",
                    "虐待",
                    "暴力",
                    "DV",
                    "母子",
                ] {
                    assert!(!text.contains(word), "{}: {text}", question.id);
                }
            }
            let item = question.item.as_ref().map_or("", |it| it.as_str());
            assert!(!["partner_violence", "partner_discord"].contains(&item));
        }
    }

    /// Their wording is not ours to ship: docs/scales.md.
    #[test]
    fn the_epds_ships_without_a_word_of_it() {
        let epds = named("epds").unwrap();
        assert_eq!(epds.questions.len(), 10);
        assert!(epds.questions.iter().all(|it| it.ja.is_none()));
        let choices = epds.questions.iter().flat_map(|it| &it.choices);
        assert!(choices.into_iter().all(|it| it.ja == it.points.to_string()));
    }
}
