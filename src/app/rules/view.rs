//! The rules as people see them: what is looked for, the proof, and what became of what was found.
//! Counts alone of talks, never a word of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor, Subject as About, allowed};
use yorisoi_domain::audit::{AuditAction, AuditActor};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::activation::State;
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::flag::Reason;
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::risk::likeness;
use yorisoi_domain::risk::pack::city::{self, RuleText, WrittenRule};
use yorisoi_domain::risk::pack::{Example, Fault, Item, Pack, PackError, Past, Subject};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Decided, RuleCount, Tx};

use super::activation::ActivationView;
use super::draft::Copy;
use crate::app::booking::staff;
use crate::app::{App, AppError, Result};

/// The rules in use, and for whoever may change them the working copy.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rules {
    pub version: String,
    /// The shipped pack under the municipality's; `null`: it is the shipped one itself.
    pub extends: Option<String>,
    /// What the municipality has added to it, and changed of it.
    pub added: usize,
    pub changed: usize,
    /// Why the municipality's files do not go together with the shipped pack of this program: the
    /// pack as it was stays in use.
    pub trouble: Option<RulePlace>,
    /// Of the working copy, where there is one. In the order of lists.
    pub items: Vec<ItemLine>,
    /// In the order of the items.
    pub rules: Vec<RuleLine>,
    /// What is found beside the rules, because it is like talk of an item. In the order of the items.
    pub likeness: Vec<LikenessLine>,
    /// Whether the caller may change them.
    pub may_change: bool,
    pub draft: Option<Draft>,
    /// What somebody has asked for, until it is in use.
    pub activation: Option<ActivationView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuledItem)]
pub struct ItemLine {
    #[schema(example = "smoking")]
    pub item: String,
    pub label: String,
    pub tier: Tier,
    pub rules: usize,
    pub examples: Passed,
}

/// How many examples do what their rule says.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Passed {
    pub passed: usize,
    pub all: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RuleLine {
    #[schema(example = "smoking.still")]
    pub rule: String,
    pub item: String,
    pub state: RuleState,
    /// Changed in the working copy.
    pub draft: bool,
    /// A sentence that it finds.
    pub example: String,
    #[serde(flatten)]
    pub counts: Counts,
}

/// What is only like talk of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikenessLine {
    pub item: String,
    /// What flags have in the place of a rule, and what is left out or taken in again.
    #[schema(example = "smoking.likeness")]
    pub rule: String,
    /// `shipped` or `off`.
    pub state: RuleState,
    /// Changed in the working copy.
    pub draft: bool,
    #[serde(flatten)]
    pub counts: Counts,
}

/// What became of the flags that a rule found.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RuleCounts)]
pub struct Counts {
    /// Flags that were found by it, whatever became of them.
    pub found: u32,
    /// Of these, confirmed by a person.
    pub confirmed: u32,
    /// And dismissed, by reason.
    pub dismissed: Vec<DismissedCount>,
}

impl Counts {
    fn of(rule: &str, counts: &[RuleCount]) -> Self {
        let mut sum = Self::default();
        for RuleCount { of, count, .. } in counts.iter().filter(|it| it.rule == rule) {
            sum.found += count;
            match of {
                Decided::Open => {}
                Decided::Confirmed => sum.confirmed += count,
                Decided::Dismissed(reason) => sum.dismissed.push(DismissedCount {
                    reason: *reason,
                    count: *count,
                }),
            }
        }
        sum
    }
}

/// Beside the shipped pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    Shipped,
    /// The municipality's own.
    Added,
    /// The municipality's in the place of the shipped one.
    Changed,
    /// The municipality leaves it out.
    Off,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct DismissedCount {
    pub reason: Reason,
    pub count: u32,
}

/// The working copy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesDraft)]
pub struct Draft {
    /// Files that differ from what is in use.
    pub changes: usize,
    pub examples: Passed,
    pub failing: Vec<FailingExample>,
    /// Where it can't be read.
    pub fault: Option<RulePlace>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FailingExample {
    pub rule: String,
    pub text: String,
    /// The example that is said a little differently here; `null`: it is written so.
    pub of: Option<String>,
    pub should_match: bool,
}

/// The place that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RulePlace {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The rule whose file it is.
    pub rule: Option<String>,
    pub fault: Fault,
    /// Where it is a list of the rule: which, which entry and which character of it, from 1.
    pub field: Option<&'static str>,
    pub row: Option<usize>,
    pub at: Option<usize>,
    /// English.
    pub sentence: String,
}

