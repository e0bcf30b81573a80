//! What handlers take: JSON, paths and queries whose refusals are problems that repeat nothing of
//! what was sent, and the address that a request came from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, JsonRejection};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use yorisoi_domain::access::{Actor, Seat};
use yorisoi_domain::ids::LoginSessionId;
use yorisoi_domain::pii::Pii;

use super::cookie::Cookie;
use super::error::Problem;
use super::router::Service;
use crate::app::logins::Known;
use crate::app::users::Proof;
use crate::auth::secret::Secret;

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

/// A body of whatever bytes a file has.
#[derive(Clone, Debug)]
pub struct File(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) => {
                Err(Problem::too_large())
            }
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
        path.map(|path| Self(path.0))
            .map_err(|_| Problem::not_found())
    }
}

/// What stands behind the `?`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|query| Self(query.0))
            .map_err(|_| Problem::malformed())
    }
}

/// Who asks for what staff do: whoever this browser is signed in as, else the guest whose seat it
/// holds, else nobody. It refuses no one: that is the table's to do, and the audit's to know.
#[derive(Clone, Debug)]
pub struct StaffCaller {
    pub actor: Actor,
    pub login: Option<LoginSessionId>,
}

impl StaffCaller {
    /// What they give so that it is known that they sit there themselves.
    pub fn proof(&self, password: Option<Pii<String>>, from: IpAddr) -> Proof {
        let login = self.login;
        Proof {
            password,
            from,
            login,
        }
    }
}

impl FromRequestParts<Service> for StaffCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        if let Some(known) = login(parts, service).await? {
            return Ok(Self {
                actor: Actor::Staff(known.staff),
                login: Some(known.login),
            });
        }
        let actor = seat(parts, service)
            .await?
            .map_or(Actor::Anonymous, Actor::Seat);
        Ok(Self { actor, login: None })
    }
}

/// What a browser holds that waits at the second step of signing in.
#[derive(Clone, Debug)]
pub struct Waiting(pub Option<Secret>);

impl<S: Sync> FromRequestParts<S> for Waiting {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Cookie::Step.read(&parts.headers)))
    }
}

/// Who asks for what guests do: the other way round, because on one machine a person may hold
/// both.
#[derive(Clone, Debug)]
pub struct Guest(pub Actor);

impl FromRequestParts<Service> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        if let Some(seat) = seat(parts, service).await? {
            return Ok(Self(Actor::Seat(seat)));
        }
        let staff = login(parts, service)
            .await?
            .map(|known| Actor::Staff(known.staff));
        Ok(Self(staff.unwrap_or(Actor::Anonymous)))
    }
}

async fn login(parts: &Parts, service: &Service) -> Result<Option<Known>, Problem> {
    match Cookie::Login.read(&parts.headers) {
        Some(token) => Ok(service.app.known_staff(&token).await?),
        None => Ok(None),
    }
}

async fn seat(parts: &Parts, service: &Service) -> Result<Option<Seat>, Problem> {
    match Cookie::Seat.read(&parts.headers) {
        Some(token) => Ok(service.app.known_seat(&token).await?),
        None => Ok(None),
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Where a request came from: the peer, or what a proxy that we trust says. Only for throttling;
/// it is never logged, and kept as a keyed hash alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Service> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Service,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<Peer>>()
            .map_or(Ipv6Addr::UNSPECIFIED.into(), |peer| peer.0.0.ip());
        Ok(Self(client(peer, &parts.headers, &service.trusted_proxies)))
    }
}

/// As [`ClientAddress`], where nobody needs to be known: each request takes one of the address's
/// tries.
#[derive(Clone, Copy, Debug)]
pub struct Paced(pub IpAddr);

impl FromRequestParts<Service> for Paced {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        let Ok(ClientAddress(from)) = ClientAddress::from_request_parts(parts, service).await;
        service.app.take_try(from)?;
        Ok(Self(from))
    }
}

/// Walks `X-Forwarded-For` from the right, where our own proxies write, to the first address that
/// is not one of them: whatever stands further left, the client could have written itself.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let named = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let named: Vec<_> = named
        .map(|address| address.trim().parse::<IpAddr>())
        .collect();
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
        assert_eq!(
            seen("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2"),
            ip("198.51.100.7")
        );
        assert_eq!(seen("203.0.113.9", "198.51.100.7"), ip("203.0.113.9"));
        assert_eq!(seen("10.0.0.1", "nonsense"), ip("10.0.0.1"));
        assert_eq!(seen("::ffff:10.0.0.1", "198.51.100.7"), ip("198.51.100.7"));
    }
}
