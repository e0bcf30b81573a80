//! A browser: keeps cookies, sends what our own pages send, and lets a test send less or more.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use yorisoi::http::extract::Peer;

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) address: SocketAddr,
    /// Sent with every request; tests take some away or put others in.
    pub(crate) headers: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        let own = [
            ("x-requested-with", "yorisoi"),
            ("sec-fetch-site", "same-origin"),
            ("origin", super::app::ORIGIN),
        ];
        Self {
            router,
            cookies: BTreeMap::new(),
            address: "198.51.100.7:40000".parse().unwrap(),
            headers: own
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    /// The same browser before the service that was started again.
    pub(crate) fn on(&self, router: Router) -> Self {
        Self {
            router,
            ..self.clone()
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string().into_bytes()))
            .await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self
                .cookies
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if body.is_some() && !self.headers.contains_key("content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let mut request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(Peer(self.address)));
        let response = self.router.clone().oneshot(request).await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            self.take_cookie(set.to_str().unwrap());
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    fn take_cookie(&mut self, set: &str) {
        let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
        if set.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| {
            panic!(
                "{}: no JSON in {:?}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The end of the problem's type, such as `link-not-valid`.
    pub(crate) fn problem(&self) -> String {
        let json = self.json();
        let kind = json["type"]
            .as_str()
            .unwrap()
            .strip_prefix("urn:yorisoi:problem:")
            .unwrap();
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
        kind.to_owned()
    }

    /// Fields and codes of an `invalid-input`.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        assert_eq!(self.problem(), "invalid-input");
        let fields = self.json()["fields"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        fields
            .iter()
            .map(|field| (text(&field["field"]), text(&field["code"])))
            .collect()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self
    }
}
