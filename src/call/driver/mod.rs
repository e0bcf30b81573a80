//! The task that owns one call: the only place that knows both clocks and all channels. Sockets,
//! connections and use cases feed it; it feeds [`Call`] and does what comes out. It never waits for
//! a page, a connection or the store.
//!
//! - `account`: what came of every voice.
//! - `end`: how a call ends.
//! - `news`: what the rest of the service tells it.
//! - `pages`: what the pages say, and how they are answered.
//! - `perform`: what the call asks for, done.
//! - `tell`: who is told what.
//! - `words`: what somebody said, on its way to the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use yorisoi_domain::call::{Call, Input, Limits, Refusal};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::transcript::segment::Said;

use super::gaps::Gaps;
use super::listeners::Listeners;
use super::log::CallLog;
use super::plane::Plane;
use super::time::InterviewClock;
use super::{Entry, News, view};
use crate::app::App;
use crate::app::notices::Noticed;
use crate::clock::{Clock, IdGen};
use crate::media::engine::Engine;
use crate::media::peer::{PeerEvent, PeerId, PeerState};
use crate::media::tap::{Taps, Uttered};
use crate::signalling::hub::{Close, Frame, Hub};
use crate::signalling::message::Place;
use crate::signalling::ws::{FromSocket, Wires};
use account::Away;
use pages::OfferLimit;

mod account;
mod end;
mod news;
mod pages;
mod perform;
mod tell;
mod words;

/// Media events handled in one go before the others get their turn.
const BATCH: usize = 64;
/// What the taps understand, on its way to the pages.
const SAID: usize = 64;

/// Another hand holds the seat.
#[derive(Debug)]
pub(super) struct Held;

/// What a running call is told by the rest of the service.
#[derive(Debug)]
pub(super) enum Command {
    Enter {
        entry: Entry,
        frames: mpsc::Sender<Frame>,
        /// Go back once they lead somewhere: whoever has stopped waiting drops them, which closes
        /// the socket.
        wires: Wires,
        entered: oneshot::Sender<Result<Wires, Held>>,
    },
    News {
        news: News,
        taken: oneshot::Sender<Result<(), Refusal>>,
    },
    /// What was heard again of what somebody said before a crash.
    SaidBefore(ParticipantId, Said),
    /// The service stops.
    Stop,
}

/// What every call of the service shares.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) engine: Engine,
    pub(super) taps: Option<Arc<dyn Taps>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGen>,
    pub(super) limits: Limits,
    /// Where calls are written down; `None` where there are no records to keep.
    pub(super) records: Option<Arc<App>>,
}

pub(super) struct Driver {
    call: Call,
    begun: Instant,
    clock: InterviewClock,
    /// For what outlives the call alone.
    wall: Arc<dyn Clock>,
    hub: Hub,
    plane: Plane,
    media: mpsc::Receiver<(PeerId, PeerEvent)>,
    /// What the taps understand.
    said: mpsc::Receiver<Uttered>,
    /// Whether what is tapped is recognised.
    hears: watch::Receiver<bool>,
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
            clock: wall,
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
        let hears = match &taps {
            Some(taps) => taps.hears(),
            None => watch::Sender::new(true).subscribe(),
        };
        let (plane, media) = Plane::new(engine, interview, taps, outlet, Arc::clone(&ids));
        Self {
            call: Call::new(limits),
            begun: Instant::now(),
            clock,
            wall,
            hub: Hub::default(),
            plane,
            media,
            said,
            hears,
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

    /// Runs until the call is over or the service stops. Returns the interview's clock, which the next call
    /// goes on by.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut sockets: mpsc::Receiver<FromSocket>,
    ) -> InterviewClock {
        let mut batch = Vec::with_capacity(BATCH);
        let mut close = Close::Over;
        while self.call.over().is_none() {
            let due = self.call.timeout().map(|due| (self.begun + due).into());
            tokio::select! {
                _ = self.media.recv_many(&mut batch, BATCH) => {
                    for (peer, event) in batch.drain(..) {
                        if matches!(event, PeerEvent::State(PeerState::Disconnected)) {
                            self.path_lost(peer);
                        }
                        let heard = self.plane.handle(&self.call, &self.clock, peer, event);
                        if let Some((seat, track)) = heard {
                            self.first_heard(seat, track);
                        }
                    }
                }
                Some(command) = commands.recv() => match command {
                    Command::Enter { entry, frames, wires, entered } => {
                        let held = self.enter(entry, wires.socket, frames);
                        let _ = entered.send(held.map(|()| wires));
                    }
                    Command::News { news, taken } => {
                        let _ = taken.send(self.news(news));
                    }
                    Command::SaidBefore(seat, said) => self.said_before(seat, said),
                    Command::Stop => {
                        close = Close::Restart;
                        break;
                    }
                },
                Some(uttered) = self.said.recv() => self.said(uttered),
                Some(noticed) = self.notices.recv() => self.noticed(noticed),
                Ok(()) = self.hears.changed() => self.tell_recognition(),
                Some(from) = sockets.recv() => self.socket_says(from),
                Some(answered) = self.plane.answered() => self.answered(answered),
                () = sleep_until(due) => {
                    let _ = self.input(Input::Tick);
                }
            }
            self.perform();
        }
        let clock = self.clock;
        self.end(close, commands).await;
        clock
    }

    /// A voice is heard for the first time: from now on it is a track.
    fn first_heard(&mut self, seat: ParticipantId, track: TrackId) {
        self.tracks.insert(seat, track);
        self.gaps.heard(seat, self.clock.at(Instant::now()));
        self.write_gaps();
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
}

async fn sleep_until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
