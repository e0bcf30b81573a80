//! A talk in progress in a world, as sockets and the recognizer would bring it about: both have a
//! track of the one call, and words come one after the other.

use serde_json::json;
use uuid::Uuid;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, SegmentId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Segment;

use super::client::Browser;
use super::world::{BookedInterview, World};

pub(crate) struct Begun {
    pub(crate) it: BookedInterview,
    pub(crate) phone: Browser,
    pub(crate) nurse: ParticipantId,
    pub(crate) resident: ParticipantId,
    pub(crate) call: CallId,
}

/// Of the nurse's voice.
pub(crate) const NURSES: TrackId = TrackId::new(Uuid::from_u128(1));
/// Of the resident's voice.
pub(crate) const HERS: TrackId = TrackId::new(Uuid::from_u128(2));

impl World {
    /// Booked, knocked, let in; the nurse is in the room.
    pub(crate) async fn begin_talk(&mut self) -> Begun {
        let it = self.book().await;
        let phone = self.knocking_phone(&it).await;
        self.admit_to_talk(it, phone).await
    }

    /// Whoever knocks is let in.
    pub(crate) async fn admit_to_talk(&mut self, it: BookedInterview, phone: Browser) -> Begun {
        let guest = self.guest(&it).await["participant"].clone();
        let guest = guest.as_str().unwrap();
        let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
        self.nurse.post(&admit, json!({})).await.expect(204);
        let id = InterviewId::new(it.id);
        let app = &self.test.app;
        let actor = Actor::Staff(Staff {
            user: self.nurse_id,
            grants: vec![Grant {
                office: self.office,
                role: Role::Nurse,
            }],
            assignments: Vec::new(),
        });
        let nurse = app.enter_room(&actor, id).await.unwrap().participant;
        let resident = ParticipantId::new(guest.parse().unwrap());
        let call = CallId::new(Uuid::from_u128(1));
        app.open_call(call, id).await.unwrap();
        app.open_track(NURSES, call, nurse).await.unwrap();
        app.open_track(HERS, call, resident).await.unwrap();
        Begun {
            it,
            phone,
            nurse,
            resident,
            call,
        }
    }
}

/// The id of the n-th utterance.
pub(crate) fn segment(n: u8) -> SegmentId {
    SegmentId::new(Uuid::from_u128(u128::from(n) + 100))
}

/// The n-th utterance: two seconds, of every three.
pub(crate) fn utterance(n: u8, track: TrackId, text: &str) -> Segment {
    let start = i64::from(n) * 3_000;
    Segment {
        id: segment(n),
        track,
        start: InterviewMs(start),
        end: InterviewMs(start + 2_000),
        text: text.to_owned().into(),
        pieces: Vec::new(),
        repairs: Vec::new(),
        model_sha256: [7; 32],
        revision: 1,
    }
}
