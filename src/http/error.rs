//! [`Problem`]: the one form of every refusal (RFC 9457). It holds a stable code and what a page
//! needs to go on, never words for people: pages choose those by `type`. Causes go to the log.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use yorisoi_domain::access::Denial;
use yorisoi_store::StoreError;

use crate::app::AppError;
use crate::app::input::FieldProblem;
use crate::app::note_view::LeftLine;
use crate::app::rules::view::RulePlace;
use crate::http::middleware::request_id;

/// RFC 9457, with what the pages need to go on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stable URI of the kind of problem.
    #[schema(example = "urn:yorisoi:problem:not-found")]
    r#type: &'static str,
    /// English, for logs; pages choose their own words by `type`.
    title: &'static str,
    status: u16,
    /// What a person can quote, and what the log has under `request.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reference: Option<Box<str>>,
    /// Seconds until the next try is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u32>,
    /// The city's page with the counter's telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    contact_url: Option<Box<str>>,
    /// Of a withdrawal that is under way: the number holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    certificate: Option<Box<str>>,
    /// Of a withdrawal: a law keeps what there is, and it goes only after that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    held: bool,
    /// What is wrong with what was sent, field by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<FieldProblem>, required = false)]
    #[expect(
        clippy::box_collection,
        reason = "every handler's result is as large as this"
    )]
    fields: Option<Box<Vec<FieldProblem>>>,
    /// What has to be done first, of a gate that is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<LeftLine>, required = false)]
    #[expect(
        clippy::box_collection,
        reason = "every handler's result is as large as this"
    )]
    left: Option<Box<Vec<LeftLine>>>,
    /// The place of the rules that can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RulePlace, required = false)]
    rule: Option<Box<RulePlace>>,
}

/// Kind, status and title of each problem, in one place.
macro_rules! kinds {
    ($($name:ident: $code:literal, $status:ident, $title:literal;)*) => {
        impl Problem {
            $(#[doc = $title] #[must_use] pub fn $name() -> Self {
                Self::new(concat!("urn:yorisoi:problem:", $code), StatusCode::$status, $title)
            })*
        }
    };
}

kinds! {
    malformed: "malformed", BAD_REQUEST, "the request can't be read";
    invalid: "invalid-input", UNPROCESSABLE_ENTITY, "some fields can't be taken as they are";
    bad_rule: "bad-rule", UNPROCESSABLE_ENTITY, "the rules can't be read as they are";
    not_signed_in: "not-signed-in", UNAUTHORIZED, "no one is signed in";
    wrong_credentials: "wrong-credentials", UNAUTHORIZED, "name or password is wrong";
    no_password: "no-password", CONFLICT, "a password has to be set first, right after a sign-in link";
    wrong_code: "wrong-code", UNAUTHORIZED, "the code is wrong";
    step_over: "step-over", UNAUTHORIZED, "too many wrong codes: the sign-in begins anew";
    codes_used_up: "codes-used-up", FORBIDDEN, "too many wrong codes in a row: a recovery code or a new sign-in link is needed";
    identity_mismatch: "identity-mismatch", UNPROCESSABLE_ENTITY, "the answers don't match the booking";
    too_soon: "too-soon", TOO_MANY_REQUESTS, "the next try is not heard yet";
    identity_unproven: "identity-unproven", FORBIDDEN, "the identity check comes first";
    forbidden: "forbidden", FORBIDDEN, "this is not allowed to whoever asked";
    cross_site: "cross-site", FORBIDDEN, "the request came from another site";
    not_found: "not-found", NOT_FOUND, "there is nothing here";
    link_not_valid: "link-not-valid", NOT_FOUND, "the link is not valid";
    method_not_allowed: "method-not-allowed", METHOD_NOT_ALLOWED, "not done in this way";
    wrong_state: "wrong-state", CONFLICT, "this can't be done in the present state";
    not_ready: "not-ready", CONFLICT, "something that comes before is missing or has changed";
    changed: "changed", CONFLICT, "it has changed since it was read: read it again";
    gate_closed: "gate-closed", CONFLICT, "something has to be decided first";
    no_contacts: "no-contacts", CONFLICT, "the office's contact list is empty";
    taken: "taken", CONFLICT, "something of this name exists";
    too_large: "too-large", PAYLOAD_TOO_LARGE, "the request is too large";
    upgrade_required: "upgrade-required", UPGRADE_REQUIRED, "a WebSocket is expected";
    unsupported_media_type: "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "JSON is expected";
    withdrawn: "withdrawn", CONFLICT, "this participant has taken everything back";
    withdrawal_pending: "withdrawal-pending", SERVICE_UNAVAILABLE, "nothing more is written; what there is could not be destroyed yet and will be";
    busy: "busy", SERVICE_UNAVAILABLE, "the store is busy; try again";
    storage_full: "storage-full", INSUFFICIENT_STORAGE, "the disk is full";
    internal: "internal", INTERNAL_SERVER_ERROR, "something failed on the server";
}

