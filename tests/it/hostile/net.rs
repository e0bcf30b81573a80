//! Requests and handshakes that are too long, without an end, or too old.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, version};
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

/// What an old browser begins with: TLS 1.1 and nothing newer.
fn old_hello() -> Vec<u8> {
    let mut body = vec![3, 2];
    body.extend([7; 32]);
    // No session; AES-128 and AES-256 with CBC and SHA-1; no compression.
    body.extend([0, 0, 4, 0xc0, 0x09, 0xc0, 0x0a, 1, 0]);
    let mut handshake = vec![1, 0, 0, u8::try_from(body.len()).unwrap()];
    handshake.extend(body);
    let mut record = vec![22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()];
    record.extend(handshake);
    record
}

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_spoken() {
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
    for version in [&version::TLS12, &version::TLS13] {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        connector.connect(name, tcp).await.unwrap();
    }
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(&old_hello()).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
    read.expect("it goes on").ok();
    // A fatal alert, and no ServerHello.
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
}
