//! A talk that was held and is over, with what two people do about its note afterwards.

use axum::http::Method;
use serde_json::{Value, json};
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;

use super::client::{Answer, Browser};
pub(crate) use super::talk::segment;
use super::talk::{HERS, utterance};
use super::world::{BookedInterview, World};

/// What the nurse writes, and no sentence of the talk.
pub(crate) const WRITTEN: &str = "夫は酔うと物を投げることがある。けがはない。";

pub(crate) struct Held {
    pub(crate) world: World,
    pub(crate) it: BookedInterview,
    pub(crate) resident: ParticipantId,
    /// Of the resident's voice.
    pub(crate) track: TrackId,
}

impl Held {
    /// A talk in which the resident said these sentences.
    pub(crate) async fn after(said: &[&str]) -> Self {
        Self::of(World::new().await, said).await
    }

    pub(crate) async fn of(mut world: World, said: &[&str]) -> Self {
        let talk = world.begin_talk().await;
        let id = InterviewId::new(talk.it.id);
        for (n, text) in (1..).zip(said) {
            let text = utterance(n, HERS, text);
            let app = &world.test.app;
            app.confirm_segment(id, talk.resident, &text).await.unwrap();
        }
        world.test.clock.pass(std::time::Duration::from_secs(1_700));
        let end = format!("/api/interviews/{}/end", talk.it.id);
        world.nurse.post(&end, json!({})).await.expect(204);
        let app = &world.test.app;
        let ended = (ClosedWhy::Ended, InterviewMs(1_700_000));
        app.close_call(talk.call, id, ended, &[]).await.unwrap();
        Self {
            world,
            it: talk.it,
            resident: talk.resident,
            track: HERS,
        }
    }

    /// One more talk of the office, with these flags added by hand.
    pub(crate) async fn another(&mut self, items: &[&str]) {
        let it = self.world.book().await;
        let _phone = self.world.knocking_phone(&it).await;
        let guest = self.world.guest(&it).await["participant"].clone();
        let guest = guest.as_str().unwrap();
        let nurse = &mut self.world.nurse;
        let path = |rest: &str| format!("/api/interviews/{}/{rest}", it.id);
        let admit = path(&format!("participants/{guest}/admit"));
        nurse.post(&admit, json!({})).await.expect(204);
        for item in items {
            let seen = json!({ "item": item, "seen": "荷物が多い" });
            nurse.post(&path("flags"), seen).await.expect(201);
        }
        nurse.post(&path("end"), json!({})).await.expect(204);
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/interviews/{}/{rest}", self.it.id)
    }

    pub(crate) async fn note(&mut self) -> Value {
        let path = self.path("note");
        self.world.nurse.get(&path).await.expect(200).json()
    }

    /// Saves the form as it stands in `note`, with this text and verdict.
    pub(crate) async fn save(&mut self, by: &mut Browser, note: &Value, verdict: Value) -> Answer {
        let mut fields = note["fields"].clone();
        fields["life_family"] = json!(WRITTEN);
        let body = json!({ "revision": note["revision"], "fields": fields, "verdict": verdict });
        put(by, &self.path("note"), &body).await
    }

    pub(crate) async fn submit(&mut self) -> Answer {
        let revision = self.note().await["revision"].clone();
        let path = self.path("note/submit");
        let body = json!({ "revision": revision });
        self.world.nurse.post(&path, body).await
    }

    pub(crate) async fn flag(&mut self, item: &str) -> Value {
        let path = self.path("flags");
        let all = self.world.nurse.get(&path).await.expect(200).json();
        let flags = all["flags"].as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["item"] == item);
        flag.cloned().unwrap_or_default()
    }

    pub(crate) async fn decide(&mut self, item: &str, step: &str, mut body: Value) -> Answer {
        let flag = self.flag(item).await;
        body["revision"] = flag["revision"].clone();
        let path = self.path(&format!("flags/{}/{step}", flag["id"].as_str().unwrap()));
        self.world.nurse.post(&path, body).await
    }

    pub(crate) async fn sign(&mut self, item: &str) -> Answer {
        let flag = self.flag(item).await;
        let path = self.path(&format!("flags/{}/sign", flag["id"].as_str().unwrap()));
        let body = json!({ "revision": flag["revision"] });
        self.world.approver.post(&path, body).await
    }

    pub(crate) async fn approve(&mut self) -> Answer {
        let revision = self.note().await["revision"].clone();
        let path = self.path("note/approve");
        let body = json!({ "revision": revision });
        self.world.approver.post(&path, body).await
    }

    /// Written, with a verdict, and handed in.
    pub(crate) async fn submitted(&mut self) {
        let (mut nurse, note) = (self.world.nurse.clone(), self.note().await);
        self.save(&mut nurse, &note, json!("support"))
            .await
            .expect(200);
        self.submit().await.expect(200);
    }

    pub(crate) async fn review(&mut self) -> Value {
        let path = self.path("review");
        self.world.approver.get(&path).await.expect(200).json()
    }

    pub(crate) async fn queue(&self, by: &mut Browser) -> Answer {
        let path = format!("/api/review?office={}", self.world.office);
        by.get(&path).await
    }
}

pub(crate) async fn put(by: &mut Browser, path: &str, body: &Value) -> Answer {
    by.send(Method::PUT, path, Some(body.to_string().into_bytes()))
        .await
}

/// The kinds of what is left, in order.
pub(crate) fn kinds(left: &Value) -> Vec<String> {
    let lines = left.as_array().unwrap().iter();
    lines
        .map(|line| line["kind"].as_str().unwrap().to_owned())
        .collect()
}
