//! The audit as administrators read it: ids, codes, counts, times, the names of staff accounts and
//! the numbers of records; never whom a record is about. Reading it is itself in it.
//!
//! - `check`: whether the chain holds, followed on from where it was followed before.
//! - `tries`: how often a door was tried in vain of late.
//! - `words`: what each event is called in Japanese.

pub(super) mod check;
pub mod tries;
mod words;

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{
    AuditAction, AuditActor, AuditEvent, AuditKind, AuditSubject, ChainedEvent,
};
use yorisoi_domain::ids::{InterviewId, UserId};
use yorisoi_domain::note::number::RecordNumber;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Actions, AuditFilter, Reader, Tx};

use self::check::Chain;
pub use self::check::ChainBreak;
use super::input::{FieldCode, Form};
use super::{App, Result};
use crate::crypto::audit_trail::{AuditError, AuditReport};

/// Lines of a page.
const PAGE: u32 = 100;
/// Lines of an export. Whoever needs more asks for two stretches of time.
const MOST: u32 = 100_000;
const BEYOND_ALL: u64 = i64::MAX.unsigned_abs();

/// What is looked for; left out: everything.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuestion {
    /// Events before this number; left out: the newest.
    pub before: Option<u64>,
    /// What this account did, and what was done to it.
    pub user: Option<Uuid>,
    /// 記録番号, such as 中央-R8-0214.
    pub record: Option<String>,
    pub interview: Option<Uuid>,
    pub kind: Option<AuditKind>,
    /// The first day, in the municipality's zone.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

/// A page of the audit, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    pub events: Vec<AuditLine>,
    /// What to ask for as `before` to read on; `null`: there is nothing more.
    pub next: Option<u64>,
    pub chain: Chain,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    pub seq: u64,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// `staff`, `participant`, `anonymous`, `operator` or `system`.
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    /// 職員ID, of staff.
    #[schema(value_type = Option<String>)]
    pub actor_staff_id: Option<Pii<String>>,
    pub actor_role: String,
    pub action: String,
    /// What happened, in Japanese.
    pub words: &'static str,
    pub kind: AuditKind,
    pub office_id: Option<Uuid>,
    pub interview_id: Option<Uuid>,
    /// 記録番号 of the interview, where it has one.
    pub record: Option<String>,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    /// 職員ID, where it was done to an account.
    #[schema(value_type = Option<String>)]
    pub subject_staff_id: Option<Pii<String>>,
    pub count: u32,
}

impl App {
    /// Follows the whole chain, for the command line.
    ///
    /// # Errors
    /// Where it does not hold.
    pub async fn verify_audit(&self) -> std::result::Result<AuditReport, AuditError> {
        let mut reader = self.store.read().await?;
        self.trail.verify(&mut *reader).await
    }

    /// When the newest event was written.
    ///
    /// # Errors
    /// The store failed.
    pub async fn last_audit_time(&self) -> Result<Option<Timestamp>> {
        let mut reader = self.store.read().await?;
        let any = AuditFilter::default();
        let last = reader.audit_page(&any, BEYOND_ALL, 1).await?.pop();
        Ok(last.and_then(|it| Timestamp::from_millisecond(it.event.at_ms).ok()))
    }

