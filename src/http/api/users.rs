//! Staff accounts, for administrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::users::{AddedUser, NewUser, UserLine};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_users, add_user))
        .routes(routes!(disable_user))
}

#[derive(Debug, Serialize, ToSchema)]
struct Users {
    users: Vec<UserLine>,
}

/// Every account, active or not.
#[utoipa::path(
    get, path = "/api/users", tag = "users",
    responses(
        (status = 200, body = Users),
        GrantRefusals,
    )
)]
async fn list_users(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Users>, Problem> {
    Ok(axum::Json(Users {
        users: app.list_users(&caller.actor).await?,
    }))
}

/// Adds an account and makes its sign-in link, which works once within 15 minutes.
#[utoipa::path(
    post, path = "/api/users", tag = "users",
    responses(
        (status = 201, body = AddedUser),
        GrantRefusals,
        (status = 409, description = "The staff id is taken.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn add_user(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Json(user): Json<NewUser>,
) -> Result<(StatusCode, axum::Json<AddedUser>), Problem> {
    let added = app.add_user(&caller.actor, user).await?;
    Ok((StatusCode::CREATED, axum::Json(added)))
}

/// Disables an account at once: every login of it ends.
#[utoipa::path(
    post, path = "/api/users/{id}/disable", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Disabled."),
        CaseRefusals,
        (status = 409, description = "Disabled already, or one's own account.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn disable_user(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.disable_user(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
