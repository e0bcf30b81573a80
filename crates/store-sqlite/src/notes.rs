//! Notes, their versions and events, signatures and memos.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, NoteId, OfficeId, UserId};
use yorisoi_domain::note::gate::Signature;
use yorisoi_domain::note::workflow::{Hand, Note, Returner, State, Submission};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    MemoRow, NoteEvent, NoteEventRow, NoteRow, NoteVersionRow, ReadNotes, Result, Revision, Sealed,
    StoreError, WriteNotes,
};

use crate::codes::{number, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    state: String,
    content: Vec<u8>,
    saved_ms: Option<i64>,
    saved_by: Option<Uuid>,
    version: i64,
    submitted_ms: Option<i64>,
    submitted_by: Option<Uuid>,
    state_ms: Option<i64>,
    state_by: Option<Uuid>,
    revision: i64,
}

impl Row {
    fn read(self) -> Result<NoteRow> {
        let state = self.state()?;
        let written = self.saved_ms.zip(self.saved_by);
        Ok(NoteRow {
            note: Note {
                id: self.id.into(),
                interview: self.interview_id.into(),
                written: written.map(hand).transpose()?,
                state,
            },
            content: Sealed::from_bytes(self.content),
            revision: revision(self.revision)?,
        })
    }

    fn state(&self) -> Result<State> {
        const DAMAGED: StoreError = StoreError::Corrupt("notes.state");
        let submission = || {
            let (at, by) = self.submitted_ms.zip(self.submitted_by).ok_or(DAMAGED)?;
            Ok(Submission {
                version: number(self.version, "notes.version")?,
                by: by.into(),
                at: time(at)?,
            })
        };
        match self.state.as_str() {
            "draft" => Ok(State::Draft),
            "submitted" => Ok(State::Submitted(submission()?)),
            "returned" => Ok(State::Returned {
                submission: submission()?,
                by: self.state_by.map_or(Returner::NewFlag, |user| {
                    Returner::Approver(UserId::new(user))
                }),
                at: time(self.state_ms.ok_or(DAMAGED)?)?,
            }),
            "approved" => Ok(State::Approved {
                submission: submission()?,
                approval: hand(self.state_ms.zip(self.state_by).ok_or(DAMAGED)?)?,
            }),
            _ => Err(DAMAGED),
        }
    }
}

fn hand((ms, by): (i64, Uuid)) -> Result<Hand> {
    Ok(Hand {
        by: by.into(),
        at: time(ms)?,
    })
}

/// The columns that say who and when.
struct Evidence {
    saved_ms: Option<i64>,
    saved_by: Option<Uuid>,
    version: u32,
    submitted_ms: Option<i64>,
    submitted_by: Option<Uuid>,
    state_ms: Option<i64>,
    state_by: Option<Uuid>,
}

impl Evidence {
    fn of(note: &Note) -> Self {
        let submission = note.submission();
        let (state_at, state_by) = match note.state {
            State::Draft | State::Submitted(_) => (None, None),
            State::Returned { by, at, .. } => match by {
                Returner::Approver(user) => (Some(at), Some(user)),
                Returner::NewFlag => (Some(at), None),
            },
            State::Approved { approval, .. } => (Some(approval.at), Some(approval.by)),
        };
        Self {
            saved_ms: note.written.map(|hand| hand.at.as_millisecond()),
            saved_by: note.written.map(|hand| hand.by.uuid()),
            version: note.version(),
            submitted_ms: submission.map(|it| it.at.as_millisecond()),
            submitted_by: submission.map(|it| it.by.uuid()),
            state_ms: state_at.map(Timestamp::as_millisecond),
            state_by: state_by.map(UserId::uuid),
        }
    }
}

