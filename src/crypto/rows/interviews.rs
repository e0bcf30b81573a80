//! What belongs to an interview, under its `record` key.

use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::Contact;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::flag::{Flag, Words};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ContactRow, FlagRow, Revision, Sealed};

use crate::crypto::seal::{DataKey, Place, SealError};

/// Under the interview's `record` key, once and for good.
pub fn seal_booking_number(
    key: &DataKey,
    interview: InterviewId,
    number: &Pii<String>,
) -> Result<Sealed, SealError> {
    key.seal_text(booking_number(interview), number)
}

pub fn open_booking_number(
    key: &DataKey,
    interview: InterviewId,
    sealed: &Sealed,
) -> Result<Pii<String>, SealError> {
    key.open_text(booking_number(interview), sealed)
}

const fn booking_number(interview: InterviewId) -> Place {
    Place {
        table: "interviews",
        column: "booking_number",
        row: interview.uuid(),
        revision: Revision::FIRST,
    }
}

/// Under the interview's `record` key.
pub fn seal_contact(
    key: &DataKey,
    participant: ParticipantId,
    contact: &Contact,
    given_at: Timestamp,
    revision: Revision,
) -> Result<ContactRow, SealError> {
    let place = |column| Place {
        table: "contacts",
        column,
        row: participant.uuid(),
        revision,
    };
    Ok(ContactRow {
        participant,
        callback: key.seal_text(place("callback"), &contact.callback)?,
        place: key.seal_text(place("place"), &contact.place)?,
        given_at,
        revision,
    })
}

pub fn open_contact(key: &DataKey, row: &ContactRow) -> Result<Contact, SealError> {
    let id: Uuid = row.participant.uuid();
    let place = |column| Place {
        table: "contacts",
        column,
        row: id,
        revision: row.revision,
    };
    Ok(Contact {
        callback: key.open_text(place("callback"), &row.callback)?,
        place: key.open_text(place("place"), &row.place)?,
    })
}

/// Under the interview's `record` key: what the nurse wrote herself stays when the resident
/// withdraws what she said.
pub fn seal_flag(key: &DataKey, flag: &Flag, revision: Revision) -> Result<FlagRow, SealError> {
    let row = flag.id.uuid();
    let seal = |which, words: Pii<String>| key.seal_text(flag_words(row, which, revision), &words);
    Ok(FlagRow {
        flag: flag.clone().turn_words(seal)?,
        revision,
    })
}

pub fn open_flag(key: &DataKey, row: &FlagRow) -> Result<Flag, SealError> {
    let (id, revision) = (row.flag.id.uuid(), row.revision);
    let open = |which, words: Sealed| key.open_text(flag_words(id, which, revision), &words);
    row.flag.clone().turn_words(open)
}

const fn flag_words(row: Uuid, which: Words, revision: Revision) -> Place {
    Place {
        table: "flags",
        column: match which {
            Words::Seen => "words",
            Words::Reason => "reason_words",
        },
        row,
        revision,
    }
}
