//! Connections: taken, secured where a certificate is given, and served. Whoever connects and says
//! nothing, or says it too slowly, is let go, and holds nobody up before that.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::extract::Peer;

const HANDSHAKE: Duration = Duration::from_secs(10);
/// From the first byte awaited to the last byte of a request's head; also between two requests.
const HEAD: Duration = Duration::from_secs(30);
/// Open at a time; beyond it new ones wait in the kernel's queue.
const CONNECTIONS: usize = 4_096;
/// After an error that is not one connection's own (no file descriptor left).
const BREATH: Duration = Duration::from_millis(200);
/// Answers that are under way when the service is told to stop get this long.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop`; then takes nothing new and finishes what is under way.
pub async fn serve(
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: impl Future<Output = ()>,
) {
    serve_within(HEAD, tcp, tls, routes, stop).await;
}

async fn serve_within(
    head: Duration,
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(());
    tokio::pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let (stream, address) = tokio::select! {
            accepted = tcp.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let (routes, tls, mut stopped) = (routes.clone(), tls.clone(), stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                Some(tls) => {
                    let secured = tokio::select! {
                        secured = timeout(HANDSHAKE, tls.accept(stream)) => secured,
                        _ = stopped.changed() => return,
                    };
                    if let Ok(Ok(stream)) = secured {
                        connection(head, stream, address, routes, stopped).await;
                    }
                }
                None => connection(head, stream, address, routes, stopped).await,
            }
        });
    }
    drop((tcp, stopped));
    let _ = stopping.send(());
    // Every connection holds a receiver until it is done.
    if timeout(GRACE, stopping.closed()).await.is_err() {
        let seconds = GRACE.as_secs();
        tracing::warn!("some answers were not finished in {seconds} s");
    }
}

async fn connection<S>(
    head: Duration,
    stream: S,
    address: SocketAddr,
    routes: Router,
    mut stopped: watch::Receiver<()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(Peer(address)));
        routes.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    tokio::pin!(served);
    // A client that breaks off is no event of ours.
    tokio::select! {
        _ = &mut served => {}
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;

    async fn serving() -> (SocketAddr, oneshot::Sender<()>) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let routes = Router::new().route("/", get(|| async { "here" }));
        let (stop, stopped) = oneshot::channel();
        let head = Duration::from_millis(300);
        tokio::spawn(serve_within(head, tcp, None, routes, async {
            let _ = stopped.await;
        }));
        (address, stop)
    }

    #[tokio::test]
    async fn who_never_finishes_a_request_is_let_go_and_who_asks_is_answered() {
        let (address, _stop) = serving().await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n")
            .await
            .unwrap();
        let mut asking = TcpStream::connect(address).await.unwrap();
        asking
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("here"), "{answer}");

        let mut rest = Vec::new();
        silent.read_to_end(&mut rest).await.unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
}
