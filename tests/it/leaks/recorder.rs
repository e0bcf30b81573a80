//! A browser that remembers what anybody on the way or beside the desk could see of its traffic:
//! addresses, the headers of answers, and every refusal whole. What an answer brings to whoever may
//! read it is not remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use ureq::http::{Method, Request};
use yorisoi::clock::{Clock as _, SystemClock};
use yorisoi::simulate::page::Door;

use crate::common::second_step::Authenticator;

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) bytes: Vec<u8>,
    /// How often each kind of refusal was seen.
    pub(super) refusals: BTreeMap<String, usize>,
    /// Cookies, as they were set.
    pub(super) secrets: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Recorder {
    origin: String,
    agent: ureq::Agent,
    pub(super) cookie: String,
    pub(super) seen: Arc<Mutex<Seen>>,
}

/// What is sent beside path and body.
#[derive(Clone, Copy)]
pub(super) struct Odd<'a> {
    pub(super) content_type: &'a str,
    pub(super) origin: Option<&'a str>,
    /// Words in the address are the sender's own fault and not remembered.
    pub(super) forget_address: bool,
}

const USUAL: Odd<'_> = Odd {
    content_type: "application/json",
    origin: None,
    forget_address: false,
};

impl Recorder {
    pub(super) fn new(origin: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Self {
            origin: origin.to_owned(),
            agent: config.max_redirects(0).build().into(),
            cookie: String::new(),
            seen: Arc::default(),
        }
    }

    /// Another browser, whose traffic is remembered in the same place.
    pub(super) fn beside(&self) -> Self {
        Self {
            cookie: String::new(),
            ..self.clone()
        }
    }

    pub(super) fn door(&self, path: &str) -> Door {
        Door {
            url: format!("{}{path}", self.origin.replacen("http", "ws", 1)),
            origin: self.origin.clone(),
            cookie: self.cookie.clone(),
        }
    }

    /// By a link; whoever needs a second factor sets one. Returns what was shown for it.
    #[track_caller]
    pub(super) fn sign_in(&mut self, secret: &str) -> Vec<String> {
        let told = self.post("/api/login/link", &json!({ "secret": secret }));
        if told["next"] != "enrol" {
            return Vec::new();
        }
        let begun = self.post("/api/login/enrolment", &json!({}));
        let code = Authenticator::of(&begun).code_at(SystemClock.now());
        let done = self.post("/api/login/enrolment/confirm", &json!({ "code": code }));
        let shown = done["recovery_codes"].as_array().unwrap().iter();
        let shown = shown.chain([&begun["secret"]]);
        shown.map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(super) fn get(&mut self, path: &str) -> Value {
        self.done("GET", path, None)
    }

    #[track_caller]
    pub(super) fn post(&mut self, path: &str, body: &Value) -> Value {
        self.done("POST", path, Some(body))
    }

    #[track_caller]
    pub(super) fn put(&mut self, path: &str, body: &Value) -> Value {
        self.done("PUT", path, Some(body))
    }

    #[track_caller]
    fn done(&mut self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string);
        let (status, answer) = self.send(method, path, body, USUAL);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    #[track_caller]
    pub(super) fn refused(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, Some(body.to_string()), USUAL);
        assert!((400..500).contains(&status), "{method} {path}: {status}");
        answer
    }

    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<String>,
        odd: Odd<'_>,
    ) -> (u16, Value) {
        let method: Method = method.parse().unwrap();
        let request = Request::builder()
            .method(&method)
            .uri(format!("{}{path}", self.origin))
            .header("cookie", &self.cookie)
            .header("content-type", odd.content_type)
            .header("origin", odd.origin.unwrap_or(&self.origin))
            .header("x-requested-with", "yorisoi");
        // Answers before the whole body is taken end the connection; that is an answer too.
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let Ok(mut answer) = answer else {
            return (0, Value::Null);
        };
        let mut seen = self.seen.lock().unwrap();
        if !odd.forget_address {
            seen.bytes.extend(format!("{method} {path}\n").bytes());
        }
        for (name, value) in answer.headers() {
            if name == "set-cookie" {
                let set = value.to_str().unwrap().split(';').next().unwrap();
                let secret = set.split_once('=').unwrap().1;
                if !secret.is_empty() {
                    seen.secrets.push(secret.to_owned());
                    self.cookie = set.to_owned();
                }
            }
            let line = [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"];
            seen.bytes.extend(line.concat());
        }
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_to_vec().unwrap_or_default();
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status >= 400 {
            seen.bytes.extend(&body);
            let kind = value["type"].as_str().unwrap_or("no problem+json");
            let kind = format!("{status} {kind}");
            *seen.refusals.entry(kind).or_default() += 1;
        }
        (status, value)
    }
}
