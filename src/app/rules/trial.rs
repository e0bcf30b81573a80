//! The working copy tried: on the examples of all rules, and on past talks whose notes are
//! approved. Of those only counts come out; their words are opened in here and go nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::risk::example;
use yorisoi_domain::risk::finding::Turn;
use yorisoi_domain::risk::item::ItemId;
use yorisoi_domain::risk::pack::{Example, Pack};
use yorisoi_domain::risk::reader::Reader as TalkReader;

use super::REMEMBERED;
use crate::app::booking::staff;
use crate::app::watch::turn;
use crate::app::{App, AppError, Result};

/// The newest of an office's that still have their words.
const TALKS: u32 = 50;

/// Whose past talks the working copy is tried on.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialOf {
    pub office: Uuid,
}

/// What the working copy would find in past talks, beside what is in use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesTrial)]
pub struct Trial {
    /// So many talks were read.
    pub talks: usize,
    /// Flags that only the working copy finds, and that it does not find any more.
    pub more: usize,
    pub fewer: usize,
    /// Where it makes a difference.
    pub items: Vec<TrialItem>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TrialItem {
    pub item: String,
    pub label: String,
    pub more: usize,
    pub fewer: usize,
}

impl App {
    /// The examples that do not do what their rule says, of the municipality's rules also said a little differently.
    pub(super) async fn failing(&self, pack: &Arc<Pack>) -> Result<Arc<Vec<Example>>> {
        let sha256 = pack.sha256();
        {
            let tried = self.packs.tried.lock();
            let tried = tried.unwrap_or_else(PoisonError::into_inner);
            if let Some((_, failing)) = tried.iter().find(|(of, _)| *of == sha256) {
                return Ok(Arc::clone(failing));
            }
        }
        let pack = Arc::clone(pack);
        let failing = Arc::new(spawn_blocking(move || example::tried_failures(&pack)).await?);
        let tried = self.packs.tried.lock();
        let mut tried = tried.unwrap_or_else(PoisonError::into_inner);
        if tried.len() >= REMEMBERED {
            tried.remove(0);
        }
        tried.push((sha256, Arc::clone(&failing)));
        Ok(failing)
    }

    /// Tries the working copy on the office's newest approved talks that still have their words.
    ///
    /// # Errors
    /// Not allowed; the working copy can't be read; somebody else tries at present.
    pub async fn try_rules(&self, actor: &Actor, of: TrialOf) -> Result<Trial> {
        let tx = self.store.begin().await?;
        let office = of.office.into();
        let subject = Subject::Office(office);
        let (mut tx, by) = self
            .authorize(tx, actor, Action::DryRunRules, &subject)
            .await?;
        let user = staff(actor)?;
        let Ok(_alone) = self.packs.trial.try_lock() else {
            return Err(AppError::TooSoon { retry_after_s: 10 });
        };
        let draft = self.working_copy(&mut *tx).await?.pack?;
        let in_use = self.packs.in_use();
        let talks = tx.approved_talks(office, TALKS).await?;
        // Written down before anything is opened, for nobody else could write meanwhile.
        let tried = AuditAction::RulesTried;
        self.note_city(&mut *tx, by, tried, Some(office), None, talks.len())
            .await?;
        self.commit(tx).await?;

        let mut found = Found::default();
        for talk in talks {
            let mut reader = self.store.read().await?;
            let it = AppError::or_next(self.load(&mut *reader, talk).await)?;
            if it.is_none_or(|it| it.case.private.barred.contains(&user)) {
                continue;
            }
            let taken_back = reader.certificates_of(talk).await?;
            if taken_back.iter().any(|it| it.done_at.is_none()) {
                // A law keeps the words, and nobody reads them.
                continue;
            }
            let words = self.words_of(&mut *reader, talk).await?;
            drop(reader);
            if words.is_empty() {
                continue;
            }
            let turns = words.iter().map(|it| turn(&it.segment, it.speaker));
            let turns: Vec<Turn> = turns.collect();
            let packs = [Arc::clone(&in_use), Arc::clone(&draft)];
            let read = move || packs.map(|pack| items_in(pack, turns.iter().cloned()));
            let [before, after] = spawn_blocking(read).await?;
            found.take(&before, &after);
        }
        Ok(found.view(&draft))
    }
}

fn items_in(pack: Arc<Pack>, turns: impl Iterator<Item = Turn>) -> BTreeSet<ItemId> {
    let mut reader = TalkReader::new(pack);
    reader.hear_all(turns);
    let findings = reader.reading().findings.iter();
    findings.map(|finding| finding.item.clone()).collect()
}

#[derive(Default)]
struct Found {
    talks: usize,
    /// More and fewer.
    items: BTreeMap<ItemId, (usize, usize)>,
}

impl Found {
    fn take(&mut self, before: &BTreeSet<ItemId>, after: &BTreeSet<ItemId>) {
        self.talks += 1;
        for item in after.difference(before) {
            self.items.entry(item.clone()).or_default().0 += 1;
        }
        for item in before.difference(after) {
            self.items.entry(item.clone()).or_default().1 += 1;
        }
    }

    fn view(self, pack: &Pack) -> Trial {
        let items = self.items.into_iter().map(|(item, (more, fewer))| {
            let known = pack.item(&item);
            TrialItem {
                label: known.map_or_else(|| item.to_string(), |known| known.label.clone()),
                item: item.to_string(),
                more,
                fewer,
            }
        });
        let items: Vec<_> = items.collect();
        Trial {
            talks: self.talks,
            more: items.iter().map(|it| it.more).sum(),
            fewer: items.iter().map(|it| it.fewer).sum(),
            items,
        }
    }
}
