//! The use cases, one file per resource: load, ask the domain, save and audit in one transaction.
//! [`App`] holds every adapter; nothing here knows HTTP. Who may do what is decided by
//! `yorisoi_domain::access` alone; a denial changes nothing and leaves its audit event.

pub mod accounts;
pub mod alerts;
pub mod along;
pub mod audio;
pub mod audit;
pub mod backup;
pub mod barring;
pub mod booking;
pub mod booking_file;
mod bounds;
pub mod broken;
pub mod calls;
pub mod certificates;
pub mod clock_seen;
pub mod consent;
pub mod consent_text;
pub mod counter;
pub mod door;
mod error;
pub mod flags;
pub mod forms;
mod handling;
pub mod help;
pub mod holds;
pub mod input;
pub mod interviews;
pub mod join;
pub mod logins;
mod looks;
pub mod memos;
pub mod note_view;
pub mod notes;
pub mod notices;
pub mod offices;
mod on_call;
mod open;
pub mod pauses;
pub mod practice;
pub mod queue;
pub mod records;
pub mod restrictions;
pub mod retention;
pub mod reviews;
pub mod rules;
mod sealed;
pub mod second_factor;
pub mod second_voice;
pub mod sessions;
pub mod speakers;
mod stray;
pub mod transcripts;
pub mod users;
mod watch;
pub mod withdrawals;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use yorisoi_domain::access::{Action, Actor, Decision, Denial, InterviewSubject, Subject, allowed};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::case::Case;
use yorisoi_domain::ids::{InterviewId, OfficeId, UserId};
use yorisoi_domain::login::LoginLimits;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{InterviewRow, Reader, Store, Tx};

pub use self::error::{AppError, Result};
use self::looks::Looks;
pub use self::open::{OpenError, hold_alone};
use crate::auth::pace::Paces;
use crate::clock::{Clock, IdGen};
use crate::config::{Column, Municipality, Retention, SecondFactor};
use crate::crypto::audit_trail::AuditTrail;
use crate::crypto::keyring::Keyring;
use crate::crypto::lookups::Lookups;
use crate::data_folder::DataFolder;
use crate::media::archive::Archive;

/// What the configuration says to the use cases.
#[derive(Clone, Debug)]
pub struct Settings {
    pub municipality: Municipality,
    pub zone: TimeZone,
    pub login: LoginLimits,
    pub second_factor: SecondFactor,
    pub retention: Retention,
    /// How the city calls the columns of the tables it books from.
    pub booking_columns: BTreeMap<String, Column>,
    /// Scheme and host that links are made of.
    pub origin: String,
    /// Whether pages say デモ.
    pub demo: bool,
}

/// Every adapter, and the use cases as methods.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keyring: Keyring,
    pub(crate) lookups: Lookups,
    pub(crate) trail: AuditTrail,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGen>,
    pub(crate) settings: Settings,
    pub(crate) paces: Paces,
    looks: Looks,
    packs: rules::Packs,
    watches: watch::Watches,
    audit_checks: audit::check::Checks,
    notices: notices::Notices,
    /// How often a case has barred somebody, or somebody's roles have changed, since the start.
    bars: AtomicU64,
    /// Where sealed sound lies while it is written, and afterwards.
    pub(crate) spool: PathBuf,
    pub(crate) archive: Archive,
    folder: DataFolder,
    /// Held for as long as the folder is open.
    _in_use: File,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// An interview and whose it is, with what decides about access.
struct Loaded {
    row: InterviewRow,
    case: Case,
    /// Whose work its note is: who held the talk, who wrote last, who submitted.
    note_authors: Vec<UserId>,
}

impl Loaded {
    fn subject(&self) -> Subject {
        Subject::Interview(InterviewSubject {
            interview: self.row.interview.id,
            case: self.case.id,
            office: self.row.interview.office,
            barred: self.case.private.barred.clone(),
            note_authors: self.note_authors.clone(),
        })
    }
}

