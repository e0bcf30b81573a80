//! What somebody said, under their `talk` key, and what she answered, under the form's own.

use serde::Deserialize;
use uuid::Uuid;
use yorisoi_domain::ids::FormId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::form::Answer;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::hypothesis::Piece;
use yorisoi_domain::transcript::segment::{Repair, Segment};
use yorisoi_store::{FormRow, Revision, Sealed, SegmentRow};

use super::{open_json, seal_json};
use crate::crypto::seal::{DataKey, Place, SealError};

/// Under the speaker's `talk` key.
pub fn seal_segment(
    key: &DataKey,
    segment: &Segment,
    accompanied: bool,
    confirmed_at: Timestamp,
) -> Result<SegmentRow, SealError> {
    let revision = Revision::new(segment.revision).unwrap_or(Revision::FIRST);
    let words = (&segment.text, &segment.pieces, &segment.repairs);
    Ok(SegmentRow {
        id: segment.id,
        track: segment.track,
        start: segment.start,
        end: segment.end,
        revision,
        model_sha256: segment.model_sha256,
        text: seal_json(key, segment_text(segment.id.uuid(), revision), &words)?,
        accompanied,
        confirmed_at,
    })
}

pub fn open_segment(key: &DataKey, row: &SegmentRow) -> Result<Segment, SealError> {
    let words = open_json(key, segment_text(row.id.uuid(), row.revision), &row.text)?;
    let (text, pieces, repairs) = match words {
        Words::Repaired(text, pieces, repairs) => (text, pieces, repairs),
        Words::Heard(text, pieces) => (text, pieces, Vec::new()),
    };
    Ok(Segment {
        id: row.id,
        track: row.track,
        start: row.start,
        end: row.end,
        text,
        pieces,
        repairs,
        model_sha256: row.model_sha256,
        revision: row.revision.number(),
    })
}

/// Under the form's own `talk` key.
pub fn seal_answers(
    key: &DataKey,
    form: FormId,
    revision: Revision,
    answers: &[Answer],
) -> Result<Sealed, SealError> {
    seal_json(key, form_answers(form, revision), &answers)
}

pub fn open_answers(key: &DataKey, row: &FormRow) -> Result<Vec<Answer>, SealError> {
    open_json(key, form_answers(row.id, row.revision), &row.answers)
}

const fn form_answers(form: FormId, revision: Revision) -> Place {
    Place {
        table: "forms",
        column: "answers",
        row: form.uuid(),
        revision,
    }
}

/// What stands in the column; rows from before repairs hold two parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Repaired(Pii<String>, Vec<Piece>, Vec<Repair>),
    Heard(Pii<String>, Vec<Piece>),
}

const fn segment_text(row: Uuid, revision: Revision) -> Place {
    Place {
        table: "segments",
        column: "text",
        row,
        revision,
    }
}
