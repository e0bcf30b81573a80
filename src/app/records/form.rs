//! The record's canonical JSON: everything that was approved, as it was approved, in a fixed order
//! without spaces. It holds ids, items, decisions, segments and times, and what the nurse wrote;
//! never a word of the transcript, so that its hash survives a withdrawal.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yorisoi_domain::consent::{Answer, ConsentEntry, Manner};
use yorisoi_domain::interview::{Kind, Method};
use yorisoi_domain::note::content::Content;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::finding::Part;
use yorisoi_domain::risk::flag::{Origin, Reason};
use yorisoi_domain::risk::form;
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::time::{GestationalAge, Timestamp};

use crate::app::consent::hex;
use crate::app::note_view::ConsentFacts;

/// Counts changes of this form. A record says by which it was written.
pub(super) const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Frozen {
    pub(super) format: u32,
    pub(super) record: Uuid,
    pub(super) number: String,
    pub(super) office: Uuid,
    pub(super) case: Uuid,
    pub(super) interview: Talk,
    pub(super) resident: Person,
    pub(super) note: Note,
    pub(super) flags: Vec<Flag>,
    /// What held for the resident, and every entry of everybody behind it.
    pub(super) agreed: ConsentFacts,
    pub(super) consent: Vec<Consent>,
    pub(super) rules: Rules,
    /// Of the weights that wrote the transcript, in order.
    pub(super) model_sha256: Vec<String>,
    pub(super) approver: Staff,
    pub(super) approved_at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Talk {
    pub(super) id: Uuid,
    pub(super) kind: Kind,
    pub(super) method: Method,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) nurse: Staff,
    pub(super) company: Vec<String>,
    pub(super) identity_checked: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) name: Pii<String>,
    pub(super) age: Option<u16>,
    pub(super) weeks: Option<GestationalAge>,
    pub(super) due_date: Option<Pii<Date>>,
}

/// A member of staff as they were called then.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Staff {
    pub(super) id: Uuid,
    pub(super) name: Pii<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) id: Uuid,
    pub(super) version: u32,
    pub(super) submitted_by: Staff,
    pub(super) submitted_at: Timestamp,
    pub(super) content: Content,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Flag {
    pub(super) id: Uuid,
    pub(super) item: ItemId,
    pub(super) label: String,
    pub(super) tier: Tier,
    /// `None`: in writing, or added by hand.
    pub(super) rule: Option<String>,
    pub(super) how: Option<Origin>,
    pub(super) rules_version: String,
    pub(super) revision: u32,
    /// `suggested`, `confirmed`, `dismissed`.
    pub(super) state: String,
    pub(super) reason: Option<Reason>,
    pub(super) decided_by: Option<Staff>,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) signed_at: Option<Timestamp>,
    pub(super) quotes: Vec<Quote>,
    /// What else it rests on. Records of before have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) written: Vec<Written>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Quote {
    pub(super) segment: Uuid,
    pub(super) revision: u32,
    pub(super) start_ms: i64,
    pub(super) part: Part,
}

/// A place in a form, or what the record of the case says; never the words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Written {
    Answer {
        form: Uuid,
        revision: u32,
        /// `None`: the sum.
        question: Option<String>,
    },
    Age,
    Weeks,
}

impl From<&form::Written> for Written {
    fn from(it: &form::Written) -> Self {
        match it {
            form::Written::Answer {
                form,
                revision,
                question,
            } => Self::Answer {
                form: form.uuid(),
                revision: *revision,
                question: question.clone(),
            },
            form::Written::Age => Self::Age,
            form::Written::Weeks => Self::Weeks,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Consent {
    participant: Uuid,
    party: String,
    #[serde(flatten)]
    answer: Answer,
    text_version: u32,
    text_sha256: String,
    language: String,
    manner: Manner,
    at: Timestamp,
}

impl Consent {
    pub(super) fn of(party: &str, entry: &ConsentEntry) -> Self {
        Self {
            participant: entry.participant.uuid(),
            party: party.to_owned(),
            answer: entry.answer,
            text_version: entry.text.version,
            text_sha256: hex(&entry.text.sha256),
            language: entry.text.language.clone(),
            manner: entry.manner,
            at: entry.at,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) version: String,
    pub(super) sha256: String,
}
