//! Connections: taken, secured where a certificate is given, and served. Whoever connects and says
//! nothing, or says it too slowly, is let go, and holds nobody up before that. A request once begun
//! is finished, whether or not somebody still waits for its answer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::error::Problem;
use super::extract::Peer;
use super::patience::Patient;
use crate::auth::pace::counted_as;

const HANDSHAKE: Duration = Duration::from_secs(10);
/// From the first byte awaited to the last byte of a request's head; also between two requests.
const HEAD: Duration = Duration::from_secs(30);
/// From a request's head to the last byte of its body.
const BODY: Duration = Duration::from_secs(60);
/// Open at a time; beyond it new ones wait in the kernel's queue.
const CONNECTIONS: usize = 4_096;
/// Of these from one address: a city hall of some hundreds may come from one, each browser with up to
/// six and its sockets, and nobody can take all.
const OF_ONE_ADDRESS: usize = 2_048;
/// Of refused connections that much is said at most.
const SAID_EVERY: Duration = Duration::from_secs(60);
/// A client that takes nothing of its answer for so long is let go.
const TAKING: Duration = Duration::from_secs(60);
/// After an error that is not one connection's own (no file descriptor left).
const BREATH: Duration = Duration::from_millis(200);
/// Answers that are under way when the service is told to stop get this long.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy)]
struct Limits {
    head: Duration,
    body: Duration,
    taking: Duration,
    connections: usize,
    of_one_address: usize,
}

/// Serves until `stop`; then takes nothing new and finishes what is under way.
pub async fn serve(
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: impl Future<Output = ()>,
) {
    serve_behind(&[], tcp, tls, routes, stop).await;
}

/// As [`serve`]; `proxies` bring everybody's connections and have no limit of their own.
pub async fn serve_behind(
    proxies: &[IpAddr],
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: impl Future<Output = ()>,
) {
    let limits = Limits {
        head: HEAD,
        body: BODY,
        taking: TAKING,
        connections: CONNECTIONS,
        of_one_address: OF_ONE_ADDRESS,
    };
    serve_within(limits, proxies, tcp, tls, routes, stop).await;
}

async fn serve_within(
    limits: Limits,
    proxies: &[IpAddr],
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let addresses = Addresses::default();
    let mut said: Option<Instant> = None;
    let (stopping, stopped) = watch::channel(());
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, tcp.accept().await)
        };
        // Whoever holds the last place does not hold the end up.
        let (place, (stream, address)) = tokio::select! {
            next = next => match next {
                (Ok(place), Ok(accepted)) => (place, accepted),
                (Err(_), _) => return,
                (_, Err(error)) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let most = if proxies.contains(&address.ip().to_canonical()) {
            limits.connections
        } else {
            limits.of_one_address
        };
        // Closed at once: it must not wait in anybody's way.
        let Some(of_address) = addresses.enter(address.ip(), most) else {
            if said.is_none_or(|at| at.elapsed() >= SAID_EVERY) {
                said = Some(Instant::now());
                // Not which: it may be a resident's.
                tracing::warn!(
                    most,
                    "an address has too many connections, and more of it are refused"
                );
            }
            continue;
        };
        let (routes, tls, mut stopped) = (routes.clone(), tls.clone(), stopped.clone());
        tokio::spawn(async move {
            let answers = Answers {
                routes,
                address,
                limits,
                _place: Arc::new((place, of_address)),
                stopped: stopped.clone(),
            };
            match tls {
                Some(tls) => {
                    let secured = tokio::select! {
                        secured = timeout(HANDSHAKE, tls.accept(stream)) => secured,
                        _ = stopped.changed() => return,
                    };
                    if let Ok(Ok(stream)) = secured {
                        connection(stream, answers).await;
                    }
                }
                None => connection(stream, answers).await,
            }
        });
    }
    drop((tcp, stopped));
    let _ = stopping.send(());
    // Every connection and every request that is under way holds a receiver until it is done.
    if timeout(GRACE, stopping.closed()).await.is_err() {
        let seconds = GRACE.as_secs();
        tracing::warn!("some answers were not finished in {seconds} s");
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Addresses {
    /// `None` where this address has `most`.
    fn enter(&self, from: IpAddr, most: usize) -> Option<OfAddress> {
        let from = counted_as(from);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(OfAddress {
            addresses: self.clone(),
            from,
        })
    }
}

/// One connection of an address, until it is dropped.
struct OfAddress {
    addresses: Addresses,
    from: IpAddr,
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let open = &self.addresses.0;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.from);
            }
        }
    }
}

/// What a connection's requests are answered by, and what they hold until they are done.
#[derive(Clone)]
struct Answers {
    routes: Router,
    address: SocketAddr,
    limits: Limits,
    _place: Arc<(OwnedSemaphorePermit, OfAddress)>,
    stopped: watch::Receiver<()>,
}

impl Answers {
    /// Runs in a task of its own: a browser that closes takes the connection with it, and between
    /// a commit and its telling nothing may be cut off.
    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let over = Box::pin(tokio::time::sleep(self.limits.body));
        let mut request = request.map(|body| Body::new(InTime { body, over }));
        request
            .extensions_mut()
            .insert(ConnectInfo(Peer(self.address)));
        let done = tokio::spawn(async move { self.routes.clone().oneshot(request).await });
        done.await.unwrap_or_else(|panicked| {
            let error = &panicked as &dyn std::error::Error;
            tracing::error!(error, "a request was not finished");
            Ok(Problem::internal().into_response())
        })
    }
}

