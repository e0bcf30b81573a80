//! The door: who stands before it, and the nurse's three answers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use yorisoi_domain::participant::LeftHow;

use crate::app::App;
use crate::app::door::Door;
use crate::call::News;
use crate::http::error::Problem;
use crate::http::extract::{Path, StaffCaller};
use crate::http::refusals::CaseRefusals;
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(see_door))
        .routes(routes!(admit))
        .routes(routes!(ask_to_wait))
        .routes(routes!(refuse))
        .routes(routes!(seat_at_counter))
}

/// Who came by the link, what the identity check and the device check said, what was agreed to.
#[utoipa::path(
    get, path = "/api/interviews/{id}/door", tag = "door", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Door),
        CaseRefusals,
    )
)]
async fn see_door(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Door>, Problem> {
    Ok(axum::Json(app.see_door(&caller.actor, id.into()).await?))
}

/// Lets somebody in. The first who is let in begins the interview.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/admit", tag = "door",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 204, description = "Let in."),
        CaseRefusals,
        (status = 409, description = "Nobody knocks there, the interview is over, or the office's contact list is empty (`no-contacts`).", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn admit(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    let revision = service
        .app
        .admit(&caller.actor, id.into(), pid.into())
        .await?;
    let (it, who) = (id.into(), pid.into());
    if let Some(started) = service.app.began(it).await? {
        service.tell(it, News::Started(started)).await;
    }
    service.tell(it, News::Admitted(who, revision)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks somebody to wait a little longer; also moves a guest back to the waiting room.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/wait", tag = "door",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 204, description = "The phone page says so, without a reason."),
        CaseRefusals,
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
async fn ask_to_wait(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    let revision = service
        .app
        .ask_to_wait(&caller.actor, id.into(), pid.into())
        .await?;
    let out = News::SentOut(pid.into(), revision);
    service.tell(id.into(), out).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Does not let somebody in. Their seat is gone.
#[utoipa::path(
    post, path = "/api/interviews/{id}/participants/{pid}/refuse", tag = "door",
    params(("id" = Uuid, Path), ("pid" = Uuid, Path)),
    responses(
        (status = 204, description = "Refused."),
        CaseRefusals,
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
async fn refuse(
    State(service): State<Service>,
    caller: StaffCaller,
    Path((id, pid)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    service
        .app
        .refuse(&caller.actor, id.into(), pid.into())
        .await?;
    let left = News::Left(pid.into(), LeftHow::Closed);
    service.tell(id.into(), left).await;
    Ok(StatusCode::NO_CONTENT)
}

/// She has come to the counter: from now on she waits at the door, for her consent and to be let in.
#[utoipa::path(
    post, path = "/api/interviews/{id}/counter", tag = "door", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "The door shows her, `at_counter`."),
        CaseRefusals,
        (status = 409, description = "The interview is over or not held at the counter, or she is there already.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn seat_at_counter(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.seat_at_counter(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
