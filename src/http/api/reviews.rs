//! The approver's queue, and what becomes of a submitted note.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::note_view::NoteView;
use crate::app::notes::Seen;
use crate::app::queue::{OwnNotes, ReviewQueue};
use crate::app::reviews::{Approved, Return, Review};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, Query, StaffCaller};
use crate::http::refusals::CaseRefusals;
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_review))
        .routes(routes!(list_own_notes))
        .routes(routes!(read_review))
        .routes(routes!(sign_flag))
        .routes(routes!(return_note))
        .routes(routes!(approve_note))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InOffice {
    office: Uuid,
}

/// An office's notes that are not approved, the most urgent first; the caller's own are left out.
#[utoipa::path(
    get, path = "/api/review", tag = "reviews", params(InOffice),
    responses(
        (status = 200, body = ReviewQueue),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an approver of this office.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_review(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(of): Query<InOffice>,
) -> Result<axum::Json<ReviewQueue>, Problem> {
    let queue = app.list_review(&caller.actor, of.office.into()).await?;
    Ok(axum::Json(queue))
}

/// The caller's own notes in an office that are not handed in yet, of whatever day, the most urgent
/// first.
#[utoipa::path(
    get, path = "/api/notes", tag = "notes", params(InOffice),
    responses(
        (status = 200, body = OwnNotes),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another office's.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_own_notes(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(of): Query<InOffice>,
) -> Result<axum::Json<OwnNotes>, Problem> {
    let notes = app.list_own_notes(&caller.actor, of.office.into()).await?;
    Ok(axum::Json(notes))
}

/// A note beside its flags and signatures, and what is left before it can be approved.
#[utoipa::path(
    get, path = "/api/interviews/{id}/review", tag = "reviews", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Review),
        CaseRefusals,
        (status = 409, description = "The interview has not begun.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn read_review(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Review>, Problem> {
    Ok(axum::Json(app.read_review(&caller.actor, id.into()).await?))
}

/// Signs one immediate flag as it is now; `revision` is the flag's.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags/{flag}/sign", tag = "reviews",
    params(("id" = Uuid, Path), ("flag" = Uuid, Path)),
    responses(
        (status = 204, description = "Signed."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an approver, or an author of the note.", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The flag changed since it was read (`changed`), is not immediate, or the note is not submitted.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, flag)): Path<(Uuid, Uuid)>,
    Json(seen): Json<Seen>,
) -> Result<StatusCode, Problem> {
    app.sign_flag(&caller.actor, id.into(), flag.into(), seen)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the note back to its author, with a comment.
#[utoipa::path(
    post, path = "/api/interviews/{id}/note/return", tag = "reviews", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = NoteView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an approver, or an author of the note.", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Changed since it was read (`changed`), or not submitted.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No comment.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn return_note(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(sent): Json<Return>,
) -> Result<axum::Json<NoteView>, Problem> {
    let note = app.return_note(&caller.actor, id.into(), sent).await?;
    Ok(axum::Json(note))
}

/// Approves the note: its record is written, and the sound of the talk is destroyed.
#[utoipa::path(
    post, path = "/api/interviews/{id}/note/approve", tag = "reviews", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Approved),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an approver, or an author of the note.", body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Something has to be done first (`gate-closed`, with what is left), or changed since it was read.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn approve_note(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(seen): Json<Seen>,
) -> Result<axum::Json<Approved>, Problem> {
    let approved = app.approve_note(&caller.actor, id.into(), seen).await?;
    Ok(axum::Json(approved))
}
