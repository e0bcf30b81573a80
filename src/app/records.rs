//! The record: frozen with the approval, read, and added to. Nothing here changes one.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{AddendumId, InterviewId, RecordId};
use yorisoi_domain::note::compose::{QuotedField, field_of};
use yorisoi_domain::note::content::{Content, Fields, Verdict};
use yorisoi_domain::note::gate::Signature;
use yorisoi_domain::note::workflow::Note;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::flag::{Reason, State as FlagState};
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    AddendumRow, AuditFilter, FlagRow, NoteEvent, RecordRow, Sealed, StoreError, Tx,
};

use super::booking::staff;
use super::consent::hex;
use super::input::Form;
use super::note_view::{Facts, InterviewFacts, QuotePlace};
use super::record_form::{self, FORMAT, Frozen};
use super::transcripts::party;
use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

/// Longest addendum, in characters.
const ADDENDUM: usize = 4_000;
/// Events of one interview that are looked through for what became of its sound.
const PAGE: u32 = 1_000;

/// An approved note.
#[derive(Debug, Serialize, ToSchema)]
pub struct Record {
    pub id: Uuid,
    /// 中央-R8-0214
    pub number: String,
    pub state: RecordState,
    /// The version of the note that was approved.
    pub version: u32,
    pub approved_at: Timestamp,
    #[schema(value_type = String)]
    pub approver: Pii<String>,
    pub fields: Fields,
    pub verdict: Option<Verdict>,
    /// As they were then, but for the contact restriction, which is the present one.
    pub facts: Facts,
    #[schema(value_type = BTreeMap<String, Vec<QuotePlace>>)]
    pub quotes: BTreeMap<QuotedField, Vec<QuotePlace>>,
    pub flags: Vec<RecordFlag>,
    pub addenda: Vec<AddendumLine>,
    /// Newest first.
    pub history: Vec<HistoryLine>,
    /// Of the record's canonical JSON.
    pub sha256: String,
    pub retention: RetentionDates,
    pub rules_version: String,
    /// Of the weights that wrote the transcript.
    pub model_sha256: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    Approved,
    /// Something was added later.
    Amended,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecordFlag {
    #[schema(value_type = String)]
    pub item: ItemId,
    pub label: String,
    pub tier: Tier,
    /// `suggested`, `confirmed` or `dismissed`.
    pub state: String,
    pub reason: Option<Reason>,
    #[schema(value_type = Option<String>)]
    pub decided_by: Option<Pii<String>>,
    pub decided_at: Option<Timestamp>,
    /// Only what is immediate is signed.
    #[schema(value_type = Option<String>)]
    pub signed_by: Option<Pii<String>>,
    pub signed_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AddendumLine {
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: Pii<String>,
    #[schema(value_type = String)]
    pub words: Pii<String>,
}

/// Something that became of the note.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryLine {
    pub at: Timestamp,
    pub kind: HistoryKind,
    /// `null`: by itself.
    #[schema(value_type = Option<String>)]
    pub by: Option<Pii<String>>,
    #[schema(value_type = Option<String>)]
    pub words: Option<Pii<String>>,
    pub version: Option<u32>,
    /// The number of the line in the audit that proves a destruction.
    pub audit_number: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    Submitted,
    Returned,
    /// Back to the nurse by itself, because of a flag.
    Recalled,
    Approved,
    AudioDestroyed,
    Addendum,
}

/// Until when what is kept.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RetentionDates {
    #[schema(value_type = String, format = Date)]
    pub transcript_until: Date,
    #[schema(value_type = String, format = Date)]
    pub record_until: Date,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddendum {
    #[schema(value_type = String)]
    pub words: Pii<String>,
}

/// What an approver has before them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reviewed<'a> {
    pub(super) content: &'a Content,
    pub(super) flags: &'a [FlagRow],
    pub(super) signatures: &'a [Signature],
    pub(super) approver: yorisoi_domain::ids::UserId,
}