impl RulePlace {
    /// `text`: of the file, where it is at hand.
    pub(crate) fn of(error: &PackError, text: Option<&str>) -> Self {
        let entry = text.and_then(|text| city::entry_at(text, error.line));
        Self {
            file: error.file.clone(),
            line: error.line,
            column: error.column,
            rule: city::rule_of(&error.file).map(str::to_owned),
            fault: error.fault,
            field: entry.map(|(field, _)| field),
            row: entry.map(|(_, row)| row),
            at: entry.map(|_| city::column_in_entry(error.column)),
            sentence: error.sentence.clone(),
        }
    }
}

/// One rule of the working copy.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    pub rule: String,
    pub item: String,
    pub label: String,
    /// What holds: the rule's own, or the item's.
    pub tier: Tier,
    pub past: Past,
    pub subject: Subject,
    pub state: RuleState,
    pub text: RuleText,
    /// A question about the item in plain words, where it has one.
    pub asked: Option<String>,
    /// Who changed it in the working copy, and when.
    pub draft: Option<Changed>,
    /// Examples that do not do what the rule says, as they are written.
    pub failing: Vec<String>,
    /// Examples that the rule in use does not have.
    pub added: Vec<String>,
    /// The concepts that it names.
    pub concepts: Vec<ConceptView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleChange)]
pub struct Changed {
    #[schema(value_type = String)]
    pub by: Pii<String>,
    pub at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Concept)]
pub struct ConceptView {
    pub name: String,
    pub words: Vec<String>,
    /// What the municipality has added.
    pub city: Vec<String>,
}

/// A pack that was in use, or is.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesVersion {
    pub version: String,
    pub from: Timestamp,
    /// Who asked for it and who approved it; nobody: it came with the program.
    #[schema(value_type = Option<String>)]
    pub asked_by: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub approved_by: Option<Pii<String>>,
}

impl App {
    /// # Errors
    /// Not signed in as staff.
    pub async fn read_rules(&self, actor: &Actor) -> Result<Rules> {
        let (mut tx, by, copy) = self.begin_reading(actor).await?;
        let in_use = self.packs.in_use();
        let (pack, fault) = match copy.as_ref().map(|copy| &copy.pack) {
            Some(Ok(pack)) => (Arc::clone(pack), None),
            Some(Err(error)) => (Arc::clone(&in_use), Some(error)),
            None => (Arc::clone(&in_use), None),
        };
        let failing = self.failing(&pack).await?;
        let counts = match copy {
            Some(_) => tx.rule_counts().await?,
            None => Vec::new(),
        };
        let place = |error: &PackError| {
            let own = copy.as_ref().and_then(|copy| copy.files.get(&error.file));
            RulePlace::of(error, own.map(String::as_str))
        };
        let changes = copy.as_ref().map_or(0, |copy| copy.changes.len());
        let draft = (changes > 0).then(|| Draft {
            changes,
            examples: passed(example::tried(&pack).len(), failing.len()),
            failing: failing.iter().map(failing_example).collect(),
            fault: fault.map(place),
        });
        let (added, changed) = self.own_changes(&in_use);
        let activation = match (&copy, tx.open_rule_activation().await?) {
            (Some(_), Some(open)) => {
                let user = staff(actor)?;
                Some(self.activation_view(&mut *tx, &open, user).await?)
            }
            _ => None,
        };
        self.note_city(&mut *tx, by, AuditAction::RulesRead, None, None, 1)
            .await?;
        self.commit(tx).await?;
        Ok(Rules {
            version: in_use.version().to_owned(),
            extends: in_use.extends().map(str::to_owned),
            added,
            changed,
            trouble: self.packs.trouble().as_ref().map(place),
            items: item_lines(&pack, &failing),
            rules: self.rule_lines(&pack, copy.as_ref(), &counts),
            likeness: likeness_lines(&pack, copy.as_ref(), &counts),
            may_change: copy.is_some(),
            draft,
            activation,
        })
    }

