//! Where one is signed in, and signing out there.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::second_factor::PasswordProof;
use crate::app::App;
use crate::app::sessions::SessionLine;
use crate::http::error::Problem;
use crate::http::extract::{Json, Paced, Path, StaffCaller};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
        .routes(routes!(end_other_sessions))
}

#[derive(Debug, Serialize, ToSchema)]
struct Sessions {
    sessions: Vec<SessionLine>,
}

/// The browsers in which one is signed in, the newest first.
#[utoipa::path(
    get, path = "/api/me/sessions", tag = "login",
    responses(
        (status = 200, body = Sessions),
        (status = 401, description = "Nobody is signed in.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_sessions(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Sessions>, Problem> {
    let sessions = app.own_sessions(&caller.actor, caller.login).await?;
    Ok(axum::Json(Sessions { sessions }))
}

/// Signs one of one's own browsers out, open pages within a second.
#[utoipa::path(
    post, path = "/api/me/sessions/{id}/end", tag = "login", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "That login has ended."),
        (status = 401, description = "Nobody is signed in, or the password is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None of one's own has this id.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no password yet, and the sign-in link was not used a moment ago (`no-password`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_session(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(proof): Json<PasswordProof>,
) -> Result<StatusCode, Problem> {
    let proof = caller.proof(proof.password, from);
    app.end_own_session(&caller.actor, id.into(), proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs all of one's own browsers out but this one.
#[utoipa::path(
    post, path = "/api/me/sessions/end-others", tag = "login",
    responses(
        (status = 204, description = "Every other login has ended, and links that nobody used."),
        (status = 401, description = "Nobody is signed in, or the password is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no password yet, and the sign-in link was not used a moment ago (`no-password`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_other_sessions(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Json(proof): Json<PasswordProof>,
) -> Result<StatusCode, Problem> {
    let proof = caller.proof(proof.password, from);
    app.end_other_sessions(&caller.actor, proof).await?;
    Ok(StatusCode::NO_CONTENT)
}
