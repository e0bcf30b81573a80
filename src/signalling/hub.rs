//! Who is reached by what: the outbox and the present socket of every participant of one call. It
//! numbers, keeps and sends; what is said is the call's.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi_domain::ids::{ParticipantId, UserId};

use super::message::{
    PassingMessage, Reply, ReplyBody, ResidentEvent, ServerMessage, StaffEvent, VERSION,
};
use super::outbox::{Outbox, Resume};

/// Frames waiting for one socket. When it is full the socket is closed: the page comes back with
/// its last number and gets from the outbox what did not fit, so nothing is lost.
pub const SOCKET_QUEUE: usize = 256;
/// Answers kept to be given again for the same `id`.
const ANSWERS: usize = 64;

/// What a socket is told to do.
#[derive(Clone, PartialEq, Eq)]
pub enum Frame {
    Text(Utf8Bytes),
    /// Everything that a page missed, in one piece: it may be more than the queue holds.
    Texts(Vec<Utf8Bytes>),
    Close(Close),
}

impl fmt::Debug for Frame {
    /// Messages hold what people said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Texts(texts) => write!(f, "Texts({})", texts.len()),
            Self::Close(close) => write!(f, "Close({close:?})"),
        }
    }
}

/// Why the server closes a socket; the number is the close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// The page did not keep up: connect again and resume.
    Behind,
    /// The same participant opened another page, which has the seat now.
    Displaced,
    /// Nothing more will come.
    Over,
    /// The service stops: connect again and resume.
    Restart,
    /// This login has ended or may not be here any more: sign in again.
    SignedOut,
}

impl Close {
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Restart => 1012,
            Self::Behind => 4000,
            Self::Displaced => 4001,
            Self::Over => 4002,
            Self::SignedOut => 4003,
        }
    }
}

/// Which enum of events a participant gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Staff,
    Guest,
}

/// Tells one socket from every other, also from an earlier one of the same participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketId(pub u64);

#[derive(Debug)]
struct Socket {
    frames: mpsc::Sender<Frame>,
    /// Numbered messages flow after the page has said hello.
    greeted: bool,
    /// Of a seat without a browser of its own: whose browser has it.
    holder: Option<UserId>,
}

struct Attendee {
    side: Side,
    outbox: Outbox<Utf8Bytes>,
    socket: Option<Socket>,
    /// The socket opened last, also when it has been given up: its end is the participant's.
    latest: SocketId,
    /// By `id`; `None` while the answer is being made.
    answers: VecDeque<(String, Option<Utf8Bytes>)>,
}

impl fmt::Debug for Attendee {
    /// The outbox holds what people said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attendee")
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

/// Whether a message has been seen before.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    New,
    /// Its answer has been sent again, or will be sent when it is made.
    Before,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Hub {
    attendees: BTreeMap<ParticipantId, Attendee>,
}

impl Hub {
    /// A socket of this participant. An earlier one is closed: one page has the seat.
    /// `epoch` names the numbering if the participant is new.
    pub fn open(
        &mut self,
        who: ParticipantId,
        side: Side,
        epoch: Uuid,
        id: SocketId,
        holder: Option<UserId>,
        frames: mpsc::Sender<Frame>,
    ) {
        let attendee = self.attendees.entry(who).or_insert_with(|| Attendee {
            side,
            outbox: Outbox::new(epoch),
            socket: None,
            latest: id,
            answers: VecDeque::new(),
        });
        attendee.latest = id;
        let socket = Socket {
            frames,
            greeted: false,
            holder,
        };
        if let Some(old) = attendee.socket.replace(socket) {
            // A full queue means that the page is not reading: its reader sees the end anyway.
            let _ = old.frames.try_send(Frame::Close(Close::Displaced));
        }
    }

    /// Whether another hand holds this seat at present.
    #[must_use]
    pub fn is_held_by_another(&self, who: ParticipantId, holder: Option<UserId>) -> bool {
        let socket = self.attendees.get(&who).and_then(|it| it.socket.as_ref());
        socket.is_some_and(|socket| socket.holder != holder)
    }

    /// True if this was the participant's latest socket: now they are not reached any more.
    pub fn close(&mut self, who: ParticipantId, id: SocketId) -> bool {
        let Some(attendee) = self.attendees.get_mut(&who) else {
            return false;
        };
        let latest = attendee.latest == id;
        if latest {
            attendee.socket = None;
        }
        latest
    }

    /// Whether the participant is reached by another socket than this one.
    #[must_use]
    pub fn has_another(&self, who: ParticipantId, id: SocketId) -> bool {
        let attendee = self.attendees.get(&who);
        attendee.is_some_and(|it| it.socket.is_some() && it.latest != id)
    }

    /// Whether messages of this socket still count: no other page has the seat.
    #[must_use]
    pub fn is_latest(&self, who: ParticipantId, id: SocketId) -> bool {
        self.attendees
            .get(&who)
            .is_some_and(|attendee| attendee.latest == id)
    }

    #[must_use]
    pub fn is_greeted(&self, who: ParticipantId) -> bool {
        let socket = self
            .attendees
            .get(&who)
            .and_then(|attendee| attendee.socket.as_ref());
        socket.is_some_and(|socket| socket.greeted)
    }

