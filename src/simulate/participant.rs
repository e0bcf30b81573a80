//! A simulated participant: offers the fixed layout as a page does, plays Opus packets at real
//! pace, shows a small moving picture, counts what it receives.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use rtc::rtcp;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{
    RTCRtpTransceiverDirection, RTCRtpTransceiverId, RTCRtpTransceiverInit,
};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_local::{TrackLocal, TrackLocalEvent};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionState, RTCSessionDescription,
};
use webrtc::rtp_transceiver::RtpSender;

use crate::media::engine::{Connection, Engine};
use crate::media::layout::{Kind, Line};
use crate::media::negotiate::{Stream, complete_description, outgoing_track, stream_of};
use crate::media::peer::PeerError;
use crate::media::reception::Reception;

/// Eight VP8 key frames of 160x120, each after its length (u16, little endian), each small enough
/// for one packet: no encoder is needed, and every request for a key frame is met by the next one.
const PICTURES: &[u8] = include_bytes!("../../assets/practice.vp8");
const PICTURES_PER_SECOND: u32 = 5;
const FRAME: Duration = Duration::from_millis(20);
/// The other side has finished its part of the handshake by then.
const OTHER_SIDE: Duration = Duration::from_millis(150);

/// A participant with its connection.
pub struct Participant {
    connection: Connection,
    heard: Arc<Heard>,
    microphone: Outgoing,
    camera: Outgoing,
    sent: u64,
    /// Requests for a key frame of its picture.
    asked: Arc<AtomicU64>,
}

impl std::fmt::Debug for Participant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Participant").finish_non_exhaustive()
    }
}

impl Participant {
    /// A new participant and its offer.
    ///
    /// # Errors
    /// When the connection cannot be set up.
    pub async fn offer(engine: &Engine) -> Result<(Self, String), PeerError> {
        let (state, _) = watch::channel(RTCPeerConnectionState::New);
        let heard = Arc::new(Heard {
            gathered: AtomicBool::new(false),
            state,
            lines: Mutex::default(),
            received: Mutex::default(),
            streams: Mutex::default(),
            silences: Mutex::default(),
        });
        let handler = Arc::new(Handler(Arc::clone(&heard)));
        let connection = engine.connect(handler).await?;
        let pc = &connection.pc;
        let mut lines = HashMap::new();
        let mut outgoing = Vec::new();
        for line in Line::ALL {
            let transceiver = if line.upward().is_some() {
                let track = Arc::new(TrackLocalStaticRTP::new(outgoing_track(line)));
                let init = RTCRtpTransceiverInit {
                    direction: RTCRtpTransceiverDirection::Sendrecv,
                    ..Default::default()
                };
                let local = Arc::clone(&track) as Arc<dyn TrackLocal>;
                let transceiver = pc.add_transceiver_from_track(local, Some(init)).await?;
                let sender = transceiver.sender().await?.ok_or(PeerError::Closed)?;
                outgoing.push((track, sender));
                transceiver
            } else {
                let kind = match line.kind() {
                    Kind::Audio => RtpCodecKind::Audio,
                    Kind::Video => RtpCodecKind::Video,
                };
                // Without an init the crate makes it recvonly.
                pc.add_transceiver_from_kind(kind, None).await?
            };
            lines.insert(transceiver.id(), line);
        }
        *heard.lines.lock().unwrap_or_else(PoisonError::into_inner) = lines;
        let offer = pc.create_offer(None).await?;
        pc.set_local_description(offer).await?;
        let offer = complete_description(pc, &heard.gathered).await?;

        let mut outgoing = outgoing.into_iter();
        let (Some(microphone), Some(camera)) = (outgoing.next(), outgoing.next()) else {
            return Err(PeerError::Closed);
        };
        let asked = Arc::new(AtomicU64::new(0));
        tokio::spawn(count_requests(Arc::clone(&camera.0), Arc::clone(&asked)));
        let participant = Self {
            asked,
            heard,
            microphone: Outgoing::new(microphone),
            camera: Outgoing::new(camera),
            sent: 0,
            connection,
        };
        Ok((participant, offer))
    }

    /// Takes the answer and waits until media can flow.
    ///
    /// # Errors
    /// When the answer is refused or no connection comes about within 10 s.
    pub async fn accept(&mut self, answer: String) -> Result<(), PeerError> {
        let pc = &self.connection.pc;
        pc.set_remote_description(RTCSessionDescription::answer(answer)?)
            .await?;
        let mut state = self.heard.state.subscribe();
        let connected = state.wait_for(|state| *state == RTCPeerConnectionState::Connected);
        tokio::time::timeout(Duration::from_secs(10), connected)
            .await
            .map_err(|_| PeerError::Closed)?
            .map_err(|_| PeerError::Closed)?;
        // This side may be ready a moment before the other, which drops what comes too early.
        tokio::time::sleep(OTHER_SIDE).await;
        self.microphone.negotiated().await?;
        self.camera.negotiated().await?;
        Ok(())
    }