    /// # Errors
    /// Not allowed; no record has this number.
    pub async fn read_audit(&self, actor: &Actor, asked: &AuditQuestion) -> Result<AuditPage> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ReadAudit, &subject)
            .await?;
        let filter = self.filter(&mut *tx, actor, asked).await?;
        let before = asked.before.unwrap_or(BEYOND_ALL);
        let events = tx.audit_page(&filter, before, PAGE).await?;
        let full = events.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let next = events.last().filter(|_| full).map(|last| last.event.seq);
        let events = self.lines(&mut *tx, events).await?;
        self.note_reading(&mut *tx, by, AuditAction::AuditRead, &filter, events.len())
            .await?;
        self.commit(tx).await?;
        let chain = self.chain().await?;
        Ok(AuditPage {
            events,
            next,
            chain,
        })
    }

    /// The same lines as CSV, at most a hundred thousand of them, newest first.
    ///
    /// # Errors
    /// Not allowed; no record has this number.
    pub async fn export_audit(&self, actor: &Actor, asked: &AuditQuestion) -> Result<String> {
        let tx = self.store.begin().await?;
        let subject = Subject::Municipality;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ReadAudit, &subject)
            .await?;
        let filter = self.filter(&mut *tx, actor, asked).await?;
        let before = asked.before.unwrap_or(BEYOND_ALL);
        let events = tx.audit_page(&filter, before, MOST).await?;
        let lines = self.lines(&mut *tx, events).await?;
        self.note_reading(
            &mut *tx,
            by,
            AuditAction::AuditExported,
            &filter,
            lines.len(),
        )
        .await?;
        self.commit(tx).await?;
        Ok(self.csv(&lines))
    }

    async fn filter(
        &self,
        reader: &mut dyn Reader,
        actor: &Actor,
        asked: &AuditQuestion,
    ) -> Result<AuditFilter> {
        let hidden = self.hidden_from(reader, actor).await?;
        let mut form = Form::default();
        let mut interview = asked.interview.map(InterviewId::new);
        if let Some(typed) = asked.record.as_deref().filter(|typed| !typed.is_empty()) {
            let found = match RecordNumber::parse(typed) {
                Some(number) => reader.interview_of_record(&number).await?,
                None => None,
            };
            match found {
                Some(of)
                    if interview.is_none_or(|other| other == of)
                        && !hidden.contains(&of.uuid()) =>
                {
                    interview = Some(of);
                }
                _ => form.refuse("record", FieldCode::NotKnown),
            }
        }
        let midnight = |day: Date| {
            let zoned = day.to_zoned(self.settings.zone.clone());
            zoned.map(|zoned| zoned.timestamp()).ok()
        };
        let from = asked.from.and_then(midnight);
        let until = asked.to.and_then(|day| midnight(day.tomorrow().ok()?));
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            form.refuse("to", FieldCode::OutOfRange);
        }
        form.done()?;
        Ok(AuditFilter {
            interview,
            user: asked.user.map(UserId::new),
            actions: asked.kind.map(|kind| match kind {
                AuditKind::Refused => Actions::Refused,
                kind => Actions::Of(kind.codes()),
            }),
            from,
            until,
            hidden,
        })
    }

    /// What bars whoever asks is not there for them: its interviews and its cases.
    async fn hidden_from(&self, reader: &mut dyn Reader, actor: &Actor) -> Result<Vec<Uuid>> {
        let Actor::Staff(staff) = actor else {
            return Ok(Vec::new());
        };
        let mut hidden = Vec::new();
        for (interview, row) in reader.barring_cases().await? {
            let barred = match self.opened_case(&row).await {
                Ok(case) => case.private.barred.contains(&staff.user),
                Err(error) if error.passes() => return Err(error),
                // Whom it bars can't be read any more: it may be whoever asks.
                Err(error) => {
                    if !error.is_of_the_past() {
                        let cause = &error as &dyn std::error::Error;
                        tracing::error!(error = cause, "whom a case bars can't be read");
                    }
                    true
                }
            };
            if barred {
                hidden.extend([interview.uuid(), row.id.uuid()]);
            }
        }
        Ok(hidden)
    }

    /// Who looked for what: of one interview, the event names it.
    async fn note_reading(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        action: AuditAction,
        filter: &AuditFilter,
        count: usize,
    ) -> Result<()> {
        let event = AuditEvent {
            interview: filter.interview,
            subject: filter.user.map(AuditSubject::User),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            ..self.event(by, action)
        };
        self.note_look(tx, &event, None).await
    }

    async fn lines(&self, tx: &mut dyn Tx, events: Vec<ChainedEvent>) -> Result<Vec<AuditLine>> {
        let mut staff = HashMap::new();
        for row in tx.users().await? {
            let names = self.opened_names(&row).await?;
            staff.insert(row.user.id.uuid(), names.login_name);
        }
        let mut records: HashMap<Uuid, Option<String>> = HashMap::new();
        let mut lines = Vec::with_capacity(events.len());
        for chained in events {
            let event = chained.event;
            let record = match event.interview_id {
                Some(id) => match records.get(&id) {
                    Some(known) => known.clone(),
                    None => {
                        let number = tx.record_number(InterviewId::new(id)).await?;
                        let number = number.map(|number| number.to_string());
                        records.insert(id, number.clone());
                        number
                    }
                },
                None => None,
            };
            let known = |kind: &str, of: &str, id: Option<Uuid>| {
                id.filter(|_| kind == of)
                    .and_then(|id| staff.get(&id).cloned())
            };
            lines.push(AuditLine {
                actor_staff_id: known(&event.actor_kind, "staff", event.actor_id),
                subject_staff_id: known(&event.subject_kind, "user", event.subject_id),
                words: words::of(&event.action),
                kind: AuditKind::of_code(&event.action),
                record,
                seq: event.seq,
                at_ms: event.at_ms,
                actor_kind: event.actor_kind,
                actor_id: event.actor_id,
                actor_role: event.actor_role,
                action: event.action,
                office_id: event.office_id,
                interview_id: event.interview_id,
                subject_kind: event.subject_kind,
                subject_id: event.subject_id,
                count: event.count,
            });
        }
        Ok(lines)
    }

    /// With the mark by which spreadsheets know UTF-8.
    fn csv(&self, lines: &[AuditLine]) -> String {
        let mut csv =
            "\u{feff}連番,日時,利用者ID,役割,操作,記号,対象の記録,対象の利用者ID,件数\r\n"
                .to_owned();
        for line in lines {
            let at = Timestamp::from_millisecond(line.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
            let at = at.to_zoned(self.settings.zone.clone());
            let at = at.strftime("%Y-%m-%d %H:%M:%S").to_string();
            let text = |it: &Option<Pii<String>>| {
                it.as_ref()
                    .map_or_else(String::new, |it| it.expose().clone())
            };
            let interview = line
                .interview_id
                .map_or_else(String::new, |id| id.to_string());
            let cells = [
                line.seq.to_string(),
                at,
                text(&line.actor_staff_id),
                words::role(&line.actor_kind, &line.actor_role).to_owned(),
                line.words.to_owned(),
                line.action.clone(),
                line.record.clone().unwrap_or(interview),
                text(&line.subject_staff_id),
                line.count.to_string(),
            ];
            let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
            // Writing to a string does not fail.
            let _ = write!(csv, "{}\r\n", cells.join(","));
        }
        csv
    }
}

/// A cell as RFC 4180 has it, and as no spreadsheet takes it for a formula.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if formula || text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_breaks_out_or_is_taken_for_a_formula() {
        for (cell, written) in [
            ("sano", "sano"),
            ("中央-R8-0214", "中央-R8-0214"),
            ("=1+2", "\"'=1+2\""),
            ("-2", "\"'-2\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }
}
