//! One socket from its opening to its end: reads and checks what the page sends, writes what the
//! call says, notices a page that is gone. Who may open it is decided before; what messages mean
//! is the call's.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use yorisoi_domain::ids::ParticipantId;

use super::hub::{Close, Frame, SocketId, reply_text};
use super::message::{
    ClientMessage, LONGEST, LONGEST_ID, ProblemType, ReplyBody, SocketProblem, VERSION,
};

/// A page answers a ping at once, also in the background.
const PING: Duration = Duration::from_millis(1_500);
/// Silence that means the page is gone: three pings.
const SILENCE: Duration = Duration::from_millis(4_500);
/// A page that takes nothing for so long is gone too.
const WRITING: Duration = Duration::from_secs(5);
/// What the transport takes before it closes: larger than [`LONGEST`], so that a message which is
/// only too long is answered with a problem and the socket stays.
const TRANSPORT_LIMIT: usize = 1024 * 1024;
/// Messages a page may send at once, and per second in the long run: many times what ours does.
const BURST: f64 = 40.0;
const PER_SECOND: f64 = 10.0;
/// How long a page that sends faster is left waiting for each refusal.
const SLOW_DOWN: Duration = Duration::from_millis(50);

/// What a socket hands to the call.
#[derive(Debug)]
pub struct FromSocket {
    pub seat: ParticipantId,
    pub socket: SocketId,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Message(ClientMessage),
    Closed,
}

/// A socket's two ends in the call. However they go, also by an upgrade that breaks off or a task
/// that is dropped, the call learns that the socket is gone.
#[derive(Debug)]
pub struct Wires {
    pub seat: ParticipantId,
    pub socket: SocketId,
    /// Waits when it is full: then this page is read no further, the call is not flooded.
    pub messages: mpsc::Sender<FromSocket>,
    pub frames: mpsc::Receiver<Frame>,
}

impl Drop for Wires {
    fn drop(&mut self) {
        let closed = FromSocket {
            seat: self.seat,
            socket: self.socket,
            what: What::Closed,
        };
        // The call may be over: then nobody needs to know.
        if let Err(TrySendError::Full(closed)) = self.messages.try_send(closed)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let messages = self.messages.clone();
            runtime.spawn(async move { messages.send(closed).await });
        }
    }
}

/// Bounds what the transport takes, whole and in pieces: a frame is kept in memory as announced.
pub fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .max_message_size(TRANSPORT_LIMIT)
        .max_frame_size(TRANSPORT_LIMIT)
}

/// Serves the socket until either side ends it, or until `put_out` says that whoever holds it may
/// not be here any more. Whether it was that.
pub async fn serve(
    mut socket: WebSocket,
    mut wires: Wires,
    put_out: impl Future<Output = ()>,
) -> bool {
    let close = tokio::select! {
        close = talk(&mut socket, &mut wires) => close,
        () = put_out => Some(Close::SignedOut),
    };
    // The call learns of the end now, not when the page has taken its leave.
    drop(wires);
    if let Some(close) = close {
        let frame = CloseFrame {
            code: close.code(),
            reason: Utf8Bytes::default(),
        };
        let _ = timeout(WRITING, socket.send(Message::Close(Some(frame)))).await;
    }
    close == Some(Close::SignedOut)
}

