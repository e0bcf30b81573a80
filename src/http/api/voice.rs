//! What people do with their own voice once it is text: pause it, take it back; and what staff may
//! hear of it again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::time::InterviewMs;

use crate::app::certificates::{CertificateView, Withdrawable};
use crate::app::input::{FieldCode, FieldProblem};
use crate::app::withdrawals::{Promise, WithdrawalCertificate};
use crate::app::{App, AppError};
use crate::call::News;
use crate::http::error::Problem;
use crate::http::extract::{Guest, Json, Path, Query, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals, TooOften};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(withdraw))
        .routes(routes!(take_withdrawal))
        .routes(routes!(pause_own_voice))
        .routes(routes!(pause_talk))
        .routes(routes!(play_audio))
        .routes(routes!(list_withdrawals))
        .routes(routes!(find_certificate))
}

/// Takes everything back that was made of her voice. What the nurse wrote herself stays.
#[utoipa::path(
    post, path = "/api/join/withdraw", tag = "join",
    responses(
        (status = 200, description = "Text and sound are destroyed. The number is shown once and kept nowhere on the phone.", body = WithdrawalCertificate),
        GrantRefusals,
        (status = 503, description = "`withdrawal-pending`: nothing more is written, and the `certificate` holds; the rest is destroyed by asking again, or within minutes; where a law keeps it (`held`), only after that.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn withdraw(
    State(service): State<Service>,
    guest: Guest,
) -> Result<axum::Json<WithdrawalCertificate>, Problem> {
    let promise = service.app.withdraw(&guest.0).await?;
    finish(&service, &promise).await
}

/// Takes a withdrawal down for a guest whose identity was checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawalRequest {
    manner: Taken,
    /// Whoever takes it down has made sure whose it is. Without it nothing is destroyed.
    identity_checked: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Taken {
    Spoken,
    Paper,
}

/// As `withdraw`, by the hand of staff: at the counter, by telephone or on paper.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/withdraw", tag = "call",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 200, body = WithdrawalCertificate),
        GrantRefusals,
        (status = 404, description = "No such interview, or no such guest in it.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
        (status = 503, description = "As for `withdraw`.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn take_withdrawal(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
    Json(request): Json<WithdrawalRequest>,
) -> Result<axum::Json<WithdrawalCertificate>, Problem> {
    if !request.identity_checked {
        let unchecked = FieldProblem {
            field: "identity_checked",
            code: FieldCode::Required,
        };
        return Err(AppError::Invalid(vec![unchecked]).into());
    }
    let manner = match request.manner {
        Taken::Spoken => Manner::Spoken,
        Taken::Paper => Manner::Paper,
    };
    let promise = service
        .app
        .take_withdrawal(&caller.actor, id.into(), pid.into(), manner)
        .await?;
    finish(&service, &promise).await
}

/// Whose voice of an interview may be kept, and what was taken back of it.
#[utoipa::path(
    get, path = "/api/interviews/{id}/withdrawals", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = [Withdrawable]),
        CaseRefusals,
    )
)]
async fn list_withdrawals(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Vec<Withdrawable>>, Problem> {
    Ok(axum::Json(
        app.withdrawable(&caller.actor, id.into()).await?,
    ))
}

/// The line of a withdrawal, by the number that was shown once.
#[utoipa::path(
    get, path = "/api/certificates/{number}", tag = "call",
    params(("number" = String, Path, example = "D-00872")),
    responses(
        (status = 200, body = CertificateView),
        CaseRefusals,
    )
)]
async fn find_certificate(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(number): Path<String>,
) -> Result<axum::Json<CertificateView>, Problem> {
    let found = app.find_certificate(&caller.actor, &number).await?;
    Ok(axum::Json(found))
}

/// The call forgets first, so that nothing is written while it is destroyed.
async fn finish(
    service: &Service,
    promise: &Promise,
) -> Result<axum::Json<WithdrawalCertificate>, Problem> {
    for (certificate, agreed) in &promise.seats {
        let news = News::Withdrawn(certificate.participant, *agreed, certificate.at);
        service.tell(certificate.interview, news).await;
    }
    // All of them, although one may have to wait.
    let mut finished = Ok(());
    for (certificate, _) in &promise.seats {
        finished = finished.and(service.app.finish_withdrawal(certificate).await);
    }
    let certificate = &promise.certificate;
    match finished {
        Ok(()) => Ok(axum::Json(certificate.into())),
        Err(error) => Err(Problem::withdrawal_pending()
            .logged(&error)
            .certificate(&certificate.number.to_string())
            .held(matches!(error, AppError::Held))),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PauseRequest {
    on: bool,
}

/// Pauses the transcription of her own voice, or goes on. What was paused is never filled in.
#[utoipa::path(
    post, path = "/api/join/pause", tag = "join",
    responses(
        (status = 204, description = "From now on."),
        GrantRefusals,
        TooOften,
        (status = 409, description = "The interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn pause_own_voice(
    State(service): State<Service>,
    guest: Guest,
    Json(request): Json<PauseRequest>,
) -> Result<StatusCode, Problem> {
    let (interview, own, pauses) = service.app.pause_own_voice(&guest.0, request.on).await?;
    service
        .tell(interview, News::Paused(Some(own), pauses))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// Pauses the transcription of every voice, or goes on. What somebody paused for themselves stays so.
#[utoipa::path(
    post, path = "/api/interviews/{id}/pause", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "From now on."),
        CaseRefusals,
        (status = 409, description = "The interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn pause_talk(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Json(request): Json<PauseRequest>,
) -> Result<StatusCode, Problem> {
    let pauses = service
        .app
        .pause_talk(&caller.actor, id.into(), request.on)
        .await?;
    service.tell(id.into(), News::Paused(None, pauses)).await;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Stretch {
    track: Uuid,
    /// Milliseconds since the interview began; ten minutes at most.
    from_ms: i64,
    to_ms: i64,
}

/// A stretch of one voice, to be heard. Time 0 of the file is `from_ms`.
#[utoipa::path(
    get, path = "/api/interviews/{id}/audio", tag = "call", params(("id" = Uuid, Path), Stretch),
    responses(
        (status = 200, description = "Ogg Opus.", body = Vec<u8>, content_type = "audio/ogg"),
        GrantRefusals,
        (status = 404, description = "No such track, or no sound: she did not agree to keep it, or it is destroyed.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An empty stretch, or one of more than ten minutes.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn play_audio(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Query(stretch): Query<Stretch>,
) -> Result<impl IntoResponse, Problem> {
    let Stretch {
        track,
        from_ms,
        to_ms,
    } = stretch;
    let (from, to) = (InterviewMs(from_ms), InterviewMs(to_ms));
    let file = app
        .play_audio(&caller.actor, id.into(), track.into(), from, to)
        .await?;
    Ok(([(header::CONTENT_TYPE, "audio/ogg")], file))
}