impl App {
    /// The row that approves the note: what is shown to the approver now, for good.
    pub(super) async fn freeze(
        &self,
        tx: &mut dyn Tx,
        it: &Loaded,
        note: &Note,
        reviewed: Reviewed<'_>,
    ) -> Result<RecordRow> {
        let Reviewed {
            content,
            flags,
            signatures,
            approver,
        } = reviewed;
        let interview = it.row.interview.id;
        let (id, at) = (RecordId::new(self.ids.id()), self.now());
        let submission = note.submission().ok_or(AppError::NotReady)?;
        let number = tx.record_number(interview).await?;
        let facts = self.facts(tx, it).await?;
        let (_, _, nurse) = super::note_view::held(&it.row.interview).ok_or(AppError::NotReady)?;
        let segments = tx.segments_of(interview).await?;
        let starts: BTreeMap<_, _> = segments
            .iter()
            .map(|(_, segment)| (segment.id, segment.start.0))
            .collect();
        let mut models: Vec<_> = segments
            .iter()
            .map(|(_, segment)| hex(&segment.model_sha256))
            .collect();
        models.sort_unstable();
        models.dedup();
        let mut frozen_flags = Vec::new();
        for row in flags {
            let signed = signatures.iter().find(|signature| {
                (signature.flag, signature.flag_revision, signature.by)
                    == (row.flag.id, row.revision.number(), approver)
            });
            let (state, reason, decision) = match &row.flag.state {
                FlagState::Suggested => ("suggested", None, None),
                FlagState::Confirmed(decision) => ("confirmed", None, Some(*decision)),
                FlagState::Dismissed {
                    decision, reason, ..
                } => ("dismissed", Some(*reason), Some(*decision)),
                FlagState::Held { decision, .. } => ("held", None, Some(*decision)),
            };
            let decided_by = match decision {
                Some(decision) => Some(self.frozen_staff(tx, decision.by).await?),
                None => None,
            };
            let quotes = row.flag.quotes.iter().map(|quote| record_form::Quote {
                segment: quote.segment.uuid(),
                revision: quote.revision,
                start_ms: starts.get(&quote.segment).copied().unwrap_or_default(),
                part: quote.part,
            });
            frozen_flags.push(record_form::Flag {
                id: row.flag.id.uuid(),
                item: row.flag.item.clone(),
                label: self.item_label(&row.flag.item),
                tier: row.flag.tier,
                rule: row.flag.found.as_ref().map(|found| found.rule.clone()),
                how: row.flag.found.as_ref().map(|found| found.how),
                rules_version: row.flag.pack.version.clone(),
                revision: row.revision.number(),
                state: state.to_owned(),
                reason,
                decided_by,
                decided_at: decision.map(|decision| decision.at),
                signed_at: signed.map(|signature| signature.at),
                quotes: quotes.collect(),
            });
        }
        let mut consent = Vec::new();
        for row in tx.participants_of(interview).await? {
            let entries = tx.consents(row.participant.id).await?;
            let who = party(row.participant.who);
            consent.extend(entries.iter().map(|it| record_form::Consent::of(who, it)));
        }
        let frozen = Frozen {
            format: FORMAT,
            record: id.uuid(),
            number: number.map(|it| it.to_string()).unwrap_or_default(),
            office: it.row.interview.office.uuid(),
            case: it.case.id.uuid(),
            interview: record_form::Talk {
                id: interview.uuid(),
                kind: facts.interview.kind,
                method: facts.interview.method,
                started_at: facts.interview.started_at,
                ended_at: facts.interview.ended_at,
                nurse: self.frozen_staff(tx, nurse).await?,
                company: facts.company,
                identity_checked: facts.identity_checked,
            },
            resident: record_form::Person {
                name: facts.name,
                age: facts.age,
                weeks: facts.weeks,
                due_date: facts.due_date,
            },
            note: record_form::Note {
                id: note.id.uuid(),
                version: submission.version,
                submitted_by: self.frozen_staff(tx, submission.by).await?,
                submitted_at: submission.at,
                content: content.clone(),
            },
            flags: frozen_flags,
            agreed: facts.consent,
            consent,
            rules: record_form::Rules {
                version: self.watches.pack().version().to_owned(),
                sha256: hex(&self.watches.pack().sha256()),
            },
            model_sha256: models,
            approver: self.frozen_staff(tx, approver).await?,
            approved_at: at,
        };
        let json = zeroize::Zeroizing::new(serde_json::to_vec(&frozen).map_err(|_| DAMAGED)?);
        let key = self.record_key(interview).await?;
        Ok(RecordRow {
            id,
            note: note.id,
            interview,
            note_version: submission.version,
            content: rows::seal_record(&key, id, &json)?,
            sha256: Sha256::digest(&json).into(),
            approver,
            at,
        })
    }