/// Returns why the server closes; `None` when the page is gone.
async fn talk(socket: &mut WebSocket, wires: &mut Wires) -> Option<Close> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut allowance = Allowance::new(heard);
    loop {
        tokio::select! {
            incoming = socket.recv() => {
                heard = Instant::now();
                match incoming? {
                    Ok(Message::Text(text)) => match read(&text) {
                        Ok(message) if allowance.take(heard) => {
                            let what = What::Message(message);
                            let from = FromSocket { seat: wires.seat, socket: wires.socket, what };
                            if wires.messages.send(from).await.is_err() {
                                return Some(Close::Over);
                            }
                        }
                        Ok(message) => {
                            sleep(SLOW_DOWN).await;
                            refuse(socket, Some(message.id), ProblemType::TooSoon).await?;
                        }
                        Err((id, problem)) => {
                            if !allowance.take(heard) {
                                sleep(SLOW_DOWN).await;
                            }
                            refuse(socket, id, problem).await?;
                        }
                    },
                    Ok(Message::Binary(_)) => {
                        if !allowance.take(heard) {
                            sleep(SLOW_DOWN).await;
                        }
                        refuse(socket, None, ProblemType::Malformed).await?;
                    }
                    // Each ping is answered by the transport.
                    Ok(Message::Ping(_) | Message::Pong(_)) => {
                        if !allowance.take(heard) {
                            sleep(SLOW_DOWN).await;
                        }
                    }
                    Ok(Message::Close(_)) | Err(_) => return None,
                }
            }
            frame = wires.frames.recv() => match frame {
                Some(Frame::Text(text)) => write(socket, Message::Text(text)).await?,
                Some(Frame::Texts(texts)) => {
                    for text in texts {
                        write(socket, Message::Text(text)).await?;
                    }
                }
                Some(Frame::Close(close)) => return Some(close),
                None => return Some(Close::Behind),
            },
            _ = pings.tick() => {
                if heard.elapsed() > SILENCE {
                    return None;
                }
                write(socket, Message::Ping(Default::default())).await?;
            }
        }
    }
}

/// `None` when the page takes nothing any more.
async fn write(socket: &mut WebSocket, message: Message) -> Option<()> {
    timeout(WRITING, socket.send(message)).await.ok()?.ok()
}

async fn refuse(socket: &mut WebSocket, id: Option<String>, problem: ProblemType) -> Option<()> {
    let text = reply_text(id, ReplyBody::Problem(SocketProblem { r#type: problem }));
    write(socket, Message::Text(text)).await
}

pub(super) fn read(text: &str) -> Result<ClientMessage, (Option<String>, ProblemType)> {
    if text.len() > LONGEST {
        return Err((address(text), ProblemType::TooLarge));
    }
    let message: ClientMessage =
        serde_json::from_str(text).map_err(|_| (address(text), ProblemType::Malformed))?;
    if message.id.is_empty() || message.id.len() > LONGEST_ID {
        return Err((None, ProblemType::Malformed));
    }
    if message.v != VERSION {
        return Err((Some(message.id), ProblemType::WrongVersion));
    }
    Ok(message)
}

/// The `id` of a message of which nothing else can be used, so that the page knows which it was.
fn address(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Addressed {
        id: String,
    }
    let addressed: Addressed = serde_json::from_str(text).ok()?;
    Some(addressed.id).filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}

/// A bucket of messages that fills with time.
struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    fn new(now: Instant) -> Self {
        Self {
            left: BURST,
            at: now,
        }
    }

    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * PER_SECOND).min(BURST);
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_hurry_but_not_flood() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let burst = (0..100).filter(|_| allowance.take(start)).count();
        assert_eq!(burst, 40);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| allowance.take(later)).count(), 10);
    }

    #[test]
    fn too_long_unreadable_and_foreign_messages_are_told_apart() {
        let problem = |text: &str| read(text).map_err(|(_, problem)| problem).unwrap_err();
        let unknown = r#"{"v":1,"id":"a","type":"flag","data":{}}"#;
        assert_eq!(
            read(unknown),
            Err((Some("a".to_owned()), ProblemType::Malformed))
        );
        assert_eq!(problem(&"x".repeat(LONGEST + 1)), ProblemType::TooLarge);
        assert_eq!(problem("{}"), ProblemType::Malformed);
        assert_eq!(
            problem(r#"{"v":2,"id":"a","type":"ping","data":{}}"#),
            ProblemType::WrongVersion
        );
        let long = format!(
            r#"{{"v":1,"id":"{}","type":"ping","data":{{}}}}"#,
            "a".repeat(65)
        );
        assert_eq!(problem(&long), ProblemType::Malformed);
        assert!(read(r#"{"v":1,"id":"a","type":"ping","data":{}}"#).is_ok());
    }
}
