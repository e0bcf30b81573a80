//! The second step of signing in, and the second factor of one's own account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yorisoi_domain::pii::Pii;

use super::login::{LoginStep, Next, answered};
use crate::app::App;
use crate::app::logins::SignedIn;
use crate::app::second_factor::{Enrolment, RecoveryCodes};
use crate::http::cookie::Cookie;
use crate::http::device;
use crate::http::error::Problem;
use crate::http::extract::{Json, Paced, StaffCaller, Waiting};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(enter_code))
        .routes(routes!(begin_enrolment))
        .routes(routes!(confirm_enrolment))
        .routes(routes!(begin_own_enrolment))
        .routes(routes!(confirm_own_enrolment))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeRequest {
    /// Six digits; at the second step also a recovery code.
    #[schema(value_type = String)]
    code: Pii<String>,
}

/// Takes the second step of signing in, with the cookie that the first has set.
#[utoipa::path(
    post, path = "/api/login/code", tag = "login",
    responses(
        (status = 200, description = "Signed in; the cookie `__Host-login` is set.", body = LoginStep),
        (status = 401, description = "Nobody waits here (`not-signed-in`), or the code is wrong or was used (`wrong-code`); after the fifth the step is over (`step-over`).", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Twenty were wrong in a row: behind a password only a recovery code is heard (`codes-used-up`).", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no second factor yet.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong code is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn enter_code(
    State(app): State<Arc<App>>,
    _: Paced,
    Waiting(step): Waiting,
    device::From(device): device::From,
    Json(request): Json<CodeRequest>,
) -> Result<impl IntoResponse, Problem> {
    let signed_in = app.enter_code(step, &request.code, device).await?;
    Ok(answered(&signed_in))
}

/// Makes the secret of a second factor for whoever has none and waits at the second step. Asking
/// again makes another one.
#[utoipa::path(
    post, path = "/api/login/enrolment", tag = "login",
    responses(
        (status = 200, body = Enrolment),
        (status = 401, description = "Nobody waits here.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is a second factor already.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries from this address.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_enrolment(
    State(app): State<Arc<App>>,
    _: Paced,
    Waiting(step): Waiting,
) -> Result<axum::Json<Enrolment>, Problem> {
    Ok(axum::Json(app.begin_enrolment(step).await?))
}

/// Signed in, with the codes for who loses the phone.
#[derive(Debug, Serialize, ToSchema)]
struct Enrolled {
    next: Next,
    /// Each works once. They are not shown again.
    #[schema(value_type = Vec<String>)]
    recovery_codes: RecoveryCodes,
}

/// Confirms the secret by its first code, and signs in.
#[utoipa::path(
    post, path = "/api/login/enrolment/confirm", tag = "login",
    responses(
        (status = 200, description = "Signed in; the cookie `__Host-login` is set.", body = Enrolled),
        (status = 401, description = "Nobody waits here (`not-signed-in`), or the code is wrong (`wrong-code`).", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "No secret was made, or there is a second factor already.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong code is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_enrolment(
    State(app): State<Arc<App>>,
    _: Paced,
    Waiting(step): Waiting,
    device::From(device): device::From,
    Json(request): Json<CodeRequest>,
) -> Result<impl IntoResponse, Problem> {
    let confirmed = app.confirm_enrolment(step, &request.code, device).await?;
    let (signed_in, recovery_codes) = confirmed;
    let next = Next::after(&signed_in);
    let enrolled = Enrolled {
        next,
        recovery_codes,
    };
    Ok((cookies(&signed_in), axum::Json(enrolled)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordProof {
    /// The present password; left out where there is none yet, right after a sign-in link.
    #[schema(value_type = Option<String>, format = Password)]
    pub(super) password: Option<Pii<String>>,
}

/// Makes the secret of another second factor for one's own account. The present one stays until it
/// is confirmed.
#[utoipa::path(
    post, path = "/api/me/second-factor", tag = "login",
    responses(
        (status = 200, body = Enrolment),
        (status = 401, description = "Nobody is signed in, or the password is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no password yet, and the sign-in link was not used a moment ago (`no-password`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin_own_enrolment(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Json(request): Json<PasswordProof>,
) -> Result<axum::Json<Enrolment>, Problem> {
    let proof = caller.proof(request.password, from);
    let begun = app.begin_own_enrolment(&caller.actor, proof).await?;
    Ok(axum::Json(begun))
}

#[derive(Debug, Serialize, ToSchema)]
struct NewRecoveryCodes {
    /// Each works once; earlier ones are gone. They are not shown again.
    #[schema(value_type = Vec<String>)]
    recovery_codes: RecoveryCodes,
}

/// Confirms the secret of one's own account by its first code.
#[utoipa::path(
    post, path = "/api/me/second-factor/confirm", tag = "login",
    responses(
        (status = 200, body = NewRecoveryCodes),
        (status = 401, description = "Nobody is signed in, or the code is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "No secret was made.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong code is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm_own_enrolment(
    State(app): State<Arc<App>>,
    _: Paced,
    caller: StaffCaller,
    Json(request): Json<CodeRequest>,
) -> Result<axum::Json<NewRecoveryCodes>, Problem> {
    let recovery_codes = app
        .confirm_own_enrolment(&caller.actor, &request.code)
        .await?;
    Ok(axum::Json(NewRecoveryCodes { recovery_codes }))
}

/// The cookie of what has begun; that of what came before goes.
pub(super) fn cookies(signed_in: &SignedIn) -> AppendHeaders<[(HeaderName, HeaderValue); 2]> {
    let (token, set, clear) = match signed_in {
        SignedIn::Done { token, .. } => (token, Cookie::Login, Cookie::Step),
        SignedIn::Second { token, .. } => (token, Cookie::Step, Cookie::Login),
    };
    AppendHeaders([
        (header::SET_COOKIE, set.set(token)),
        (header::SET_COOKIE, clear.clear()),
    ])
}
