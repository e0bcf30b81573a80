//! Signing in and out, and who one is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yorisoi_domain::pii::Pii;

use super::second_factor::cookies;
use crate::app::App;
use crate::app::logins::{Me, SignedIn};
use crate::auth::secret::Secret;
use crate::http::cookie::Cookie;
use crate::http::device;
use crate::http::error::Problem;
use crate::http::extract::{Json, Paced, StaffCaller};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(sign_in_by_link))
        .routes(routes!(logout))
        .routes(routes!(me))
        .routes(routes!(change_password))
}

/// What a member of staff types.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    /// 職員ID
    #[schema(value_type = String, example = "sano")]
    staff_id: Pii<String>,
    #[schema(value_type = String, format = Password)]
    password: Pii<String>,
}

/// What comes next.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoginStep {
    next: Next,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Next {
    /// Signed in.
    Done,
    /// Signed in by a link, for there is no password yet or it was forgotten: the page asks for one.
    SetPassword,
    /// Not signed in yet: the code of the second factor is next.
    EnterCode,
    /// Not signed in yet: a second factor has to be set first.
    Enrol,
}

impl Next {
    pub(super) fn after(signed_in: &SignedIn) -> Self {
        match signed_in {
            SignedIn::Done {
                set_password: true, ..
            } => Self::SetPassword,
            SignedIn::Done { .. } => Self::Done,
            SignedIn::Second { enrolled: true, .. } => Self::EnterCode,
            SignedIn::Second { .. } => Self::Enrol,
        }
    }
}

/// Signs in, or leads to the second step.
#[utoipa::path(
    post, path = "/api/login", tag = "login",
    responses(
        (status = 200, description = "Signed in, and the cookie `__Host-login` is set; or the second step is next, and `__Host-step` is set.", body = LoginStep),
        (status = 401, description = "Staff id or password is wrong, never said which; `retry_after_s` says when the next try is heard.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn login(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    device::From(device): device::From,
    Json(request): Json<LoginRequest>,
) -> Result<impl IntoResponse, Problem> {
    let signed_in = app
        .sign_in(&request.staff_id, request.password, from, device)
        .await?;
    // Whoever signs in anew leaves what this browser was before.
    app.end_login(&caller.actor, caller.login).await?;
    Ok(answered(&signed_in))
}

/// The fragment of a sign-in link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecretRequest {
    /// base64url, 43 characters.
    #[schema(value_type = String)]
    secret: Pii<String>,
}

/// Signs in by a one-time link.
#[utoipa::path(
    post, path = "/api/login/link", tag = "login",
    responses(
        (status = 200, description = "The link is used up; signed in, or the second step is next.", body = LoginStep),
        (status = 404, description = "Wrong, used or expired link: one answer for all.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries from this address.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in_by_link(
    State(app): State<Arc<App>>,
    _: Paced,
    caller: StaffCaller,
    device::From(device): device::From,
    Json(request): Json<SecretRequest>,
) -> Result<impl IntoResponse, Problem> {
    let secret = Secret::parse(request.secret.expose());
    let signed_in = app.sign_in_by_link(secret, device).await?;
    app.end_login(&caller.actor, caller.login).await?;
    Ok(answered(&signed_in))
}

pub(super) fn answered(signed_in: &SignedIn) -> impl IntoResponse + use<> {
    let next = Next::after(signed_in);
    (cookies(signed_in), axum::Json(LoginStep { next }))
}

/// Signs out.
#[utoipa::path(
    post, path = "/api/logout", tag = "login",
    responses((status = 204, description = "The login has ended, here and in the store."))
)]
async fn logout(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<impl IntoResponse, Problem> {
    app.sign_out(&caller.actor, caller.login).await?;
    let gone = [
        (
            header::SET_COOKIE,
            Cookie::Login.clear().as_bytes().to_vec(),
        ),
        (
            header::HeaderName::from_static("clear-site-data"),
            b"\"cache\", \"storage\"".to_vec(),
        ),
    ];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(gone)))
}

/// Who is signed in, what they may do where, and whether this is a demo.
#[utoipa::path(
    get, path = "/api/me", tag = "login",
    responses(
        (status = 200, body = Me),
        (status = 401, description = "Nobody is signed in.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn me(State(app): State<Arc<App>>, caller: StaffCaller) -> Result<axum::Json<Me>, Problem> {
    Ok(axum::Json(app.me(&caller.actor, caller.login).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    /// The present one; left out by who came by a link a moment ago.
    #[schema(value_type = Option<String>, format = Password)]
    current: Option<Pii<String>>,
    /// At least 12 characters.
    #[schema(value_type = String, format = Password)]
    new: Pii<String>,
}

/// Sets one's own password. Every other login of the same account ends.
#[utoipa::path(
    post, path = "/api/me/password", tag = "login",
    responses(
        (status = 204, description = "From now on the new one counts, and this browser has a new login."),
        (status = 401, description = "Nobody is signed in, or the present password is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no password yet, and the sign-in link was not used a moment ago (`no-password`).", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The new one is too short or too long.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try is not over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_password(
    State(app): State<Arc<App>>,
    Paced(from): Paced,
    caller: StaffCaller,
    Json(request): Json<PasswordRequest>,
) -> Result<impl IntoResponse, Problem> {
    let PasswordRequest { current, new } = request;
    let token = app
        .change_password(&caller.actor, caller.login, current, new, from)
        .await?;
    let cookie = [(header::SET_COOKIE, Cookie::Login.set(&token))];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_and_not_shown() {
        let request: SecretRequest = serde_json::from_str(r#"{"secret":"abc"}"#).unwrap();
        assert_eq!(request.secret.expose(), "abc");
        assert!(!format!("{request:?}").contains("abc"));
    }
}
