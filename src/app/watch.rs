//! Reads running talks, and what is written beside them, for what should not be missed: per
//! interview a reader of the rule pack, kept in memory only to be quick. Whatever is lost with it is read again from the records.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use tokio::sync::Mutex as Turnstile;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::ids::{AlertId, FlagId, InterviewId, SegmentId};
use yorisoi_domain::interview::{Method, State as InterviewState};
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_domain::risk::alert::{Alert, Why};
use yorisoi_domain::risk::coverage::Source;
use yorisoi_domain::risk::finding::{Speaker, Turn};
use yorisoi_domain::risk::flag::{Change, Flag, Ground, Heard, PackRef, merge};
use yorisoi_domain::risk::form;
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::risk::reader::Reader;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store::{CoverageRow, FlagRow, InterviewRow, KeyKind, Reader as Reading, Revision, Tx};

use super::flags::view::Sight;
use super::notices::Noticed;
use super::speakers::given;
use super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;

/// A talk in which nothing was said for so long is read again when it goes on.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// The talks that are read at present.
#[derive(Default)]
pub(super) struct Watches {
    talks: Mutex<HashMap<InterviewId, Talk>>,
}

struct Talk {
    used_at: Timestamp,
    watch: Arc<Turnstile<Option<Watch>>>,
}

/// One talk as far as it was read. Only what has been committed is in it.
pub(super) struct Watch {
    reader: Reader,
    heard: BTreeMap<SegmentId, Heard>,
    /// What forms and the record say.
    written: form::Reading,
}

/// What somebody said, and as whom it is read.
pub(super) struct Words {
    pub(super) segment: Segment,
    pub(super) speaker: Speaker,
    /// Somebody was near her, and nobody has said whose words they are.
    pub(super) doubted: bool,
    /// Somebody has said as whom, and perhaps taken it back.
    pub(super) given: bool,
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watches").finish_non_exhaustive()
    }
}

impl Watches {
    /// One segment of a talk is read at a time. Empty where the records must be read first.
    pub(super) fn of(&self, talk: InterviewId, now: Timestamp) -> Arc<Turnstile<Option<Watch>>> {
        let mut talks = self.talks.lock().unwrap_or_else(PoisonError::into_inner);
        talks.retain(|_, it| now.duration_since(it.used_at) < IDLE);
        let place = talks.entry(talk).or_insert_with(|| Talk {
            used_at: now,
            watch: Arc::default(),
        });
        place.used_at = now;
        Arc::clone(&place.watch)
    }

    /// The talk is over, or what was said in it is not the same any more.
    pub(super) fn forget(&self, talk: InterviewId) {
        let mut talks = self.talks.lock().unwrap_or_else(PoisonError::into_inner);
        talks.remove(&talk);
    }
}

impl Watch {
    fn new(pack: Arc<Pack>) -> Self {
        Self {
            reader: Reader::new(pack),
            heard: BTreeMap::new(),
            written: form::Reading::default(),
        }
    }

    /// Whether anything speaks for an item.
    fn finds(&self, item: &ItemId) -> bool {
        let spoken = self.reader.reading().findings.iter();
        let mut written = self.written.findings.iter();
        spoken.into_iter().any(|it| it.item == *item) || written.any(|it| it.item == *item)
    }

    pub(super) fn hear(&mut self, words: &Words) {
        let segment = &words.segment;
        let known = self.heard.get(&segment.id);
        if known.is_some_and(|it| it.revision > segment.revision) {
            return;
        }
        let heard = Heard {
            revision: segment.revision,
            start: segment.start,
            doubted: words.doubted,
            unknown: words.speaker == Speaker::Unknown,
            given: words.given,
        };
        self.heard.insert(segment.id, heard);
        self.reader.hear(turn(segment, words.speaker));
    }
}

/// As it is read.
pub(super) fn turn(segment: &Segment, speaker: Speaker) -> Turn {
    Turn {
        segment: segment.id,
        speaker,
        start: segment.start,
        end: segment.end,
        text: segment.text.clone(),
        unsure: segment.unsure(),
    }
}

pub(super) fn pack_ref(pack: &Pack) -> PackRef {
    PackRef {
        version: pack.version().to_owned(),
        sha256: pack.sha256(),
    }
}

/// As whom somebody speaks. At the counter one microphone hears the whole room.
pub(super) const fn speaker(who: Who, method: Method) -> Speaker {
    match (who, method) {
        (Who::Nurse(_), _) => Speaker::Nurse,
        (Who::Guest(GuestRole::Resident, _), Method::InPerson) => Speaker::Unknown,
        (Who::Guest(GuestRole::Resident, _), Method::Online | Method::Telephone) => {
            Speaker::Resident
        }
        (Who::Guest(GuestRole::Companion, _), _) => Speaker::Companion,
        (Who::Guest(GuestRole::Interpreter, _), _) => Speaker::Interpreter,
    }
}

