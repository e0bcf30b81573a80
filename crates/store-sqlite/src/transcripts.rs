//! What was said, and the account of time.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ParticipantId, SegmentId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::Totals;
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_store::{
    ReadTranscripts, Result, Revision, Sealed, SegmentRow, SpeakerRow, StoreError, WriteTranscripts,
};

use crate::codes::{bytes32, code, parse, revision, time};
use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadTranscripts for SqliteTx {
    async fn segments_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, SegmentRow)>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Said,
            r#"SELECT s.id AS "id!: Uuid", s.track_id, s.start_ms, s.end_ms,
                      s.revision AS "revision!", s.model_sha256, s.text, s.accompanied, s.confirmed_ms,
                      t.participant_id
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
        rows.into_iter().map(Said::read).collect()
    }

    async fn segment(
        &mut self,
        id: SegmentId,
        revision: Revision,
    ) -> Result<Option<(ParticipantId, SegmentRow)>> {
        let (id, revision) = (id.uuid(), revision.number());
        let row = sqlx::query_as!(
            Said,
            r#"SELECT s.id AS "id!: Uuid", s.track_id, s.start_ms, s.end_ms,
                      s.revision AS "revision!", s.model_sha256, s.text, s.accompanied, s.confirmed_ms,
                      t.participant_id
               FROM segments s
               JOIN tracks t ON t.id = s.track_id
               WHERE s.id = ? AND s.revision = ?"#,
            id,
            revision
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Said::read).transpose()
    }

    async fn speakers_of(&mut self, interview: InterviewId) -> Result<Vec<SpeakerRow>> {
        let interview = interview.uuid();
        let rows = sqlx::query!(
            "SELECT p.segment_id, p.segment_revision, p.speaker, p.by_user, p.at_ms
             FROM calls c
             JOIN tracks t ON t.call_id = c.id
             JOIN segments s ON s.track_id = t.id
             JOIN speakers p ON p.segment_id = s.id AND p.segment_revision = s.revision
             WHERE c.interview_id = ?
             ORDER BY p.position",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let speaker = row.speaker.as_deref();
            let speaker = speaker.map(|it| parse(it, "speakers.speaker"));
            Ok(SpeakerRow {
                segment: row.segment_id.into(),
                revision: revision(row.segment_revision)?,
                speaker: speaker.transpose()?,
                by: row.by_user.into(),
                at: time(row.at_ms)?,
            })
        });
        read.collect()
    }

    async fn gaps_of(&mut self, interview: InterviewId) -> Result<Vec<(ParticipantId, Gap)>> {
        let interview = interview.uuid();
        let rows = sqlx::query!(
            r#"SELECT t.participant_id, g.track_id AS "track_id!: Uuid", g.from_ms AS "from_ms!",
                      g.to_ms AS "to_ms!", g.reason AS "reason!"
               FROM calls c
               JOIN tracks t ON t.call_id = c.id
               JOIN gaps g ON g.track_id = t.id
               WHERE c.interview_id = ?
               ORDER BY g.from_ms, g.to_ms, g.track_id, g.reason"#,
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let gap = Gap {
                track: row.track_id.into(),
                start: InterviewMs(row.from_ms),
                end: InterviewMs(row.to_ms),
                reason: parse(&row.reason, "gaps.reason")?,
            };
            Ok((row.participant_id.into(), gap))
        });
        read.collect()
    }

    async fn accounts_of(
        &mut self,
        interview: InterviewId,
    ) -> Result<Vec<(ParticipantId, TrackId, Totals)>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Account,
            r#"SELECT t.participant_id, a.track_id, a.speech_ms, a.silence_ms,
                      g.reason AS "reason?", g.ms AS "ms?"
               FROM calls c
               JOIN tracks t ON t.call_id = c.id
               JOIN accounts a ON a.track_id = t.id
               LEFT JOIN account_gaps g ON g.track_id = a.track_id
               WHERE c.interview_id = ?
               ORDER BY c.opened_ms, t.id"#,
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let mut accounts: Vec<(ParticipantId, TrackId, Totals)> = Vec::new();
        for row in rows {
            let (of, track) = (row.participant_id.into(), TrackId::new(row.track_id));
            if accounts.last().is_none_or(|(_, last, _)| *last != track) {
                let (speech, silence) = (ms(row.speech_ms)?, ms(row.silence_ms)?);
                accounts.push((
                    of,
                    track,
                    Totals {
                        speech,
                        silence,
                        ..Totals::default()
                    },
                ));
            }
            if let (Some(reason), Some(long)) = (row.reason, row.ms)
                && let Some((_, _, totals)) = accounts.last_mut()
            {
                totals
                    .gaps
                    .insert(parse(&reason, "account_gaps.reason")?, ms(long)?);
            }
        }
        Ok(accounts)
    }
}

