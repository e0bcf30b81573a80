//! The media of one call: the participants' connections, who gets whose packets, and the taps. It
//! asks the call who may be heard and never decides it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use yorisoi_domain::call::Call;
use yorisoi_domain::call::clock::MediaClock;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;

use super::time::InterviewClock;
use crate::clock::IdGen;
use crate::media::engine::Engine;
use crate::media::layout::{Line, Source};
use crate::media::peer::{Peer, PeerError, PeerEvent, PeerId, PeerState};
use crate::media::reception::Reception;
use crate::media::tap::{AudioSink, Outlet, TappedPacket, TappedVoice, Taps};
use crate::media::turn::TurnCredential;

/// What the connections of one call report: about a second of three cameras. When the call is
/// behind, packets and key frame requests are dropped and counted; states wait.
pub(super) const EVENTS: usize = 1_024;
/// Closing takes milliseconds; nothing waits longer for a connection that does not.
const CLOSING: Duration = Duration::from_secs(3);

/// An offer that has been answered, or not.
pub(super) struct Answered {
    pub(super) seat: ParticipantId,
    pub(super) message: String,
    serial: u64,
    result: Result<(Option<Peer>, String), PeerError>,
}

pub(super) struct Plane {
    engine: Engine,
    interview: InterviewId,
    taps: Option<Arc<dyn Taps>>,
    /// Where the text of the taps goes.
    outlet: Outlet,
    ids: Arc<dyn IdGen>,
    events: mpsc::Sender<(PeerId, PeerEvent)>,
    seats: BTreeMap<ParticipantId, Seat>,
    owners: HashMap<PeerId, ParticipantId>,
    serial: u64,
    negotiations: JoinSet<Answered>,
    closing: JoinSet<()>,
}

#[derive(Default)]
struct Seat {
    peer: Option<Peer>,
    /// Of the offer that counts: a later one makes an earlier one's answer void.
    offer: u64,
    voice: Voice,
}

struct Voice {
    /// Given with the first packet.
    track: Option<TrackId>,
    /// The present stream and its SSRC.
    stream: Option<(u32, Reception)>,
    /// Packets and missing ones of the streams before.
    before: (u64, u64),
    clock: MediaClock,
    allowed: Tap,
    /// Exists only while the tap is open and something has been heard.
    sink: Option<Box<dyn AudioSink>>,
    lost_to_sink: u64,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            track: None,
            stream: None,
            before: (0, 0),
            clock: MediaClock::default(),
            allowed: Tap::Closed,
            sink: None,
            lost_to_sink: 0,
        }
    }
}

impl Plane {
    pub(super) fn new(
        engine: Engine,
        interview: InterviewId,
        taps: Option<Arc<dyn Taps>>,
        outlet: Outlet,
        ids: Arc<dyn IdGen>,
    ) -> (Self, mpsc::Receiver<(PeerId, PeerEvent)>) {
        let (events, incoming) = mpsc::channel(EVENTS);
        let plane = Self {
            engine,
            interview,
            taps,
            outlet,
            ids,
            events,
            seats: BTreeMap::new(),
            owners: HashMap::new(),
            serial: 0,
            negotiations: JoinSet::new(),
            closing: JoinSet::new(),
        };
        (plane, incoming)
    }

    /// What pages are told of relays; `now` in seconds since 1970.
    pub(super) fn turn_credential(&self, now: i64) -> Option<TurnCredential> {
        self.engine.turn_credential(now)
    }

    /// Begins to answer an offer; the present connection stays until the new one is agreed.
    /// False when there is no connection to restart.
    pub(super) fn offer(
        &mut self,
        seat: ParticipantId,
        message: String,
        sdp: String,
        restart: bool,
    ) -> bool {
        self.serial += 1;
        let serial = self.serial;
        let held = self.seats.entry(seat).or_default();
        if restart {
            let Some(peer) = held.peer.clone() else {
                return false;
            };
            self.negotiations.spawn(async move {
                let answer = peer.restart(sdp).await;
                Answered {
                    seat,
                    message,
                    serial: 0,
                    result: answer.map(|sdp| (None, sdp)),
                }
            });
        } else {
            held.offer = serial;
            let (engine, events) = (self.engine.clone(), self.events.clone());
            self.negotiations.spawn(async move {
                let answer = Peer::answer(&engine, PeerId(serial), &sdp, events).await;
                let result = answer.map(|(peer, sdp)| (Some(peer), sdp));
                Answered {
                    seat,
                    message,
                    serial,
                    result,
                }
            });
        }
        true
    }

