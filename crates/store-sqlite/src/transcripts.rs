//! What was said.

use async_trait::async_trait;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::{ReadTranscripts, Result, Sealed, SegmentRow, WriteTranscripts};

use crate::codes::{bytes32, revision, time};
use crate::error::sql;
use crate::store::Session;

#[async_trait]
impl ReadTranscripts for Session {
    async fn segments_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, SegmentRow)>> {
        let interview = interview.uuid();
        let rows = sqlx::query!(
            r#"SELECT s.id, s.track_id, s.start_ms, s.end_ms, s.revision AS "revision!",
                      s.model_sha256, s.text, s.confirmed_ms, t.participant_id
               FROM calls c
               JOIN tracks t ON t.call_id = c.id
               JOIN segments s ON s.track_id = t.id
               WHERE c.interview_id = ?
               ORDER BY s.start_ms, s.end_ms, s.id, s.revision"#,
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let segment = SegmentRow {
                id: row.id.into(),
                track: row.track_id.into(),
                start: InterviewMs(row.start_ms),
                end: InterviewMs(row.end_ms),
                revision: revision(row.revision)?,
                model_sha256: bytes32(&row.model_sha256)?,
                text: Sealed::from_bytes(row.text),
                confirmed_at: time(row.confirmed_ms)?,
            };
            Ok((row.participant_id.into(), segment))
        });
        read.collect()
    }
}

#[async_trait]
impl WriteTranscripts for Session {
    async fn insert_segment(&mut self, segment: &SegmentRow) -> Result<()> {
        let (id, track) = (segment.id.uuid(), segment.track.uuid());
        let (start, end) = (segment.start.0, segment.end.0);
        let (revision, text) = (segment.revision.number(), segment.text.as_bytes());
        let model = segment.model_sha256.as_slice();
        let confirmed = segment.confirmed_at.as_millisecond();
        sqlx::query!(
            "INSERT INTO segments
                (id, track_id, start_ms, end_ms, revision, model_sha256, text, confirmed_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            track,
            start,
            end,
            revision,
            model,
            text,
            confirmed
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
