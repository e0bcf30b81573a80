//! The audit as administrators see it: ids, codes, counts and times.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::audit::AuditPage;
use crate::http::error::Problem;
use crate::http::extract::{Query, StaffCaller};
use crate::http::refusals::GrantRefusals;
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(read_audit))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Before {
    /// Events before this number; left out: the newest.
    before: Option<u64>,
}

/// A page of the audit, newest first. It says whether the chain holds over these events.
#[utoipa::path(
    get, path = "/api/audit", tag = "audit", params(Before),
    responses(
        (status = 200, body = AuditPage),
        GrantRefusals,
    )
)]
async fn read_audit(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(before): Query<Before>,
) -> Result<axum::Json<AuditPage>, Problem> {
    Ok(axum::Json(
        app.read_audit(&caller.actor, before.before).await?,
    ))
}
