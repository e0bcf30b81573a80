//! Consent entries, and who else spoke at a microphone.

use async_trait::async_trait;
use yorisoi_domain::consent::{Answer, ConsentEntry, ConsentText, RecordedBy};
use yorisoi_domain::ids::{ParticipantId, UserId};
use yorisoi_domain::second_voice::SecondVoiceEntry;
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

    async fn second_voices(&mut self, at: ParticipantId) -> Result<Vec<SecondVoiceEntry>> {
        let id = at.uuid();
        let rows = sqlx::query!(
            "SELECT said, text_version, text_sha256, text_language, recorded_by, at_ms
             FROM second_voices WHERE participant_id = ? ORDER BY position",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(SecondVoiceEntry {
                at,
                said: parse(&row.said, "second_voices.said")?,
                text: match (row.text_version, row.text_sha256, row.text_language) {
                    (Some(version), Some(sha256), Some(language)) => Some(ConsentText {
                        version: u32::try_from(version)
                            .map_err(|_| StoreError::Corrupt("second_voices.text_version"))?,
                        sha256: bytes32(&sha256)?,
                        language,
                    }),
                    _ => None,
                },
                recorded_by: row.recorded_by.into(),
                when: time(row.at_ms)?,
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

    async fn insert_second_voice(&mut self, entry: &SecondVoiceEntry) -> Result<()> {
        let (id, said) = (entry.at.uuid(), code(entry.said));
        let text = entry.text.as_ref();
        let version = text.map(|text| text.version);
        let sha256 = text.map(|text| &text.sha256[..]);
        let language = text.map(|text| text.language.as_str());
        let (by, at) = (entry.recorded_by.uuid(), entry.when.as_millisecond());
        sqlx::query!(
            "INSERT INTO second_voices (participant_id, said, text_version, text_sha256,
                 text_language, recorded_by, at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            id,
            said,
            version,
            sha256,
            language,
            by,
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
