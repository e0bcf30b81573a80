//! The audit as administrators see it: ids, codes, counts and times.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::audit::{AuditPage, AuditQuestion};
use crate::http::error::Problem;
use crate::http::extract::{Query, StaffCaller};
use crate::http::refusals::{FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(read_audit))
        .routes(routes!(export_audit))
}

/// A page of the audit, newest first, of what is asked for. It says whether the chain holds. Reading
/// it is itself written down, and so is of whom.
#[utoipa::path(
    get, path = "/api/audit", tag = "audit", params(AuditQuestion),
    responses(
        (status = 200, body = AuditPage),
        GrantRefusals,
        FieldRefusals,
    )
)]
async fn read_audit(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(asked): Query<AuditQuestion>,
) -> Result<axum::Json<AuditPage>, Problem> {
    Ok(axum::Json(app.read_audit(&caller.actor, &asked).await?))
}

/// The same as a table for spreadsheets, at most a hundred thousand lines.
#[utoipa::path(
    get, path = "/api/audit/export", tag = "audit", params(AuditQuestion),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        GrantRefusals,
        FieldRefusals,
    )
)]
async fn export_audit(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(asked): Query<AuditQuestion>,
) -> Result<impl IntoResponse, Problem> {
    let csv = app.export_audit(&caller.actor, &asked).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"audit.csv\"",
        ),
    ];
    Ok((headers, csv))
}