    async fn frozen_staff(
        &self,
        tx: &mut dyn Tx,
        user: yorisoi_domain::ids::UserId,
    ) -> Result<record_form::Staff> {
        Ok(record_form::Staff {
            id: user.uuid(),
            name: self.name_of(tx, user).await?,
        })
    }

    /// # Errors
    /// Not allowed; no such interview, or its note is not approved.
    pub async fn read_record(&self, actor: &Actor, id: InterviewId) -> Result<Record> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadRecord, id).await?;
        let row = tx.record_of(id).await?.ok_or(AppError::NotFound)?;
        let frozen = self.thawed(&row).await?;
        let mut addenda = Vec::new();
        let key = self.record_key(id).await?;
        for addendum in tx.addenda(row.id).await? {
            addenda.push(AddendumLine {
                at: addendum.at,
                by: self.name_of(&mut *tx, addendum.by).await?,
                words: rows::open_addendum(&key, addendum.id, &addendum.words)?,
            });
        }
        let history = self.history(&mut *tx, &row, &addenda).await?;
        let record = shown(self, &it, &row, frozen, addenda, history);
        let subject = Some(AuditSubject::Record(row.id));
        self.note(&mut *tx, by, AuditAction::RecordRead, &it.row, subject)
            .await?;
        self.commit(tx).await?;
        Ok(record)
    }

    /// # Errors
    /// Not allowed; there is no record; text that can't be taken.
    pub async fn add_addendum(
        &self,
        actor: &Actor,
        id: InterviewId,
        new: NewAddendum,
    ) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::AddAddendum, id).await?;
        let row = tx.record_of(id).await?.ok_or(AppError::NotReady)?;
        let mut form = Form::default();
        let words = form.text("words", &new.words, ADDENDUM);
        form.done()?;
        let key = self.record_key(id).await?;
        let addendum = AddendumId::new(self.ids.id());
        tx.insert_addendum(&AddendumRow {
            id: addendum,
            record: row.id,
            words: rows::seal_addendum(&key, addendum, &words)?,
            by: staff(actor)?,
            at: self.now(),
        })
        .await?;
        let subject = Some(AuditSubject::Record(row.id));
        self.note(&mut *tx, by, AuditAction::AddendumAdded, &it.row, subject)
            .await?;
        self.commit(tx).await
    }

    async fn thawed(&self, row: &RecordRow) -> Result<Frozen> {
        let key = self.record_key(row.interview).await?;
        let json = rows::open_record(&key, row.id, &row.content)?;
        let hash: [u8; 32] = Sha256::digest(&json).into();
        if hash != row.sha256 {
            return Err(DAMAGED.into());
        }
        // The parser's error would quote what it read.
        Ok(serde_json::from_slice(&json).map_err(|_| DAMAGED)?)
    }

    async fn history(
        &self,
        tx: &mut dyn Tx,
        row: &RecordRow,
        addenda: &[AddendumLine],
    ) -> Result<Vec<HistoryLine>> {
        let key = self.record_key(row.interview).await?;
        let mut lines = Vec::new();
        for event in tx.note_events(row.note).await? {
            let comment =
                |words: &Sealed| Ok::<_, AppError>(rows::open_comment(&key, event.id, words)?);
            let (kind, by, words) = match &event.what {
                NoteEvent::Submitted(by) => (HistoryKind::Submitted, Some(*by), None),
                NoteEvent::Returned(by, words) => {
                    (HistoryKind::Returned, Some(*by), Some(comment(words)?))
                }
                NoteEvent::Recalled => (HistoryKind::Recalled, None, None),
                NoteEvent::Approved(by) => (HistoryKind::Approved, Some(*by), None),
            };
            let by = match by {
                Some(by) => Some(self.name_of(tx, by).await?),
                None => None,
            };
            lines.push(HistoryLine {
                at: event.at,
                kind,
                by,
                words,
                version: Some(event.version),
                audit_number: None,
            });
        }
        let filter = AuditFilter {
            interview: Some(row.interview),
            user: None,
        };
        let events = tx.audit_page(filter, i64::MAX.unsigned_abs(), PAGE).await?;
        let code = AuditAction::AudioDestroyed.code();
        let events = events.iter().map(|chained| &chained.event);
        for event in events.filter(|event| event.action == code && event.count > 0) {
            lines.push(HistoryLine {
                at: Timestamp::from_millisecond(event.at_ms).unwrap_or(row.at),
                kind: HistoryKind::AudioDestroyed,
                by: None,
                words: None,
                version: None,
                audit_number: Some(event.seq),
            });
        }
        lines.extend(addenda.iter().map(|addendum| HistoryLine {
            at: addendum.at,
            kind: HistoryKind::Addendum,
            by: Some(addendum.by.clone()),
            words: None,
            version: None,
            audit_number: None,
        }));
        // Stable, so that what happened in one millisecond keeps its order when it is turned.
        lines.sort_by_key(|line| line.at);
        lines.reverse();
        Ok(lines)
    }
}

