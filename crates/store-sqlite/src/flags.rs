//! Flags with their evidence, and coverage.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{FlagId, InterviewId, UserId};
use yorisoi_domain::risk::coverage::Source;
use yorisoi_domain::risk::flag::{Decision, Flag, FlagQuote, Found, PackRef, State};
use yorisoi_domain::risk::form::Written;
use yorisoi_domain::risk::item::ItemId;
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_store::{
    CoverageRow, FlagRow, ReadFlags, Result, Revision, Sealed, StoreError, WriteFlags,
};

use crate::codes::{bytes32, code, parse, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    item: String,
    tier: String,
    rule: Option<String>,
    how: Option<String>,
    sound: Option<i64>,
    pack_version: String,
    pack_sha256: Vec<u8>,
    unsure: i64,
    speaker_unknown: i64,
    at_ms: i64,
    state: String,
    decided_ms: Option<i64>,
    decided_by: Option<Uuid>,
    reason: Option<String>,
    until_ms: Option<i64>,
    words: Option<Vec<u8>>,
    reason_words: Option<Vec<u8>>,
    made_ms: i64,
    made_by: Option<Uuid>,
    revision: i64,
}

const STATE: StoreError = StoreError::Corrupt("flags.state");

impl Row {
    fn read(self, (quotes, written): (Vec<FlagQuote>, Vec<Written>)) -> Result<FlagRow> {
        let found = match (self.rule, self.how) {
            (Some(rule), Some(how)) => Some(Found {
                rule,
                how: parse(&how, "flags.how")?,
                sound: self.sound.map(distance).transpose()?,
                unsure: self.unsure != 0,
                speaker_unknown: self.speaker_unknown != 0,
            }),
            _ => None,
        };
        let words = self.reason_words.map(Sealed::from_bytes);
        let decision = match (self.decided_ms, self.decided_by) {
            (Some(at), Some(by)) => Some(Decision {
                by: by.into(),
                at: time(at)?,
            }),
            _ => None,
        };
        let state = match (self.state.as_str(), decision) {
            ("suggested", None) => State::Suggested,
            ("confirmed", Some(decision)) => State::Confirmed(decision),
            ("dismissed", Some(decision)) => State::Dismissed {
                decision,
                reason: parse(self.reason.as_deref().unwrap_or_default(), "flags.reason")?,
                words,
            },
            ("held", Some(decision)) => State::Held {
                decision,
                words: words.ok_or(STATE)?,
                until: time(self.until_ms.ok_or(STATE)?)?,
            },
            _ => return Err(STATE),
        };
        let flag = Flag {
            id: self.id.into(),
            interview: self.interview_id.into(),
            item: item(&self.item)?,
            tier: parse(&self.tier, "flags.tier")?,
            pack: PackRef {
                version: self.pack_version,
                sha256: bytes32(&self.pack_sha256)?,
            },
            found,
            seen: self.words.map(Sealed::from_bytes),
            made_by: self.made_by.map(UserId::new),
            made_at: time(self.made_ms)?,
            at: InterviewMs(self.at_ms),
            quotes,
            written,
            state,
        };
        Ok(FlagRow {
            flag,
            revision: revision(self.revision)?,
        })
    }
}

/// The columns of a flag that may change, as both statements write them.
struct Columns<'a> {
    tier: &'static str,
    state: &'static str,
    rule: Option<&'a str>,
    how: Option<&'static str>,
    sound: Option<u8>,
    unsure: bool,
    unknown: bool,
    seen: Option<&'a [u8]>,
    made_by: Option<Uuid>,
    at: Option<i64>,
    by: Option<Uuid>,
    reason: Option<&'static str>,
    until: Option<i64>,
    words: Option<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(flag: &'a Flag<Sealed>) -> Self {
        let (reason, until, words) = match &flag.state {
            State::Suggested | State::Confirmed(_) => (None, None, None),
            State::Dismissed { reason, words, .. } => (Some(code(*reason)), None, words.as_ref()),
            State::Held { words, until, .. } => (None, Some(until.as_millisecond()), Some(words)),
        };
        let decision = flag.decision();
        let found = flag.found.as_ref();
        Self {
            tier: flag.tier.code(),
            state: flag.state.code(),
            rule: found.map(|it| it.rule.as_str()),
            how: found.map(|it| code(it.how)),
            sound: found.and_then(|it| it.sound),
            unsure: found.is_some_and(|it| it.unsure),
            unknown: found.is_some_and(|it| it.speaker_unknown),
            seen: flag.seen.as_ref().map(Sealed::as_bytes),
            made_by: flag.made_by.map(UserId::uuid),
            at: decision.map(|it| it.at.as_millisecond()),
            by: decision.map(|it| it.by.uuid()),
            reason,
            until,
            words: words.map(Sealed::as_bytes),
        }
    }
}

