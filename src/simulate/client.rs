//! The HTTP side of a simulated page: one browser's cookies and the headers that a page sends.

use serde_json::Value;

use super::page::Door;

/// One browser.
#[derive(Debug, Clone)]
pub struct Client {
    /// `http://host:port`
    origin: String,
    agent: ureq::Agent,
    cookie: String,
}

/// The service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{method} {path}: the service is not reached")]
    Unreached {
        method: &'static str,
        path: String,
        source: Box<ureq::Error>,
    },
    #[error("{method} {path}: answered {status} ({problem})")]
    Refused {
        method: &'static str,
        path: String,
        status: u16,
        problem: String,
    },
    #[error("a thread ended before its work")]
    Thread(#[from] tokio::task::JoinError),
}

impl Client {
    /// A browser without cookies. `origin` is scheme, host and port.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            agent: config.build().new_agent(),
            cookie: String::new(),
        }
    }

    /// Where this browser opens a socket.
    #[must_use]
    pub fn door(&self, path: &str) -> Door {
        Door {
            url: format!("{}{path}", self.origin.replacen("http", "ws", 1)),
            origin: self.origin.clone(),
            cookie: self.cookie.clone(),
        }
    }

    /// # Errors
    /// The service is not reached or refuses.
    pub async fn get(&mut self, path: &str) -> Result<Value, ClientError> {
        self.send("GET", path, None).await
    }

    /// A file, as it is.
    ///
    /// # Errors
    /// The service is not reached or refuses.
    pub async fn file(&mut self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.fetch("GET", path, None).await
    }

    /// # Errors
    /// The service is not reached or refuses.
    pub async fn post(&mut self, path: &str, body: Value) -> Result<Value, ClientError> {
        self.send("POST", path, Some(body)).await
    }

    async fn send(
        &mut self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ClientError> {
        let body = self.fetch(method, path, body).await?;
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn fetch(
        &mut self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Vec<u8>, ClientError> {
        let (agent, cookie) = (self.agent.clone(), self.cookie.clone());
        let (url, path) = (format!("{}{path}", self.origin), path.to_owned());
        // The library blocks, and a handful of requests is not worth another one.
        let (cookie, answer) = tokio::task::spawn_blocking(move || {
            blocking(&agent, &url, &path, method, cookie, body)
        })
        .await??;
        if let Some(cookie) = cookie {
            self.cookie = cookie;
        }
        Ok(answer)
    }
}

fn blocking(
    agent: &ureq::Agent,
    url: &str,
    path: &str,
    method: &'static str,
    cookie: String,
    body: Option<Value>,
) -> Result<(Option<String>, Vec<u8>), ClientError> {
    let unreached = |source| ClientError::Unreached {
        method,
        path: path.to_owned(),
        source: Box::new(source),
    };
    let answer = match body {
        None => agent.get(url).header("cookie", cookie).call(),
        Some(body) => agent
            .post(url)
            .header("cookie", cookie)
            .header("content-type", "application/json")
            .header("x-requested-with", "yorisoi")
            .send(body.to_string()),
    };
    let mut answer = answer.map_err(unreached)?;
    let set = answer
        .headers()
        .get("set-cookie")
        .and_then(|set| set.to_str().ok());
    let set = set.and_then(|set| set.split(';').next()).map(str::to_owned);
    let status = answer.status();
    let body = answer.body_mut().read_to_vec().map_err(unreached)?;
    if !status.is_success() {
        let value: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        return Err(ClientError::Refused {
            method,
            path: path.to_owned(),
            status: status.as_u16(),
            problem: value["type"]
                .as_str()
                .unwrap_or("no reason given")
                .to_owned(),
        });
    }
    Ok((set, body))
}