impl App {
    /// Reads a talk from the records, by the rules that were in use when it began. Whose key is
    /// destroyed, their words are not in it.
    pub(super) async fn read_again(&self, tx: &mut dyn Tx, talk: InterviewId) -> Result<Watch> {
        let row = tx.interview(talk).await?.ok_or(AppError::NotFound)?;
        let mut watch = Watch::new(self.pack_of(tx, &row.interview).await?);
        watch.written = self.written_now(tx, talk, watch.reader.pack()).await?;
        for it in self.words_of(tx, talk).await? {
            watch.hear(&it);
        }
        Ok(watch)
    }

    /// What was said in a talk. Whose key is destroyed, their words are not in it.
    pub(super) async fn words_of(
        &self,
        tx: &mut dyn Reading,
        talk: InterviewId,
    ) -> Result<Vec<Words>> {
        let mut words = Vec::new();
        let held = tx.interview(talk).await?.ok_or(AppError::NotFound)?;
        let method = held.interview.method;
        let seats = tx.participants_of(talk).await?.into_iter();
        let seats: BTreeMap<_, _> = seats
            .map(|row| (row.participant.id, row.participant.who))
            .collect();
        let given = given(tx, talk).await?;
        let mut keys = BTreeMap::new();
        for (of, row) in tx.segments_of(talk).await? {
            let key = match keys.entry(of) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let key = match self.keyring.get(KeyKind::Talk, of.uuid()).await {
                        Err(KeyError::Destroyed { .. }) => None,
                        found => Some(found?),
                    };
                    place.insert(key)
                }
            };
            if let (Some(key), Some(who)) = (key, seats.get(&of)) {
                let said = given.get(&row.id).copied();
                let known = said.flatten().is_some_and(|it| it != Speaker::Unknown);
                words.push(Words {
                    segment: rows::open_segment(key, &row)?,
                    speaker: said.flatten().unwrap_or_else(|| speaker(*who, method)),
                    doubted: row.accompanied && !known,
                    given: said.is_some(),
                });
            }
        }
        Ok(words)
    }

    /// Writes down what the reading has changed, and says what it was. `turned`: what has just been
    /// given another speaker.
    pub(super) async fn follow(
        &self,
        tx: &mut dyn Tx,
        it: &InterviewRow,
        watch: &Watch,
        turned: Option<SegmentId>,
    ) -> Result<Noticed> {
        let talk = it.interview.id;
        if tx.record_of(talk).await?.is_some() {
            // Approved: what is found now is a matter for an addendum.
            return Ok(Noticed::default());
        }
        let key = self.record_key(talk).await?;
        let before = tx.flags_of(talk).await?;
        let opened = before.iter().map(|row| rows::open_flag(&key, row));
        let flags: Vec<Flag> = opened.collect::<std::result::Result<_, _>>()?;
        let pack = pack_ref(watch.reader.pack());
        let ground = Ground {
            interview: talk,
            pack: &pack,
            heard: &watch.heard,
            turned,
            now: self.now(),
        };
        let changes = merge(
            &flags,
            watch.reader.reading(),
            &watch.written,
            &ground,
            || FlagId::new(self.ids.id()),
        );
        let row_of = |flag: &Flag| before.iter().find(|row| row.flag.id == flag.id);
        let mut noticed = Noticed::default();
        let mut seen = Vec::new();
        for change in changes {
            let (action, flag) = match change {
                Change::Made(flag) => {
                    self.note_follows_flag(tx, it, true).await?;
                    let row = rows::seal_flag(&key, &flag, Revision::FIRST)?;
                    tx.insert_flag(&row).await?;
                    if flag.tier == Tier::Immediate {
                        self.alert_about(tx, it, flag.id).await?;
                    }
                    seen.push((flag.clone(), Revision::FIRST));
                    (AuditAction::FlagFound, flag)
                }
                Change::Read(flag) => {
                    let Some(FlagRow {
                        flag: was,
                        revision,
                    }) = row_of(&flag)
                    else {
                        continue;
                    };
                    self.note_follows_flag(tx, it, flag.tier != was.tier)
                        .await?;
                    let next = revision.next();
                    tx.save_flag(&rows::seal_flag(&key, &flag, next)?).await?;
                    if flag.tier == Tier::Immediate && was.tier != Tier::Immediate {
                        self.alert_about(tx, it, flag.id).await?;
                    }
                    seen.push((flag.clone(), next));
                    (AuditAction::FlagEvidenceChanged, flag)
                }
                Change::Gone(flag) => {
                    let Some(row) = row_of(&flag) else { continue };
                    tx.delete_untold_alerts(flag.id, Why::Found).await?;
                    tx.delete_flag(flag.id, row.revision).await?;
                    noticed.gone.push(flag.id.uuid());
                    (AuditAction::FlagEvidenceGone, flag)
                }
            };
            let about = Some(AuditSubject::Flag(flag.id));
            self.note(tx, AuditActor::System, action, it, about).await?;
        }
        if !seen.is_empty() {
            let sight = Sight::of(tx, talk).await?;
            for (flag, revision) in &seen {
                noticed
                    .flags
                    .push(self.see_flag(tx, &sight, flag, *revision).await?);
            }
        }
        self.cover(tx, it, watch, &mut noticed).await?;
        Ok(noticed)
    }

    /// Some words of the talk are gone, and these flags have lost quotes with them: what nothing
    /// else bears goes too, and what another voice still says stays as it was decided.
    pub(super) async fn read_without(
        &self,
        tx: &mut dyn Tx,
        it: &InterviewRow,
        quoted_by: &[FlagId],
    ) -> Result<Noticed> {
        let talk = it.interview.id;
        for row in tx.coverage_of(talk).await? {
            if row.source == Source::Engine {
                tx.delete_coverage(talk, &row.item, row.source).await?;
            }
        }
        let mut watch = self.read_again(tx, talk).await?;
        let mut gone = Vec::new();
        for flag in quoted_by {
            let Some(FlagRow { flag, revision }) = tx.flag(*flag).await? else {
                continue;
            };
            // Of what is taken back nothing is kept, however urgent it had made the flag.
            for quote in &flag.quotes {
                if let Some(heard) = watch.heard.get_mut(&quote.segment) {
                    heard.given = false;
                }
            }
            if flag.seen.is_some() || watch.finds(&flag.item) {
                continue;
            }
            // Its alerts stay: somebody will still be told to speak to the nurse.
            tx.delete_flag(flag.id, revision).await?;
            gone.push(flag.id.uuid());
            let (by, about) = (AuditActor::System, Some(AuditSubject::Flag(flag.id)));
            self.note(tx, by, AuditAction::FlagEvidenceGone, it, about)
                .await?;
        }
        let mut noticed = self.follow(tx, it, &watch, None).await?;
        if tx.record_of(talk).await?.is_some() {
            self.cover(tx, it, &watch, &mut noticed).await?;
        }
        noticed.gone.extend(gone);
        // All of it: what nothing is left of is told too.
        noticed.coverage = self.coverage(tx, talk).await?;
        Ok(noticed)
    }

    /// Writes down which items were asked about since the last time.
    async fn cover(
        &self,
        tx: &mut dyn Tx,
        it: &InterviewRow,
        watch: &Watch,
        noticed: &mut Noticed,
    ) -> Result<()> {
        let talk = it.interview.id;
        let stored = tx.coverage_of(talk).await?;
        let spoken = &watch.reader.reading().coverage;
        let sources = [
            (Source::Engine, spoken),
            (Source::Form, &watch.written.coverage),
        ];
        let mut changed = Vec::new();
        for (source, now) in sources {
            let before: BTreeMap<_, _> = stored
                .iter()
                .filter(|row| row.source == source)
                .map(|row| (&row.item, row.state))
                .collect();
            for (item, state) in now {
                if before.get(item).copied().unwrap_or_default() != *state {
                    tx.put_coverage(&CoverageRow {
                        interview: talk,
                        item: item.clone(),
                        source,
                        state: *state,
                        at: self.now(),
                        by: None,
                    })
                    .await?;
                    changed.push(item.clone());
                }
            }
            for item in before.into_keys().filter(|item| !now.contains_key(item)) {
                tx.delete_coverage(talk, item, source).await?;
                changed.push(item.clone());
            }
        }
        if !changed.is_empty() {
            self.note(
                tx,
                AuditActor::System,
                AuditAction::CoverageChanged,
                it,
                None,
            )
            .await?;
            let all = self.coverage(tx, talk).await?;
            let of = |item: &str| changed.iter().any(|it| it.as_str() == item);
            noticed.coverage = all.into_iter().filter(|it| of(&it.item)).collect();
        }
        Ok(())
    }

    /// Somebody will be told of an immediate flag, at the end of the talk at the latest.
    pub(super) async fn alert_about(
        &self,
        tx: &mut dyn Tx,
        it: &InterviewRow,
        flag: FlagId,
    ) -> Result<()> {
        let over = matches!(it.interview.state, InterviewState::Ended { .. });
        let id = AlertId::new(self.ids.id());
        let alert = Alert::found(id, flag, it.interview.id, self.now(), over);
        Ok(tx.insert_alert(&alert).await?)
    }
}
