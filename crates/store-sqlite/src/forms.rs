//! Forms as they were filled in.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{FlagId, FormId, InterviewId, UserId};
use yorisoi_store::{DeletedForms, FormRow, ReadForms, Result, Sealed, WriteForms};

use crate::codes::{bytes32, code, number, parse, revision, time};
use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadForms for SqliteTx {
    async fn forms_of(&mut self, interview: InterviewId) -> Result<Vec<FormRow>> {
        let id = interview.uuid();
        let rows = sqlx::query!(
            "SELECT id, revision, form, content, content_sha256, language, manner, by_user, answers, at_ms
             FROM forms WHERE interview_id = ? ORDER BY form, revision",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(FormRow {
                id: row.id.into(),
                interview,
                form: row.form,
                content: number(row.content, "forms.content")?,
                content_sha256: bytes32(&row.content_sha256)?,
                language: row.language,
                manner: parse(&row.manner, "forms.manner")?,
                by: row.by_user.map(UserId::new),
                answers: Sealed::from_bytes(row.answers),
                at: time(row.at_ms)?,
                revision: revision(row.revision)?,
            })
        });
        read.collect()
    }

    async fn interview_of_form(&mut self, form: FormId) -> Result<Option<InterviewId>> {
        let form = form.uuid();
        let of = sqlx::query_scalar!(
            r#"SELECT interview_id AS "id!: Uuid" FROM forms WHERE id = ? LIMIT 1"#,
            form
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        Ok(of.map(InterviewId::new))
    }
}

#[async_trait]
impl WriteForms for SqliteTx {
    async fn insert_form(&mut self, row: &FormRow) -> Result<()> {
        let (id, interview) = (row.id.uuid(), row.interview.uuid());
        let (revision, sha256) = (row.revision.number(), row.content_sha256.as_slice());
        let (manner, by) = (code(row.manner), row.by.map(UserId::uuid));
        let (answers, at) = (row.answers.as_bytes(), row.at.as_millisecond());
        sqlx::query!(
            "INSERT INTO forms (id, revision, interview_id, form, content, content_sha256, language,
                 manner, by_user, answers, at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            revision,
            interview,
            row.form,
            row.content,
            sha256,
            row.language,
            manner,
            by,
            answers,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_forms_of(&mut self, interview: InterviewId) -> Result<DeletedForms> {
        let interview = interview.uuid();
        // While what they bear still leads to them.
        let flags = sqlx::query_scalar!(
            r#"SELECT DISTINCT w.flag_id AS "id!: Uuid" FROM forms f
               JOIN flag_written w ON w.form_id = f.id AND w.form_revision = f.revision
               WHERE f.interview_id = ?"#,
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let done = sqlx::query!("DELETE FROM forms WHERE interview_id = ?", interview)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(DeletedForms {
            forms: u32::try_from(done.rows_affected()).unwrap_or(u32::MAX),
            borne: flags.into_iter().map(FlagId::new).collect(),
        })
    }
}
