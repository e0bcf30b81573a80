//! Which rule pack talks are read by: the shipped one, or the municipality's that stands on it. A
//! talk keeps the pack that was in use when it began. What people change of it goes through
//! [`draft`] and [`activation`]; a newer shipped pack under the municipality's files is tried when
//! the program starts, and where they do not go together the last one that did stays in use.

pub mod activation;
pub mod draft;
pub mod trial;
pub mod view;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use jiff::SignedDuration;
use tokio::sync::Mutex as Turnstile;
use tokio::task::spawn_blocking;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::interview::Interview;
use yorisoi_domain::risk::flag::PackRef;
use yorisoi_domain::risk::pack::{Example, Pack, PackError, city};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{PackRow, Reader, StoreError, UseRow};

use super::note_view::held;
use super::watch::pack_ref;
use super::{App, AppError, Result};

/// What the records tell apart.
const MOMENT: SignedDuration = SignedDuration::from_millis(1);

/// The packs in memory.
pub(super) struct Packs {
    shipped: Arc<Pack>,
    in_use: RwLock<InUse>,
    /// Those that running talks still have.
    running: Mutex<HashMap<[u8; 32], Weak<Pack>>>,
    /// The working copy as it was compiled last.
    copies: Mutex<Vec<Compiled>>,
    /// The failing examples of the packs that were tried last.
    tried: Mutex<Vec<Tried>>,
    /// Past talks are read for one person at a time.
    trial: Turnstile<()>,
}

/// Of working copies and of tried packs so many are remembered: before and after a change.
const REMEMBERED: usize = 2;

/// A working copy's files, and the pack that they make.
type Compiled = (BTreeMap<String, String>, Arc<Pack>);
/// A pack's hash, and its failing examples.
type Tried = ([u8; 32], Arc<Vec<Example>>);

#[derive(Clone)]
struct InUse {
    pack: Arc<Pack>,
    /// Why the municipality's files do not go together with the shipped pack as it is now.
    trouble: Option<PackError>,
}

impl fmt::Debug for Packs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packs")
            .field("in_use", &self.in_use().version())
            .finish_non_exhaustive()
    }
}

impl Packs {
    /// With what is in use, as far as it was written down.
    pub(super) async fn open(
        shipped: Arc<Pack>,
        reader: &mut dyn Reader,
    ) -> std::result::Result<Self, StoreError> {
        let stored = match reader.rule_use_at(Timestamp::MAX).await? {
            Some(last) => reader.rule_pack(last.pack).await?,
            None => None,
        };
        let in_use = on_shipped(&shipped, stored.as_ref());
        Ok(Self {
            shipped,
            in_use: RwLock::new(in_use),
            running: Mutex::default(),
            copies: Mutex::default(),
            tried: Mutex::default(),
            trial: Turnstile::default(),
        })
    }

    /// By which talks are read that begin now.
    pub(super) fn in_use(&self) -> Arc<Pack> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&in_use.pack)
    }

    fn trouble(&self) -> Option<PackError> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        in_use.trouble.clone()
    }

    fn running(&self, sha256: [u8; 32]) -> Option<Arc<Pack>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(&sha256).and_then(Weak::upgrade)
    }

    fn keep_running(&self, pack: &Arc<Pack>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, pack| pack.strong_count() > 0);
        running.insert(pack.sha256(), Arc::downgrade(pack));
    }
}

/// The municipality's files of a stored pack on the shipped one of this program; where they do not
/// go together, the stored pack whole.
fn on_shipped(shipped: &Arc<Pack>, stored: Option<&PackRow>) -> InUse {
    let shipped_alone = |trouble| InUse {
        pack: Arc::clone(shipped),
        trouble,
    };
    let Some(stored) = stored else {
        return shipped_alone(None);
    };
    let own = city::files_in(&stored.files);
    if own.is_empty() {
        return shipped_alone(None);
    }
    let newer = match crate::rules::extend(shipped, &own, &stored.version) {
        Ok(pack) => {
            return InUse {
                pack: Arc::new(pack),
                trouble: None,
            };
        }
        Err(error) => error,
    };
    match whole(shipped, &stored.files) {
        Ok(pack) => InUse {
            pack: Arc::new(pack),
            trouble: Some(newer),
        },
        // An older program wrote it in another way.
        Err(older) => shipped_alone(Some(older)),
    }
}

fn whole(shipped: &Pack, files: &[(String, String)]) -> std::result::Result<Pack, PackError> {
    crate::rules::parse_beside(Some(shipped), files)
}