    /// Plays `packets` of 20 ms at real pace, with a picture five times a second, then returns.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn play(&mut self, packets: &[Bytes]) -> Result<(), PeerError> {
        self.play_but(packets, &[]).await
    }

    /// As [`Self::play`], from the packet on that is due by now: the voices began at `began`.
    /// Returns whether they were played to their end: else the path has been gone for `patience`.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub async fn play_while_connected(
        &mut self,
        packets: &[Bytes],
        began: Instant,
        patience: Duration,
    ) -> Result<bool, PeerError> {
        let due = began.elapsed().as_millis() / FRAME.as_millis();
        let rest = packets.get(usize::try_from(due).unwrap_or(usize::MAX)..);
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
            return Ok(true);
        };
        let heard = Arc::clone(&self.heard);
        tokio::select! {
            played = self.play(rest) => played.map(|()| true),
            () = lost(&heard, patience) => Ok(false),
        }
    }

    /// As [`Self::play`]; what lies in `dropped` is lost on the way, and the picture of that time.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub async fn play_but(
        &mut self,
        packets: &[Bytes],
        dropped: &[Range<usize>],
    ) -> Result<(), PeerError> {
        let pictures = pictures();
        let mut tick = tokio::time::interval_at(Instant::now(), FRAME);
        // After a stall the packets that are due go out at once, as a sound card's would.
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let every = usize::try_from(50 / PICTURES_PER_SECOND).unwrap_or(10);
        for (index, packet) in packets.iter().enumerate() {
            tick.tick().await;
            if dropped.iter().any(|range| range.contains(&index)) {
                self.microphone.advance(960);
                continue;
            }
            self.microphone
                .write(packet.clone(), 960, index == 0)
                .await?;
            self.sent += 1;
            if index % every == 0 && !pictures.is_empty() {
                let number = index / every;
                let picture = vp8_packet(&pictures[number % pictures.len()], number);
                let ticks = 90_000 / PICTURES_PER_SECOND;
                self.camera.write(picture, ticks, true).await?;
            }
        }
        Ok(())
    }

    /// Sends `packets` as fast as they go, as no browser does.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub async fn burst(&mut self, packets: &[Bytes]) -> Result<(), PeerError> {
        for packet in packets {
            self.microphone.write(packet.clone(), 960, false).await?;
            self.sent += 1;
        }
        Ok(())
    }

    /// Says something by RTCP about a stream that comes in, under the connection's own keys; `about` is told
    /// which stream it is.
    ///
    /// # Errors
    /// When the connection is gone, or nothing has come on this line.
    pub async fn say_about(
        &self,
        line: Line,
        about: impl FnOnce(u32) -> Vec<Box<dyn rtcp::Packet>> + Send,
    ) -> Result<(), PeerError> {
        let stream = {
            let streams = &self.heard.streams;
            let streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
            streams.get(&line).cloned()
        };
        let (track, ssrc) = stream.ok_or(PeerError::Closed)?;
        Ok(track.write_rtcp(about(ssrc)).await?)
    }

    /// How often it was asked for a key frame.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether its own side takes the path for good, now and later.
    #[must_use]
    pub fn path(&self) -> watch::Receiver<RTCPeerConnectionState> {
        self.heard.state.subscribe()
    }

    /// Takes the place of a connection that is gone: what that one sent counts on, and what it did not
    /// hear.
    pub fn go_on_from(&mut self, before: &Self) {
        self.sent += before.sent;
        let heard = |of: &Self| {
            let silences = of.heard.silences.lock();
            silences.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let so_far = heard(before);
        let silences = &self.heard.silences;
        let mut silences = silences.lock().unwrap_or_else(PoisonError::into_inner);
        for (line, before) in so_far {
            let now = silences.get(&line).map(|it| it.last);
            let both = now.map_or(before, |now| Silence::packet(Some(before), now));
            silences.insert(line, both);
        }
    }

    /// Packets of sound that went out.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// What came in so far, by line.
    #[must_use]
    pub fn received(&self) -> BTreeMap<Line, Reception> {
        let received = &self.heard.received;
        received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The longest time without a packet on this line so far, also if it lasts still.
    #[must_use]
    pub fn silence(&self, line: Line) -> Option<Silence> {
        let silences = &self.heard.silences;
        let silences = silences.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = silences.get(&line).copied()?;
        Some(Silence::packet(Some(so_far), Instant::now()))
    }

    pub async fn close(self) {
        let _ = self.connection.pc.close().await;
    }
}

/// One track this participant sends.
struct Outgoing {
    track: Arc<TrackLocalStaticRTP>,
    sender: Arc<dyn RtpSender>,
    /// Known once the answer is in.
    stream: Option<Stream>,
    sequence: u16,
    timestamp: u32,
}

impl Outgoing {
    fn new((track, sender): (Arc<TrackLocalStaticRTP>, Arc<dyn RtpSender>)) -> Self {
        Self {
            track,
            sender,
            stream: None,
            sequence: 0,
            timestamp: 0,
        }
    }

    async fn negotiated(&mut self) -> Result<(), PeerError> {
        self.stream = Some(stream_of(&self.sender).await?);
        Ok(())
    }

    /// A packet's number and time pass.
    fn advance(&mut self, ticks: u32) {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(ticks);
    }

    async fn write(&mut self, payload: Bytes, ticks: u32, marker: bool) -> Result<(), PeerError> {
        let stream = self.stream.ok_or(PeerError::Closed)?;
        let header = rtp::Header {
            version: 2,
            marker,
            payload_type: stream.payload_type,
            sequence_number: self.sequence,
            timestamp: self.timestamp,
            ssrc: stream.ssrc,
            ..Default::default()
        };
        self.advance(ticks);
        self.track
            .write_rtp(rtp::Packet { header, payload })
            .await?;
        Ok(())
    }
}

/// Returns once the path has been gone for so long, or for good; until then it may come back by
/// itself.
async fn lost(heard: &Heard, patience: Duration) {
    use RTCPeerConnectionState::{Closed, Connected, Disconnected, Failed};
    let mut state = heard.state.subscribe();
    loop {
        let gone = |state: &RTCPeerConnectionState| matches!(state, Disconnected | Failed | Closed);
        let Ok(Disconnected) = state.wait_for(gone).await.map(|it| *it) else {
            return;
        };
        let back = state.wait_for(|state| *state == Connected);
        if tokio::time::timeout(patience, back).await.is_err() {
            return;
        }
    }
}

fn pictures() -> Vec<Bytes> {
    let mut pictures = Vec::new();
    let mut rest = PICTURES;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length));
        let Some((picture, after)) = after.split_at_checked(length) else {
            break;
        };
        pictures.push(Bytes::from_static(picture));
        rest = after;
    }
    pictures
}

