//! Staff accounts, for administrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use yorisoi_domain::pii::Pii;

use super::second_factor::PasswordProof;
use crate::app::App;
use crate::app::users::{AddedUser, NewGrant, NewUser, UserLine};
use crate::http::error::Problem;
use crate::http::extract::{Json, Paced, Path, StaffCaller};
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

/// A new account, and the password of whoever adds it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserRequest {
    /// 職員ID: 3 to 32 of a-z, 0-9, `.`, `_`, `-`.
    #[schema(value_type = String)]
    staff_id: Pii<String>,
    #[schema(value_type = String)]
    name: Pii<String>,
    /// At least one.
    grants: Vec<NewGrant>,
    /// One's own; left out where there is none yet, right after a sign-in link.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Pii<String>>,
}

/// All roles that somebody has from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Grants {
    /// Those they had when this was decided.
    before: Vec<NewGrant>,
    /// At least one.
    grants: Vec<NewGrant>,
    /// One's own; left out where there is none yet, right after a sign-in link.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Pii<String>>,
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
        (status = 429, description = "The delay of an earlier wrong password is not over.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The staff id is taken (`taken`), or whoever asks has no password yet (`no-password`).", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn add_user(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Json(request): Json<UserRequest>,
) -> Result<(StatusCode, axum::Json<AddedUser>), Problem> {
    let new = NewUser {
        staff_id: request.staff_id,
        name: request.name,
        grants: request.grants,
    };
    let proof = caller.proof(request.password, from);
    let added = app.add_user(&caller.actor, new, Some(proof)).await?;
    Ok((StatusCode::CREATED, axum::Json(added)))
}

/// Gives and takes roles. Whose roles now ask for a second factor is signed out and sets one. One's
/// own can only be taken.
#[utoipa::path(
    put, path = "/api/users/{id}/grants", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "These are all they have."),
        CaseRefusals,
        (status = 429, description = "The delay of an earlier wrong password is not over.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody would administer any more (`wrong-state`), `before` is not what they have (`changed`), they are in a talk, which signing out would end (`not-ready`), or whoever asks has no password yet (`no-password`).", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn set_grants(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(request): Json<Grants>,
) -> Result<StatusCode, Problem> {
    let Grants {
        before,
        grants,
        password,
    } = request;
    let proof = Some(caller.proof(password, from));
    app.set_grants(&caller.actor, id.into(), &before, &grants, proof)
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
        (status = 429, description = "The delay of an earlier wrong password is not over.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is none, it is one's own account, or whoever asks has no password yet (`no-password`).", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reset_second_factor(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(proof): Json<PasswordProof>,
) -> Result<StatusCode, Problem> {
    let proof = Some(caller.proof(proof.password, from));
    app.reset_second_factor(&caller.actor, id.into(), proof)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
