//! Rule packs, the working copy, and since when which is used.

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yorisoi_domain::ids::{ActivationId, InterviewId, OfficeId};
use yorisoi_domain::risk::activation::{Activation, Hand, State};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    Decided, DraftRow, PackRow, ReadPacks, Result, RuleCount, StoreError, UseRow, WritePacks,
};

use crate::codes::{bytes32, number, parse, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct ActivationRow {
    id: Uuid,
    pack: Vec<u8>,
    version: String,
    from_ms: i64,
    asked_by: Uuid,
    asked_ms: i64,
    state: String,
    state_by: Option<Uuid>,
    state_ms: Option<i64>,
}

impl ActivationRow {
    fn read(self) -> Result<Activation> {
        let hand = match (self.state_by, self.state_ms) {
            (Some(by), Some(at)) => Some(Hand {
                by: by.into(),
                at: time(at)?,
            }),
            _ => None,
        };
        let state = match (self.state.as_str(), hand) {
            ("asked", None) => State::Asked,
            ("approved", Some(hand)) => State::Approved(hand),
            ("refused", Some(hand)) => State::Refused(hand),
            ("withdrawn", Some(hand)) => State::Withdrawn(hand),
            _ => return Err(StoreError::Corrupt("rule_activations.state")),
        };
        Ok(Activation {
            id: self.id.into(),
            pack: bytes32(&self.pack)?,
            version: self.version,
            from: time(self.from_ms)?,
            asked_by: self.asked_by.into(),
            asked_at: time(self.asked_ms)?,
            state,
        })
    }
}

struct Use {
    from_ms: i64,
    pack: Vec<u8>,
    version: String,
    activation_id: Option<Uuid>,
}

impl Use {
    fn read(self) -> Result<UseRow> {
        Ok(UseRow {
            from: time(self.from_ms)?,
            pack: bytes32(&self.pack)?,
            version: self.version,
            activation: self.activation_id.map(ActivationId::new),
        })
    }
}

impl SqliteTx {
    /// The number of a text, which is stored if it is not there.
    async fn rule_text(&mut self, text: &str) -> Result<i64> {
        let sha = Sha256::digest(text);
        let sha = sha.as_slice();
        // What was stored before texts were told apart by their digest has none.
        let known = sqlx::query_scalar!(
            r#"SELECT id AS "id!" FROM rule_texts
               WHERE sha256 = ? OR (sha256 IS NULL AND text = ?)"#,
            sha,
            text
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        if let Some(known) = known {
            return Ok(known);
        }
        let stored = sqlx::query!(
            "INSERT INTO rule_texts (sha256, text) VALUES (?, ?)",
            sha,
            text
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(stored.last_insert_rowid())
    }
}

#[async_trait]
impl ReadPacks for SqliteTx {
    async fn rule_pack(&mut self, sha256: [u8; 32]) -> Result<Option<PackRow>> {
        let sha = sha256.as_slice();
        let row = sqlx::query!(
            "SELECT version, stored_ms FROM rule_packs WHERE sha256 = ?",
            sha
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let Some(row) = row else { return Ok(None) };
        let files = sqlx::query!(
            "SELECT f.name, t.text FROM rule_pack_files f JOIN rule_texts t ON t.id = f.text_id
             WHERE f.pack = ? ORDER BY f.position",
            sha
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(Some(PackRow {
            sha256,
            version: row.version,
            files: files.into_iter().map(|it| (it.name, it.text)).collect(),
            stored_at: time(row.stored_ms)?,
        }))
    }

    async fn rule_version_taken(&mut self, version: &str) -> Result<bool> {
        let count =
            sqlx::query_scalar!("SELECT count(*) FROM rule_packs WHERE version = ?", version)
                .fetch_one(self.conn())
                .await
                .map_err(sql)?;
        Ok(count > 0)
    }

    async fn rule_drafts(&mut self) -> Result<Vec<DraftRow>> {
        let rows = sqlx::query!(
            r#"SELECT name AS "name!", text, by_user AS "by_user!: Uuid", at_ms AS "at_ms!"
               FROM rule_drafts ORDER BY name"#
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(DraftRow {
                name: row.name,
                text: row.text,
                by: row.by_user.into(),
                at: time(row.at_ms)?,
            })
        });
        read.collect()
    }

    async fn rule_activation(&mut self, id: ActivationId) -> Result<Option<Activation>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            ActivationRow,
            r#"SELECT a.id AS "id!: Uuid", a.pack AS "pack!", p.version AS "version!",
                      a.from_ms AS "from_ms!", a.asked_by AS "asked_by!: Uuid",
                      a.asked_ms AS "asked_ms!", a.state AS "state!",
                      a.state_by AS "state_by: Uuid", a.state_ms
               FROM rule_activations a JOIN rule_packs p ON p.sha256 = a.pack
               WHERE a.id = ?"#,
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(ActivationRow::read).transpose()
    }

    async fn open_rule_activation(&mut self) -> Result<Option<Activation>> {
        let row = sqlx::query_as!(
            ActivationRow,
            r#"SELECT a.id AS "id!: Uuid", a.pack AS "pack!", p.version AS "version!",
                      a.from_ms AS "from_ms!", a.asked_by AS "asked_by!: Uuid",
                      a.asked_ms AS "asked_ms!", a.state AS "state!",
                      a.state_by AS "state_by: Uuid", a.state_ms
               FROM rule_activations a JOIN rule_packs p ON p.sha256 = a.pack
               WHERE a.state IN ('asked', 'approved')
                 AND NOT EXISTS (SELECT 1 FROM rule_uses u WHERE u.activation_id = a.id)
               ORDER BY a.asked_ms DESC LIMIT 1"#
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(ActivationRow::read).transpose()
    }

    async fn rule_use_at(&mut self, at: Timestamp) -> Result<Option<UseRow>> {
        let at = at.as_millisecond();
        let row = sqlx::query_as!(
            Use,
            r#"SELECT u.from_ms AS "from_ms!", u.pack AS "pack!", p.version AS "version!",
                      u.activation_id AS "activation_id: Uuid"
               FROM rule_uses u JOIN rule_packs p ON p.sha256 = u.pack
               WHERE u.from_ms <= ? ORDER BY u.from_ms DESC LIMIT 1"#,
            at
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Use::read).transpose()
    }

    async fn rule_uses(&mut self) -> Result<Vec<UseRow>> {
        let rows = sqlx::query_as!(
            Use,
            r#"SELECT u.from_ms AS "from_ms!", u.pack AS "pack!", p.version AS "version!",
                      u.activation_id AS "activation_id: Uuid"
               FROM rule_uses u JOIN rule_packs p ON p.sha256 = u.pack
               ORDER BY u.from_ms DESC"#
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Use::read).collect()
    }

    async fn rule_counts(&mut self) -> Result<Vec<RuleCount>> {
        let rows = sqlx::query!(
            r#"SELECT rule AS "rule!", state AS "state!", reason, count(*) AS "count!: i64"
               FROM flags WHERE rule IS NOT NULL
               GROUP BY rule, state, reason ORDER BY rule, state, reason"#
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(RuleCount {
                rule: row.rule,
                of: match (row.state.as_str(), row.reason) {
                    ("confirmed", _) => Decided::Confirmed,
                    ("dismissed", Some(reason)) => {
                        Decided::Dismissed(parse(&reason, "flags.reason")?)
                    }
                    _ => Decided::Open,
                },
                count: number(row.count, "flags")?,
            })
        });
        read.collect()
    }

    async fn approved_talks(&mut self, office: OfficeId, limit: u32) -> Result<Vec<InterviewId>> {
        let office = office.uuid();
        let rows = sqlx::query_scalar!(
            r#"SELECT i.id AS "id!: Uuid"
               FROM records r JOIN interviews i ON i.id = r.interview_id
               WHERE i.office_id = ?
                 AND EXISTS (SELECT 1 FROM segments s
                             JOIN tracks t ON t.id = s.track_id
                             JOIN calls c ON c.id = t.call_id
                             WHERE c.interview_id = i.id)
               ORDER BY r.at_ms DESC, i.id LIMIT ?"#,
            office,
            limit
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }
}

#[async_trait]
impl WritePacks for SqliteTx {
    async fn insert_rule_pack(&mut self, row: &PackRow) -> Result<()> {
        let (sha, version) = (row.sha256.as_slice(), row.version.as_str());
        let stored = row.stored_at.as_millisecond();
        let done = sqlx::query!(
            "INSERT INTO rule_packs (sha256, version, stored_ms) VALUES (?, ?, ?)
             ON CONFLICT (sha256) DO NOTHING",
            sha,
            version,
            stored
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        for (position, (name, text)) in (0i64..).zip(&row.files) {
            let text = self.rule_text(text).await?;
            sqlx::query!(
                "INSERT INTO rule_pack_files (pack, position, name, text_id) VALUES (?, ?, ?, ?)",
                sha,
                position,
                name,
                text
            )
            .execute(self.conn())
            .await
            .map_err(sql)?;
        }
        Ok(())
    }

    async fn put_rule_draft(&mut self, row: &DraftRow) -> Result<()> {
        let (name, text) = (row.name.as_str(), row.text.as_deref());
        let (by, at) = (row.by.uuid(), row.at.as_millisecond());
        sqlx::query!(
            "INSERT INTO rule_drafts (name, text, by_user, at_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE
             SET text = excluded.text, by_user = excluded.by_user, at_ms = excluded.at_ms",
            name,
            text,
            by,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_rule_draft(&mut self, name: &str) -> Result<()> {
        sqlx::query!("DELETE FROM rule_drafts WHERE name = ?", name)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn clear_rule_drafts(&mut self) -> Result<()> {
        sqlx::query!("DELETE FROM rule_drafts")
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn insert_rule_activation(&mut self, row: &Activation) -> Result<()> {
        let (id, pack) = (row.id.uuid(), row.pack.as_slice());
        let (from, asked) = (row.from.as_millisecond(), row.asked_at.as_millisecond());
        let (asked_by, state) = (row.asked_by.uuid(), row.state.code());
        sqlx::query!(
            "INSERT INTO rule_activations (id, pack, from_ms, asked_by, asked_ms, state)
             VALUES (?, ?, ?, ?, ?, ?)",
            id,
            pack,
            from,
            asked_by,
            asked,
            state
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_rule_activation(&mut self, row: &Activation) -> Result<()> {
        let (id, state) = (row.id.uuid(), row.state.code());
        let hand = row.state.hand();
        let by = hand.map(|hand| hand.by.uuid());
        let at = hand.map(|hand| hand.at.as_millisecond());
        let done = sqlx::query!(
            "UPDATE rule_activations SET state = ?, state_by = ?, state_ms = ? WHERE id = ?",
            state,
            by,
            at,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn insert_rule_use(&mut self, row: &UseRow) -> Result<()> {
        let (from, pack) = (row.from.as_millisecond(), row.pack.as_slice());
        let activation = row.activation.map(ActivationId::uuid);
        sqlx::query!(
            "INSERT INTO rule_uses (from_ms, pack, activation_id) VALUES (?, ?, ?)",
            from,
            pack,
            activation
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