const DAMAGED: StoreError = StoreError::Corrupt("records.content");

fn shown(
    app: &App,
    it: &Loaded,
    row: &RecordRow,
    frozen: Frozen,
    addenda: Vec<AddendumLine>,
    history: Vec<HistoryLine>,
) -> Record {
    let approved_on = row.at.to_zoned(app.settings.zone.clone()).date();
    let retention = &app.settings.retention;
    let until = |span: jiff::Span| approved_on.checked_add(span).unwrap_or(Date::MAX);
    let restriction = it.case.private.contact_restriction.as_ref();
    let approver = frozen.approver.name;
    let mut quotes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for flag in frozen.flags.iter().filter(|flag| flag.state == "confirmed") {
        let places: &mut Vec<QuotePlace> = quotes.entry(field_of(&flag.item)).or_default();
        for quote in &flag.quotes {
            let place = QuotePlace {
                segment: quote.segment,
                start_ms: quote.start_ms,
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort_by_key(|place| place.start_ms);
    }
    let flags = frozen.flags.into_iter().map(|flag| RecordFlag {
        item: flag.item,
        label: flag.label,
        tier: flag.tier,
        state: flag.state,
        reason: flag.reason,
        decided_by: flag.decided_by.map(|staff| staff.name),
        decided_at: flag.decided_at,
        signed_by: flag.signed_at.map(|_| approver.clone()),
        signed_at: flag.signed_at,
    });
    Record {
        id: row.id.uuid(),
        number: frozen.number,
        state: if addenda.is_empty() {
            RecordState::Approved
        } else {
            RecordState::Amended
        },
        version: row.note_version,
        approved_at: row.at,
        flags: flags.collect(),
        approver,
        fields: frozen.note.content.fields,
        verdict: frozen.note.content.verdict,
        facts: Facts {
            interview: InterviewFacts {
                kind: frozen.interview.kind,
                method: frozen.interview.method,
                started_at: frozen.interview.started_at,
                ended_at: frozen.interview.ended_at,
            },
            interviewer: frozen.interview.nurse.name,
            company: frozen.interview.company,
            identity_checked: frozen.interview.identity_checked,
            consent: frozen.agreed,
            weeks: frozen.resident.weeks,
            due_date: frozen.resident.due_date,
            age: frozen.resident.age,
            name: frozen.resident.name,
            contact_restriction: restriction.map(|restriction| restriction.text.clone()),
        },
        quotes,
        addenda,
        history,
        sha256: hex(&row.sha256),
        retention: RetentionDates {
            transcript_until: until(i64::from(retention.talk_days).days()),
            record_until: until(i64::from(retention.record_years).years()),
        },
        rules_version: frozen.rules.version,
        model_sha256: frozen.model_sha256,
    }
}
