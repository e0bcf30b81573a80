//! Each request gets a short random name, which stands in its log lines, in the `X-Request-Id` of
//! the answer and, where the server failed, in the problem. Logged are method, route, status and
//! time: never addresses, queries or bodies.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::auth::secret::short_code;
use crate::clock::SystemIds;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The name of the request that this task answers.
pub(in crate::http) fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Names the request and logs its end.
pub async fn request_id(request: Request, next: Next) -> Response {
    let id = short_code::<8>(&SystemIds);
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(page)", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", request.id = %id, method = %request.method(), route);
    let started = Instant::now();
    let header = HeaderValue::try_from(id.as_str());
    let answer = CURRENT.scope(id, async move {
        let mut response = next.run(request).await;
        if let Ok(header) = header {
            response.headers_mut().insert(HEADER, header);
        }
        let status = response.status().as_u16();
        let duration_ms = started.elapsed().as_millis();
        if status >= 500 {
            tracing::error!(
                status,
                duration_ms,
                "answered `{status}` in {duration_ms} ms"
            );
        } else {
            tracing::debug!(
                status,
                duration_ms,
                "answered `{status}` in {duration_ms} ms"
            );
        }
        response
    });
    answer.instrument(span).await
}
