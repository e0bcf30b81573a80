//! The note of an interview as it is written, and a nurse's own memo.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::memos::{Memo, MemoDraft, MemoSaved};
use crate::app::note_view::NoteView;
use crate::app::notes::{NoteDraft, Seen};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(read_note, save_note))
        .routes(routes!(submit_note))
        .routes(routes!(read_memo, save_memo))
}

/// The note with what surrounds it: facts, versions, quotes, and what is left to decide.
#[utoipa::path(
    get, path = "/api/interviews/{id}/note", tag = "notes", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = NoteView),
        CaseRefusals,
        (status = 409, description = "The interview has not begun.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn read_note(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<NoteView>, Problem> {
    Ok(axum::Json(app.read_note(&caller.actor, id.into()).await?))
}

/// Saves the whole form. Whoever comes second reads it again and is shown the difference.
#[utoipa::path(
    put, path = "/api/interviews/{id}/note", tag = "notes", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = NoteView),
        CaseRefusals,
        (status = 409, description = "Saved by somebody else since it was read (`changed`), or submitted.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn save_note(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(draft): Json<NoteDraft>,
) -> Result<axum::Json<NoteView>, Problem> {
    let note = app.save_note(&caller.actor, id.into(), draft).await?;
    Ok(axum::Json(note))
}

/// Hands the note to the approver.
#[utoipa::path(
    post, path = "/api/interviews/{id}/note/submit", tag = "notes", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = NoteView),
        CaseRefusals,
        (status = 409, description = "Something has to be decided first (`gate-closed`, with what is left), changed since it was read, or not possible in its present state.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn submit_note(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(seen): Json<Seen>,
) -> Result<axum::Json<NoteView>, Problem> {
    let note = app.submit_note(&caller.actor, id.into(), seen).await?;
    Ok(axum::Json(note))
}

/// What the caller noted for themselves.
#[utoipa::path(
    get, path = "/api/interviews/{id}/memo", tag = "notes", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Memo),
        CaseRefusals,
    )
)]
async fn read_memo(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Memo>, Problem> {
    Ok(axum::Json(app.read_memo(&caller.actor, id.into()).await?))
}

/// Saves the caller's own memo.
#[utoipa::path(
    put, path = "/api/interviews/{id}/memo", tag = "notes", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = MemoSaved),
        CaseRefusals,
        (status = 409, description = "Saved in another window since it was read (`changed`).", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn save_memo(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(draft): Json<MemoDraft>,
) -> Result<axum::Json<MemoSaved>, Problem> {
    let saved = app.save_memo(&caller.actor, id.into(), draft).await?;
    Ok(axum::Json(saved))
}
