//! The media of one call: the participants' connections, who gets whose packets, and the taps. It
//! asks the call who may be heard and never decides it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use yorisoi_domain::call::Call;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

use super::time::InterviewClock;
use super::voice::{Heard, Voice};
use crate::clock::IdGen;
use crate::media::engine::Engine;
use crate::media::layout::{Line, Source};
use crate::media::peer::{Peer, PeerError, PeerEvent, PeerId, PeerState};
use crate::media::tap::{Outlet, TappedVoice, Taps};
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
    /// Where the text of the taps goes; `None` once they are closed for good.
    outlet: Option<Outlet>,
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
            outlet: Some(outlet),
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

    /// Whose connection it is, while it is the present one.
    pub(super) fn owner(&self, id: PeerId) -> Option<ParticipantId> {
        self.owners.get(&id).copied()
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

    /// Opens, changes or closes the tap of a voice.
    pub(super) fn tap(&mut self, seat: ParticipantId, allowed: Tap) {
        self.seats.entry(seat).or_default().voice.allow(allowed);
    }

    /// The microphone is off: what was said before ends here, and nothing is missing.
    pub(super) fn hush(&mut self, seat: ParticipantId) {
        if let Some(held) = self.seats.get_mut(&seat) {
            held.voice.hush();
        }
    }

    /// Closes every tap for good: once they have said everything, nobody holds the outlet.
    pub(super) fn close_taps(&mut self) {
        self.outlet = None;
        for held in self.seats.values_mut() {
            held.voice.allow(Tap::Closed);
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
            // Her page is told.
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
                if source == Source::Microphone {
                    let heard = Heard {
                        ssrc: packet.header.ssrc,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        arrived: clock.at(arrived),
                    };
                    return self.hear(call, seat, &heard, packet.payload);
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
        None
    }

    fn hear(
        &mut self,
        call: &Call,
        seat: ParticipantId,
        heard: &Heard,
        payload: Bytes,
    ) -> Option<(ParticipantId, TrackId)> {
        let voice = &mut self.seats.get_mut(&seat)?.voice;
        let (track, first) = voice.track(&*self.ids);
        voice.count(heard, payload.len());
        if let (Some(taps), Some(outlet)) = (&self.taps, &self.outlet)
            && !call.is_muted(seat)
        {
            let open = |allowed| {
                taps.open(TappedVoice {
                    interview: self.interview,
                    participant: seat,
                    track,
                    allowed,
                    outlet: outlet.clone(),
                })
            };
            voice.take(seat, open, heard, payload);
        }
        first.then_some((seat, track))
    }

    /// What nobody took of each voice, since the last time.
    pub(super) fn missing(&mut self) -> Vec<(ParticipantId, Gap)> {
        let mut all = Vec::new();
        for (seat, held) in &mut self.seats {
            let Some((track, missing)) = held.voice.missing() else {
                continue;
            };
            all.extend(missing.into_iter().map(|(start, end)| {
                let reason = GapReason::Overload;
                let gap = Gap {
                    track,
                    start,
                    end,
                    reason,
                };
                (*seat, gap)
            }));
        }
        all
    }

    /// Packets of a participant's voice that came, and that did not.
    pub(super) fn account(&self, seat: ParticipantId) -> (u64, u64) {
        let held = self.seats.get(&seat);
        held.map(|held| held.voice.account()).unwrap_or_default()
    }

    /// Closes everything and waits until the sockets are free.
    pub(super) async fn finish(&mut self) {
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
