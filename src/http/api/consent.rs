//! Consent that staff take down: what was said aloud or signed on paper, and somebody who speaks at a
//! guest's microphone.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use yorisoi_domain::consent::{Answer, Manner};
use yorisoi_domain::second_voice::SaidBeside;

use crate::app::App;
use crate::app::consent::{Given, ReadText, TextsToRead};
use crate::call::News;
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, Query, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(texts_to_read))
        .routes(routes!(record_consent))
        .routes(routes!(note_second_voice))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Locale {
    /// `ja-x-easy` where it is left out.
    locale: Option<String>,
}

/// The consent texts, for staff who read them aloud.
#[utoipa::path(
    get, path = "/api/interviews/{id}/consent-texts", tag = "consent",
    params(("id" = Uuid, Path), Locale),
    responses(
        (status = 200, body = TextsToRead),
        CaseRefusals,
        FieldRefusals,
    )
)]
async fn texts_to_read(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    Query(Locale { locale }): Query<Locale>,
) -> Result<axum::Json<TextsToRead>, Problem> {
    let texts = app
        .texts_to_read(&caller.actor, id.into(), locale.as_deref())
        .await?;
    Ok(axum::Json(texts))
}

/// An answer that was given aloud or on paper.
#[derive(Debug, Deserialize, ToSchema)]
struct TakenConsent {
    #[serde(flatten)]
    answer: Answer,
    manner: TakenManner,
    #[serde(flatten)]
    read: ReadText,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TakenManner {
    /// The text was read aloud by whoever takes it down.
    Spoken,
    Paper,
}

/// Takes down one choice of a guest.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/consent", tag = "consent",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 204, description = "Recorded, and in effect from now on."),
        CaseRefusals,
        (status = 409, description = "They have not shown who they are, the interview is over, the choice is not theirs, or the text has changed since it was read.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn record_consent(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
    Json(request): Json<TakenConsent>,
) -> Result<StatusCode, Problem> {
    let TakenConsent {
        answer,
        manner,
        read,
    } = request;
    let given = Given {
        answer,
        read,
        manner: match manner {
            TakenManner::Spoken => Manner::Spoken,
            TakenManner::Paper => Manner::Paper,
        },
    };
    let (agreed, declined) = service
        .app
        .record_consent(&caller.actor, id.into(), pid.into(), &given)
        .await?;
    let news = match declined {
        true => News::Ended,
        false => News::Consented(pid.into(), agreed),
    };
    service.tell(id.into(), news).await;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondVoiceRequest {
    said: SaidBeside,
    /// With `agrees` and `refuses`: the text that was read aloud.
    read: Option<ReadText>,
}

/// 同席者が話す: notes who else speaks at a guest's microphone, and what they answered. Until they agree
/// nothing of that voice is written.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/second-voice", tag = "consent",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 204, description = "Noted, and in effect from now on."),
        CaseRefusals,
        (status = 409, description = "The guest is not in the talk, nobody was noted who could have answered, or the text has changed since it was read.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn note_second_voice(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
    Json(request): Json<SecondVoiceRequest>,
) -> Result<StatusCode, Problem> {
    let (it, at) = (id.into(), pid.into());
    let agreed = service
        .app
        .note_second_voice(&caller.actor, it, at, request.said, request.read.as_ref())
        .await?;
    service.tell(it, News::Consented(at, agreed)).await;
    Ok(StatusCode::NO_CONTENT)
}
