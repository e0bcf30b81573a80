//! One participant's connection, ended here: answers its offer in the fixed layout, reports what
//! comes in, sends what it is told to. It never decides who hears whom.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp;
use rtc::rtp_transceiver::RTCRtpTransceiverId;
use tokio::sync::{mpsc, oneshot};
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionState,
    RTCSessionDescription,
};

use super::engine::{Connection, Engine, EngineError};
use super::keyframes::KeyframeThrottle;
use super::layout::{Kind, Line, Source};
use super::negotiate::{
    Leg, Negotiated, mids_in_layout, negotiate, renegotiate, without_addresses,
};
use super::pace::Pace;

/// Tells one connection from every other, also from an earlier one of the same seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeerId(pub u64);

/// What a connection reports.
#[derive(Debug)]
pub enum PeerEvent {
    State(PeerState),
    /// One packet as it came from the network, in network order.
    Packet {
        source: Source,
        packet: rtp::Packet,
        arrived: Instant,
    },
    /// The participant cannot show what it receives on this line until a key frame comes.
    KeyframeWanted(Line),
}

/// Where the connection stands. After `Failed` or `Closed` nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerState {
    Connected,
    /// Nothing heard on this path for 2 s; may recover.
    Disconnected,
    Failed,
    Closed,
}

/// An offer could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error("the offer is not in this service's media layout: {0}; reload the page")]
    Layout(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the WebRTC negotiation failed")]
    WebRtc(#[from] webrtc::error::Error),
    #[error("no network address was found for the answer")]
    NoCandidates,
    #[error("the connection is already closed")]
    Closed,
}

/// Packets waiting to be sent on one connection: about a second of all lines. When a connection
/// cannot keep up, new packets are dropped; the others are not held up.
const OUTGOING: usize = 512;

enum Command {
    Send(Line, rtp::Packet),
    Keyframe(Source),
    Restart(String, oneshot::Sender<Result<String, PeerError>>),
    Close(oneshot::Sender<()>),
}

/// The handle of a connection. When the last clone is dropped the connection closes.
#[derive(Debug, Clone)]
pub struct Peer {
    pub id: PeerId,
    commands: mpsc::Sender<Command>,
}

impl Peer {
    /// Answers `offer`; the answer holds all candidates. Events go to `events`: packets and key
    /// frame requests are dropped when it is full, states are not.
    ///
    /// # Errors
    /// When the offer has another layout or the connection cannot be set up.
    pub async fn answer(
        engine: &Engine,
        id: PeerId,
        offer: &str,
        events: mpsc::Sender<(PeerId, PeerEvent)>,
    ) -> Result<(Self, String), PeerError> {
        let offer = RTCSessionDescription::offer(without_addresses(offer))?;
        let mids = mids_in_layout(&offer)?;
        let inbox = Arc::new(Inbox {
            id,
            events,
            lines: OnceLock::new(),
            upstream: Mutex::default(),
            gathered: AtomicBool::new(false),
            connected: AtomicBool::new(false),
            overflow: AtomicU64::new(0),
        });
        let connection = engine
            .connect(Arc::new(Handler(Arc::clone(&inbox))))
            .await?;
        let negotiated = negotiate(&connection.pc, offer, &mids, &inbox.gathered).await;
        let Negotiated {
            legs,
            lines,
            answer,
        } = match negotiated {
            Ok(negotiated) => negotiated,
            Err(error) => {
                close(&connection.pc).await;
                return Err(error);
            }
        };
        // Set before the answer leaves, so before the first packet can come.
        let _ = inbox.lines.set(lines);
        for leg in legs.values() {
            tokio::spawn(listen_for_requests(
                Arc::clone(&leg.track),
                leg.line,
                Arc::clone(&inbox),
            ));
        }
        let (commands, queue) = mpsc::channel(OUTGOING);
        tokio::spawn(run(engine.clone(), connection, legs, inbox, queue));
        let peer = Self { id, commands };
        Ok((peer, engine.published(&answer)))
    }

    /// Queues a packet for `line`; drops it when the connection cannot keep up.
    pub fn send(&self, line: Line, packet: rtp::Packet) {
        let _ = self.commands.try_send(Command::Send(line, packet));
    }

    /// Asks the participant for a key frame; at most one request per half second goes out.
    pub fn request_keyframe(&self, source: Source) {
        // A full queue drops the request: whoever lacks the key frame asks again.
        let _ = self.commands.try_send(Command::Keyframe(source));
    }

    /// Answers an ICE restart on the same connection.
    ///
    /// # Errors
    /// When the connection is closed or refuses the offer.
    pub async fn restart(&self, offer: String) -> Result<String, PeerError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Restart(offer, reply);
        self.commands
            .send(command)
            .await
            .map_err(|_| PeerError::Closed)?;
        answer.await.map_err(|_| PeerError::Closed)?
    }

    /// Closes the connection and waits until its sockets are free.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// An incoming track and its SSRC.
type Upstream = (Arc<dyn TrackRemote>, u32);

/// Where the callbacks of the webrtc crate and the readers of its tracks leave what they hear.
struct Inbox {
    id: PeerId,
    events: mpsc::Sender<(PeerId, PeerEvent)>,
    lines: OnceLock<HashMap<RTCRtpTransceiverId, Line>>,
    upstream: Mutex<HashMap<Source, Upstream>>,
    gathered: AtomicBool,
    /// Set while media can be sent. Before the keys are agreed the crate logs a warning for every
    /// packet and drops it.
    connected: AtomicBool,
    /// Events the call had no room for.
    overflow: AtomicU64,
}

impl Inbox {
    fn offer(&self, event: PeerEvent) {
        if self.events.try_send((self.id, event)).is_err() {
            let lost = self.overflow.fetch_add(1, Ordering::Relaxed) + 1;
            // Once, twice, four times: a log of every lost packet would make it worse.
            if lost.is_power_of_two() {
                tracing::warn!(
                    peer = self.id.0,
                    lost,
                    "the call is behind: packets dropped"
                );
            }
        }
    }
}

struct Handler(Arc<Inbox>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.0.gathered.store(true, Ordering::Release);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let state = match state {
            RTCPeerConnectionState::Connected => PeerState::Connected,
            RTCPeerConnectionState::Disconnected => PeerState::Disconnected,
            RTCPeerConnectionState::Failed => PeerState::Failed,
            // `Closed` is reported by the task that closes, when the sockets are free.
            _ => return,
        };
        match state {
            PeerState::Connected => self.0.connected.store(true, Ordering::Release),
            PeerState::Failed => self.0.connected.store(false, Ordering::Release),
            PeerState::Disconnected | PeerState::Closed => {}
        }
        // Waits for room: the call never waits for a connection, so this cannot lock up.
        let event = (self.0.id, PeerEvent::State(state));
        let _ = self.0.events.send(event).await;
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        tokio::spawn(read(track, Arc::clone(&self.0)));
    }
}

