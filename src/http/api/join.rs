//! The other side of the link: from its secret to the waiting room. Answers hold what the phone
//! shows next and nothing that was typed before, no name, and nothing of staff.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yorisoi_domain::access::{Actor, Seat};
use yorisoi_domain::consent::Answer;
use yorisoi_domain::participant::{DeviceCheck, LeftHow, Nearby};
use yorisoi_domain::pii::Pii;

use crate::app::along::ComingAlong;
use crate::app::consent::{ConsentTexts, ReadText};
use crate::app::join::{Contact, Identity, JoinState, Step};
use crate::app::{App, AppError};
use crate::auth::secret::Secret;
use crate::call::News;
use crate::http::cookie::Cookie;
use crate::http::error::Problem;
use crate::http::extract::{ClientAddress, Guest, Json, Paced, Query};
use crate::http::refusals::{FieldRefusals, GrantRefusals, TooOften};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(claim_invitation))
        .routes(routes!(join_state))
        .routes(routes!(check_identity))
        .routes(routes!(come_along))
        .routes(routes!(give_contact))
        .routes(routes!(report_device))
        .routes(routes!(consent_texts, give_consent))
        .routes(routes!(knock))
        .routes(routes!(say_nearby))
        .routes(routes!(leave))
}

/// The fragment of the link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimRequest {
    /// base64url; empty after a reload, when the seat that this browser holds counts.
    #[schema(value_type = String)]
    secret: Pii<String>,
}

/// Exchanges the secret in the link for a seat. The browser that holds one gets the same again.
#[utoipa::path(
    post, path = "/api/join/claim", tag = "join",
    responses(
        (status = 204, description = "The link is good; `__Host-seat` holds the seat. `/api/join/state` says what comes next."),
        (status = 404, description = "Wrong, expired, ended or foreign link: one answer for all.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many tries from this address, whatever the link, or too many seats by this one.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn claim_invitation(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Paced(from): Paced,
    Json(request): Json<ClaimRequest>,
) -> Result<impl IntoResponse, Problem> {
    let held = Cookie::Seat.read(&headers);
    let claimed = match request.secret.expose().as_str() {
        "" => app.regain_seat(held.as_ref()).await.map(|()| None),
        text => {
            app.claim_invitation(Secret::parse(text).as_ref(), held.as_ref(), from)
                .await
        }
    };
    let contact = &app.settings().municipality.contact_url;
    let new = claimed.map_err(|error| Problem::from(error).contact(contact.clone()))?;
    let cookie = new.map(|token| (header::SET_COOKIE, Cookie::Seat.set(&token)));
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookie)))
}

