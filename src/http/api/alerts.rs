//! Alerts of immediate flags.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::alerts::AlertLine;
use crate::http::error::Problem;
use crate::http::extract::{Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_alerts))
        .routes(routes!(open_alert))
}

/// What has come to the caller: to approvers every alert of their offices, to the people on a
/// contact list when it is their turn. Opened ones stay for a day.
#[utoipa::path(
    get, path = "/api/alerts", tag = "alerts",
    responses(
        (status = 200, body = [AlertLine]),
        GrantRefusals,
    )
)]
async fn list_alerts(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Vec<AlertLine>>, Problem> {
    Ok(axum::Json(app.list_alerts(&caller.actor).await?))
}

/// The caller has taken notice; it goes to nobody else.
#[utoipa::path(
    post, path = "/api/alerts/{id}/open", tag = "alerts", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Noted; the first who opens it counts."),
        CaseRefusals,
    )
)]
async fn open_alert(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.open_alert(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
