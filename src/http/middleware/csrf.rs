//! Requests that change something come from our own pages. Three independent signs: a header that
//! another site can't set without asking first (and no answer of ours permits it), what the
//! browser says about the sender, and the `Origin`. The cookies' `SameSite=Strict` is the fourth.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::Problem;
use crate::http::origin::Origins;

/// Header and value that our own client sends.
pub const OWN_HEADER: (&str, &str) = ("x-requested-with", "yorisoi");

/// Refuses what another site may have sent. Reading is not guarded: no answer of ours can be read
/// by another site.
pub async fn csrf(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) || ours(&origins, request.headers())
    {
        next.run(request).await
    } else {
        Problem::cross_site().into_response()
    }
}

fn ours(origins: &Origins, headers: &HeaderMap) -> bool {
    let own_header = headers
        .get(OWN_HEADER.0)
        .is_some_and(|value| value == OWN_HEADER.1);
    let same_origin = headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "same-origin");
    own_header && same_origin && origins.check(headers).is_none_or(|checked| checked.is_ok())
}
