//! A simulated page's socket: says hello, asks and is answered, collects what it is told. It speaks
//! the wire form as JSON, as a page does, and shares no type with the server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::network::{BadNetwork, Network};
use super::participant::Participant;
use crate::media::engine::Engine;
use crate::media::peer::PeerError;

/// The server answers an offer within the time its candidates take, everything else at once.
const ANSWER: Duration = Duration::from_secs(10);
/// Events kept for whoever looks; when it is full the page reads no further, as a slow one would.
const EVENTS: usize = 4_096;

/// A simulated page could not go on.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("the service's socket cannot be opened")]
    Open(#[source] Box<tungstenite::Error>),
    #[error("the service refused: {0}")]
    Refused(String),
    #[error("the socket was closed by the service (code {code:?})")]
    Closed { code: Option<u16> },
    #[error("the service did not answer in time")]
    Silence,
    #[error("the bad network could not be made")]
    Network(#[source] std::io::Error),
    #[error("the media connection failed")]
    Media(#[from] PeerError),
}

/// What a page must say to be given what it missed.
#[derive(Debug, Clone, Default)]
pub struct Resumption {
    pub resume: Option<String>,
    pub last_seq: u64,
}

/// Where the socket is and who opens it.
#[derive(Debug, Clone)]
pub struct Door {
    /// `ws://…`
    pub url: String,
    pub origin: String,
    /// As the `Cookie` header has it; empty for none.
    pub cookie: String,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Answers = Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>;

/// See the module.
#[derive(Debug)]
pub struct Page {
    sending: SplitSink<Socket, Message>,
    events: mpsc::Receiver<(Instant, Value)>,
    answers: Answers,
    last_seq: Arc<AtomicU64>,
    close_code: Arc<Mutex<Option<u16>>>,
    resume: Option<String>,
    next_id: u64,
    reader: JoinHandle<()>,
    networks: Vec<BadNetwork>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Page {
    /// Opens the socket and says hello.
    ///
    /// # Errors
    /// When the service is not reached or does not let this page in.
    pub async fn open(door: &Door, had: Resumption) -> Result<Self, PageError> {
        let mut page = Self::connect(door, had.last_seq).await?;
        let hello = json!({ "resume": had.resume, "last_seq": had.last_seq });
        let ack = page.ask("hello", hello).await?;
        page.resume = ack["resume"].as_str().map(str::to_owned);
        Ok(page)
    }

    /// Opens the socket and says nothing.
    ///
    /// # Errors
    /// When the service is not reached or does not let this page in.
    pub async fn connect(door: &Door, last_seq: u64) -> Result<Self, PageError> {
        let open = |error| PageError::Open(Box::new(error));
        let mut request = door.url.as_str().into_client_request().map_err(open)?;
        for (name, value) in [("origin", &door.origin), ("cookie", &door.cookie)] {
            if !value.is_empty() {
                let value = HeaderValue::from_str(value)
                    .map_err(|error| open(tungstenite::Error::HttpFormat(error.into())))?;
                request.headers_mut().insert(name, value);
            }
        }
        let (socket, _) = Box::pin(connect_async(request)).await.map_err(open)?;
        let (sending, mut receiving) = socket.split();
        let (told, events) = mpsc::channel(EVENTS);
        let answers = Answers::default();
        let last_seq = Arc::new(AtomicU64::new(last_seq));
        let close_code = Arc::new(Mutex::new(None));
        let reader = {
            let (answers, last_seq) = (Arc::clone(&answers), Arc::clone(&last_seq));
            let close_code = Arc::clone(&close_code);
            tokio::spawn(async move {
                while let Some(Ok(message)) = receiving.next().await {
                    match message {
                        Message::Text(text) => {
                            let Ok(value) = serde_json::from_str::<Value>(&text) else {
                                continue;
                            };
                            if value["type"] == "ack" || value["type"] == "problem" {
                                answer(&answers, value);
                                continue;
                            }
                            // What is told once and never again has no number.
                            if let Some(seq) = value["seq"].as_u64() {
                                last_seq.store(seq, Ordering::Release);
                            }
                            if told.send((Instant::now(), value)).await.is_err() {
                                break;
                            }
                        }
                        Message::Close(frame) => {
                            *lock(&close_code) = frame.map(|frame| frame.code.into());
                        }
                        _ => {}
                    }
                }
                // Whoever still waits for an answer learns that none will come.
                lock(&answers).clear();
            })
        };
        Ok(Self {
            sending,
            events,
            answers,
            last_seq,
            close_code,
            resume: None,
            next_id: 0,
            reader,
            networks: Vec::new(),
        })
    }

    /// Asks the service for something and returns the `data` of its `ack`.
    ///
    /// # Errors
    /// [`PageError::Refused`] with the problem's type, or no answer.
    pub async fn ask(&mut self, r#type: &str, data: Value) -> Result<Value, PageError> {
        self.next_id += 1;
        let id = format!("{}", self.next_id);
        self.ask_as(&id, r#type, data).await
    }

    /// As [`Self::ask`], with an `id` of the caller's.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_as(
        &mut self,
        id: &str,
        r#type: &str,
        data: Value,
    ) -> Result<Value, PageError> {
        let (answer, answered) = oneshot::channel();
        lock(&self.answers).insert(id.to_owned(), answer);
        let message = json!({ "v": 1, "id": id, "type": r#type, "data": data });
        self.send_text(message.to_string()).await?;
        let answer = tokio::time::timeout(ANSWER, answered).await;
        let answer = answer
            .map_err(|_| PageError::Silence)?
            .map_err(|_| self.closed())?;
        match answer["type"].as_str() {
            Some("ack") => Ok(answer["data"].clone()),
            _ => Err(PageError::Refused(
                answer["data"]["type"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )),
        }
    }

    /// Sends a text as it is.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send_text(&mut self, text: String) -> Result<(), PageError> {
        let sent = self.sending.send(Message::Text(text.into())).await;
        sent.map_err(|_| self.closed())
    }

    /// The answer to a message that had no readable `id`.
    pub async fn unaddressed(&mut self, text: String) -> Result<Value, PageError> {
        let (answer, answered) = oneshot::channel();
        lock(&self.answers).insert(String::new(), answer);
        self.send_text(text).await?;
        let answer = tokio::time::timeout(ANSWER, answered).await;
        answer
            .map_err(|_| PageError::Silence)?
            .map_err(|_| self.closed())
    }

    /// Offers a media connection and waits until it stands.
    ///
    /// # Errors
    /// When the offer is refused or no connection comes about.
    pub async fn join(&mut self, engine: &Engine) -> Result<Participant, PageError> {
        self.join_over(engine, None).await
    }

    /// As [`Self::join`], over a bad network that lasts as long as this page.
    ///
    /// # Errors
    /// As [`Self::join`].
    pub async fn join_over(
        &mut self,
        engine: &Engine,
        network: Option<&Network>,
    ) -> Result<Participant, PageError> {
        let (mut participant, mut offer) = Participant::offer(engine).await?;
        if network.is_some() {
            // A server that knew where the page is would find a way around the relay.
            let elsewhere = |line: &&str| !line.starts_with("a=candidate:");
            offer = offer.split_inclusive('\n').filter(elsewhere).collect();
        }
        let ack = self.ask("offer", json!({ "sdp": offer })).await?;
        let mut answer = ack["sdp"].as_str().unwrap_or_default().to_owned();
        if let Some(network) = network {
            let before = BadNetwork::before(&answer, network).await;
            let (relays, rewritten) = before.map_err(PageError::Network)?;
            self.networks.push(relays);
            answer = rewritten;
        }
        participant.accept(answer).await?;
        Ok(participant)
    }

    /// The next numbered message.
    ///
    /// # Errors
    /// [`PageError::Silence`] when none comes within `wait`, or the socket is closed.
    pub async fn told(&mut self, wait: Duration) -> Result<Value, PageError> {
        Ok(self.told_at(wait).await?.1)
    }

    /// As [`Self::told`], with the time at which it came.
    ///
    /// # Errors
    /// As [`Self::told`].
    pub async fn told_at(&mut self, wait: Duration) -> Result<(Instant, Value), PageError> {
        let event = tokio::time::timeout(wait, self.events.recv()).await;
        event
            .map_err(|_| PageError::Silence)?
            .ok_or_else(|| self.closed())
    }

    /// The next numbered message for which `wanted` holds; others are passed over.
    ///
    /// # Errors
    /// As [`Self::told`].
    pub async fn told_that(
        &mut self,
        wait: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, PageError> {
        let due = tokio::time::Instant::now() + wait;
        loop {
            let left = due.saturating_duration_since(tokio::time::Instant::now());
            let event = self.told(left).await?;
            if wanted(&event) {
                return Ok(event);
            }
        }
    }

    /// What to say on the next socket.
    #[must_use]
    pub fn resumption(&self) -> Resumption {
        let last_seq = self.last_seq.load(Ordering::Acquire);
        Resumption {
            resume: self.resume.clone(),
            last_seq,
        }
    }

    fn closed(&self) -> PageError {
        PageError::Closed {
            code: *lock(&self.close_code),
        }
    }
}

fn answer(answers: &Answers, value: Value) {
    let id = value["id"].as_str().unwrap_or_default();
    if let Some(waiting) = lock(answers).remove(id) {
        let _ = waiting.send(value);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