struct Said {
    id: Uuid,
    track_id: Uuid,
    start_ms: i64,
    end_ms: i64,
    revision: i64,
    model_sha256: Vec<u8>,
    text: Vec<u8>,
    accompanied: i64,
    confirmed_ms: i64,
    participant_id: Uuid,
}

impl Said {
    fn read(self) -> Result<(ParticipantId, SegmentRow)> {
        let segment = SegmentRow {
            id: self.id.into(),
            track: self.track_id.into(),
            start: InterviewMs(self.start_ms),
            end: InterviewMs(self.end_ms),
            revision: revision(self.revision)?,
            model_sha256: bytes32(&self.model_sha256)?,
            text: Sealed::from_bytes(self.text),
            accompanied: self.accompanied != 0,
            confirmed_at: time(self.confirmed_ms)?,
        };
        Ok((self.participant_id.into(), segment))
    }
}

struct Account {
    participant_id: Uuid,
    track_id: Uuid,
    speech_ms: i64,
    silence_ms: i64,
    reason: Option<String>,
    ms: Option<i64>,
}

fn ms(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("accounts"))
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl WriteTranscripts for SqliteTx {
    async fn insert_segment(&mut self, segment: &SegmentRow) -> Result<()> {
        let (id, track) = (segment.id.uuid(), segment.track.uuid());
        let (start, end) = (segment.start.0, segment.end.0);
        let (revision, text) = (segment.revision.number(), segment.text.as_bytes());
        let model = segment.model_sha256.as_slice();
        let confirmed = segment.confirmed_at.as_millisecond();
        sqlx::query!(
            "INSERT INTO segments
                (id, track_id, start_ms, end_ms, revision, model_sha256, text, accompanied, confirmed_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            track,
            start,
            end,
            revision,
            model,
            text,
            segment.accompanied,
            confirmed
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_speaker(&mut self, row: &SpeakerRow) -> Result<()> {
        let (segment, revision) = (row.segment.uuid(), row.revision.number());
        let (speaker, by) = (row.speaker.map(code), row.by.uuid());
        let at = row.at.as_millisecond();
        sqlx::query!(
            "INSERT INTO speakers (segment_id, segment_revision, speaker, by_user, at_ms)
             VALUES (?, ?, ?, ?, ?)",
            segment,
            revision,
            speaker,
            by,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_gap(&mut self, gap: &Gap) -> Result<()> {
        let (track, reason) = (gap.track.uuid(), code(gap.reason));
        let (from, to) = (gap.start.0, gap.end.0);
        sqlx::query!(
            "INSERT INTO gaps (track_id, from_ms, to_ms, reason) VALUES (?, ?, ?, ?)
             ON CONFLICT (track_id, from_ms, to_ms, reason) DO NOTHING",
            track,
            from,
            to,
            reason
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_account(&mut self, track: TrackId, totals: &Totals) -> Result<()> {
        let track = track.uuid();
        let (total, gaps) = (stored(totals.sum()), stored(totals.gaps.values().sum()));
        let (speech, silence) = (stored(totals.speech), stored(totals.silence));
        sqlx::query!(
            "INSERT INTO accounts (track_id, total_ms, speech_ms, silence_ms, gap_ms)
             VALUES (?, ?, ?, ?, ?)",
            track,
            total,
            speech,
            silence,
            gaps
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        for (reason, long) in totals.gaps.iter().filter(|(_, long)| **long > 0) {
            let (reason, long) = (code(*reason), stored(*long));
            sqlx::query!(
                "INSERT INTO account_gaps (track_id, reason, ms) VALUES (?, ?, ?)",
                track,
                reason,
                long
            )
            .execute(self.conn())
            .await
            .map_err(sql)?;
        }
        Ok(())
    }
}
