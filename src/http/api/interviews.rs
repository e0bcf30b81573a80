//! Booking: the list of a day, a new interview with its link, what is known of one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::booking::{Booked, Booking, NewLink};
use crate::app::booking_file::BookingFile;
use crate::app::interviews::{InterviewDay, InterviewDetail};
use crate::call::News;
use crate::http::error::Problem;
use crate::http::extract::{File, Json, Path, Query, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_interviews, book_interview))
        .routes(routes!(read_booking_file))
        .routes(routes!(read_interview))
        .routes(routes!(renew_invitation))
        .routes(routes!(cancel_interview))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Day {
    office: Uuid,
    /// `YYYY-MM-DD` in the city's zone; left out: today.
    day: Option<String>,
}

/// An office's interviews of a day, in the order of their times. Cases that bar the caller are
/// left out.
#[utoipa::path(
    get, path = "/api/interviews", tag = "interviews", params(Day),
    responses(
        (status = 200, body = InterviewDay),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another office's.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such day.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_interviews(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(day): Query<Day>,
) -> Result<axum::Json<InterviewDay>, Problem> {
    let list = app
        .list_interviews(&caller.actor, day.office.into(), day.day.as_deref())
        .await?;
    Ok(axum::Json(list))
}

/// Books an interview. Link and booking number are shown once, and go out in two messages.
#[utoipa::path(
    post, path = "/api/interviews", tag = "interviews",
    responses(
        (status = 201, body = Booked),
        GrantRefusals,
        FieldRefusals,
    )
)]
async fn book_interview(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Json(booking): Json<Booking>,
) -> Result<(StatusCode, axum::Json<Booked>), Problem> {
    let booked = app.book_interview(&caller.actor, booking).await?;
    Ok((StatusCode::CREATED, axum::Json(booked)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOffice {
    office: Uuid,
}

/// Reads a table of bookings (CSV in UTF-8 or Shift_JIS) and books nobody: row by row what would be
/// booked, or what is wrong in which column. Nothing of it is kept.
#[utoipa::path(
    post, path = "/api/interviews/file", tag = "interviews", params(OfOffice),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = BookingFile),
        GrantRefusals,
        (status = 413, description = "Longer than 64 kB.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No text, or more than 300 rows.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn read_booking_file(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Query(of): Query<OfOffice>,
    File(file): File,
) -> Result<axum::Json<BookingFile>, Problem> {
    let read = app.read_booking_file(&caller.actor, of.office.into(), &file);
    Ok(axum::Json(read.await?))
}

/// One interview: who, when, how, and how she may be reached.
#[utoipa::path(
    get, path = "/api/interviews/{id}", tag = "interviews", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = InterviewDetail),
        CaseRefusals,
    )
)]
async fn read_interview(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<InterviewDetail>, Problem> {
    Ok(axum::Json(
        app.read_interview(&caller.actor, id.into()).await?,
    ))
}

/// A new link; the one before stops working, seats taken by it stay.
#[utoipa::path(
    post, path = "/api/interviews/{id}/invitation", tag = "interviews", params(("id" = Uuid, Path)),
    responses(
        (status = 201, body = NewLink),
        CaseRefusals,
        (status = 409, description = "The interview is over.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn renew_invitation(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, axum::Json<NewLink>), Problem> {
    let link = app.renew_invitation(&caller.actor, id.into()).await?;
    Ok((StatusCode::CREATED, axum::Json(link)))
}

/// Cancels an interview that has not begun.
#[utoipa::path(
    post, path = "/api/interviews/{id}/cancel", tag = "interviews", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Cancelled; its links show what every invalid link shows."),
        CaseRefusals,
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel_interview(
    State(service): State<Service>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    service
        .app
        .cancel_interview(&caller.actor, id.into())
        .await?;
    service.tell(id.into(), News::Ended).await;
    Ok(StatusCode::NO_CONTENT)
}
