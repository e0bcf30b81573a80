//! Requests and handshakes that are too long, without an end, or too old.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    CipherSuite, ClientConfig, RootCertStore, SupportedCipherSuite, SupportedProtocolVersion,
    version,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use yorisoi::http::serve::serve;
use yorisoi::http::tls::acceptor;

use crate::common::world::World;

async fn serving(world: &World) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = world.test.router.clone();
    tokio::spawn(serve(listener, None, routes, std::future::pending()));
    address
}

/// The status of the answer, if there is one; the service may close in the middle of the question.
async fn asked(
    address: SocketAddr,
    head: &str,
    body: impl IntoIterator<Item = Vec<u8>>,
) -> Option<u16> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.ok();
    for piece in body {
        if socket.write_all(&piece).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let read = async {
        let mut piece = [0; 4_096];
        while let Ok(length @ 1..) = socket.read(&mut piece).await {
            answer.extend_from_slice(&piece[..length]);
            if answer.len() > 12 {
                break;
            }
        }
    };
    timeout(Duration::from_secs(5), read).await.expect("no end");
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(status).ok()?.parse().ok()
}

#[tokio::test]
async fn oversized_requests_are_refused_and_everybody_else_is_answered() {
    let world = World::new().await;
    let address = serving(&world).await;
    let own = "Host: mendan.city.example.jp\r\nOrigin: https://mendan.city.example.jp\r\n\
               X-Requested-With: yorisoi\r\n";
    let none = || std::iter::empty();
    assert_eq!(
        asked(
            address,
            &format!("GET /api/me HTTP/1.1\r\n{own}\r\n"),
            none()
        )
        .await,
        Some(401)
    );

    let url = format!("GET /{} HTTP/1.1\r\n{own}\r\n", "a".repeat(100_000));
    let header = format!(
        "GET /api/me HTTP/1.1\r\n{own}X-Long: {}\r\n\r\n",
        "a".repeat(2_000_000)
    );
    let headers = format!(
        "GET /api/me HTTP/1.1\r\n{own}{}\r\n",
        "A: b\r\n".repeat(5_000)
    );
    let cookies = format!(
        "GET /api/me HTTP/1.1\r\n{own}Cookie: {}\r\n\r\n",
        "a=b; ".repeat(100_000)
    );
    for (what, head) in [
        ("url", url),
        ("header", header),
        ("headers", headers),
        ("cookies", cookies),
    ] {
        let status = asked(address, &head, none()).await;
        assert!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{what}: {status:?}"
        );
    }

    let json = format!("{own}Content-Type: application/json\r\n");
    let endless = format!("POST /api/login HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\n");
    let piece = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
    let status = asked(address, &endless, std::iter::repeat_n(piece, 500)).await;
    assert!(status.is_none_or(|status| status == 413), "{status:?}");
    let announced =
        format!("POST /api/login HTTP/1.1\r\n{json}Content-Length: 99999999999\r\n\r\n");
    let pieces = std::iter::repeat_n(vec![b' '; 0x4000], 500);
    let status = asked(address, &announced, pieces).await;
    assert!(status.is_none_or(|status| status == 413), "{status:?}");
    for broken in [
        "Content-Length: -1",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: gzip",
    ] {
        let head = format!("POST /api/login HTTP/1.1\r\n{json}{broken}\r\n\r\n");
        let status = asked(address, &head, [b"{}".to_vec()]).await;
        assert!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{broken}: {status:?}"
        );
    }
    assert_eq!(
        asked(
            address,
            &format!("GET /api/me HTTP/1.1\r\n{own}\r\n"),
            none()
        )
        .await,
        Some(401)
    );
}

/// What a browser begins with that knows AES with CBC and SHA-1 alone, and nothing newer than TLS 1.x.
fn old_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; AES-128 and AES-256 with CBC and SHA-1; no compression.
    body.extend([0, 0, 4, 0xc0, 0x09, 0xc0, 0x0a, 1, 0]);
    let mut handshake = vec![1, 0, 0, u8::try_from(body.len()).unwrap()];
    handshake.extend(body);
    let mut record = vec![22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()];
    record.extend(handshake);
    record
}

/// A service behind a certificate of its own, and whoever trusts it.
struct Tls {
    address: SocketAddr,
    roots: RootCertStore,
    _folder: tempfile::TempDir,
}

impl Tls {
    async fn serving() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        std::fs::write(&cert, own.cert.pem()).unwrap();
        std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = axum::Router::new();
        let tls = acceptor(&cert, &key).unwrap();
        tokio::spawn(serve(listener, Some(tls), routes, std::future::pending()));
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(own.cert.der().to_vec()))
            .unwrap();
        Self {
            address,
            roots,
            _folder: folder,
        }
    }

    /// What is spoken with a client of this version that likes its ciphers in this order.
    async fn chosen(
        &self,
        version: &'static SupportedProtocolVersion,
        like: impl Fn(&mut Vec<SupportedCipherSuite>),
    ) -> CipherSuite {
        let mut provider = rustls::crypto::ring::default_provider();
        like(&mut provider.cipher_suites);
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, tcp).await.unwrap();
        let suite = stream.get_ref().1.negotiated_cipher_suite();
        suite.unwrap().suite()
    }

    async fn refuses(&self, hello: &[u8]) {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(hello).await.unwrap();
        let mut answer = Vec::new();
        let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
        read.expect("it goes on").ok();
        // A fatal alert, and no ServerHello.
        assert_eq!(answer.first(), Some(&21), "{answer:?}");
    }
}

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_spoken() {
    let tls = Tls::serving().await;
    for version in [&version::TLS12, &version::TLS13] {
        tls.chosen(version, |_| {}).await;
    }
    tls.refuses(&old_hello(2)).await;
}

/// Whatever a client likes best: it may be the weakest that it knows.
#[tokio::test]
async fn the_strongest_cipher_is_chosen_and_a_weak_one_never() {
    let tls = Tls::serving().await;
    for (version, strongest) in [
        (
            &version::TLS12,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        ),
        (&version::TLS13, CipherSuite::TLS13_AES_256_GCM_SHA384),
    ] {
        assert_eq!(tls.chosen(version, |_| {}).await, strongest);
        assert_eq!(tls.chosen(version, |all| all.reverse()).await, strongest);
        // Who knows one alone is answered by it, so that it was a choice.
        let one = tls.chosen(version, |all| all.retain(|it| it.suite() != strongest));
        assert_ne!(one.await, strongest);
    }
    tls.refuses(&old_hello(3)).await;
}