fn row_of(pack: &Pack, now: Timestamp) -> PackRow {
    PackRow {
        sha256: pack.sha256(),
        version: pack.version().to_owned(),
        files: pack.files().to_vec(),
        stored_at: now,
    }
}

impl App {
    /// Why the municipality's rules do not go together with the shipped ones of this program, where
    /// that is so.
    #[must_use]
    pub fn rules_trouble(&self) -> Option<PackError> {
        self.packs.trouble()
    }

    /// The version of the rules by which talks are read that begin now.
    #[must_use]
    pub fn rules_version(&self) -> String {
        self.packs.in_use().version().to_owned()
    }

    /// Takes the rules into use that are due, and writes down what is in use since when. To be
    /// called before serving, and then from time to time. Says whether something changed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settle_rules(&self) -> Result<bool> {
        let now = self.now();
        let mut reader = self.store.read().await?;
        let last = reader.rule_use_at(Timestamp::MAX).await?;
        let open = reader.open_rule_activation().await?;
        let due = open.filter(|it| it.is_due(now));
        let is_last = |pack: [u8; 32]| last.as_ref().is_some_and(|last| last.pack == pack);
        if due.is_none() && is_last(self.packs.in_use().sha256()) {
            return Ok(false);
        }
        let wanted = match (&due, &last) {
            (Some(due), _) => reader.rule_pack(due.pack).await?,
            (None, Some(last)) => reader.rule_pack(last.pack).await?,
            (None, None) => None,
        };
        drop(reader);
        let shipped = Arc::clone(&self.packs.shipped);
        let next = spawn_blocking(move || on_shipped(&shipped, wanted.as_ref())).await?;

        let mut tx = self.store.begin().await?;
        let sha256 = next.pack.sha256();
        if due.is_some() || !is_last(sha256) {
            tx.insert_rule_pack(&row_of(&next.pack, now)).await?;
            // No two begin in the same moment.
            let after = last.as_ref().map(|last| last.from + MOMENT);
            tx.insert_rule_use(&UseRow {
                from: after.map_or(now, |after| after.max(now)),
                pack: sha256,
                version: next.pack.version().to_owned(),
                activation: due.as_ref().map(|due| due.id),
            })
            .await?;
            if due.is_some() {
                tx.clear_rule_drafts().await?;
            }
            let about = due.map(|due| AuditSubject::Activation(due.id));
            let (by, used) = (AuditActor::System, AuditAction::RulesInUse);
            self.note_city(&mut *tx, by, used, None, about, 1).await?;
            self.commit(tx).await?;
        }
        if let Some(trouble) = &next.trouble {
            tracing::warn!(%trouble, "the municipality's rules do not go with the shipped ones");
        }
        let mut in_use = self
            .packs
            .in_use
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *in_use = next;
        Ok(true)
    }

    /// What a talk is read by: the pack that was in use when it began.
    pub(super) async fn pack_of(
        &self,
        reader: &mut dyn Reader,
        talk: &Interview,
    ) -> Result<Arc<Pack>> {
        let in_use = self.packs.in_use();
        let wanted = self.pack_ref_of(reader, talk).await?.sha256;
        if wanted == in_use.sha256() {
            return Ok(in_use);
        }
        if let Some(pack) = self.packs.running(wanted) {
            return Ok(pack);
        }
        let Some(stored) = reader.rule_pack(wanted).await? else {
            return Ok(in_use);
        };
        let shipped = Arc::clone(&self.packs.shipped);
        match spawn_blocking(move || whole(&shipped, &stored.files)).await? {
            Ok(pack) => {
                let pack = Arc::new(pack);
                self.packs.keep_running(&pack);
                Ok(pack)
            }
            Err(error) => {
                tracing::warn!(%error, "rules of an older program: a talk goes on with the present ones");
                Ok(in_use)
            }
        }
    }

    /// The name of what a talk is read by.
    pub(super) async fn pack_ref_of(
        &self,
        reader: &mut dyn Reader,
        talk: &Interview,
    ) -> Result<PackRef> {
        let used = match held(talk) {
            Some((began, ..)) => reader.rule_use_at(began).await?,
            None => None,
        };
        Ok(match used {
            Some(used) => PackRef {
                version: used.version,
                sha256: used.pack,
            },
            None => pack_ref(&self.packs.in_use()),
        })
    }
}

impl From<PackError> for AppError {
    fn from(error: PackError) -> Self {
        Self::BadRule(Box::new(view::RulePlace::of(&error, None)))
    }
}
