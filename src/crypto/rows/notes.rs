//! The sealed columns of notes, memos and records: all under the interview's `record` key, which
//! outlives a withdrawal.

use uuid::Uuid;
use yorisoi_domain::ids::{AddendumId, NoteId, RecordId};
use yorisoi_domain::note::content::Content;
use yorisoi_domain::note::workflow::{Note, Submission};
use yorisoi_domain::pii::Pii;
use yorisoi_store::{HoldRow, NoteRow, NoteVersionRow, Revision, Sealed};
use zeroize::Zeroizing;

use super::{open_json, seal_json};
use crate::crypto::seal::{DataKey, Place, SealError};

pub fn seal_note(
    key: &DataKey,
    note: Note,
    content: &Content,
    revision: Revision,
) -> Result<NoteRow, SealError> {
    Ok(NoteRow {
        note,
        content: seal_json(key, note_content(note.id, revision), content)?,
        revision,
    })
}

pub fn open_note(key: &DataKey, row: &NoteRow) -> Result<Content, SealError> {
    open_json(key, note_content(row.note.id, row.revision), &row.content)
}

pub fn seal_note_version(
    key: &DataKey,
    note: NoteId,
    submission: Submission,
    content: &Content,
) -> Result<NoteVersionRow, SealError> {
    Ok(NoteVersionRow {
        submission,
        content: seal_json(key, version_content(note, submission), content)?,
    })
}

pub fn open_note_version(
    key: &DataKey,
    note: NoteId,
    row: &NoteVersionRow,
) -> Result<Content, SealError> {
    open_json(key, version_content(note, row.submission), &row.content)
}

/// Why an interview is kept beyond its time. Once and for good.
pub fn seal_hold(key: &DataKey, hold: Uuid, basis: &Pii<String>) -> Result<Sealed, SealError> {
    key.seal_text(once("legal_holds", "basis", hold), basis)
}

pub fn open_hold(key: &DataKey, row: &HoldRow) -> Result<Pii<String>, SealError> {
    key.open_text(once("legal_holds", "basis", row.id), &row.basis)
}

/// What an approver wrote when giving a note back. Once and for good.
pub fn seal_comment(key: &DataKey, event: Uuid, words: &Pii<String>) -> Result<Sealed, SealError> {
    key.seal_text(once("note_events", "words", event), words)
}

pub fn open_comment(key: &DataKey, event: Uuid, sealed: &Sealed) -> Result<Pii<String>, SealError> {
    key.open_text(once("note_events", "words", event), sealed)
}

pub fn seal_memo(
    key: &DataKey,
    memo: Uuid,
    revision: Revision,
    words: &Pii<String>,
) -> Result<Sealed, SealError> {
    key.seal_text(memo_words(memo, revision), words)
}

pub fn open_memo(
    key: &DataKey,
    memo: Uuid,
    revision: Revision,
    sealed: &Sealed,
) -> Result<Pii<String>, SealError> {
    key.open_text(memo_words(memo, revision), sealed)
}

/// The record's canonical JSON. Once and for good.
pub fn seal_record(key: &DataKey, record: RecordId, json: &[u8]) -> Result<Sealed, SealError> {
    key.seal(once("records", "content", record.uuid()), json)
}

pub fn open_record(
    key: &DataKey,
    record: RecordId,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    key.open(once("records", "content", record.uuid()), sealed)
}

/// Once and for good.
pub fn seal_addendum(
    key: &DataKey,
    addendum: AddendumId,
    words: &Pii<String>,
) -> Result<Sealed, SealError> {
    key.seal_text(once("addenda", "words", addendum.uuid()), words)
}

pub fn open_addendum(
    key: &DataKey,
    addendum: AddendumId,
    sealed: &Sealed,
) -> Result<Pii<String>, SealError> {
    key.open_text(once("addenda", "words", addendum.uuid()), sealed)
}

const fn note_content(note: NoteId, revision: Revision) -> Place {
    Place {
        table: "notes",
        column: "content",
        row: note.uuid(),
        revision,
    }
}

fn version_content(note: NoteId, submission: Submission) -> Place {
    Place {
        table: "note_versions",
        column: "content",
        row: note.uuid(),
        revision: Revision::new(submission.version).unwrap_or(Revision::FIRST),
    }
}

const fn memo_words(memo: Uuid, revision: Revision) -> Place {
    Place {
        table: "memos",
        column: "words",
        row: memo,
        revision,
    }
}

const fn once(table: &'static str, column: &'static str, row: Uuid) -> Place {
    Place {
        table,
        column,
        row,
        revision: Revision::FIRST,
    }
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::ids::InterviewId;
    use yorisoi_domain::note::content::{Fields, Verdict};

    use super::*;
    use crate::crypto::testing::{at, data_key, id};

    #[test]
    fn a_note_opens_at_its_revision_alone_and_a_version_at_its_number() {
        let key = data_key(1);
        let content = Content {
            fields: Fields {
                wishes: Pii::new("たばこはやめたい。".to_owned()),
                ..Fields::default()
            },
            verdict: Some(Verdict::Support),
        };
        let note = Note::begin(NoteId::new(id(1)), InterviewId::new(id(2)));
        let row = seal_note(&key, note, &content, Revision::FIRST).unwrap();
        assert_eq!(open_note(&key, &row).unwrap(), content);
        let later = NoteRow {
            revision: Revision::FIRST.next(),
            ..row.clone()
        };
        assert!(open_note(&key, &later).is_err());
        assert!(open_note(&data_key(2), &row).is_err());

        let submission = Submission {
            version: 1,
            by: id(10).into(),
            at: at(1),
        };
        let version = seal_note_version(&key, note.id, submission, &content).unwrap();
        assert_eq!(open_note_version(&key, note.id, &version).unwrap(), content);
        let second = NoteVersionRow {
            submission: Submission {
                version: 2,
                ..submission
            },
            ..version.clone()
        };
        assert!(open_note_version(&key, note.id, &second).is_err());
        let moved = NoteRow {
            content: version.content,
            ..row
        };
        assert!(open_note(&key, &moved).is_err(), "another column");
    }

    #[test]
    fn words_open_in_their_own_place() {
        let (key, words) = (
            data_key(1),
            Pii::new("受診の目安を書いてください".to_owned()),
        );
        let comment = seal_comment(&key, id(1), &words).unwrap();
        assert_eq!(open_comment(&key, id(1), &comment).unwrap(), words);
        assert!(open_comment(&key, id(2), &comment).is_err());
        let memo = seal_memo(&key, id(1), Revision::FIRST, &words).unwrap();
        assert_eq!(
            open_memo(&key, id(1), Revision::FIRST, &memo).unwrap(),
            words
        );
        assert!(open_memo(&key, id(1), Revision::FIRST.next(), &memo).is_err());
        assert!(open_addendum(&key, id(1).into(), &memo).is_err());
    }
}
