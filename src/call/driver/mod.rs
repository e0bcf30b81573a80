//! The task that owns one call: the only place that knows both clocks and all channels. Sockets,
//! connections and use cases feed it; it feeds [`Call`] and does what comes out. It never waits for
//! a page, a connection or the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::call::{Call, Input, Limits, Output, Refusal, SeatState};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::participant::{Nearby, Who};
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Said;

use super::gaps::Gaps;
use super::listeners::Listeners;
use super::log::CallLog;
use super::plane::{Answered, OfferLimit, Plane};
use super::time::InterviewClock;
use super::{Entry, News, view};
use crate::app::App;
use crate::app::notices::Noticed;
use crate::clock::IdGen;
use crate::media::engine::Engine;
use crate::media::peer::{PeerEvent, PeerId};
use crate::media::tap::Taps;
use crate::signalling::hub::{Close, Frame, Hub, Seen, Side, SocketId};
use crate::signalling::message::{
    Ack, ClientBody, ClientMessage, NearbyView, Offer, Over, OverForGuests, Place, PlaceView,
    ProblemType, ReplyBody, ResidentEvent, ScreenView, Snapshot, SocketProblem, StaffEvent,
    StaffSnapshot,
};
use crate::signalling::ws::{FromSocket, What, Wires};
use account::Away;

mod account;
mod tell;
mod words;

/// Media events handled in one go before the others get their turn.
const BATCH: usize = 64;
/// What the taps understand, on its way to the pages.
const SAID: usize = 64;
/// The last words are recognised by then; the pages of the staff wait for them.
const LAST_WORDS: Duration = Duration::from_secs(125);

/// What a running call is told by the rest of the service.
#[derive(Debug)]
pub(super) enum Command {
    Enter {
        entry: Entry,
        frames: mpsc::Sender<Frame>,
        /// Go back once they lead somewhere: whoever has stopped waiting drops them, which closes
        /// the socket.
        wires: Wires,
        entered: oneshot::Sender<Wires>,
    },
    News {
        news: News,
        taken: oneshot::Sender<Result<(), Refusal>>,
    },
    /// The service stops.
    Stop,
}

/// What every call of the service shares.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) engine: Engine,
    pub(super) taps: Option<Arc<dyn Taps>>,
    pub(super) ids: Arc<dyn IdGen>,
    pub(super) limits: Limits,
    /// Where calls are written down; `None` where there are no records to keep.
    pub(super) records: Option<Arc<App>>,
}

pub(super) struct Driver {
    call: Call,
    begun: Instant,
    clock: InterviewClock,
    hub: Hub,
    plane: Plane,
    media: mpsc::Receiver<(PeerId, PeerEvent)>,
    /// What the taps understand.
    said: mpsc::Receiver<(ParticipantId, Said)>,
    /// What was committed about flags; nothing where there are no records.
    notices: mpsc::Receiver<Noticed>,
    ids: Arc<dyn IdGen>,
    log: Option<CallLog>,
    tracks: BTreeMap<ParticipantId, TrackId>,
    /// Where each guest was told to be.
    places: BTreeMap<ParticipantId, Place>,
    /// Whom guests have been told of.
    shown: BTreeSet<ParticipantId>,
    away: BTreeMap<ParticipantId, Away>,
    gaps: Gaps,
    offers: BTreeMap<ParticipantId, OfferLimit>,
    listeners: Listeners,
}

impl Driver {
    pub(super) fn new(
        interview: InterviewId,
        clock: InterviewClock,
        surroundings: Surroundings,
    ) -> Self {
        let Surroundings {
            engine,
            taps,
            ids,
            limits,
            records,
        } = surroundings;
        let notices = match &records {
            Some(app) => app.listen(interview),
            None => mpsc::channel(1).1,
        };
        let log = records.map(|app| CallLog::open(app, CallId::new(ids.id()), interview));
        let (outlet, said) = mpsc::channel(SAID);
        let (plane, media) = Plane::new(engine, interview, taps, outlet, Arc::clone(&ids));
        Self {
            call: Call::new(limits),
            begun: Instant::now(),
            clock,
            hub: Hub::default(),
            plane,
            media,
            said,
            notices,
            ids,
            log,
            tracks: BTreeMap::new(),
            places: BTreeMap::new(),
            shown: BTreeSet::new(),
            away: BTreeMap::new(),
            gaps: Gaps::default(),
            offers: BTreeMap::new(),
            listeners: Listeners::default(),
        }
    }