impl Problem {
    fn new(r#type: &'static str, status: StatusCode, title: &'static str) -> Self {
        Self {
            r#type,
            title,
            status: status.as_u16(),
            reference: None,
            retry_after_s: None,
            contact_url: None,
            certificate: None,
            held: false,
            fields: None,
            left: None,
            rule: None,
        }
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    #[must_use]
    pub fn contact(mut self, url: Option<String>) -> Self {
        self.contact_url = url.map(Into::into);
        self
    }

    #[must_use]
    pub fn certificate(mut self, number: &str) -> Self {
        self.certificate = Some(number.into());
        self
    }

    #[must_use]
    pub fn held(mut self, held: bool) -> Self {
        self.held = held;
        self
    }

    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldProblem>) -> Self {
        self.fields = Some(Box::new(fields));
        self
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Unknown => Self::not_signed_in(),
            AppError::Denied(Denial::IdentityUnproven) => Self::identity_unproven(),
            AppError::Denied(_) => Self::forbidden(),
            AppError::NotFound => Self::not_found(),
            AppError::LinkNotValid => Self::link_not_valid(),
            AppError::Invalid(fields) => Self::invalid().fields(fields),
            AppError::WrongCredentials { retry_after_s } => {
                Self::wrong_credentials().retry_after(retry_after_s)
            }
            AppError::NoPassword => Self::no_password(),
            AppError::WrongCode { retry_after_s } => Self::wrong_code().retry_after(retry_after_s),
            AppError::StepOver => Self::step_over(),
            AppError::CodesUsedUp => Self::codes_used_up(),
            AppError::IdentityMismatch { retry_after_s } => {
                Self::identity_mismatch().retry_after(retry_after_s)
            }
            AppError::TooSoon { retry_after_s } => Self::too_soon().retry_after(retry_after_s),
            AppError::Taken => Self::taken(),
            AppError::NotReady => Self::not_ready(),
            AppError::Changed => Self::changed(),
            AppError::GateClosed(left) => Self {
                left: Some(Box::new(left)),
                ..Self::gate_closed()
            },
            AppError::BadRule(rule) => Self {
                rule: Some(rule),
                ..Self::bad_rule()
            },
            AppError::State(_) => Self::wrong_state(),
            AppError::Withdrawn => Self::withdrawn(),
            AppError::NoContacts(_) => Self::no_contacts(),
            AppError::Store(StoreError::Conflict) => Self::wrong_state(),
            error if error.is_of_the_past() => Self::not_found(),
            error => match error.of_store() {
                Some(StoreError::Busy(_)) => Self::busy(),
                Some(StoreError::Full(_)) => Self::storage_full(),
                _ => Self::internal(),
            }
            .logged(&error),
        }
    }
}

impl Problem {
    /// The cause goes to the log, with every cause behind it, and no further.
    pub(super) fn logged(self, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "`{}`", self.title);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        if self.status >= 500 {
            self.reference = request_id::current().map(Into::into);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