/// A body of which nothing is taken once its time is over.
struct InTime {
    body: Incoming,
    over: Pin<Box<Sleep>>,
}

impl hyper::body::Body for InTime {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err("the body came too slowly".into())));
        }
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        frame.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn connection<S>(stream: S, answers: Answers)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Limits { head, taking, .. } = answers.limits;
    let mut stopped = answers.stopped.clone();
    let answer = hyper::service::service_fn(move |request| answers.clone().answer(request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(Patient::new(stream, taking)), answer)
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
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpSocket, TcpStream};
    use tokio::sync::oneshot;

    use super::*;

    async fn serving(routes: Router) -> (SocketAddr, oneshot::Sender<()>) {
        serving_each(routes, 2).await
    }

    async fn serving_each(
        routes: Router,
        of_one_address: usize,
    ) -> (SocketAddr, oneshot::Sender<()>) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let limits = Limits {
            head: Duration::from_millis(300),
            body: Duration::from_millis(300),
            taking: Duration::from_millis(300),
            connections: 2,
            of_one_address,
        };
        tokio::spawn(serve_within(limits, &[], tcp, None, routes, async {
            let _ = stopped.await;
        }));
        (address, stop)
    }

    #[tokio::test]
    async fn who_never_finishes_a_request_is_let_go_and_who_asks_is_answered() {
        let routes = Router::new().route("/", get(|| async { "here" }));
        let (address, _stop) = serving(routes).await;
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

    async fn ask(address: SocketAddr) -> TcpStream {
        let mut asking = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        asking.write_all(request).await.unwrap();
        asking
    }

    #[tokio::test]
    async fn a_request_is_finished_although_the_browser_has_closed() {
        let (began, begun) = oneshot::channel();
        let (told, done) = oneshot::channel();
        let once = std::sync::Mutex::new(Some((began, told)));
        let handler = move || {
            let once = once.lock().unwrap().take();
            async move {
                let (began, told) = once.unwrap();
                began.send(()).unwrap();
                tokio::time::sleep(Duration::from_millis(200)).await;
                told.send(()).unwrap();
            }
        };
        let handler = Arc::new(handler);
        let (address, _stop) = serving(Router::new().route("/", get(move || handler()))).await;
        let asking = ask(address).await;
        begun.await.unwrap();
        drop(asking);
        done.await.expect("what was begun was cut off");
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_an_answer() {
        async fn broken() {
            panic!("as it was told to");
        }
        let (address, _stop) = serving(Router::new().route("/", get(broken))).await;
        let mut answer = String::new();
        let mut asking = ask(address).await;
        asking.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    }

    #[tokio::test]
    async fn a_body_that_comes_byte_by_byte_is_not_waited_for() {
        let long = post(|body: Bytes| async move { body.len().to_string() });
        let (address, _stop) = serving(Router::new().route("/", long)).await;
        let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n";
        let mut asking = TcpStream::connect(address).await.unwrap();
        let whole = format!("{head}abc");
        asking.write_all(whole.as_bytes()).await.unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(format!("{head}ab").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        let told = timeout(Duration::from_secs(3), slow.read_to_string(&mut answer)).await;
        told.expect("it is waited for").unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }

    #[tokio::test]
    async fn one_address_never_takes_every_place_and_gets_its_own_back() {
        let routes = Router::new().route("/", get(|| async { "here" }));
        let (address, _stop) = serving_each(routes, 1).await;
        let held = TcpStream::connect(address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        // One of two places is free, and not for this address.
        let mut answer = Vec::new();
        let refused = ask(address).await.read_to_end(&mut answer).await;
        assert!(refused.is_err() || answer.is_empty(), "{answer:?}");
        // Nor does it wait in the way of another one.
        let other = TcpSocket::new_v4().unwrap();
        other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut other = other.connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        other.write_all(request).await.unwrap();
        let mut answer = String::new();
        other.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        drop(held);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut answer = String::new();
        ask(address)
            .await
            .read_to_string(&mut answer)
            .await
            .unwrap();
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_gives_the_place_back() {
        let routes = Router::new().route("/", get(|| async { vec![b'x'; 64 << 20] }));
        let (address, _stop) = serving_each(routes, 1).await;
        let idle = ask(address).await;
        let again = async {
            loop {
                let mut first = [0; 8];
                let mut next = ask(address).await;
                if next.read_exact(&mut first).await.is_ok() {
                    break first;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let first = timeout(Duration::from_secs(5), again).await;
        assert_eq!(&first.expect("the place is held for ever"), b"HTTP/1.1");
        drop(idle);
    }

    #[tokio::test]
    async fn the_end_comes_although_every_place_is_taken() {
        async fn long() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let (address, stop) = serving(Router::new().route("/", get(long))).await;
        let mut places = Vec::new();
        for _ in 0..3 {
            places.push(ask(address).await);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(TcpStream::connect(address).await.is_err(), "it goes on");
        // What was taken is answered all the same.
        for place in &mut places[..2] {
            let mut answer = String::new();
            place.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
}
