//! 応援: a colleague is called for in the middle of a talk. And 開けない職員: who must not open a case.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::barring::Barring;
use crate::app::help::HelpCallLine;
use crate::http::error::Problem;
use crate::http::extract::{Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(call_help))
        .routes(routes!(list_help_calls))
        .routes(routes!(take_help_call))
        .routes(routes!(take_back_help_call))
        .routes(routes!(read_barred))
        .routes(routes!(bar))
        .routes(routes!(lift_bar))
}

/// Calls for a colleague, without a sound: guests are told nothing. Pressing again while nobody has
/// answered is the same call.
#[utoipa::path(
    post, path = "/api/interviews/{id}/help", tag = "help", params(("id" = Uuid, Path)),
    responses(
        (status = 201, body = HelpCallLine),
        CaseRefusals,
        (status = 409, description = "The talk does not go on.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn call_help(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, axum::Json<HelpCallLine>), Problem> {
    let line = app.call_help(&caller.actor, id.into()).await?;
    Ok((StatusCode::CREATED, axum::Json(line)))
}

/// The calls that have come to the caller, and their own.
#[utoipa::path(
    get, path = "/api/help", tag = "help",
    responses(
        (status = 200, body = [HelpCallLine]),
        GrantRefusals,
    )
)]
async fn list_help_calls(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Vec<HelpCallLine>>, Problem> {
    Ok(axum::Json(app.list_help_calls(&caller.actor).await?))
}

/// The caller is on their way; it goes to nobody else.
#[utoipa::path(
    post, path = "/api/help/{id}/take", tag = "help", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "The nurse in the talk is told who comes."),
        CaseRefusals,
        (status = 409, description = "Somebody was first, or nobody is needed any more.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take_help_call(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.take_help_call(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nobody needs to come.
#[utoipa::path(
    post, path = "/api/help/{id}/take-back", tag = "help", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It stands on no page any more."),
        CaseRefusals,
        (status = 409, description = "Somebody is on their way already.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take_back_help_call(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.take_back_help_call(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody of the office, and whom the case of this interview bars. No reason is kept.
#[utoipa::path(
    get, path = "/api/interviews/{id}/barred", tag = "cases", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Barring),
        CaseRefusals,
    )
)]
async fn read_barred(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Barring>, Problem> {
    Ok(axum::Json(app.read_barred(&caller.actor, id.into()).await?))
}

/// The case is not there any more for this colleague; who tries to open it is refused without a
/// word, and the office is alerted.
#[utoipa::path(
    post, path = "/api/interviews/{id}/barred/{user}", tag = "cases",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses(
        (status = 204, description = "Barred; their open pages of it close within seconds."),
        CaseRefusals,
    )
)]
async fn bar(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, user)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    app.bar(&caller.actor, id.into(), user.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The case is there again for this colleague. An approver's to do.
#[utoipa::path(
    post, path = "/api/interviews/{id}/barred/{user}/lift", tag = "cases",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses(
        (status = 204, description = "Lifted."),
        CaseRefusals,
    )
)]
async fn lift_bar(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, user)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    app.lift_bar(&caller.actor, id.into(), user.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
