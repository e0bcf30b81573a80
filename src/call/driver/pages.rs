//! What the pages say, and how they are answered. Whether it may be is the call's to decide.

use std::time::{Duration, Instant};

use yorisoi_domain::call::Input;
use yorisoi_domain::ids::ParticipantId;

use super::{Driver, view};
use crate::call::plane::Answered;
use crate::signalling::hub::Seen;
use crate::signalling::message::{
    Ack, ClientBody, ClientMessage, Offer, ProblemType, ReplyBody, SocketProblem,
};
use crate::signalling::ws::{FromSocket, What};

impl Driver {
    pub(super) fn socket_says(&mut self, from: FromSocket) {
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
                let relays = self.plane.turn_credential(self.wall.now().as_second());
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

    pub(super) fn answered(&mut self, answered: Answered) {
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
}

fn problem(r#type: ProblemType) -> ReplyBody {
    ReplyBody::Problem(SocketProblem { r#type })
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