    /// The next offer that is answered; `None` when none is being answered.
    pub(super) async fn answered(&mut self) -> Option<Answered> {
        loop {
            match self.negotiations.join_next().await? {
                Ok(answered) => return Some(answered),
                // A panic's words may be the offer's.
                Err(error) => {
                    let panicked = error.is_panic();
                    tracing::error!(panicked, "answering an offer broke off");
                }
            }
        }
    }

    /// Puts an agreed connection in place. `allowed`: the participant is still inside.
    /// `Ok(None)` when a later offer has made this one void.
    pub(super) fn install(
        &mut self,
        answered: Answered,
        allowed: bool,
    ) -> Result<Option<String>, PeerError> {
        let Answered {
            seat,
            serial,
            result,
            ..
        } = answered;
        let (peer, sdp) = result?;
        let Some(peer) = peer else {
            return Ok(Some(sdp));
        };
        let held = self.seats.entry(seat).or_default();
        if held.offer != serial || !allowed {
            self.retire(peer);
            return if allowed {
                Ok(None)
            } else {
                Err(PeerError::Closed)
            };
        }
        self.owners.insert(peer.id, seat);
        if let Some(old) = held.peer.replace(peer) {
            self.owners.remove(&old.id);
            self.retire(old);
        }
        Ok(Some(sdp))
    }

    /// Closes a participant's connection and what is being agreed for them.
    pub(super) fn close(&mut self, seat: ParticipantId) {
        let Some(held) = self.seats.get_mut(&seat) else {
            return;
        };
        held.offer = 0;
        if let Some(peer) = held.peer.take() {
            self.owners.remove(&peer.id);
            self.retire(peer);
        }
    }

    fn retire(&mut self, peer: Peer) {
        self.closing.spawn(async move { peer.close().await });
        // Collects what has closed since the last time.
        while self.closing.try_join_next().is_some() {}
    }

    /// Opens, changes or closes the tap of a voice. An open sink goes with a change: what may be
    /// kept has changed.
    pub(super) fn tap(&mut self, seat: ParticipantId, allowed: Tap) {
        let voice = &mut self.seats.entry(seat).or_default().voice;
        voice.allowed = allowed;
        voice.sink = None;
    }

    /// Everything of this voice was taken back, also what is being made of it.
    pub(super) fn forget(&mut self, seat: ParticipantId) {
        self.hush(seat);
        if let Some(taps) = &self.taps {
            taps.forget(seat);
        }
    }

    /// The microphone is off: what was said before ends here, and nothing is missing.
    pub(super) fn hush(&mut self, seat: ParticipantId) {
        if let Some(held) = self.seats.get_mut(&seat) {
            held.voice.sink = None;
        }
    }

    /// Closes every tap.
    pub(super) fn close_taps(&mut self) {
        for held in self.seats.values_mut() {
            held.voice.allowed = Tap::Closed;
            held.voice.sink = None;
        }
    }

    /// Returns the voice that has been heard for the first time, if one has.
    pub(super) fn handle(
        &mut self,
        call: &Call,
        clock: &InterviewClock,
        id: PeerId,
        event: PeerEvent,
    ) -> Option<(ParticipantId, TrackId)> {
        let seat = self.owners.get(&id).copied()?;
        let mut first = None;
        match event {
            PeerEvent::State(PeerState::Connected) => {
                // The newcomer shows nothing until everybody sends a key frame, and they it.
                for held in self.seats.values() {
                    if let Some(peer) = &held.peer {
                        peer.request_keyframe(Source::Camera);
                        peer.request_keyframe(Source::Screen);
                    }
                }
            }
            PeerEvent::State(PeerState::Disconnected) => {}
            // The page notices too, and offers anew.
            PeerEvent::State(PeerState::Failed) => self.close(seat),
            PeerEvent::State(PeerState::Closed) => {
                self.owners.remove(&id);
            }
            PeerEvent::Packet {
                source,
                packet,
                arrived,
            } => {
                if source == Source::Screen && call.sharer() != Some(seat) {
                    return None;
                }
                for (viewer, held) in &self.seats {
                    let line = call
                        .slot(*viewer, seat)
                        .and_then(|n| Line::downward(source, n));
                    if let (Some(line), Some(peer)) = (line, &held.peer) {
                        peer.send(line, packet.clone());
                    }
                }
                if source == Source::Microphone
                    && let Some(held) = self.seats.get_mut(&seat)
                {
                    let header = &packet.header;
                    let heard = Heard {
                        ssrc: header.ssrc,
                        sequence: header.sequence_number,
                        timestamp: header.timestamp,
                        arrived: clock.at(arrived),
                    };
                    let track = match held.voice.track {
                        Some(track) => track,
                        None => {
                            let track = TrackId::new(self.ids.id());
                            held.voice.track = Some(track);
                            first = Some((seat, track));
                            track
                        }
                    };
                    held.voice.count(&heard, packet.payload.len());
                    if let Some(taps) = self.taps.as_deref().filter(|_| !call.is_muted(seat)) {
                        let voice = TappedVoice {
                            interview: self.interview,
                            participant: seat,
                            track,
                            allowed: held.voice.allowed,
                            outlet: self.outlet.clone(),
                        };
                        held.voice.take(taps, voice, &heard, packet.payload);
                    }
                }
            }
            PeerEvent::KeyframeWanted(line) => {
                let (source, slot) = line.carries();
                let shown = match slot {
                    Some(slot) => call.slots(seat)[slot],
                    None => call.sharer(),
                };
                let held = shown.and_then(|shown| self.seats.get(&shown));
                if let Some(peer) = held.and_then(|held| held.peer.as_ref()) {
                    peer.request_keyframe(source);
                }
            }
        }
        first
    }

