//! Which origins are this service's own pages. Used against requests that another site sends
//! (`middleware::csrf`) and for every WebSocket, which no browser guards by itself.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use super::error::Problem;

/// The origins (`scheme://host[:port]`, lower case) of this service's own pages.
#[derive(Clone, Debug)]
pub struct Origins(Vec<String>);

impl Origins {
    /// The one address that browsers use, as the configuration names it.
    #[must_use]
    pub fn of_public_url(url: &str) -> Self {
        Self(vec![url.trim_end_matches('/').to_ascii_lowercase()])
    }

    /// The names of a loopback address, for a service that nothing else reaches.
    #[must_use]
    pub fn of_loopback(address: SocketAddr, scheme: &str) -> Self {
        let port = address.port();
        Self(vec![
            format!("{scheme}://{address}"),
            format!("{scheme}://localhost:{port}"),
        ])
    }

    /// These too, and first: links are made of the first one.
    #[must_use]
    pub fn behind(self, others: impl IntoIterator<Item = String>) -> Self {
        Self(others.into_iter().chain(self.0).collect())
    }

    /// The origin that links are made of.
    #[must_use]
    pub fn main(&self) -> &str {
        // Invariant: every constructor puts at least one origin in.
        self.0.first().expect("at least one origin")
    }

    /// Refuses an `Origin` that is not ours. Without one the answer is the caller's to give:
    /// `None` where the header is absent.
    pub(super) fn check(&self, headers: &HeaderMap) -> Option<Result<(), Problem>> {
        let origin = headers.get(header::ORIGIN)?;
        let ours = origin
            .to_str()
            .is_ok_and(|origin| self.0.iter().any(|own| own.eq_ignore_ascii_case(origin)));
        Some(if ours {
            Ok(())
        } else {
            Err(Problem::cross_site())
        })
    }

    /// For a WebSocket's handshake: an `Origin` must be there and be ours.
    ///
    /// # Errors
    /// `cross-site` otherwise.
    pub fn check_socket(&self, headers: &HeaderMap) -> Result<(), Problem> {
        self.check(headers)
            .unwrap_or_else(|| Err(Problem::cross_site()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        Origins::of_public_url("https://mendan.example.jp/")
            .check_socket(&headers)
            .is_ok()
    }

    #[test]
    fn a_socket_opens_from_our_own_page_only() {
        assert!(socket(Some("https://mendan.example.jp")));
        assert!(socket(Some("https://MENDAN.example.jp")));
        for foreign in [
            "http://mendan.example.jp",
            "https://mendan.example.jp:8443",
            "https://mendan.example.jp.evil.example",
            "https://evil.example",
            "null",
        ] {
            assert!(!socket(Some(foreign)), "{foreign}");
        }
        assert!(!socket(None));
    }
}