/// What the phone shows next.
#[utoipa::path(
    get, path = "/api/join/state", tag = "join",
    responses(
        (status = 200, body = JoinState),
        (status = 401, description = "This browser holds no seat.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn join_state(
    State(app): State<Arc<App>>,
    guest: Guest,
) -> Result<axum::Json<JoinState>, Problem> {
    Ok(axum::Json(app.join_state(&guest.0).await?))
}

/// Compares the three answers with the booking.
#[utoipa::path(
    post, path = "/api/join/identity", tag = "join",
    responses(
        (status = 204, description = "They match."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They do not match (`identity-mismatch`, without saying which; `retry_after_s`), or are no answers (`invalid-input`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try of this seat is not over, or too much was tried from this address or by this link; what was typed was not looked at.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn check_identity(
    State(app): State<Arc<App>>,
    guest: Guest,
    ClientAddress(from): ClientAddress,
    Json(identity): Json<Identity>,
) -> Result<StatusCode, Problem> {
    app.check_identity(&guest.0, identity, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A companion or an interpreter: they show the booking number and get a label of their own.
#[utoipa::path(
    post, path = "/api/join/along", tag = "join",
    responses(
        (status = 204, description = "The number is right."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "This seat has passed a check already.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is not (`identity-mismatch`; `retry_after_s`), or it is no answer (`invalid-input`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "The delay of an earlier wrong try of this seat is not over, or too much was tried from this address or by this link; what was typed was not looked at.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn come_along(
    State(app): State<Arc<App>>,
    guest: Guest,
    ClientAddress(from): ClientAddress,
    Json(typed): Json<ComingAlong>,
) -> Result<StatusCode, Problem> {
    app.come_along(&guest.0, typed, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where to call when the line is lost, and where she is.
#[utoipa::path(
    post, path = "/api/join/contact", tag = "join",
    responses(
        (status = 204, description = "Kept, sealed."),
        GrantRefusals,
        TooOften,
        FieldRefusals,
    )
)]
async fn give_contact(
    State(app): State<Arc<App>>,
    guest: Guest,
    Json(contact): Json<Contact>,
) -> Result<StatusCode, Problem> {
    app.give_contact(&guest.0, contact).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the check of camera, microphone, noise and network found.
#[utoipa::path(
    post, path = "/api/join/device", tag = "join",
    responses(
        (status = 204, description = "The nurse sees it too."),
        GrantRefusals,
        TooOften,
    )
)]
async fn report_device(
    State(app): State<Arc<App>>,
    guest: Guest,
    Json(check): Json<DeviceCheck>,
) -> Result<StatusCode, Problem> {
    app.report_device(&guest.0, check).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Locale {
    /// `ja-x-easy` or `ja`; left out: `ja-x-easy`.
    locale: Option<String>,
}

/// The four texts, with version and SHA-256.
#[utoipa::path(
    get, path = "/api/join/consent", tag = "join", params(Locale),
    responses(
        (status = 200, body = ConsentTexts),
        GrantRefusals,
        (status = 422, description = "No texts in this locale.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn consent_texts(
    State(app): State<Arc<App>>,
    guest: Guest,
    Query(locale): Query<Locale>,
) -> Result<axum::Json<ConsentTexts>, Problem> {
    Ok(axum::Json(
        app.consent_texts(&guest.0, locale.locale.as_deref())
            .await?,
    ))
}

/// One answer, to the text as it was shown.
#[derive(Debug, Deserialize, ToSchema)]
struct ConsentRequest {
    #[serde(flatten)]
    answer: Answer,
    /// If it is not the present text any more, the question is asked again.
    #[serde(flatten)]
    read: ReadText,
}

/// Records one choice.
#[utoipa::path(
    post, path = "/api/join/consent", tag = "join",
    responses(
        (status = 200, description = "Recorded; what comes next.", body = JoinState),
        GrantRefusals,
        (status = 409, description = "The text has changed since it was shown.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
        TooOften,
    )
)]
async fn give_consent(
    State(service): State<Service>,
    guest: Guest,
    Json(request): Json<ConsentRequest>,
) -> Result<axum::Json<JoinState>, Problem> {
    let ConsentRequest { answer, read } = request;
    let state = service.app.give_consent(&guest.0, answer, read).await?;
    let (interview, who, consent) = service.app.own_consent(&guest.0).await?;
    let news = match state.step {
        Step::Declined => News::Ended,
        _ => News::Consented(who, consent),
    };
    service.tell(interview, news).await;
    Ok(axum::Json(state))
}

/// Knocks.
#[utoipa::path(
    post, path = "/api/join/knock", tag = "join",
    responses(
        (status = 204, description = "The nurse sees who waits."),
        GrantRefusals,
        (status = 409, description = "Not everything that is asked has an answer, or she knocks already.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn knock(State(app): State<Arc<App>>, guest: Guest) -> Result<StatusCode, Problem> {
    app.knock(&guest.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NearbyRequest {
    nearby: Nearby,
}

/// Somebody is near, or she is alone (again). The phone shows no trace of it.
#[utoipa::path(
    post, path = "/api/join/nearby", tag = "join",
    responses(
        (status = 204, description = "The nurse alone sees it."),
        GrantRefusals,
        TooOften,
    )
)]
async fn say_nearby(
    State(service): State<Service>,
    guest: Guest,
    Json(request): Json<NearbyRequest>,
) -> Result<StatusCode, Problem> {
    let is_new = service.app.say_nearby(&guest.0, request.nearby).await?;
    if let Actor::Seat(seat) = guest.0
        && is_new
    {
        let news = News::Nearby(seat.participant, request.nearby);
        service.tell(seat.interview, news).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveRequest {
    how: Leave,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Leave {
    /// Said good-bye.
    Closed,
    /// すぐ閉じる
    QuickExit,
}

/// Gives the seat up; the link starts again at the identity check.
#[utoipa::path(
    post, path = "/api/join/leave", tag = "join",
    responses(
        (status = 204, description = "The seat is destroyed here and in the browser."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
async fn leave(
    State(service): State<Service>,
    guest: Guest,
    Json(request): Json<LeaveRequest>,
) -> Result<impl IntoResponse, Problem> {
    let how = match request.how {
        Leave::Closed => LeftHow::Closed,
        Leave::QuickExit => LeftHow::QuickExit,
    };
    match guest.0 {
        Actor::Seat(seat) => give_up(&service, seat, how).await?,
        nobody => service.app.leave(&nobody, how).await?,
    }
    let gone = [(header::SET_COOKIE, Cookie::Seat.clear())];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(gone)))
}

/// Ends a seat, and tells the running call.
pub(in crate::http) async fn give_up(
    service: &Service,
    seat: Seat,
    how: LeftHow,
) -> Result<(), AppError> {
    let (interview, participant) = (seat.interview, seat.participant);
    service.app.leave(&Actor::Seat(seat), how).await?;
    service.tell(interview, News::Left(participant, how)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_and_not_shown() {
        let request: ClaimRequest = serde_json::from_str(r#"{"secret":"abc"}"#).unwrap();
        assert_eq!(request.secret.expose(), "abc");
        assert!(!format!("{request:?}").contains("abc"));
    }
}
