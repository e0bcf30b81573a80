//! What a withdrawal takes, whose it is, and what it leaves of the others.

use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi_domain::access::{Actor, IdentityState, Seat};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::participant::{GuestRole, Participant, Who};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store::{ParticipantRow, Revision, Store as _};
use yorisoi_store_sqlite::{contents, reading};

use crate::common::client::Browser;
use crate::common::held::segment;
use crate::common::rules::{ALONE, HIT, PLAIN};
use crate::common::world::{BookedInterview, World};

const CALL: CallId = CallId::new(Uuid::from_u128(1));

/// A talk that goes on: voices are added to it, and say what a test wants.
struct Talk {
    world: World,
    it: BookedInterview,
    said: u8,
}

impl Talk {
    async fn begun() -> (Self, Browser, ParticipantId) {
        let mut world = World::new().await;
        let it = world.book().await;
        let app = std::sync::Arc::clone(&world.test.app);
        let (phone, she) = admitted(&mut world, &it).await;
        app.open_call(CALL, it.id.into()).await.unwrap();
        app.open_track(track(1), CALL, she).await.unwrap();
        (Self { world, it, said: 0 }, phone, she)
    }

    /// She closes at once and comes back by the same link.
    async fn back(&mut self, mut phone: Browser) -> (Browser, ParticipantId) {
        let quick = json!({ "how": "quick_exit" });
        phone.post("/api/join/leave", quick).await.expect(204);
        let (phone, she) = admitted(&mut self.world, &self.it).await;
        let app = &self.world.test.app;
        app.open_track(track(2), CALL, she).await.unwrap();
        (phone, she)
    }

    /// Somebody who speaks for her, as the records have them.
    async fn interpreter(&self) -> ParticipantId {
        let store = self.world.store().await;
        let mut tx = store.begin().await.unwrap();
        let id = InterviewId::new(self.it.id);
        let rows = tx.participants_of(id).await.unwrap();
        let link = rows.into_iter().find_map(|row| match row.participant.who {
            Who::Guest(_, link) => Some(link),
            Who::Nurse(_) => None,
        });
        let (seat, now) = (
            ParticipantId::new(Uuid::from_u128(9)),
            "2026-11-25T01:00:00Z",
        );
        let role = GuestRole::Interpreter;
        let participant = Participant::claim(seat, id, role, link.unwrap(), now.parse().unwrap());
        let row = ParticipantRow {
            participant,
            seat: None,
            nearby: None,
            device: None,
            revision: Revision::FIRST,
        };
        tx.insert_participant(&row).await.unwrap();
        tx.commit().await.unwrap();
        let app = &self.world.test.app;
        app.open_track(track(3), CALL, seat).await.unwrap();
        seat
    }

    async fn says(&mut self, of: ParticipantId, on: TrackId, text: &str) {
        self.said += 1;
        let start = i64::from(self.said) * 3_000;
        let segment = Segment {
            id: segment(self.said),
            track: on,
            start: InterviewMs(start),
            end: InterviewMs(start + 2_000),
            text: text.to_owned().into(),
            pieces: Vec::new(),
            repairs: Vec::new(),
            model_sha256: [7; 32],
            revision: 1,
        };
        let app = &self.world.test.app;
        app.confirm_segment(self.it.id.into(), of, &segment)
            .await
            .unwrap();
    }

    async fn read(&mut self, what: &str) -> Value {
        let path = format!("/api/interviews/{}/{what}", self.it.id);
        self.world.nurse.get(&path).await.expect(200).json()
    }

