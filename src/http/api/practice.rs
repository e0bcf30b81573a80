//! A demo's practice guest.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::http::error::Problem;
use crate::http::extract::{Path, StaffCaller};
use crate::http::refusals::CaseRefusals;
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(call_practice_guest))
}

/// Calls somebody to practise with: a recorded voice comes to the door by a new link. Only in a
/// demo; elsewhere there is no such thing.
#[utoipa::path(
    post, path = "/api/interviews/{id}/practice", tag = "interviews", params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "She is on her way to the door."),
        CaseRefusals,
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
async fn call_practice_guest(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let call = service.practice.as_ref().ok_or_else(Problem::not_found)?;
    let guest = service.app.practice_guest(&caller.actor, id.into()).await?;
    // Those before her are still on their way.
    call.try_send(guest).map_err(|_| Problem::not_ready())?;
    Ok(StatusCode::ACCEPTED)
}
