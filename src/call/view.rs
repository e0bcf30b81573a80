//! From the call's own words to the wire's.

use uuid::Uuid;
use yorisoi_domain::call::slots::SLOTS;
use yorisoi_domain::call::{self as domain, Refusal, SeatState};
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{ParticipantId, SegmentId};
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_domain::transcript::segment::Said;

use crate::app::transcripts::{repair_views, utf16};
use crate::media::engine::EngineError;
use crate::media::peer::PeerError;
use crate::media::turn::TurnCredential;
use crate::signalling::message::{
    Allowed, BehindView, CaptionView, GapView, IceServer, PartialView, ParticipantView, Party,
    Presence, ProblemType, SegmentView, SlotsView, StaffEvent, TapView, Why,
};

pub(super) fn party(who: Who) -> Party {
    match who {
        Who::Nurse(_) => Party::Nurse,
        Who::Guest(GuestRole::Resident, _) => Party::Resident,
        Who::Guest(GuestRole::Companion, _) => Party::Companion,
        Who::Guest(GuestRole::Interpreter, _) => Party::Interpreter,
    }
}

/// As a nurse sees it.
pub(super) fn for_staff(state: SeatState) -> ParticipantView {
    ParticipantView {
        id: state.seat.uuid(),
        party: party(state.who),
        presence: match state.presence {
            domain::Presence::Waiting => Presence::Waiting,
            domain::Presence::Present => Presence::Present,
            domain::Presence::Interrupted => Presence::Interrupted,
            domain::Presence::Absent => Presence::Absent,
            domain::Presence::Left => Presence::Left,
            domain::Presence::LeftQuickly => Presence::LeftQuickly,
        },
        muted: state.muted,
        camera_off: state.camera_off,
    }
}

/// As a guest sees it: who is not inside has left, however and why ever.
pub(super) fn for_guests(state: SeatState, inside: bool) -> ParticipantView {
    let mut view = for_staff(state);
    if !inside {
        view.presence = Presence::Left;
        view.muted = false;
        view.camera_off = false;
    }
    view
}

pub(super) fn slots(slots: [Option<ParticipantId>; SLOTS]) -> SlotsView {
    SlotsView {
        slots: slots.map(|seat| seat.map(ParticipantId::uuid)),
    }
}

pub(super) fn why(why: domain::Why) -> Why {
    match why {
        domain::Why::Ended => Why::Ended,
        domain::Why::NobodyLeft => Why::NobodyLeft,
        domain::Why::LongestReached => Why::LongestReached,
    }
}

pub(super) fn tap(seat: ParticipantId, tap: Tap) -> TapView {
    let allowed = match tap {
        Tap::Closed => Allowed::Nothing,
        Tap::SecondVoice => Allowed::SecondVoice,
        Tap::Paused => Allowed::Paused,
        Tap::MemoryOnly => Allowed::CaptionsOnly,
        Tap::Text => Allowed::Transcript,
        Tap::TextAndAudio => Allowed::TranscriptAndAudio,
    };
    TapView {
        participant: seat.uuid(),
        allowed,
    }
}

pub(super) fn ice_server(relays: TurnCredential) -> IceServer {
    let TurnCredential {
        urls,
        username,
        password,
    } = relays;
    IceServer {
        urls,
        username,
        credential: password,
    }
}

pub(super) fn said(of: ParticipantId, said: Said) -> StaffEvent {
    let participant = of.uuid();
    match said {
        Said::Partial {
            id,
            start,
            end,
            text,
        } => StaffEvent::Partial(PartialView {
            id: id.uuid(),
            participant,
            start_ms: start.0,
            end_ms: end.0,
            text,
        }),
        Said::Confirmed(segment) => StaffEvent::Segment(SegmentView {
            id: segment.id.uuid(),
            participant,
            start_ms: segment.start.0,
            end_ms: segment.end.0,
            unsure: utf16(segment.text.expose(), &segment.unsure()),
            repairs: repair_views(&segment),
            text: segment.text,
        }),
        Said::Gap { gap, void } => StaffEvent::Gap(GapView {
            participant,
            start_ms: gap.start.0,
            end_ms: gap.end.0,
            reason: gap.reason,
            void: void.map(SegmentId::uuid),
        }),
        Said::Behind { waiting_ms } => StaffEvent::Behind(BehindView {
            participant,
            waiting_ms,
        }),
    }
}

/// As a guest who asked for captions is shown it; `None` where there is nothing to show.
pub(super) fn caption(of: ParticipantId, party: Party, said: &Said) -> Option<CaptionView> {
    let (id, text, r#final) = match said {
        Said::Partial { id, text, .. } => (*id, text.clone(), false),
        Said::Confirmed(segment) => (segment.id, segment.shown(), true),
        // What was shown under this id was not understood after all.
        Said::Gap { void, .. } => ((*void)?, String::new().into(), true),
        Said::Behind { .. } => return None,
    };
    Some(CaptionView {
        participant: of.uuid(),
        party,
        id: id.uuid(),
        text,
        r#final,
    })
}

/// In the place of whatever stands of this voice.
pub(super) fn no_caption(of: ParticipantId, party: Party) -> CaptionView {
    CaptionView {
        participant: of.uuid(),
        party,
        id: Uuid::nil(),
        text: String::new().into(),
        r#final: true,
    }
}

pub(super) fn refusal(refusal: Refusal) -> ProblemType {
    match refusal {
        Refusal::Over => ProblemType::Over,
        Refusal::NoSeat | Refusal::NotAdmitted | Refusal::Full => ProblemType::NotAdmitted,
    }
}

pub(super) fn peer_error(error: &PeerError) -> ProblemType {
    match error {
        PeerError::Engine(EngineError::Ports(_)) => ProblemType::Busy,
        PeerError::Closed => ProblemType::NoConnection,
        PeerError::Layout(_)
        | PeerError::Engine(_)
        | PeerError::WebRtc(_)
        | PeerError::NoCandidates => ProblemType::OfferRefused,
    }
}
