//! A seat that was left while the line was dead. The page can't say so then, and can't take its own
//! cookie away either, which no script may read: it leaves a mark beside it. The first request that
//! comes with the mark ends the seat, whoever sends it, and takes both away.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::api::join::give_up;
use crate::http::cookie::{self, Cookie};
use crate::http::router::Service;

/// Answers as one who holds no seat whoever comes with the mark.
pub async fn left(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let Some(how) = cookie::left_how(request.headers()) else {
        return next.run(request).await;
    };
    let ended = match Cookie::Seat.read(request.headers()) {
        Some(token) => match service.app.known_seat(&token).await {
            Ok(Some(seat)) => give_up(&service, seat, how).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
        None => Ok(()),
    };
    cookie::forget_seat(request.headers_mut());
    let mut response = next.run(request).await;
    if let Err(error) = ended {
        // The mark stays where it is, so the next request does it.
        tracing::warn!(%error, "a seat that was left could not be ended");
        return response;
    }
    let headers = response.headers_mut();
    // A cache in between may hand nobody else what is said to this browser alone.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let another = (headers.get_all(header::SET_COOKIE).iter()).any(|it| Cookie::Seat.is_set_by(it));
    if !another {
        headers.append(header::SET_COOKIE, Cookie::Seat.clear());
    }
    headers.append(header::SET_COOKIE, cookie::clear_left());
    response
}
