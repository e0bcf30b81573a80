//! The rules that are in use, the municipality's working copy of them, and its way into use.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::app::flags::RuleItems;
use crate::app::rules::activation::{ActivationView, AskedFrom};
use crate::app::rules::draft::{RuleEdit, WordsEdit};
use crate::app::rules::trial::{Trial, TrialOf};
use crate::app::rules::view::{RuleView, Rules, RulesVersion};
use crate::http::error::Problem;
use crate::http::extract::{Json, Path, StaffCaller};
use crate::http::refusals::{CaseRefusals, GrantRefusals};
use crate::http::router::Service;

pub(in crate::http) fn operations() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list_items))
        .routes(routes!(read_rules))
        .routes(routes!(list_rule_versions))
        .routes(routes!(read_rule))
        .routes(routes!(edit_rule, discard_rule))
        .routes(routes!(edit_words))
        .routes(routes!(try_rules))
        .routes(routes!(ask_activation))
        .routes(routes!(approve_activation))
        .routes(routes!(refuse_activation))
        .routes(routes!(withdraw_activation))
}

/// What may be found in a talk, with what helps to ask about it.
#[utoipa::path(
    get, path = "/api/rules/items", tag = "flags",
    responses(
        (status = 200, body = RuleItems),
        GrantRefusals,
    )
)]
async fn list_items(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<RuleItems>, Problem> {
    Ok(axum::Json(app.rule_items(&caller.actor).await?))
}

/// The rules in use; for approvers and administrators the working copy, and counts of what became of
/// what each rule found.
#[utoipa::path(
    get, path = "/api/rules", tag = "rules",
    responses(
        (status = 200, body = Rules),
        GrantRefusals,
    )
)]
async fn read_rules(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Rules>, Problem> {
    Ok(axum::Json(app.read_rules(&caller.actor).await?))
}

/// Which packs were in use since when, the newest first.
#[utoipa::path(
    get, path = "/api/rules/versions", tag = "rules",
    responses(
        (status = 200, body = Vec<RulesVersion>),
        GrantRefusals,
    )
)]
async fn list_rule_versions(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
) -> Result<axum::Json<Vec<RulesVersion>>, Problem> {
    Ok(axum::Json(app.list_versions(&caller.actor).await?))
}

/// One rule as it is written, of the working copy for whoever may change it.
#[utoipa::path(
    get, path = "/api/rules/rule/{rule}", tag = "rules", params(("rule" = String, Path)),
    responses(
        (status = 200, body = RuleView),
        CaseRefusals,
    )
)]
async fn read_rule(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(rule): Path<String>,
) -> Result<axum::Json<RuleView>, Problem> {
    Ok(axum::Json(app.read_rule(&caller.actor, &rule).await?))
}

/// Writes a rule, leaves it out, or takes the shipped one again, in the working copy. The likeness of an item
/// (`smoking.likeness`) is left out and taken again in the same way; nobody writes one.
#[utoipa::path(
    put, path = "/api/rules/draft/rule/{rule}", tag = "rules", params(("rule" = String, Path)),
    responses(
        (status = 204, description = "The working copy has it."),
        CaseRefusals,
        (status = 409, description = "Somebody has asked for the working copy.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It can't be read (`bad-rule`, with the place), or fields can't be taken.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn edit_rule(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(rule): Path<String>,
    Json(edit): Json<RuleEdit>,
) -> Result<StatusCode, Problem> {
    app.edit_rule(&caller.actor, &rule, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back what was changed of a rule since it was put into use.
#[utoipa::path(
    delete, path = "/api/rules/draft/rule/{rule}", tag = "rules", params(("rule" = String, Path)),
    responses(
        (status = 204, description = "As it is in use."),
        CaseRefusals,
        (status = 409, description = "Somebody has asked for the working copy.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn discard_rule(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(rule): Path<String>,
) -> Result<StatusCode, Problem> {
    app.discard_rule(&caller.actor, &rule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what the municipality adds to the words of a concept, in the working copy.
#[utoipa::path(
    put, path = "/api/rules/draft/words/{concept}", tag = "rules", params(("concept" = String, Path)),
    responses(
        (status = 204, description = "The working copy has them."),
        CaseRefusals,
        (status = 409, description = "Somebody has asked for the working copy.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "They can't be read (`bad-rule`, with the place).", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn edit_words(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(concept): Path<String>,
    Json(edit): Json<WordsEdit>,
) -> Result<StatusCode, Problem> {
    app.edit_words(&caller.actor, &concept, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tries the working copy on an office's newest approved talks that still have their words. Counts
/// alone come back.
#[utoipa::path(
    post, path = "/api/rules/draft/try", tag = "rules",
    responses(
        (status = 200, body = Trial),
        GrantRefusals,
        (status = 422, description = "The working copy can't be read (`bad-rule`).", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Somebody else tries at present.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn try_rules(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Json(of): Json<TrialOf>,
) -> Result<axum::Json<Trial>, Problem> {
    Ok(axum::Json(app.try_rules(&caller.actor, of).await?))
}

/// Asks that the working copy be used from a day on. Another person decides.
#[utoipa::path(
    post, path = "/api/rules/activations", tag = "rules",
    responses(
        (status = 201, body = ActivationView),
        GrantRefusals,
        (status = 409, description = "Asked for already; or nothing was changed, or an example fails (`not-ready`).", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such day, or the working copy can't be read.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn ask_activation(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Json(asked): Json<AskedFrom>,
) -> Result<(StatusCode, axum::Json<ActivationView>), Problem> {
    let activation = app.ask_activation(&caller.actor, asked).await?;
    Ok((StatusCode::CREATED, axum::Json(activation)))
}

/// Another person's yes: talks that begin from that day on are read by it.
#[utoipa::path(
    post, path = "/api/rules/activations/{id}/approve", tag = "rules", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Approved."),
        CaseRefusals,
        (status = 409, description = "Decided already.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn approve_activation(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.approve_activation(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another person's no: the working copy can be changed again.
#[utoipa::path(
    post, path = "/api/rules/activations/{id}/refuse", tag = "rules", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Refused."),
        CaseRefusals,
        (status = 409, description = "Decided already.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn refuse_activation(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.refuse_activation(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back what is asked for or approved, and not in use yet.
#[utoipa::path(
    post, path = "/api/rules/activations/{id}/withdraw", tag = "rules", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Taken back."),
        CaseRefusals,
        (status = 409, description = "In use, or decided otherwise.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn withdraw_activation(
    State(app): State<Arc<App>>,
    caller: StaffCaller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.withdraw_activation(&caller.actor, id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
