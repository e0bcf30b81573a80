//! The approved note, which nothing changes, and what is added to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::records::{NewAddendum, Record};
use crate::app::restrictions::Restriction;
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(read_record))
        .routes(routes!(add_addendum))
        .routes(routes!(set_restriction))
}

/// The record of an interview, with what happened to it.
#[utoipa::path(
    get, path = "/api/interviews/{id}/record", tag = "records", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Record),
        GrantRefusals,
        (status = 404, description = "No such interview, or its note is not approved.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn read_record(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Record>, Problem> {
    Ok(axum::Json(app.read_record(&caller.actor, id.into()).await?))
}

/// Adds to the record. What was approved stays as it is.
#[utoipa::path(
    post, path = "/api/interviews/{id}/record/addenda", tag = "records", params(("id" = Uuid, Path)),
    responses(
        (status = 201, description = "Added."),
        CaseRefusals,
        (status = 409, description = "The note is not approved yet.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn add_addendum(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(new): Json<NewAddendum>,
) -> Result<StatusCode, Problem> {
    app.add_addendum(&caller.actor, id.into(), new).await?;
    Ok(StatusCode::CREATED)
}

/// Says how she may be reached, and how not, in the place of what was said before. It is shown
/// wherever her case is.
#[utoipa::path(
    put, path = "/api/interviews/{id}/restriction", tag = "records", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Set, or taken away."),
        CaseRefusals,
        FieldRefusals,
    )
)]
async fn set_restriction(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(new): Json<Restriction>,
) -> Result<StatusCode, Problem> {
    app.set_restriction(&caller.actor, id.into(), new).await?;
    Ok(StatusCode::NO_CONTENT)
}