fn item(slug: &str) -> Result<ItemId> {
    slug.parse().map_err(|_| StoreError::Corrupt("an item"))
}

#[async_trait]
impl ReadFlags for SqliteTx {
    async fn flag(&mut self, id: FlagId) -> Result<Option<FlagRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(Row, "SELECT * FROM flags WHERE id = ?", id)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        match row {
            Some(row) => {
                let evidence = evidence_of(self, row.id).await?;
                Ok(Some(row.read(evidence)?))
            }
            None => Ok(None),
        }
    }

    async fn flags_of(&mut self, interview: InterviewId) -> Result<Vec<FlagRow>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM flags WHERE interview_id = ? ORDER BY at_ms, id",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let mut flags = Vec::with_capacity(rows.len());
        for row in rows {
            let evidence = evidence_of(self, row.id).await?;
            flags.push(row.read(evidence)?);
        }
        Ok(flags)
    }

    async fn coverage_of(&mut self, interview: InterviewId) -> Result<Vec<CoverageRow>> {
        let id = interview.uuid();
        let rows = sqlx::query!(
            r#"SELECT item AS "item!", source AS "source!", state, at_ms, by_user
               FROM coverage WHERE interview_id = ? ORDER BY item, source"#,
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(CoverageRow {
                interview,
                item: item(&row.item)?,
                source: parse(&row.source, "coverage.source")?,
                state: parse(&row.state, "coverage.state")?,
                at: time(row.at_ms)?,
                by: row.by_user.map(UserId::new),
            })
        });
        read.collect()
    }
}

async fn evidence_of(tx: &mut SqliteTx, flag: Uuid) -> Result<(Vec<FlagQuote>, Vec<Written>)> {
    Ok((quotes_of(tx, flag).await?, written_of(tx, flag).await?))
}

async fn put_evidence(tx: &mut SqliteTx, flag: &Flag<Sealed>) -> Result<()> {
    put_quotes(tx, flag).await?;
    put_written(tx, flag).await
}

async fn written_of(tx: &mut SqliteTx, flag: Uuid) -> Result<Vec<Written>> {
    let rows = sqlx::query!(
        "SELECT form_id, form_revision, question, fact
         FROM flag_written WHERE flag_id = ? ORDER BY position",
        flag
    )
    .fetch_all(tx.conn())
    .await
    .map_err(sql)?;
    let read =
        rows.into_iter().map(
            |row| match (row.form_id, row.form_revision, row.fact.as_deref()) {
                (Some(form), Some(number), None) => Ok(Written::Answer {
                    form: form.into(),
                    revision: revision(number)?.number(),
                    question: row.question,
                }),
                (None, None, Some("age")) => Ok(Written::Age),
                (None, None, Some("weeks")) => Ok(Written::Weeks),
                _ => Err(StoreError::Corrupt("flag_written")),
            },
        );
    read.collect()
}

async fn put_written(tx: &mut SqliteTx, flag: &Flag<Sealed>) -> Result<()> {
    let id = flag.id.uuid();
    sqlx::query!("DELETE FROM flag_written WHERE flag_id = ?", id)
        .execute(tx.conn())
        .await
        .map_err(sql)?;
    for (position, one) in (0i64..).zip(&flag.written) {
        let (form, number, question, fact) = match one {
            Written::Answer {
                form,
                revision,
                question,
            } => (
                Some(form.uuid()),
                Some(*revision),
                question.as_deref(),
                None,
            ),
            Written::Age => (None, None, None, Some("age")),
            Written::Weeks => (None, None, None, Some("weeks")),
        };
        sqlx::query!(
            "INSERT INTO flag_written (flag_id, position, form_id, form_revision, question, fact)
             VALUES (?, ?, ?, ?, ?, ?)",
            id,
            position,
            form,
            number,
            question,
            fact
        )
        .execute(tx.conn())
        .await
        .map_err(sql)?;
    }
    Ok(())
}

async fn quotes_of(tx: &mut SqliteTx, flag: Uuid) -> Result<Vec<FlagQuote>> {
    let rows = sqlx::query!(
        "SELECT segment_id, segment_revision, from_byte, to_byte, part
         FROM flag_quotes WHERE flag_id = ? ORDER BY position",
        flag
    )
    .fetch_all(tx.conn())
    .await
    .map_err(sql)?;
    let read = rows.into_iter().map(|row| {
        Ok(FlagQuote {
            segment: row.segment_id.into(),
            revision: revision(row.segment_revision)?.number(),
            span: byte(row.from_byte)?..byte(row.to_byte)?,
            part: parse(&row.part, "flag_quotes.part")?,
        })
    });
    read.collect()
}

