//! Consent entries.

use async_trait::async_trait;
use yorisoi_domain::consent::{Answer, ConsentEntry, ConsentText, RecordedBy};
use yorisoi_domain::ids::{ParticipantId, UserId};
use yorisoi_store::{ReadConsents, Result, StoreError, WriteConsents};

use crate::codes::{bytes32, code, parse, time};
use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadConsents for SqliteTx {
    async fn consents(&mut self, participant: ParticipantId) -> Result<Vec<ConsentEntry>> {
        let id = participant.uuid();
        let rows = sqlx::query!(
            "SELECT id, choice, value, text_version, text_sha256, text_language, manner,
                    recorded_by, read_aloud_by, at_ms
             FROM consents WHERE participant_id = ? ORDER BY position",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(ConsentEntry {
                id: row.id.into(),
                participant,
                answer: answer(&row.choice, &row.value)?,
                text: ConsentText {
                    version: u32::try_from(row.text_version)
                        .map_err(|_| StoreError::Corrupt("consents.text_version"))?,
                    sha256: bytes32(&row.text_sha256)?,
                    language: row.text_language,
                },
                manner: parse(&row.manner, "consents.manner")?,
                recorded_by: match row.recorded_by {
                    None => RecordedBy::Herself,
                    Some(user) => RecordedBy::Staff(user.into()),
                },
                read_aloud_by: row.read_aloud_by.map(UserId::new),
                at: time(row.at_ms)?,
            })
        });
        read.collect()
    }
}

#[async_trait]
impl WriteConsents for SqliteTx {
    async fn insert_consent(&mut self, entry: &ConsentEntry) -> Result<()> {
        let (id, participant) = (entry.id.uuid(), entry.participant.uuid());
        let (choice, value) = columns(entry.answer);
        let (version, sha256) = (entry.text.version, &entry.text.sha256[..]);
        let manner = code(entry.manner);
        let recorded_by = match entry.recorded_by {
            RecordedBy::Herself => None,
            RecordedBy::Staff(user) => Some(user.uuid()),
        };
        let read_aloud_by = entry.read_aloud_by.map(UserId::uuid);
        let at = entry.at.as_millisecond();
        sqlx::query!(
            "INSERT INTO consents (id, participant_id, choice, value, text_version, text_sha256,
                 text_language, manner, recorded_by, read_aloud_by, at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            participant,
            choice,
            value,
            version,
            sha256,
            entry.text.language,
            manner,
            recorded_by,
            read_aloud_by,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}

fn columns(answer: Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Interview(value) => ("interview", code(value)),
        Answer::Transcription(value) => ("transcription", code(value)),
        Answer::KeepAudio(value) => ("keep_audio", code(value)),
        Answer::Sharing(value) => ("sharing", code(value)),
    }
}

fn answer(choice: &str, value: &str) -> Result<Answer> {
    Ok(match choice {
        "interview" => Answer::Interview(parse(value, "consents.value")?),
        "transcription" => Answer::Transcription(parse(value, "consents.value")?),
        "keep_audio" => Answer::KeepAudio(parse(value, "consents.value")?),
        "sharing" => Answer::Sharing(parse(value, "consents.value")?),
        _ => return Err(StoreError::Corrupt("consents.choice")),
    })
}