impl App {
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where sealed sound lies while it is written; made with the first voice that may be.
    #[must_use]
    pub fn spool(&self) -> &Path {
        &self.spool
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Asks the table. A denial is written down in the transaction's stead, which is dropped with
    /// everything else that was in it.
    async fn authorize(
        &self,
        mut tx: Box<dyn Tx>,
        actor: &Actor,
        action: Action,
        subject: &Subject,
    ) -> Result<(Box<dyn Tx>, AuditActor)> {
        let role = match allowed(actor, action, subject, self.now()) {
            Decision::Allowed { role } => role,
            // An unknown caller was denied nothing: there is no one to name in the audit, and
            // anybody could fill it.
            Decision::Denied(_) if *actor == Actor::Anonymous => return Err(AppError::Unknown),
            Decision::Denied(denial) => {
                let (office, interview) = match subject {
                    Subject::Municipality | Subject::Request(_) => (None, None),
                    Subject::Office(office) => (Some(*office), None),
                    Subject::Interview(it) => (Some(it.office), Some(it.interview)),
                };
                let event = AuditEvent {
                    office,
                    interview,
                    ..self.event(
                        audit_actor(actor, None),
                        AuditAction::Denied(action, denial),
                    )
                };
                self.trail.append(&mut *tx, &event).await?;
                if let (Denial::Barred, Actor::Staff(staff), Some(talk)) =
                    (denial, actor, interview)
                {
                    self.alert_of_barred(&mut *tx, talk, staff.user).await?;
                }
                self.commit(tx).await?;
                return Err(AppError::Denied(denial));
            }
        };
        Ok((tx, audit_actor(actor, role)))
    }

    /// Begins, loads an interview with its case, and asks the table about it.
    async fn open_interview(
        &self,
        actor: &Actor,
        action: Action,
        id: InterviewId,
    ) -> Result<(Box<dyn Tx>, AuditActor, Loaded)> {
        if *actor == Actor::Anonymous {
            return Err(AppError::Unknown);
        }
        let mut tx = self.store.begin().await?;
        let loaded = self.load(&mut *tx, id).await?.ok_or(AppError::NotFound)?;
        let (tx, by) = self.authorize(tx, actor, action, &loaded.subject()).await?;
        Ok((tx, by, loaded))
    }

    async fn load(&self, reader: &mut dyn Reader, id: InterviewId) -> Result<Option<Loaded>> {
        let Some(row) = reader.interview(id).await? else {
            return Ok(None);
        };
        let case = reader
            .case(row.interview.case)
            .await?
            .ok_or(AppError::NotFound)?;
        let case = self.opened_case(&case).await?;
        let nurse = note_view::held(&row.interview).map(|(_, _, nurse)| nurse);
        let mut note_authors: Vec<_> = nurse.into_iter().collect();
        if let Some(note) = reader.note_of(id).await? {
            note_authors.extend(note.note.authors());
        }
        Ok(Some(Loaded {
            row,
            case,
            note_authors,
        }))
    }

    fn event(&self, actor: AuditActor, action: AuditAction) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor,
            action,
            office: None,
            interview: None,
            subject: None,
            count: 1,
        }
    }

    /// Appends an event about an interview.
    async fn note(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        action: AuditAction,
        about: &InterviewRow,
        subject: Option<AuditSubject>,
    ) -> Result<()> {
        let event = AuditEvent {
            office: Some(about.interview.office),
            interview: Some(about.interview.id),
            subject,
            ..self.event(by, action)
        };
        self.note_look(tx, &event, None).await
    }

    /// Appends the event, unless it is a page that looks again.
    async fn note_look(
        &self,
        tx: &mut dyn Tx,
        event: &AuditEvent,
        day: Option<Date>,
    ) -> Result<()> {
        if self.looks.is_new(event, day) {
            self.trail.append(tx, event).await?;
        }
        Ok(())
    }

    /// Appends an event about an office or about nothing smaller than the municipality.
    async fn note_city(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        action: AuditAction,
        office: Option<OfficeId>,
        subject: Option<AuditSubject>,
        count: usize,
    ) -> Result<()> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let event = AuditEvent {
            office,
            subject,
            count,
            ..self.event(by, action)
        };
        self.note_look(tx, &event, None).await
    }

    /// Commits, then writes the audit's head where a cut of the database can't reach it.
    async fn commit(&self, mut tx: Box<dyn Tx>) -> Result<()> {
        let head = tx.audit_head().await?;
        tx.commit().await.inspect_err(|_| self.looks.forget())?;
        let trail = self.trail.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || trail.note(head)).await? {
            // What was done is done; the second file is behind, which is no contradiction.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the audit's head was not noted"
            );
        }
        Ok(())
    }
}

fn audit_actor(actor: &Actor, role: Option<yorisoi_domain::access::Role>) -> AuditActor {
    match actor {
        Actor::Anonymous => AuditActor::Anonymous,
        Actor::Staff(staff) => AuditActor::Staff(staff.user, role),
        Actor::Seat(seat) => AuditActor::Participant(seat.participant),
        Actor::Operator => AuditActor::Operator,
    }
}

/// Whole seconds until `then`, at least one.
fn seconds_until(then: Timestamp, now: Timestamp) -> u32 {
    let left = then.duration_since(now);
    let whole = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    u32::try_from(whole.max(1)).unwrap_or(u32::MAX)
}