#[async_trait]
impl ReadNotes for SqliteTx {
    async fn note_of(&mut self, interview: InterviewId) -> Result<Option<NoteRow>> {
        let interview = interview.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, interview_id, state, content, saved_ms, saved_by, version, submitted_ms,
                    submitted_by, state_ms, state_by, revision
             FROM notes WHERE interview_id = ?",
            interview
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn note_versions(&mut self, note: NoteId) -> Result<Vec<NoteVersionRow>> {
        let note = note.uuid();
        let rows = sqlx::query!(
            "SELECT number, content, submitted_ms, submitted_by FROM note_versions
             WHERE note_id = ? ORDER BY number",
            note
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(NoteVersionRow {
                submission: Submission {
                    version: number(row.number, "note_versions.number")?,
                    by: row.submitted_by.into(),
                    at: time(row.submitted_ms)?,
                },
                content: Sealed::from_bytes(row.content),
            })
        });
        read.collect()
    }

    async fn note_events(&mut self, note: NoteId) -> Result<Vec<NoteEventRow>> {
        let id = note.uuid();
        let rows = sqlx::query!(
            "SELECT id, at_ms, kind, version, by_user, words FROM note_events
             WHERE note_id = ? ORDER BY position",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            const DAMAGED: StoreError = StoreError::Corrupt("note_events.kind");
            let by = row.by_user.map(UserId::new);
            let what = match (row.kind.as_str(), by, row.words) {
                ("submitted", Some(by), None) => NoteEvent::Submitted(by),
                ("returned", Some(by), Some(words)) => {
                    NoteEvent::Returned(by, Sealed::from_bytes(words))
                }
                ("recalled", None, None) => NoteEvent::Recalled,
                ("approved", Some(by), None) => NoteEvent::Approved(by),
                _ => return Err(DAMAGED),
            };
            Ok(NoteEventRow {
                id: row.id,
                note,
                at: time(row.at_ms)?,
                version: number(row.version, "note_events.version")?,
                what,
            })
        });
        read.collect()
    }

    async fn signatures(&mut self, note: NoteId) -> Result<Vec<Signature>> {
        let note = note.uuid();
        let rows = sqlx::query!(
            "SELECT flag_id, flag_revision, note_version, by_user, at_ms FROM flag_signatures
             WHERE note_id = ? ORDER BY at_ms, flag_id",
            note
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(Signature {
                flag: row.flag_id.into(),
                flag_revision: number(row.flag_revision, "flag_signatures.flag_revision")?,
                note_version: number(row.note_version, "flag_signatures.note_version")?,
                by: row.by_user.into(),
                at: time(row.at_ms)?,
            })
        });
        read.collect()
    }

    async fn open_notes(&mut self, office: OfficeId) -> Result<Vec<NoteRow>> {
        let office = office.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT n.id, n.interview_id, n.state, n.content, n.saved_ms, n.saved_by, n.version,
                    n.submitted_ms, n.submitted_by, n.state_ms, n.state_by, n.revision
             FROM notes n JOIN interviews i ON i.id = n.interview_id
             WHERE i.office_id = ? AND n.state <> 'approved'
               AND NOT EXISTS (SELECT 1 FROM destroyed d
                               WHERE d.interview_id = n.interview_id AND d.what = 'record')
             ORDER BY i.scheduled_ms, n.id",
            office
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn memo(&mut self, interview: InterviewId, user: UserId) -> Result<Option<MemoRow>> {
        let (of, by) = (interview.uuid(), user.uuid());
        let row = sqlx::query!(
            "SELECT id, words, saved_ms, revision FROM memos
             WHERE interview_id = ? AND user_id = ?",
            of,
            by
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(|row| {
            Ok(MemoRow {
                id: row.id,
                interview,
                user,
                words: Sealed::from_bytes(row.words),
                saved_at: time(row.saved_ms)?,
                revision: revision(row.revision)?,
            })
        })
        .transpose()
    }
}

#[async_trait]
impl WriteNotes for SqliteTx {
    async fn insert_note(&mut self, row: &NoteRow) -> Result<()> {
        let (id, interview) = (row.note.id.uuid(), row.note.interview.uuid());
        let (state, content) = (row.note.state.name(), row.content.as_bytes());
        let (evidence, revision) = (Evidence::of(&row.note), row.revision.number());
        sqlx::query!(
            "INSERT INTO notes (id, interview_id, state, content, saved_ms, saved_by, version,
                 submitted_ms, submitted_by, state_ms, state_by, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            interview,
            state,
            content,
            evidence.saved_ms,
            evidence.saved_by,
            evidence.version,
            evidence.submitted_ms,
            evidence.submitted_by,
            evidence.state_ms,
            evidence.state_by,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn update_note(&mut self, row: &NoteRow) -> Result<()> {
        let id = row.note.id.uuid();
        let (state, content) = (row.note.state.name(), row.content.as_bytes());
        let evidence = Evidence::of(&row.note);
        let after = row.revision.number();
        let before = after - 1;
        let done = sqlx::query!(
            "UPDATE notes SET state = ?, content = ?, saved_ms = ?, saved_by = ?, version = ?,
                 submitted_ms = ?, submitted_by = ?, state_ms = ?, state_by = ?, revision = ?
             WHERE id = ? AND revision = ?",
            state,
            content,
            evidence.saved_ms,
            evidence.saved_by,
            evidence.version,
            evidence.submitted_ms,
            evidence.submitted_by,
            evidence.state_ms,
            evidence.state_by,
            after,
            id,
            before
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn insert_note_version(&mut self, note: NoteId, row: &NoteVersionRow) -> Result<()> {
        let (note, content) = (note.uuid(), row.content.as_bytes());
        let Submission { version, by, at } = row.submission;
        let (by, at) = (by.uuid(), at.as_millisecond());
        sqlx::query!(
            "INSERT INTO note_versions (note_id, number, content, submitted_ms, submitted_by)
             VALUES (?, ?, ?, ?, ?)",
            note,
            version,
            content,
            at,
            by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_note_event(&mut self, row: &NoteEventRow) -> Result<()> {
        let (note, at) = (row.note.uuid(), row.at.as_millisecond());
        let (kind, by, words) = match &row.what {
            NoteEvent::Submitted(by) => ("submitted", Some(by.uuid()), None),
            NoteEvent::Returned(by, words) => ("returned", Some(by.uuid()), Some(words.as_bytes())),
            NoteEvent::Recalled => ("recalled", None, None),
            NoteEvent::Approved(by) => ("approved", Some(by.uuid()), None),
        };
        sqlx::query!(
            "INSERT INTO note_events (id, note_id, at_ms, kind, version, by_user, words)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            row.id,
            note,
            at,
            kind,
            row.version,
            by,
            words
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_signature(&mut self, note: NoteId, signature: &Signature) -> Result<()> {
        let (note, flag) = (note.uuid(), signature.flag.uuid());
        let (by, at) = (signature.by.uuid(), signature.at.as_millisecond());
        sqlx::query!(
            "INSERT INTO flag_signatures (note_id, flag_id, flag_revision, note_version, by_user, at_ms)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (note_id, flag_id, flag_revision, by_user) DO NOTHING",
            note,
            flag,
            signature.flag_revision,
            signature.note_version,
            by,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn put_memo(&mut self, row: &MemoRow) -> Result<()> {
        let (interview, user) = (row.interview.uuid(), row.user.uuid());
        let (words, saved) = (row.words.as_bytes(), row.saved_at.as_millisecond());
        let revision = row.revision.number();
        let before = revision - 1;
        let done = if row.revision == Revision::FIRST {
            sqlx::query!(
                "INSERT INTO memos (id, interview_id, user_id, words, saved_ms, revision)
                 VALUES (?, ?, ?, ?, ?, ?)",
                row.id,
                interview,
                user,
                words,
                saved,
                revision
            )
            .execute(self.conn())
            .await
        } else {
            sqlx::query!(
                "UPDATE memos SET words = ?, saved_ms = ?, revision = ? WHERE id = ? AND revision = ?",
                words,
                saved,
                revision,
                row.id,
                before
            )
            .execute(self.conn())
            .await
        };
        exactly_one(done.map_err(sql)?.rows_affected())
    }
}