    /// Takes a hello. True when the page needs a snapshot; otherwise it has been sent what it
    /// missed. Also returns the name of the numbering.
    pub fn greet(
        &mut self,
        now: Duration,
        who: ParticipantId,
        resume: Option<Uuid>,
        last_seq: u64,
    ) -> Option<(Uuid, bool)> {
        let attendee = self.attendees.get_mut(&who)?;
        let resumed = attendee.outbox.resume(now, resume, last_seq);
        let epoch = attendee.outbox.epoch();
        if let Some(socket) = &mut attendee.socket {
            socket.greeted = true;
        }
        Some(match resumed {
            Resume::Missed(missed) => {
                if !missed.is_empty() {
                    attendee.send(Frame::Texts(missed));
                }
                (epoch, false)
            }
            Resume::Snapshot => {
                // Another page, which may count its `id`s from the beginning.
                attendee.answers.clear();
                (epoch, true)
            }
        })
    }

    /// To every nurse's page.
    pub fn to_staff(&mut self, now: Duration, at_ms: i64, event: &StaffEvent) {
        for attendee in self
            .attendees
            .values_mut()
            .filter(|a| a.side == Side::Staff)
        {
            attendee.push(now, at_ms, event);
        }
    }

    /// To one nurse's page.
    pub fn to_nurse(&mut self, who: ParticipantId, now: Duration, at_ms: i64, event: &StaffEvent) {
        if let Some(attendee) = self
            .attendees
            .get_mut(&who)
            .filter(|a| a.side == Side::Staff)
        {
            attendee.push(now, at_ms, event);
        }
    }

    /// To the page of one resident, companion or interpreter.
    pub fn to_guest(
        &mut self,
        who: ParticipantId,
        now: Duration,
        at_ms: i64,
        event: &ResidentEvent,
    ) {
        if let Some(attendee) = self
            .attendees
            .get_mut(&who)
            .filter(|a| a.side == Side::Guest)
        {
            attendee.push(now, at_ms, event);
        }
    }

    /// To the page of a guest that is there now; told once and kept nowhere.
    pub fn pass_to_guest(&mut self, who: ParticipantId, at_ms: i64, event: &ResidentEvent) {
        let guest = self.attendees.get_mut(&who);
        let guest = guest.filter(|a| a.side == Side::Guest);
        if let Some(attendee) = guest.filter(|a| a.socket.as_ref().is_some_and(|it| it.greeted)) {
            let v = VERSION;
            let text = text_of(&PassingMessage { v, at_ms, event });
            attendee.send(Frame::Text(text));
        }
    }

    /// Empties what is kept for pages that come back: they will be told how everything stands.
    pub fn forget(&mut self) {
        for attendee in self.attendees.values_mut() {
            attendee.outbox.clear();
        }
    }

    /// Asks once whether the message `id` is new, and remembers it.
    pub fn see(&mut self, who: ParticipantId, id: &str) -> Seen {
        let Some(attendee) = self.attendees.get_mut(&who) else {
            return Seen::Before;
        };
        let known = attendee.answers.iter().find(|(known, _)| known == id);
        if let Some((_, answer)) = known {
            if let Some(answer) = answer.clone() {
                attendee.send(Frame::Text(answer));
            }
            return Seen::Before;
        }
        if attendee.answers.len() == ANSWERS {
            attendee.answers.pop_front();
        }
        attendee.answers.push_back((id.to_owned(), None));
        Seen::New
    }

    /// Answers the message `id`, now and whenever it comes again.
    pub fn reply(&mut self, who: ParticipantId, id: &str, body: ReplyBody) {
        let Some(attendee) = self.attendees.get_mut(&who) else {
            return;
        };
        let text = reply_text(Some(id.to_owned()), body);
        if let Some((_, answer)) = attendee.answers.iter_mut().find(|(known, _)| known == id) {
            *answer = Some(text.clone());
        }
        attendee.send(Frame::Text(text));
    }

    /// Closes a participant's socket.
    pub fn dismiss(&mut self, who: ParticipantId, why: Close) {
        if let Some(socket) = self.attendees.get_mut(&who).and_then(|a| a.socket.take()) {
            let _ = socket.frames.try_send(Frame::Close(why));
        }
    }

    /// Closes every socket.
    pub fn dismiss_all(&mut self, why: Close) {
        let all: Vec<_> = self.attendees.keys().copied().collect();
        for who in all {
            self.dismiss(who, why);
        }
    }

    /// Everybody who has or had a socket, and on which side.
    pub fn attendees(&self) -> impl Iterator<Item = (ParticipantId, Side)> {
        self.attendees
            .iter()
            .map(|(who, attendee)| (*who, attendee.side))
    }
}

impl Attendee {
    fn push(&mut self, now: Duration, at_ms: i64, event: &impl Serialize) {
        let text = self.outbox.push(now, |seq| {
            text_of(&ServerMessage {
                v: VERSION,
                seq,
                at_ms,
                event,
            })
        });
        if self.socket.as_ref().is_some_and(|socket| socket.greeted) {
            self.send(Frame::Text(text));
        }
    }

    fn send(&mut self, frame: Frame) {
        let Some(socket) = &self.socket else { return };
        if socket.frames.try_send(frame).is_err() {
            // Dropping the sender closes the socket with `Close::Behind`.
            self.socket = None;
        }
    }
}

/// The text of an answer.
pub(crate) fn reply_text(id: Option<String>, body: ReplyBody) -> Utf8Bytes {
    text_of(&Reply {
        v: VERSION,
        id,
        body,
    })
}

fn text_of(message: &impl Serialize) -> Utf8Bytes {
    // Invariant: the wire types hold no map with keys that are not text and no failing serializer.
    serde_json::to_string(message)
        .expect("wire types are JSON")
        .into()
}
