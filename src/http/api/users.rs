//! Staff accounts, for administrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::users::{AddedUser, NewGrant, NewUser, UserLine};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_users, add_user))
        .routes(routes!(disable_user))
        .routes(routes!(set_grants))
        .routes(routes!(enable_user))
        .routes(routes!(sign_out_user))
        .routes(routes!(reset_second_factor))
}

#[derive(Debug, Serialize, ToSchema)]
struct Users {
    users: Vec<UserLine>,
    /// Where roles can be given.
    offices: Vec<OfficeLine>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OfficeLine {
    id: Uuid,
    name: String,
}

/// All roles that somebody has from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Grants {
    /// At least one.
    grants: Vec<NewGrant>,
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
    let users = app.list_users(&caller.actor).await?;
    let offices = app.list_offices().await?.into_iter();
    let offices = offices.map(|(office, _)| OfficeLine {
        id: office.id.uuid(),
        name: office.name,
    });
    Ok(axum::Json(Users {
        users,
        offices: offices.collect(),
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

/// Gives and takes roles. Whose roles now ask for a second factor is signed out and sets one.
#[utoipa::path(
    put, path = "/api/users/{id}/grants", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "These are all they have."),
        CaseRefusals,
        (status = 409, description = "Nobody would administer any more.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn set_grants(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Grants>,
) -> Result<StatusCode, Problem> {
    app.set_grants(&caller.actor, id.into(), &wanted.grants)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disables an account: every login of it ends at once, open sockets within a second.
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

/// Lets a disabled account sign in again.
#[utoipa::path(
    post, path = "/api/users/{id}/enable", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Enabled."),
        CaseRefusals,
        (status = 409, description = "It is not disabled.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn enable_user(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.enable_user(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs an account out of every browser, open sockets within a second.
#[utoipa::path(
    post, path = "/api/users/{id}/sign-out", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Every login of it has ended."),
        CaseRefusals,
    )
)]
async fn sign_out_user(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.sign_out_user(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an account's second factor away and signs it out everywhere; whoever needs one sets another
/// at the next sign-in. For somebody whose phone and recovery codes are gone.
#[utoipa::path(
    post, path = "/api/users/{id}/reset-second-factor", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It has none any more."),
        CaseRefusals,
        (status = 409, description = "There is none, or it is one's own account.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reset_second_factor(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.reset_second_factor(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