/// RFC 7741 payload descriptor (start of partition 0, 15-bit picture id) before the whole frame.
fn vp8_packet(picture: &Bytes, number: usize) -> Bytes {
    let id = u16::try_from(number & 0x7FFF).unwrap_or_default();
    let mut payload = BytesMut::with_capacity(picture.len() + 4);
    payload.put_u8(0x90);
    payload.put_u8(0x80);
    payload.put_u16(0x8000 | id);
    payload.put_slice(picture);
    payload.freeze()
}

/// A stream that comes in, and its number.
type Incoming = (Arc<dyn TrackRemote>, u32);

struct Heard {
    gathered: AtomicBool,
    state: watch::Sender<RTCPeerConnectionState>,
    lines: Mutex<HashMap<RTCRtpTransceiverId, Line>>,
    received: Mutex<BTreeMap<Line, Reception>>,
    streams: Mutex<HashMap<Line, Incoming>>,
    silences: Mutex<BTreeMap<Line, Silence>>,
}

/// The longest time in which nothing came, between two packets.
#[derive(Debug, Clone, Copy)]
pub struct Silence {
    pub lasting: Duration,
    pub ended: Instant,
    last: Instant,
}

impl Silence {
    fn packet(silence: Option<Self>, now: Instant) -> Self {
        let Some(before) = silence else {
            return Self {
                lasting: Duration::ZERO,
                ended: now,
                last: now,
            };
        };
        let lasting = now.saturating_duration_since(before.last);
        if lasting > before.lasting {
            Self {
                lasting,
                ended: now,
                last: now,
            }
        } else {
            Self {
                last: now,
                ..before
            }
        }
    }
}

struct Handler(Arc<Heard>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.0.gathered.store(true, Ordering::Release);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.0.state.send_replace(state);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        tokio::spawn(count(track, Arc::clone(&self.0)));
    }
}

async fn count_requests(track: Arc<TrackLocalStaticRTP>, asked: Arc<AtomicU64>) {
    while let Some(TrackLocalEvent::OnRtcpPacket(_)) = track.poll().await {
        asked.fetch_add(1, Ordering::Relaxed);
    }
}

async fn count(track: Arc<dyn TrackRemote>, heard: Arc<Heard>) {
    let mut line = None;
    while let Some(event) = track.poll().await {
        match event {
            TrackRemoteEvent::OnOpen(open) => {
                let lines = heard.lines.lock().unwrap_or_else(PoisonError::into_inner);
                line = lines.get(&open.receiver_id.into()).copied();
                if let Some(line) = line {
                    let mut streams = heard.streams.lock().unwrap_or_else(PoisonError::into_inner);
                    streams.insert(line, (Arc::clone(&track), open.ssrc));
                }
            }
            TrackRemoteEvent::OnRtpPacket(packet) => {
                if let Some(line) = line {
                    let mut received = heard
                        .received
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    let reception = received.entry(line).or_default();
                    reception.count(packet.header.sequence_number, packet.payload.len());
                    drop(received);
                    let silences = &heard.silences;
                    let mut silences = silences.lock().unwrap_or_else(PoisonError::into_inner);
                    let before = silences.get(&line).copied();
                    silences.insert(line, Silence::packet(before, Instant::now()));
                }
            }
            TrackRemoteEvent::OnEnded => break,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_key_frames_that_fit_one_packet() {
        let pictures = pictures();
        assert_eq!(pictures.len(), 8);
        for picture in pictures {
            assert!(picture.len() < 1_180);
            assert_eq!(picture[0] & 1, 0, "not a key frame");
            assert_eq!(picture[3..6], [0x9d, 0x01, 0x2a]);
        }
    }
}
