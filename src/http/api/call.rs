//! The talk: the sockets of both sides, and its end by the nurse's hand.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::time::timeout;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use yorisoi_domain::ids::InterviewId;

use crate::app::App;
use crate::app::calls::Attendance;
use crate::app::speakers::NewSpeaker;
use crate::app::transcripts::Transcript;
use crate::auth::secret::Secret;
use crate::call::registry::Refused;
use crate::call::{Entry, News};
use crate::http::cookie::Cookie;
use crate::http::error::Problem;
use crate::http::extract::{Guest, Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;
use crate::signalling::ws;

/// How often an open socket of staff asks whether its login was ended or its account disabled, also
/// by the command line, which is another process. Nobody who was stays a second longer.
const LOCKED: Duration = Duration::from_millis(400);
/// How often it asks whether it may stay: every so many of those. It counts as a request, for a
/// login must not end in a talk. And at once where a case has barred somebody.
const LOOK: u32 = 37;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(room_socket))
        .routes(routes!(counter_socket))
        .routes(routes!(talk_socket))
        .routes(routes!(end_interview))
        .routes(routes!(read_transcript))
        .routes(routes!(give_speaker))
}

/// The nurse's socket. Messages: `ClientMessage` up, `ServerMessage_StaffEvent` and `Reply` down.
#[utoipa::path(
    get, path = "/api/interviews/{id}/socket", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 101, description = "The socket is open; say `hello`."),
        CaseRefusals,
        (status = 409, description = "The interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn room_socket(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    service.origins.check_socket(&headers)?;
    let attendance = service.app.enter_room(&caller.actor, id.into()).await?;
    let login = Cookie::Login.read(&headers);
    open(
        &service,
        attendance,
        login,
        upgrade.map_err(|_| Problem::upgrade_required())?,
    )
    .await
}

/// The socket of the microphone at the counter, which the nurse's browser holds for a seat without a
/// browser of its own. Messages: `ClientMessage` up, `ServerMessage_ResidentEvent` and `Reply` down.
#[utoipa::path(
    get, path = "/api/interviews/{id}/counter/socket", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 101, description = "The socket is open; say `hello`."),
        CaseRefusals,
        (status = 409, description = "Nobody is at the counter, somebody else's browser has its microphone, or the interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn counter_socket(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    service.origins.check_socket(&headers)?;
    let app = &service.app;
    let attendance = app.enter_at_counter(&caller.actor, id.into()).await?;
    open(
        &service,
        attendance,
        Cookie::Login.read(&headers),
        upgrade.map_err(|_| Problem::upgrade_required())?,
    )
    .await
}

/// A guest's socket, once they have knocked. Messages: `ClientMessage` up,
/// `ServerMessage_ResidentEvent` and `Reply` down.
#[utoipa::path(
    get, path = "/api/join/socket", tag = "join",
    responses(
        (status = 101, description = "The socket is open; say `hello`."),
        GrantRefusals,
        (status = 409, description = "Not knocked yet, or the interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn talk_socket(
    State(service): State<Service>,
    guest: Guest,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    service.origins.check_socket(&headers)?;
    let attendance = service.app.enter_talk(&guest.0).await?;
    open(
        &service,
        attendance,
        None,
        upgrade.map_err(|_| Problem::upgrade_required())?,
    )
    .await
}

async fn open(
    service: &Service,
    attendance: Attendance,
    login: Option<Secret>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let Attendance {
        interview,
        participant,
        who,
        door,
        holder,
        revision,
        consent,
        pauses,
        started,
    } = attendance;
    let entry = Entry {
        seat: participant,
        who,
        door,
        holder,
        revision,
        consent,
        pauses,
        started,
    };
    let wires = service
        .calls
        .enter(interview, entry)
        .await
        .map_err(|refused| match refused {
            Refused::Stopping => Problem::busy(),
            Refused::Held => Problem::taken(),
        })?;
    let (app, calls) = (Arc::clone(&service.app), service.calls.clone());
    Ok(ws::bounded(upgrade).on_upgrade(async move |socket| {
        let news = News::SignedOut(participant, wires.socket);
        let mut put_out = std::pin::pin!(async {
            may_stay(&app, login, interview).await;
            // The voice goes with the socket: it has a connection of its own.
            if let Err(refusal) = calls.tell(interview, news).await {
                tracing::info!(%interview, %refusal, "the call had nobody to put out");
            }
        });
        if !ws::serve(socket, wires, put_out.as_mut()).await {
            // A page may close its socket and keep its voice for as long as that counts as a short break.
            let _ = timeout(calls.grace() + LOCKED, put_out).await;
        }
    }))
}

/// Ends when the login, the account or the right to be in this room is gone; for a guest never.
async fn may_stay(app: &App, login: Option<Secret>, interview: InterviewId) {
    let Some(login) = login else {
        return std::future::pending().await;
    };
    // Not known yet: whoever was barred while the socket opened is seen by the first look.
    let mut looked_at = None;
    for look in 1_u32.. {
        tokio::time::sleep(LOCKED).await;
        let bars = Some(app.bars());
        let stays = match app.was_signed_out(&login).await {
            Ok(false) if bars == looked_at && !look.is_multiple_of(LOOK) => continue,
            Ok(false) => app.may_stay_in_room(&login, interview).await,
            Ok(true) => Ok(false),
            Err(error) => Err(error),
        };
        match stays {
            Ok(true) => looked_at = bars,
            Ok(false) => {
                tracing::info!(%interview, "a member of staff may not stay in the room");
                return;
            }
            // A talk is not broken off because the records were busy.
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a login could not be looked at in the talk");
            }
        }
    }
}

/// Ends the interview for everybody.
#[utoipa::path(
    post, path = "/api/interviews/{id}/end", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Ended."),
        CaseRefusals,
        (status = 409, description = "It has not begun, or is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_interview(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    service.app.end_interview(&caller.actor, id.into()).await?;
    service.tell(id.into(), News::Ended).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What was said, in the order in which it was spoken.
#[utoipa::path(
    get, path = "/api/interviews/{id}/transcript", tag = "call", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Transcript),
        CaseRefusals,
    )
)]
async fn read_transcript(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Transcript>, Problem> {
    Ok(axum::Json(
        app.read_transcript(&caller.actor, id.into()).await?,
    ))
}

/// Says who speaks in what was said, or takes that back. The words stay as they are, on their track.
#[utoipa::path(
    put, path = "/api/interviews/{id}/segments/{segment}/speaker", tag = "call",
    params(("id" = Uuid, Path), ("segment" = Uuid, Path)),
    responses(
        (status = 204, description = "It holds."),
        CaseRefusals,
        (status = 409, description = "The note is approved.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn give_speaker(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, segment)): Path<(Uuid, Uuid)>,
    Json(new): Json<NewSpeaker>,
) -> Result<StatusCode, Problem> {
    let (id, segment) = (id.into(), segment.into());
    app.give_speaker(&caller.actor, id, segment, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
