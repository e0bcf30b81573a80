//! Where the service listens and how it is reached.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    /// How browsers reach the service, without a path. Links are made of it, and requests that
    /// another site sends are told by it.
    pub public_url: Option<String>,
    /// Certificates for HTTPS, PEM, the server's own first. Without them a reverse proxy speaks it.
    pub tls_cert_file: Option<PathBuf>,
    /// The key of the first certificate, PEM.
    pub tls_key_file: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)),
            public_url: None,
            tls_cert_file: None,
            tls_key_file: None,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Server {
    /// What links are made of: the public address, else the one that is listened on.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None => format!("http://{}", self.listen),
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            return Err(
                "server.tls_cert_file and server.tls_key_file are given together or not at all"
                    .to_owned(),
            );
        }
        let Some(url) = &self.public_url else {
            return if self.listen.ip().is_loopback() {
                Ok(())
            } else {
                Err(
                    "server.public_url is needed where `listen` is not a loopback address"
                        .to_owned(),
                )
            };
        };
        let authority = url.strip_prefix("https://").or_else(|| {
            // Nobody is between a browser and its own machine.
            let own = |host: &&str| host.starts_with("localhost") || host.starts_with("127.");
            url.strip_prefix("http://").filter(own)
        });
        match authority {
            Some(authority)
                if !authority.is_empty()
                    && authority.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric()
                            || matches!(byte, b'.' | b'-' | b':' | b'[' | b']')
                    }) =>
            {
                Ok(())
            }
            _ => Err(
                "server.public_url is https:// and host only, such as https://mendan.city.example.jp: \
                 without TLS browsers keep no sign-in and give no microphone"
                    .to_owned(),
            ),
        }
    }
}
