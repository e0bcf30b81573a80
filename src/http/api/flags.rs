//! Flags and coverage of one talk: read, decided, added and ticked by hand.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::flags::view::{CoverageView, FlagView, Flags};
use crate::app::flags::{Dismissal, FlagSeen, Hold, NewFlag, Tick};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(read_flags, add_flag))
        .routes(routes!(confirm_flag))
        .routes(routes!(dismiss_flag))
        .routes(routes!(hold_flag))
        .routes(routes!(reopen_flag))
        .routes(routes!(tick_item))
}

/// What was found in the talk, what was decided, and how far each item was asked about.
#[utoipa::path(
    get, path = "/api/interviews/{id}/flags", tag = "flags", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Flags),
        CaseRefusals,
    )
)]
async fn read_flags(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Flags>, Problem> {
    Ok(axum::Json(app.read_flags(&caller.actor, id.into()).await?))
}

/// What the nurse saw herself. Where the item has a flag already it is more evidence for that.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags", tag = "flags", params(("id" = Uuid, Path)),
    responses(
        (status = 201, body = FlagView),
        CaseRefusals,
        (status = 409, description = "The interview never took place.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn add_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(new): Json<NewFlag>,
) -> Result<(StatusCode, axum::Json<FlagView>), Problem> {
    let flag = app.add_flag(&caller.actor, id.into(), new).await?;
    Ok((StatusCode::CREATED, axum::Json(flag)))
}

/// It is so.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags/{flag}/confirm", tag = "flags",
    params(("id" = Uuid, Path), ("flag" = Uuid, Path)),
    responses(
        (status = 200, body = FlagView),
        CaseRefusals,
        (status = 409, description = "Changed since it was seen (`changed`), or not possible in its present state.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, flag)): Path<(Uuid, Uuid)>,
    Json(seen): Json<FlagSeen>,
) -> Result<axum::Json<FlagView>, Problem> {
    let (id, flag) = (id.into(), flag.into());
    let flag = app.confirm_flag(&caller.actor, id, flag, seen).await?;
    Ok(axum::Json(flag))
}

/// It is not so, for a reason.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags/{flag}/dismiss", tag = "flags",
    params(("id" = Uuid, Path), ("flag" = Uuid, Path)),
    responses(
        (status = 200, body = FlagView),
        CaseRefusals,
        (status = 409, description = "Changed since it was seen (`changed`), or not possible in its present state.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn dismiss_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, flag)): Path<(Uuid, Uuid)>,
    Json(dismissal): Json<Dismissal>,
) -> Result<axum::Json<FlagView>, Problem> {
    let (id, flag) = (id.into(), flag.into());
    let flag = app.dismiss_flag(&caller.actor, id, flag, dismissal).await?;
    Ok(axum::Json(flag))
}

/// Not yet decided, for a reason, until the end of a day; an immediate flag until the end of today.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags/{flag}/hold", tag = "flags",
    params(("id" = Uuid, Path), ("flag" = Uuid, Path)),
    responses(
        (status = 200, body = FlagView),
        CaseRefusals,
        (status = 409, description = "Changed since it was seen (`changed`), or not possible in its present state.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn hold_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, flag)): Path<(Uuid, Uuid)>,
    Json(hold): Json<Hold>,
) -> Result<axum::Json<FlagView>, Problem> {
    let (id, flag) = (id.into(), flag.into());
    let flag = app.hold_flag(&caller.actor, id, flag, hold).await?;
    Ok(axum::Json(flag))
}

/// The decision is taken back.
#[utoipa::path(
    post, path = "/api/interviews/{id}/flags/{flag}/reopen", tag = "flags",
    params(("id" = Uuid, Path), ("flag" = Uuid, Path)),
    responses(
        (status = 200, body = FlagView),
        CaseRefusals,
        (status = 409, description = "Changed since it was seen (`changed`), or not possible in its present state.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reopen_flag(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, flag)): Path<(Uuid, Uuid)>,
    Json(seen): Json<FlagSeen>,
) -> Result<axum::Json<FlagView>, Problem> {
    let (id, flag) = (id.into(), flag.into());
    let flag = app.reopen_flag(&caller.actor, id, flag, seen).await?;
    Ok(axum::Json(flag))
}

/// The nurse's own tick, which wins over what was read in the talk.
#[utoipa::path(
    put, path = "/api/interviews/{id}/coverage/{item}", tag = "flags",
    params(("id" = Uuid, Path), ("item" = String, Path)),
    responses(
        (status = 200, body = CoverageView),
        CaseRefusals,
        FieldRefusals,
    )
)]
async fn tick_item(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, item)): Path<(Uuid, String)>,
    Json(tick): Json<Tick>,
) -> Result<axum::Json<CoverageView>, Problem> {
    let done = app.tick_item(&caller.actor, id.into(), &item, tick).await?;
    Ok(axum::Json(done))
}
