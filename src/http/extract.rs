//! What handlers take: JSON, paths and queries whose refusals are problems that repeat nothing of
//! what was sent, and the address that a request came from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::rejection::{BytesRejection, FailedToBufferBody, JsonRejection};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Problem;
use super::router::Service;

/// A body of JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::unsupported_media_type()),
            Err(JsonRejection::BytesRejection(BytesRejection::FailedToBufferBody(
                FailedToBufferBody::LengthLimitError(_),
            ))) => Err(Problem::too_large()),
            Err(_) => Err(Problem::malformed()),
        }
    }
}

/// The variable parts of an address. What is no id names nothing.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Problem::not_found())
    }
}

/// What stands behind the `?`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|_| Problem::malformed())
    }
}

/// Where a request came from: the peer, or what a proxy that we trust says. Only for throttling;
/// it is never logged, and kept as a keyed hash alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Service> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(Ipv6Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
        Ok(Self(client(peer, &parts.headers, &service.trusted_proxies)))
    }
}

/// Walks `X-Forwarded-For` from the right, where our own proxies write, to the first address that
/// is not one of them: whatever stands further left, the client could have written itself.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let named = forwarded.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let named: Vec<_> = named.map(|address| address.trim().parse::<IpAddr>()).collect();
    for address in named.into_iter().rev() {
        match address {
            Ok(address) if trusted.contains(&client) => client = address.to_canonical(),
            _ => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let seen = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client(ip(peer), &headers, &[ip("10.0.0.1"), ip("10.0.0.2")])
        };
        assert_eq!(seen("10.0.0.1", "198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(seen("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2"), ip("198.51.100.7"));
        assert_eq!(seen("203.0.113.9", "198.51.100.7"), ip("203.0.113.9"));
        assert_eq!(seen("10.0.0.1", "nonsense"), ip("10.0.0.1"));
        assert_eq!(seen("::ffff:10.0.0.1", "198.51.100.7"), ip("198.51.100.7"));
    }
}