    async fn flags(&mut self) -> Vec<Value> {
        self.read("flags").await["flags"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Whose words there are.
    async fn voices(&mut self) -> Vec<String> {
        let all = self.read("transcript").await["segments"].clone();
        let of = |it: &Value| it["participant"].as_str().unwrap().to_owned();
        all.as_array().unwrap().iter().map(of).collect()
    }

    /// Staff take it down.
    async fn take(&mut self, of: ParticipantId, status: u16) -> Value {
        let path = format!("/api/interviews/{}/participants/{of}/withdraw", self.it.id);
        let nurse = &mut self.world.nurse;
        let answer = nurse
            .post(
                &path,
                json!({ "manner": "spoken", "identity_checked": true }),
            )
            .await;
        answer.expect(status).json()
    }

    /// Codes of the audit, as they were written.
    async fn audit(&self, code: &str) -> usize {
        let rows = contents(&self.world.test.folder.database()).await.unwrap();
        let code = format!("'{code}'");
        let all = rows["audit_events"].iter();
        all.filter(|row| row.contains(&code)).count()
    }
}

fn track(n: u128) -> TrackId {
    TrackId::new(Uuid::from_u128(n + 10))
}

/// Knocks and is let in.
async fn admitted(world: &mut World, it: &BookedInterview) -> (Browser, ParticipantId) {
    let phone = world.knocking_phone(it).await;
    let door = format!("/api/interviews/{}/door", it.id);
    let door = world.nurse.get(&door).await.expect(200).json();
    let guests = door["guests"].as_array().unwrap().iter();
    let knocks = guests.rev().find(|guest| guest["state"] == "knocking");
    let id = knocks.unwrap()["participant"].as_str().unwrap().to_owned();
    let admit = format!("/api/interviews/{}/participants/{id}/admit", it.id);
    world.nurse.post(&admit, json!({})).await.expect(204);
    (phone, ParticipantId::new(id.parse().unwrap()))
}

#[tokio::test]
async fn everything_goes_that_she_said_in_any_of_her_seats_and_nobody_elses() {
    let (mut talk, phone, first) = Talk::begun().await;
    talk.says(first, track(1), HIT).await;
    let app = std::sync::Arc::clone(&talk.world.test.app);
    app.audio_key(first).await.unwrap();
    let (mut phone, second) = talk.back(phone).await;
    talk.says(second, track(2), ALONE).await;
    let other = talk.interpreter().await;
    talk.says(other, track(3), PLAIN).await;
    assert_eq!(talk.flags().await.len(), 2);

    let gone = phone.post("/api/join/withdraw", json!({})).await;
    let gone = gone.expect(200).json();
    assert_eq!(gone["certificate"], "D-00001");
    assert_eq!(talk.voices().await, [other.to_string()]);
    assert_eq!(talk.flags().await, Vec::<Value>::new());
    for seat in [first, second] {
        let refused = app.audio_key(seat).await;
        assert!(refused.is_err(), "a key of {seat} is left");
    }
    // The other seat has a line of its own; staff who ask for it find it done.
    assert_eq!(talk.audit("withdrawal_done").await, 2);
    assert_eq!(talk.take(first, 200).await["certificate"], "D-00002");
    assert_eq!(app.finish_withdrawals().await.unwrap(), 0);
    // Somebody who speaks for her takes back their own voice alone, and nobody knew them as her.
    talk.take(other, 200).await;
    assert_eq!(talk.voices().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_another_voice_still_says_stays_with_what_was_decided() {
    let (mut talk, _phone, she) = Talk::begun().await;
    let other = talk.interpreter().await;
    talk.says(she, track(1), HIT).await;
    talk.says(she, track(1), ALONE).await;
    talk.says(other, track(3), HIT).await;
    let of = |flags: &[Value], item: &str| {
        let found = flags.iter().find(|flag| flag["item"] == item);
        found.cloned().unwrap_or_default()
    };
    let before = of(&talk.flags().await, "partner_violence");
    assert_eq!(before["quotes"].as_array().unwrap().len(), 2);
    let confirm = format!(
        "/api/interviews/{}/flags/{}/confirm",
        talk.it.id,
        before["id"].as_str().unwrap()
    );
    let seen = json!({ "revision": before["revision"] });
    talk.world.nurse.post(&confirm, seen).await.expect(200);

    talk.take(she, 200).await;
    let flags = talk.flags().await;
    assert_eq!(flags.len(), 1, "what she alone said is gone");
    let after = of(&flags, "partner_violence");
    assert_eq!(
        (&after["id"], &after["state"]),
        (&before["id"], &json!("confirmed"))
    );
    assert_eq!(after["withdrawn"], false);
    let quotes = after["quotes"].as_array().unwrap().clone();
    assert_eq!(quotes.len(), 1, "{quotes:?}");
    assert_eq!(quotes[0]["participant"], other.to_string());
    assert_eq!(talk.audit("words_deleted").await, 1);
    assert_eq!(talk.audit("flag_evidence_gone").await, 1);

    talk.take(other, 200).await;
    assert_eq!(talk.flags().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_key_that_is_still_in_the_log_delays_the_certificate_and_nothing_else() {
    let (mut talk, _phone, she) = Talk::begun().await;
    talk.says(she, track(1), HIT).await;
    let app = std::sync::Arc::clone(&talk.world.test.app);
    // Somebody reads the old pages of the key file.
    let reader = reading(&talk.world.test.folder.keys()).await.unwrap();
    let pending = talk.take(she, 503).await;
    assert_eq!(pending["certificate"], "D-00001");
    assert_eq!(talk.voices().await, Vec::<String>::new());
    assert_eq!(talk.flags().await, Vec::<Value>::new());
    assert_eq!(talk.audit("withdrawal_done").await, 0);
    drop(reader);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(app.finish_withdrawals().await.unwrap(), 1);
    assert_eq!(app.finish_withdrawals().await.unwrap(), 0);
    assert_eq!(talk.audit("withdrawal_done").await, 1);
    // What was gone the first time is not deleted again.
    assert_eq!(talk.audit("words_deleted").await, 1);
}

/// The service is killed wherever a withdrawal waits for something, and starts again.
#[tokio::test]
async fn a_withdrawal_goes_on_wherever_it_was_killed() {
    let mut unfinished = 0;
    for steps in [0, 1, 2, 3, 5, 8, 12, 18, 26] {
        let (mut talk, _phone, she) = Talk::begun().await;
        let other = talk.interpreter().await;
        talk.says(she, track(1), HIT).await;
        talk.says(other, track(3), PLAIN).await;
        let app = std::sync::Arc::clone(&talk.world.test.app);
        app.audio_key(she).await.unwrap();
        // The positive control.
        assert_eq!(
            (talk.flags().await.len(), talk.voices().await.len()),
            (1, 2)
        );
        let seat = Actor::Seat(Seat {
            participant: she,
            interview: talk.it.id.into(),
            identity: IdentityState::Proven,
        });
        let promise = app.withdraw(&seat).await.unwrap();
        let mut under_way = Box::pin(app.finish_withdrawal(&promise.certificate));
        let mut done = false;
        for _ in 0..steps {
            let mut context = Context::from_waker(Waker::noop());
            done = under_way.as_mut().poll(&mut context).is_ready();
            if done {
                break;
            }
            // What it waits for has come by then.
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        drop(under_way);
        talk.world.test.restart().await;
        // What was on its way to the disk when it was killed is there by now.
        let written = talk.audit("withdrawal_done").await == 1;
        assert!(written || !done, "after {steps}");
        unfinished += usize::from(!written);
        // What serves calls before it serves, and then every minute.
        let app = std::sync::Arc::clone(&talk.world.test.app);
        let finished = app.finish_withdrawals().await.unwrap();
        assert_eq!(finished, usize::from(!written), "after {steps}");
        assert_eq!(app.finish_withdrawals().await.unwrap(), 0);
        talk.world.nurse = talk.world.nurse.on(talk.world.test.router.clone());
        assert_eq!(talk.voices().await, [other.to_string()], "after {steps}");
        assert_eq!(talk.flags().await, Vec::<Value>::new(), "after {steps}");
        assert!(
            app.audio_key(she).await.is_err(),
            "a key is left after {steps}"
        );
        assert!(app.audio_key(other).await.is_ok());
        assert_eq!(talk.audit("withdrawal_done").await, 1, "after {steps}");
        assert_eq!(talk.audit("words_deleted").await, 1, "after {steps}");
    }
    assert!(unfinished >= 5, "{unfinished}");
}

/// She presses, and closes the phone in the same moment.
#[tokio::test]
async fn what_a_phone_asked_for_is_done_although_it_is_gone() {
    let (mut talk, mut phone, she) = Talk::begun().await;
    talk.says(she, track(1), HIT).await;
    assert_eq!(talk.voices().await, [she.to_string()]);
    {
        let mut asked = Box::pin(phone.post("/api/join/withdraw", json!({})));
        let mut context = Context::from_waker(Waker::noop());
        let begun = asked.as_mut().poll(&mut context);
        assert!(begun.is_pending(), "there was nobody to leave");
    }
    for _ in 0..200 {
        if talk.audit("withdrawal_done").await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(talk.audit("withdrawal_done").await, 1);
    assert_eq!(talk.voices().await, Vec::<String>::new());
}

/// What stays of a flag's alert, and what the nurse is asked.
#[tokio::test]
async fn an_alert_stays_without_item_or_words_and_the_nurse_is_asked_what_she_saw() {
    let (mut talk, _phone, she) = Talk::begun().await;
    talk.says(she, track(1), HIT).await;
    let end = format!("/api/interviews/{}/end", talk.it.id);
    let ended = talk.world.nurse.post(&end, json!({})).await;
    ended.expect(204);
    let app = std::sync::Arc::clone(&talk.world.test.app);
    assert_eq!(app.tell_alerts().await.unwrap(), 1);
    let alerts = |answer: crate::common::client::Answer| answer.expect(200).json()[0].clone();
    let before = alerts(talk.world.approver.get("/api/alerts").await);
    assert_eq!(before["item"], "partner_violence");
    let note = talk.read("note").await;
    assert_eq!(note["withdrawn"], json!([]));
    let gone = talk.take(she, 200).await;
    let after = alerts(talk.world.approver.get("/api/alerts").await);
    assert_eq!(
        (
            &after["id"],
            &after["flag"],
            &after["item"],
            &after["label"]
        ),
        (&before["id"], &json!(null), &json!(null), &json!(null))
    );
    // Her pages say so by this: whose words are gone, and since when.
    let note = talk.read("note").await;
    assert_eq!(
        note["withdrawn"],
        json!([{ "party": "resident", "at": gone["at"] }])
    );
}