    /// # Errors
    /// Not signed in as staff; no such rule.
    pub async fn read_rule(&self, actor: &Actor, id: &str) -> Result<RuleView> {
        let (mut tx, by, copy) = self.begin_reading(actor).await?;
        let in_use = self.packs.in_use();
        let pack = match copy.as_ref().map(|copy| &copy.pack) {
            Some(Ok(pack)) => Arc::clone(pack),
            _ => Arc::clone(&in_use),
        };
        let find = |pack: &Pack| pack.written().iter().find(|it| it.id == id).cloned();
        let rule = find(&pack).or_else(|| find(&self.packs.shipped));
        let rule = rule.or_else(|| find(&in_use)).ok_or(AppError::NotFound)?;
        let item = pack.item(&rule.item).ok_or(AppError::NotFound)?;
        let failing = self.failing(&pack).await?;
        let failing = failing.iter();
        let failing = failing.filter(|it| it.rule == id && it.of.is_none());
        let draft = copy
            .as_ref()
            .and_then(|copy| copy.change(&city::rule_file(id)));
        let used = find(&in_use).map(|rule| examples(&rule.text));
        let added = match draft {
            Some(_) => examples(&rule.text),
            None => Vec::new(),
        };
        let new = |text: &String| !used.as_ref().is_some_and(|used| used.contains(text));
        let view = RuleView {
            state: self.rule_state(&pack, id),
            item: item.id.to_string(),
            label: item.label.clone(),
            tier: rule.tier,
            past: rule.past,
            subject: rule.subject,
            asked: item.ask.first().cloned(),
            draft: match draft {
                Some(row) => Some(Changed {
                    by: self.name_of(&mut *tx, row.by).await?,
                    at: row.at,
                }),
                None => None,
            },
            failing: failing.map(|it| it.text.clone()).collect(),
            added: added.into_iter().filter(new).collect(),
            concepts: concepts_in(&pack, &rule.text),
            rule: rule.id,
            text: rule.text,
        };
        self.note_city(&mut *tx, by, AuditAction::RulesRead, None, None, 1)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// Which packs were in use since when, the newest first.
    ///
    /// # Errors
    /// Not signed in as staff.
    pub async fn list_versions(&self, actor: &Actor) -> Result<Vec<RulesVersion>> {
        let tx = self.store.begin().await?;
        let city = About::Municipality;
        let (mut tx, by) = self.authorize(tx, actor, Action::ReadRules, &city).await?;
        let mut versions = Vec::new();
        for used in tx.rule_uses().await? {
            let (mut asked_by, mut approved_by) = (None, None);
            if let Some(id) = used.activation
                && let Some(activation) = tx.rule_activation(id).await?
            {
                asked_by = Some(self.name_of(&mut *tx, activation.asked_by).await?);
                if let State::Approved(hand) = activation.state {
                    approved_by = Some(self.name_of(&mut *tx, hand.by).await?);
                }
            }
            versions.push(RulesVersion {
                version: used.version,
                from: used.from,
                asked_by,
                approved_by,
            });
        }
        let (read, count) = (AuditAction::RulesRead, versions.len());
        self.note_city(&mut *tx, by, read, None, None, count)
            .await?;
        self.commit(tx).await?;
        Ok(versions)
    }

    /// With the working copy, for whoever may change it.
    async fn begin_reading(
        &self,
        actor: &Actor,
    ) -> Result<(Box<dyn Tx>, AuditActor, Option<Copy>)> {
        let city = About::Municipality;
        let may_change = allowed(actor, Action::EditRules, &city, self.now()).is_allowed();
        if may_change {
            // Compiling and trying take a moment in which nobody else could write: they come before.
            let mut reader = self.store.read().await?;
            let copy = self.working_copy(&mut *reader).await?;
            drop(reader);
            if let Ok(pack) = &copy.pack {
                self.failing(pack).await?;
            }
        }
        let tx = self.store.begin().await?;
        let (mut tx, by) = self.authorize(tx, actor, Action::ReadRules, &city).await?;
        let copy = match may_change {
            true => Some(self.working_copy(&mut *tx).await?),
            false => None,
        };
        Ok((tx, by, copy))
    }

    fn rule_state(&self, pack: &Pack, id: &str) -> RuleState {
        let of = |pack: &Pack| pack.written().iter().any(|rule| rule.id == id);
        let own = |rule: &WrittenRule| rule.id == id && city::rule_of(&rule.file).is_some();
        match (of(&self.packs.shipped), of(pack)) {
            (true, false) => RuleState::Off,
            (true, true) if pack.written().iter().any(own) => RuleState::Changed,
            (true, true) => RuleState::Shipped,
            (false, _) => RuleState::Added,
        }
    }

    /// Rules that the municipality adds to the shipped pack, and all else that it changes.
    fn own_changes(&self, pack: &Pack) -> (usize, usize) {
        let files = city::files_in(pack.files());
        let shipped = self.packs.shipped.written();
        let new = |file: &&String| {
            let own = |id: &str| !shipped.iter().any(|rule| rule.id == id);
            city::rule_of(file).is_some_and(|id| own(id) && !likeness::is_rule(id))
        };
        let added = files.keys().filter(new).count();
        (added, files.len() - added)
    }

    /// Rules of the pack, then those that the municipality leaves out.
    fn rule_lines(&self, pack: &Pack, copy: Option<&Copy>, counts: &[RuleCount]) -> Vec<RuleLine> {
        let off = self.packs.shipped.written().iter();
        let off = off.filter(|rule| !pack.written().iter().any(|it| it.id == rule.id));
        let mut rules: Vec<_> = pack.written().iter().chain(off).collect();
        rules.sort_by_key(|rule| pack.item(&rule.item).map_or(usize::MAX, |item| item.order));
        let line = |rule: &WrittenRule| RuleLine {
            rule: rule.id.clone(),
            item: rule.item.to_string(),
            state: self.rule_state(pack, &rule.id),
            draft: copy.is_some_and(|copy| copy.change(&city::rule_file(&rule.id)).is_some()),
            example: rule.text.matches.first().cloned().unwrap_or_default(),
            counts: Counts::of(&rule.id, counts),
        };
        rules.into_iter().map(line).collect()
    }
}

fn likeness_lines(pack: &Pack, copy: Option<&Copy>, counts: &[RuleCount]) -> Vec<LikenessLine> {
    let line = |item: &Item| {
        let rule = likeness::rule(item.id.as_str());
        LikenessLine {
            item: item.id.to_string(),
            state: match pack.leaves_likeness_out(&item.id) {
                true => RuleState::Off,
                false => RuleState::Shipped,
            },
            draft: copy.is_some_and(|copy| copy.change(&city::rule_file(&rule)).is_some()),
            counts: Counts::of(&rule, counts),
            rule,
        }
    };
    pack.items().iter().map(line).collect()
}

fn passed(all: usize, failing: usize) -> Passed {
    Passed {
        passed: all.saturating_sub(failing),
        all,
    }
}

fn failing_example(example: &Example) -> FailingExample {
    FailingExample {
        rule: example.rule.clone(),
        text: example.text.clone(),
        of: example.of.clone(),
        should_match: example.matches,
    }
}

fn item_lines(pack: &Pack, failing: &[Example]) -> Vec<ItemLine> {
    let mut lines: BTreeMap<_, (usize, usize, usize)> = BTreeMap::new();
    for rule in pack.written() {
        lines.entry(&rule.item).or_default().0 += 1;
    }
    let tried = example::tried(pack);
    for example in &tried {
        lines.entry(&example.item).or_default().1 += 1;
    }
    for example in failing {
        lines.entry(&example.item).or_default().2 += 1;
    }
    let items = pack.items().iter().map(|item| {
        let (rules, all, failing) = lines.get(&item.id).copied().unwrap_or_default();
        ItemLine {
            item: item.id.to_string(),
            label: item.label.clone(),
            tier: item.tier,
            rules,
            examples: passed(all, failing),
        }
    });
    items.collect()
}

fn examples(text: &RuleText) -> Vec<String> {
    text.matches.iter().chain(&text.no_match).cloned().collect()
}

/// Those that its patterns name.
fn concepts_in(pack: &Pack, text: &RuleText) -> Vec<ConceptView> {
    let patterns = text.patterns.iter().chain(&text.unless);
    let patterns: Vec<_> = patterns.collect();
    let named = pack.concepts().iter().filter(|concept| {
        let name = format!("{{{}}}", concept.name);
        patterns.iter().any(|pattern| pattern.contains(&name))
    });
    named
        .map(|concept| ConceptView {
            name: concept.name.clone(),
            words: concept.words.clone(),
            city: concept.city.clone(),
        })
        .collect()
}
