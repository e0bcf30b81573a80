//! Which rules of a pack's files count: a later file replaces rules of earlier ones, and leaves them out.

use std::collections::BTreeSet;

use super::Item;
use super::error::{Fault, PackError, Source};
use super::file::{QuestionEntry, RuleEntry};
use super::read::Parsed;
use crate::risk::likeness;

/// A rule with its file and the questions of that file.
type InForce<'a, 'b> = (Source<'a>, &'b RuleEntry, &'b [QuestionEntry]);

/// The rules after replacing and leaving out.
pub(super) fn in_force<'a, 'b>(
    parsed: &'b Parsed<'a>,
    items: &[Item],
) -> Result<Vec<InForce<'a, 'b>>, PackError> {
    let is_item = |id: &str| items.iter().any(|item| item.id.as_str() == id);
    let mut rules: Vec<InForce<'a, 'b>> = Vec::new();
    for (source, file) in parsed {
        for id in &file.disable {
            if likeness::item_of(id.get_ref()).is_some_and(is_item) {
                continue;
            }
            let before = rules.len();
            rules.retain(|(_, rule, _)| rule.id.get_ref() != id.get_ref());
            if rules.len() == before {
                let sentence = format!("there is no rule `{}` to leave out", id.get_ref());
                let error = source.error(Some(id.span()), sentence);
                return Err(error.of(Fault::NoRule));
            }
        }
        let mut here = BTreeSet::new();
        for rule in &file.rules {
            let id = rule.id.get_ref();
            let refuse = |sentence| Err(source.error(Some(rule.id.span()), sentence));
            if likeness::is_rule(id) {
                return refuse(format!(
                    "no rule is called `{id}`: so is called what is only like talk of an item"
                ));
            }
            if !here.insert(id) {
                return refuse(format!("two rules of this file are called `{id}`"));
            }
            match rules
                .iter_mut()
                .find(|(_, known, _)| known.id.get_ref() == id)
            {
                Some(known) => *known = (*source, rule, &file.questions),
                None => rules.push((*source, rule, &file.questions)),
            }
        }
    }
    Ok(rules)
}