    /// Runs until the call is over or the service stops.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut sockets: mpsc::Receiver<FromSocket>,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut close = Close::Over;
        while self.call.over().is_none() {
            let due = self.call.timeout().map(|due| (self.begun + due).into());
            tokio::select! {
                _ = self.media.recv_many(&mut batch, BATCH) => {
                    for (peer, event) in batch.drain(..) {
                        let heard = self.plane.handle(&self.call, &self.clock, peer, event);
                        if let Some((seat, track)) = heard {
                            self.first_heard(seat, track);
                        }
                    }
                }
                Some(command) = commands.recv() => match command {
                    Command::Enter { entry, frames, wires, entered } => {
                        self.enter(entry, wires.socket, frames);
                        let _ = entered.send(wires);
                    }
                    Command::News { news, taken } => {
                        let _ = taken.send(self.news(news));
                    }
                    Command::Stop => {
                        close = Close::Restart;
                        break;
                    }
                },
                Some((seat, said)) = self.said.recv() => self.said(seat, said),
                Some(noticed) = self.notices.recv() => self.noticed(noticed),
                Some(from) = sockets.recv() => self.socket_says(from),
                Some(answered) = self.plane.answered() => self.answered(answered),
                () = sleep_until(due) => {
                    let _ = self.input(Input::Tick);
                }
            }
            self.perform();
        }
        let settled = self.settled();
        let guests: Vec<_> = self.guests().collect();
        self.plane.close_taps();
        // A connection reports its end to `media`: who waits for it must not be waited for.
        drop(self.media);
        self.plane.finish().await;
        for guest in guests {
            self.hub.dismiss(guest, close);
        }
        // The taps hold the last ends of this channel and let go when they have said everything.
        let last_words = tokio::time::sleep(LAST_WORDS);
        tokio::pin!(last_words);
        loop {
            let (now, at_ms) = (self.begun.elapsed(), self.clock.at(Instant::now()).0);
            tokio::select! {
                biased;
                said = self.said.recv() => match said {
                    Some((seat, _)) if self.listeners.has_withdrawn(seat) => {}
                    Some((seat, said)) => self.hub.to_staff(now, at_ms, &view::said(seat, said)),
                    None => break,
                },
                Some(noticed) = self.notices.recv() => {
                    tell::notice(&mut self.hub, &self.call, (now, at_ms), noticed);
                }
                () = &mut last_words => break,
            }
        }
        while let Ok(noticed) = self.notices.try_recv() {
            let now = (self.begun.elapsed(), self.clock.at(Instant::now()).0);
            tell::notice(&mut self.hub, &self.call, now, noticed);
        }
        self.hub.dismiss_all(close);
        if let Some(log) = self.log {
            let why = self.call.over().map_or(ClosedWhy::Stopped, ClosedWhy::from);
            log.close(why, settled).await;
        }
    }

    /// A voice is heard for the first time: from now on it is a track.
    fn first_heard(&mut self, seat: ParticipantId, track: TrackId) {
        self.tracks.insert(seat, track);
        self.gaps.heard(seat, self.clock.at(Instant::now()));
        if let Some(log) = &self.log {
            log.track(track, seat);
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn at_ms(&self) -> i64 {
        self.clock.at(Instant::now()).0
    }

    fn input(&mut self, input: Input) -> Result<(), Refusal> {
        self.call.handle_input(self.now(), input)
    }

    fn enter(&mut self, entry: Entry, socket: SocketId, frames: mpsc::Sender<Frame>) {
        let Entry {
            seat,
            who,
            door,
            revision,
            consent,
            pauses,
            started,
        } = entry;
        if let Some(started) = started {
            self.clock.begin(started);
        }
        let side = match who {
            Who::Nurse(_) => Side::Staff,
            Who::Guest(..) => Side::Guest,
        };
        self.hub.open(seat, side, self.ids.id(), socket, frames);
        let entered = self.input(Input::Entered {
            seat,
            who,
            door,
            revision: revision.number(),
            consent,
            pauses,
        });
        match entered {
            // A reconnect that was overtaken by their leaving: nothing will come here.
            Err(Refusal::NoSeat) => self.hub.dismiss(seat, Close::Over),
            // With all seats taken they stay at the door; after the end every page is told.
            Ok(()) | Err(Refusal::Full | Refusal::Over | Refusal::NotAdmitted) => {}
        }
    }

    fn news(&mut self, news: News) -> Result<(), Refusal> {
        match news {
            News::Started(at) => {
                self.clock.begin(at);
                Ok(())
            }
            News::Admitted(seat, revision) => self.input(Input::Admitted(seat, revision.number())),
            News::SentOut(seat, revision) => self.input(Input::SentOut(seat, revision.number())),
            News::Left(seat, how) => {
                let left = self.input(Input::Left(seat, how));
                self.perform();
                self.hub.dismiss(seat, Close::Over);
                left
            }
            News::Consented(seat, consent) => self.input(Input::Consented(seat, consent)),
            News::Paused(of, pauses) => self.input(Input::Paused(of, pauses)),
            News::Withdrawn(seat, consent, at) => {
                let consented = self.input(Input::Consented(seat, consent));
                self.perform();
                self.withdrawn(seat, at);
                consented
            }
            News::Nearby(seat, nearby) => {
                let view = NearbyView {
                    participant: seat.uuid(),
                    someone: nearby == Nearby::Someone,
                };
                self.tell_staff(&StaffEvent::Nearby(view));
                Ok(())
            }
            News::Ended => self.input(Input::Ended),
        }
    }

    fn socket_says(&mut self, from: FromSocket) {
        let FromSocket { seat, socket, what } = from;
        match what {
            What::Message(message) if self.hub.is_latest(seat, socket) => {
                self.message(seat, message);
            }
            // Another page of the same person has the seat now.
            What::Message(_) => {}
            What::Closed => {
                if self.hub.close(seat, socket) {
                    // A seat that was given up needs no notice of its socket.
                    let _ = self.input(Input::SocketLost(seat));
                }
            }
        }
    }

    fn message(&mut self, seat: ParticipantId, message: ClientMessage) {
        let ClientMessage { id, body, .. } = message;
        let body = match body {
            ClientBody::Hello(hello) => {
                let now = self.now();
                let greeted = self.hub.greet(now, seat, hello.resume, hello.last_seq);
                let Some((resume, snapshot)) = greeted else {
                    return;
                };
                let relays = self.plane.turn_credential(self.clock.unix(Instant::now()));
                let ack = Ack {
                    resume: Some(resume),
                    sdp: None,
                    ice_servers: relays.map(view::ice_server).into_iter().collect(),
                };
                self.hub.reply(seat, &id, ReplyBody::Ack(ack));
                if snapshot {
                    // Another page: nobody has asked on it.
                    self.listeners.caption(seat, false);
                    self.snapshot(seat);
                }
                return;
            }
            _ if !self.hub.is_greeted(seat) => problem(ProblemType::HelloFirst),
            ClientBody::Ping(_) => ReplyBody::Ack(Ack::default()),
            body => {
                if self.hub.see(seat, &id) == Seen::Before {
                    return;
                }
                let input = match body {
                    ClientBody::Offer(offer) => return self.offer(seat, &id, offer),
                    ClientBody::Muted(switch) => Input::Muted(seat, switch.on),
                    ClientBody::CameraOff(switch) => Input::CameraOff(seat, switch.on),
                    ClientBody::Sharing(switch) => Input::Sharing(seat, switch.on),
                    ClientBody::Captions(switch) => {
                        self.listeners.caption(seat, switch.on);
                        return self.hub.reply(seat, &id, ReplyBody::Ack(Ack::default()));
                    }
                    ClientBody::Hello(_) | ClientBody::Ping(_) => return,
                };
                let muted = matches!(input, Input::Muted(_, true));
                match self.input(input) {
                    Ok(()) if muted => {
                        self.plane.hush(seat);
                        ReplyBody::Ack(Ack::default())
                    }
                    Ok(()) => ReplyBody::Ack(Ack::default()),
                    Err(refusal) => problem(view::refusal(refusal)),
                }
            }
        };
        self.hub.reply(seat, &id, body);
    }

    fn offer(&mut self, seat: ParticipantId, id: &str, offer: Offer) {
        let refused = if !self.call.may_send(seat) {
            ProblemType::NotAdmitted
        } else if !self.offers.entry(seat).or_default().allows(Instant::now()) {
            ProblemType::TooSoon
        } else if !self
            .plane
            .offer(seat, id.to_owned(), offer.sdp, offer.restart)
        {
            ProblemType::NoConnection
        } else {
            return;
        };
        self.hub.reply(seat, id, problem(refused));
    }

    fn answered(&mut self, answered: Answered) {
        let (seat, id) = (answered.seat, answered.message.clone());
        let allowed = self.call.may_send(seat);
        let body = match self.plane.install(answered, allowed) {
            Ok(Some(sdp)) => ReplyBody::Ack(Ack {
                sdp: Some(sdp),
                ..Ack::default()
            }),
            Ok(None) => problem(ProblemType::NoConnection),
            Err(error) => {
                // Its kind and no more: what is wrong with an offer is in its sender's words.
                let kind = view::peer_error(&error);
                tracing::info!(participant = %seat, ?kind, "an offer was refused");
                problem(kind)
            }
        };
        self.hub.reply(seat, &id, body);
    }

    /// Does what the call asks for.
    fn perform(&mut self) {
        while let Some(output) = self.call.poll_output() {
            match output {
                Output::Seat(state) => self.tell_seat(state),
                Output::Slots(viewer, slots) => {
                    let slots = view::slots(slots);
                    self.tell_one(
                        viewer,
                        &StaffEvent::Slots(slots),
                        &ResidentEvent::Slots(slots),
                    );
                }
                Output::Screen(sharer) => {
                    let screen = ScreenView {
                        participant: sharer.map(ParticipantId::uuid),
                    };
                    self.tell_staff(&StaffEvent::Screen(screen));
                    self.tell_guests_inside(&ResidentEvent::Screen(screen));
                }
                Output::CloseMedia(seat) => self.plane.close(seat),
                Output::Tap(seat, tap) => {
                    self.plane.tap(seat, tap);
                    self.gaps.tap(seat, tap, self.clock.at(Instant::now()));
                    self.tell_staff(&StaffEvent::Tap(view::tap(seat, tap)));
                    self.tell_guest(seat, &ResidentEvent::Tap(view::tap(seat, tap)));
                }
                Output::Gap(seat, reason, stretch) => {
                    let on_clock = |at| self.clock.at(self.begun + at);
                    let (from, to) = (on_clock(stretch.from), on_clock(stretch.to));
                    self.gaps.stretch(seat, reason, from, to);
                    let away = self.away.entry(seat).or_default();
                    let ms = stretch.to.saturating_sub(stretch.from).as_millis();
                    let ms = u64::try_from(ms).unwrap_or(u64::MAX);
                    match reason {
                        GapReason::Muted => away.muted += ms,
                        _ => away.absent += ms,
                    }
                }
                Output::Over(why) => {
                    let why = view::why(why);
                    self.tell_staff(&StaffEvent::Over(Over {
                        why,
                        tracks: self.accounts(),
                    }));
                    let guests: Vec<_> = self.guests().collect();
                    for guest in guests {
                        self.tell_guest(guest, &ResidentEvent::Over(OverForGuests { why }));
                    }
                }
            }
        }
    }

    fn tell_seat(&mut self, state: SeatState) {
        self.tell_staff(&StaffEvent::Participant(view::for_staff(state)));
        let inside = self.call.may_send(state.seat);
        self.gaps
            .place(state.seat, inside, self.clock.at(Instant::now()));
        if inside {
            self.shown.insert(state.seat);
        }
        if self.shown.contains(&state.seat) {
            let seen = ResidentEvent::Participant(view::for_guests(state, inside));
            self.tell_guests_inside(&seen);
        }
        if !inside {
            self.shown.remove(&state.seat);
        }
        if matches!(state.who, Who::Guest(..)) {
            let place = if inside {
                Place::Inside
            } else {
                Place::Waiting
            };
            let before = self.places.insert(state.seat, place);
            if before.is_some_and(|before| before != place) {
                self.tell_guest(state.seat, &ResidentEvent::Place(PlaceView { place }));
                if inside {
                    // What was said while they waited was not for them.
                    self.snapshot(state.seat);
                }
            }
        }
    }

    /// Tells one page how everything stands.
    fn snapshot(&mut self, you: ParticipantId) {
        let inside = self.call.may_send(you);
        let staff = self
            .hub
            .attendees()
            .any(|(who, side)| who == you && side == Side::Staff);
        let participants = self
            .call
            .states()
            .filter_map(|state| {
                let in_talk = self.call.may_send(state.seat);
                if staff {
                    Some(view::for_staff(state))
                } else {
                    (inside && in_talk).then(|| view::for_guests(state, true))
                }
            })
            .collect();
        let taps = self.call.taps();
        let taps: Vec<_> = taps.map(|(seat, tap)| view::tap(seat, tap)).collect();
        let own = taps
            .iter()
            .find(|tap| tap.participant == you.uuid())
            .copied();
        let withdrawn = self
            .listeners
            .withdrawn()
            .map(ParticipantId::uuid)
            .collect();
        let snapshot = Snapshot {
            you: you.uuid(),
            place: if inside {
                Place::Inside
            } else {
                Place::Waiting
            },
            participants,
            slots: view::slots(self.call.slots(you)),
            screen: self
                .call
                .sharer()
                .filter(|_| inside)
                .map(ParticipantId::uuid),
        };
        self.tell_one(
            you,
            &StaffEvent::Snapshot(StaffSnapshot {
                talk: snapshot.clone(),
                taps,
                withdrawn,
            }),
            &ResidentEvent::Snapshot(snapshot),
        );
        if let Some(own) = own.filter(|_| inside) {
            self.tell_guest(you, &ResidentEvent::Tap(own));
        }
    }

    fn guests(&self) -> impl Iterator<Item = ParticipantId> {
        self.hub
            .attendees()
            .filter(|(_, side)| *side == Side::Guest)
            .map(|(who, _)| who)
    }
}

fn problem(r#type: ProblemType) -> ReplyBody {
    ReplyBody::Problem(SocketProblem { r#type })
}

async fn sleep_until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