/// Reads one incoming track until it ends. Must stay quick: the crate drops packets when 256 wait.
async fn read(track: Arc<dyn TrackRemote>, inbox: Arc<Inbox>) {
    let mut source = None;
    let mut pace = Pace::default();
    while let Some(event) = track.poll().await {
        match event {
            TrackRemoteEvent::OnOpen(open) => {
                let lines = inbox.lines.get();
                let line = lines.and_then(|lines| lines.get(&open.receiver_id.into()));
                source = line.and_then(|line| line.upward());
                if let Some(source) = source {
                    let mut upstream = inbox
                        .upstream
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    upstream.insert(source, (Arc::clone(&track), open.ssrc));
                }
            }
            TrackRemoteEvent::OnRtpPacket(packet) => {
                let arrived = Instant::now();
                if let Some(source) = source
                    && pace.allows(source, arrived)
                {
                    inbox.offer(PeerEvent::Packet {
                        source,
                        packet,
                        arrived,
                    });
                }
            }
            TrackRemoteEvent::OnEnded => break,
            _ => {}
        }
    }
}

async fn listen_for_requests(track: Arc<TrackLocalStaticRTP>, line: Line, inbox: Arc<Inbox>) {
    while let Some(TrackLocalEvent::OnRtcpPacket(_)) = track.poll().await {
        inbox.offer(PeerEvent::KeyframeWanted(line));
    }
}

/// Owns the connection: everything that may wait for the crate's driver happens here.
async fn run(
    engine: Engine,
    connection: Connection,
    mut legs: HashMap<Line, Leg>,
    inbox: Arc<Inbox>,
    mut queue: mpsc::Receiver<Command>,
) {
    let mut throttles: HashMap<Source, KeyframeThrottle> = HashMap::new();
    let mut closing = None;
    while let Some(command) = queue.recv().await {
        match command {
            Command::Send(line, packet) if inbox.connected.load(Ordering::Acquire) => {
                if let Some(leg) = legs.get_mut(&line)
                    && leg.send(packet).await
                    && line.kind() == Kind::Video
                {
                    inbox.offer(PeerEvent::KeyframeWanted(line));
                }
            }
            Command::Send(..) => {}
            Command::Keyframe(source) => {
                if throttles.entry(source).or_default().allows(Instant::now()) {
                    ask_for_keyframe(&inbox, source).await;
                }
            }
            Command::Restart(offer, reply) => {
                let answer = renegotiate(&connection.pc, offer, &inbox.gathered).await;
                let _ = reply.send(answer.map(|sdp| engine.published(&sdp)));
            }
            Command::Close(done) => {
                closing = Some(done);
                break;
            }
        }
    }
    close(&connection.pc).await;
    drop(connection);
    // First the answer to whoever waits for the close: it may be the one who empties `events`.
    if let Some(done) = closing {
        let _ = done.send(());
    }
    let event = (inbox.id, PeerEvent::State(PeerState::Closed));
    let _ = inbox.events.send(event).await;
}

async fn ask_for_keyframe(inbox: &Inbox, source: Source) {
    let upstream = {
        let upstream = inbox
            .upstream
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        upstream.get(&source).cloned()
    };
    if let Some((track, media_ssrc)) = upstream {
        let request = PictureLossIndication {
            sender_ssrc: 0,
            media_ssrc,
        };
        if let Err(error) = track.write_rtcp(vec![Box::new(request)]).await {
            tracing::debug!(%error, "a key frame request could not be sent");
        }
    }
}

async fn close(pc: &Arc<dyn PeerConnection>) {
    if let Err(error) = pc.close().await {
        tracing::debug!(%error, "a connection did not close cleanly");
    }
}