async fn put_quotes(tx: &mut SqliteTx, flag: &Flag<Sealed>) -> Result<()> {
    let id = flag.id.uuid();
    sqlx::query!("DELETE FROM flag_quotes WHERE flag_id = ?", id)
        .execute(tx.conn())
        .await
        .map_err(sql)?;
    for (position, quote) in (0i64..).zip(&flag.quotes) {
        let (segment, part) = (quote.segment.uuid(), code(quote.part));
        let (from, to) = (stored(quote.span.start), stored(quote.span.end));
        sqlx::query!(
            "INSERT INTO flag_quotes
                (flag_id, position, segment_id, segment_revision, from_byte, to_byte, part)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            id,
            position,
            segment,
            quote.revision,
            from,
            to,
            part
        )
        .execute(tx.conn())
        .await
        .map_err(sql)?;
    }
    Ok(())
}

fn distance(number: i64) -> Result<u8> {
    u8::try_from(number).map_err(|_| StoreError::Corrupt("flags.sound"))
}

fn byte(number: i64) -> Result<usize> {
    usize::try_from(number).map_err(|_| StoreError::Corrupt("flag_quotes"))
}

fn stored(byte: usize) -> i64 {
    i64::try_from(byte).unwrap_or(i64::MAX)
}

#[async_trait]
impl WriteFlags for SqliteTx {
    async fn insert_flag(&mut self, row: &FlagRow) -> Result<()> {
        let flag = &row.flag;
        let (id, interview) = (flag.id.uuid(), flag.interview.uuid());
        let item = flag.item.as_str();
        let (version, sha256) = (flag.pack.version.as_str(), flag.pack.sha256.as_slice());
        let Columns {
            tier,
            state,
            rule,
            how,
            sound,
            unsure,
            unknown,
            seen,
            made_by,
            at,
            by,
            reason,
            until,
            words,
        } = Columns::of(flag);
        let (made, revision) = (flag.made_at.as_millisecond(), row.revision.number());
        sqlx::query!(
            "INSERT INTO flags
                (id, interview_id, item, tier, rule, how, sound, pack_version, pack_sha256, unsure,
                 speaker_unknown, at_ms, state, decided_ms, decided_by, reason, until_ms, words,
                 reason_words, made_ms, made_by, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            interview,
            item,
            tier,
            rule,
            how,
            sound,
            version,
            sha256,
            unsure,
            unknown,
            flag.at.0,
            state,
            at,
            by,
            reason,
            until,
            seen,
            words,
            made,
            made_by,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        put_evidence(self, flag).await
    }

    async fn save_flag(&mut self, row: &FlagRow) -> Result<()> {
        let flag = &row.flag;
        let id = flag.id.uuid();
        let Columns {
            tier,
            state,
            rule,
            how,
            sound,
            unsure,
            unknown,
            seen,
            made_by,
            at,
            by,
            reason,
            until,
            words,
        } = Columns::of(flag);
        let (next, from) = (row.revision.number(), row.revision.number() - 1);
        let done = sqlx::query!(
            "UPDATE flags SET tier = ?, rule = ?, how = ?, sound = ?, unsure = ?, speaker_unknown = ?,
                at_ms = ?, state = ?, decided_ms = ?, decided_by = ?, reason = ?, until_ms = ?,
                words = ?, reason_words = ?, made_by = ?, revision = ?
             WHERE id = ? AND revision = ?",
            tier,
            rule,
            how,
            sound,
            unsure,
            unknown,
            flag.at.0,
            state,
            at,
            by,
            reason,
            until,
            seen,
            words,
            made_by,
            next,
            id,
            from
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())?;
        put_evidence(self, flag).await
    }

    async fn delete_flag(&mut self, id: FlagId, revision: Revision) -> Result<()> {
        let (id, revision) = (id.uuid(), revision.number());
        let done = sqlx::query!(
            "DELETE FROM flags WHERE id = ? AND revision = ?",
            id,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn put_coverage(&mut self, row: &CoverageRow) -> Result<()> {
        let (interview, item) = (row.interview.uuid(), row.item.as_str());
        let (source, state) = (code(row.source), code(row.state));
        let (at, by) = (Timestamp::as_millisecond(row.at), row.by.map(UserId::uuid));
        sqlx::query!(
            "INSERT INTO coverage (interview_id, item, source, state, at_ms, by_user)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (interview_id, item, source) DO UPDATE
             SET state = excluded.state, at_ms = excluded.at_ms, by_user = excluded.by_user",
            interview,
            item,
            source,
            state,
            at,
            by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_coverage(
        &mut self,
        interview: InterviewId,
        item: &ItemId,
        source: Source,
    ) -> Result<()> {
        let (interview, item, source) = (interview.uuid(), item.as_str(), code(source));
        sqlx::query!(
            "DELETE FROM coverage WHERE interview_id = ? AND item = ? AND source = ?",
            interview,
            item,
            source
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
