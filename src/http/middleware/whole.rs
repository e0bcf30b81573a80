//! What was begun is done to its end, also when whoever asked has gone: a phone that is closed in the
//! moment of a withdrawal must not leave it committed and the running call without the word.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::Problem;

/// Answers the request in a task of its own.
pub async fn whole(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => {
            // A panic's words may be what somebody typed.
            let panicked = error.is_panic();
            tracing::error!(panicked, "a request broke off");
            Problem::internal().into_response()
        }
    }
}