    /// Packets of a participant's voice that came, and that did not.
    pub(super) fn account(&self, seat: ParticipantId) -> (u64, u64) {
        let Some(held) = self.seats.get(&seat) else {
            return (0, 0);
        };
        let (packets, missing) = held.voice.before;
        let stream = held
            .voice
            .stream
            .map(|(_, reception)| reception)
            .unwrap_or_default();
        (packets + stream.packets(), missing + stream.missing())
    }

    /// Closes everything and waits until the sockets are free.
    pub(super) async fn finish(mut self) {
        self.negotiations.shutdown().await;
        let seats: Vec<_> = self.seats.keys().copied().collect();
        for seat in seats {
            self.close(seat);
        }
        let closed = async { while self.closing.join_next().await.is_some() {} };
        if tokio::time::timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("a connection did not close in time");
        }
    }
}

/// What of a packet's header the tap needs.
struct Heard {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    arrived: InterviewMs,
}

impl Voice {
    fn count(&mut self, heard: &Heard, bytes: usize) {
        match &mut self.stream {
            Some((ssrc, reception)) if *ssrc == heard.ssrc => {
                reception.count(heard.sequence, bytes);
            }
            stream => {
                if let Some((_, done)) = stream {
                    self.before.0 += done.packets();
                    self.before.1 += done.missing();
                }
                let mut reception = Reception::default();
                reception.count(heard.sequence, bytes);
                *stream = Some((heard.ssrc, reception));
            }
        }
    }

    fn take(&mut self, taps: &dyn Taps, voice: TappedVoice, heard: &Heard, payload: bytes::Bytes) {
        if self.allowed < Tap::MemoryOnly {
            return;
        }
        let arrived = u64::try_from(heard.arrived.0).unwrap_or_default();
        let arrived = Duration::from_millis(arrived);
        let spoken = self
            .clock
            .place(heard.ssrc, heard.timestamp, arrived)
            .as_millis();
        let packet = TappedPacket {
            ssrc: heard.ssrc,
            sequence: heard.sequence,
            timestamp: heard.timestamp,
            arrived: heard.arrived,
            spoken: InterviewMs(i64::try_from(spoken).unwrap_or(i64::MAX)),
            payload,
        };
        let seat = voice.participant;
        let sink = self.sink.get_or_insert_with(|| taps.open(voice));
        if sink.take(&packet).is_err() {
            self.lost_to_sink += 1;
            // Once, twice, four times: a log of every lost packet would make it worse.
            if self.lost_to_sink.is_power_of_two() {
                tracing::warn!(
                    participant = %seat,
                    lost = self.lost_to_sink,
                    "the tap is behind: packets dropped"
                );
            }
        }
    }
}

/// How often a page may offer: a reload makes one, an unsteady network a few.
#[derive(Debug, Default)]
pub(super) struct OfferLimit {
    recent: Vec<Instant>,
}

impl OfferLimit {
    const MOST: usize = 8;
    const WITHIN: Duration = Duration::from_secs(10);

    pub(super) fn allows(&mut self, now: Instant) -> bool {
        self.recent
            .retain(|at| now.saturating_duration_since(*at) < Self::WITHIN);
        let allowed = self.recent.len() < Self::MOST;
        if allowed {
            self.recent.push(now);
        }
        allowed
    }
}
