//! What a reader of a record sees.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::note::compose::{QuotedField, field_of};
use yorisoi_domain::note::content::{Fields, Verdict};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::flag::Reason;
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::RecordRow;

use super::form::Frozen;
use super::history::HistoryLine;
use crate::app::consent::hex;
use crate::app::note_view::{Facts, InterviewFacts, QuotePlace};
use crate::app::{App, Loaded};

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

/// Until when what is kept.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RetentionDates {
    #[schema(value_type = String, format = Date)]
    pub transcript_until: Date,
    #[schema(value_type = String, format = Date)]
    pub record_until: Date,
}

/// Brings together what was frozen and what has become of it.
pub(super) fn shown(
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
