//! Forms of an interview: read and taken down by staff; asked and answered on her phone, which never
//! gets an answer back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::forms::view::Forms;
use crate::app::forms::{FormQuestions, OwnAnswers, TakenAnswers};
use crate::http::error::Problem;
use crate::http::extract::{Guest, Json, Path, Query, StaffCaller};
use crate::http::refusals::{CaseRefusals, FieldRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(read_forms))
        .routes(routes!(fill_form))
        .routes(routes!(form_questions, answer_form))
}

/// Every form with its questions, and what was answered last.
#[utoipa::path(
    get, path = "/api/interviews/{id}/forms", tag = "forms", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Forms),
        CaseRefusals,
    )
)]
async fn read_forms(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Forms>, Problem> {
    Ok(axum::Json(app.read_forms(&caller.actor, id.into()).await?))
}

/// Takes a form down, all of it in the place of what there was: asked and answered, or from a sheet.
#[utoipa::path(
    put, path = "/api/interviews/{id}/forms/{form}", tag = "forms",
    params(("id" = Uuid, Path), ("form" = String, Path)),
    responses(
        (status = 200, body = Forms),
        CaseRefusals,
        (status = 409, description = "Changed since it was read (`changed`), the interview never took place, its note is approved, or she has withdrawn.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn fill_form(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path((id, form)): Path<(Uuid, String)>,
    Json(taken): Json<TakenAnswers>,
) -> Result<axum::Json<Forms>, Problem> {
    let forms = app
        .fill_form(&caller.actor, id.into(), &form, taken)
        .await?;
    Ok(axum::Json(forms))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Locale {
    /// `ja-x-easy` or `ja`; left out: `ja-x-easy`.
    locale: Option<String>,
}

/// The short questions. Nothing that was answered before.
#[utoipa::path(
    get, path = "/api/join/form", tag = "join", params(Locale),
    responses(
        (status = 200, body = FormQuestions),
        GrantRefusals,
        (status = 422, description = "No questions in this locale.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn form_questions(
    State(app): State<Arc<App>>,
    guest: Guest,
    Query(locale): Query<Locale>,
) -> Result<axum::Json<FormQuestions>, Problem> {
    let locale = locale.locale.as_deref();
    Ok(axum::Json(app.form_questions(&guest.0, locale).await?))
}

/// What she answered, once; what she passed over is not in it.
#[utoipa::path(
    post, path = "/api/join/form", tag = "join",
    responses(
        (status = 204, description = "Kept, sealed."),
        GrantRefusals,
        (status = 409, description = "The questions have changed since they were shown, or were answered already.", body = Problem, content_type = "application/problem+json"),
        FieldRefusals,
    )
)]
async fn answer_form(
    State(app): State<Arc<App>>,
    guest: Guest,
    Json(own): Json<OwnAnswers>,
) -> Result<StatusCode, Problem> {
    app.answer_form(&guest.0, own).await?;
    Ok(StatusCode::NO_CONTENT)
}
