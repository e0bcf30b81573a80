//! The items of the rules that are in force.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::flags::RuleItems;
use crate::http::error::Problem;
use crate::http::extract::StaffCaller;
use crate::http::refusals::GrantRefusals;
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list_items))
}

/// What may be found in a talk, with what helps to ask about it.
#[utoipa::path(
    get, path = "/api/rules/items", tag = "flags",
    responses(
        (status = 200, body = RuleItems),
        GrantRefusals,
    )
)]
async fn list_items(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<RuleItems>, Problem> {
    Ok(axum::Json(app.rule_items(&caller.actor).await?))
}
