//! Flags from a spoken sentence to the nurse's decision and to whoever is alerted.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi_domain::access::Role;
use yorisoi_domain::ids::{InterviewId, ParticipantId, SegmentId};
use yorisoi_domain::transcript::hypothesis::Piece;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store_sqlite::contents;

use crate::common::client::Browser;
use crate::common::rules::{ALONE, ASKS, HIT, MISHEARD, PLAIN};
use crate::common::talk::{Begun, HERS, NURSES, utterance};
use crate::common::world::{BookedInterview, World};

const SOON: Duration = Duration::from_secs(5);

/// A talk in progress: both have a track, and words come as the recognizer would bring them.
pub(super) struct Talk {
    pub(super) world: World,
    pub(super) it: BookedInterview,
    pub(super) phone: Browser,
    pub(super) nurse: ParticipantId,
    pub(super) resident: ParticipantId,
    said: u8,
}

impl Talk {
    pub(super) async fn begin() -> Self {
        let mut world = World::new().await;
        let Begun {
            it,
            phone,
            nurse,
            resident,
            ..
        } = world.begin_talk().await;
        Self {
            world,
            it,
            phone,
            nurse,
            resident,
            said: 0,
        }
    }

    pub(super) async fn say(&mut self, of: ParticipantId, text: &str) -> SegmentId {
        self.said += 1;
        let piece = |text: &str, probability| Piece {
            text: text.to_owned().into(),
            probability,
            from_ms: 0,
            to_ms: 0,
        };
        let cut = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
        let track = if of == self.nurse { NURSES } else { HERS };
        let segment = Segment {
            // The first character is not sure.
            pieces: vec![piece(&text[..cut], 0.3), piece(&text[cut..], 0.9)],
            repairs: self.world.test.app.repairs(text),
            ..utterance(self.said, track, text)
        };
        let id = InterviewId::new(self.it.id);
        let app = &self.world.test.app;
        let noticed = app.confirm_segment(id, of, &segment).await.unwrap();
        app.announce(id, noticed).await;
        segment.id
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/interviews/{}/{rest}", self.it.id)
    }

    async fn flags(&mut self) -> Value {
        let path = self.path("flags");
        self.world.nurse.get(&path).await.expect(200).json()
    }

    pub(super) async fn flag(&mut self, item: &str) -> Value {
        let all = self.flags().await;
        let flags = all["flags"].as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["item"] == item);
        flag.cloned().unwrap_or_default()
    }

    pub(super) async fn covered(&mut self, item: &str) -> (Value, Value) {
        let all = self.flags().await;
        let coverage = all["coverage"].as_array().unwrap();
        let of = coverage.iter().find(|it| it["item"] == item).unwrap();
        (of["state"].clone(), of["source"].clone())
    }

    pub(super) async fn decide(
        &mut self,
        flag: &Value,
        step: &str,
        body: Value,
    ) -> crate::common::client::Answer {
        let path = self.path(&format!("flags/{}/{step}", flag["id"].as_str().unwrap()));
        self.world.nurse.post(&path, body).await
    }

    pub(super) async fn rows(&self, table: &str) -> Vec<String> {
        let all = contents(&self.world.test.folder.database()).await.unwrap();
        all[table].clone()
    }

    pub(super) async fn actions(&mut self) -> Vec<String> {
        let page = self.world.administrator.get("/api/audit").await.expect(200);
        let events = page.json()["events"].as_array().unwrap().clone();
        let action = |event: &Value| event["action"].as_str().unwrap().to_owned();
        events.iter().map(action).collect()
    }

    pub(super) async fn alerts(&mut self) -> Vec<Value> {
        let told = self.world.approver.get("/api/alerts").await.expect(200);
        told.json().as_array().unwrap().clone()
    }

    pub(super) async fn pass_and_tell(&self, minutes: u64) -> usize {
        self.world
            .test
            .clock
            .pass(Duration::from_secs(minutes * 60));
        self.world.test.app.tell_alerts().await.unwrap()
    }
}

pub(super) fn of_type(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["type"] == name
}

#[tokio::test]
async fn a_sentence_becomes_a_flag_in_the_records_and_on_the_nurses_page_alone() {
    let mut talk = Talk::begin().await;
    let (test, it) = (&talk.world.test, talk.it.id);
    let mut nurse = test.room(&talk.world.nurse, it).await;
    let mut phone = test.talk(&talk.phone).await;
    let (nurse_seat, resident) = (talk.nurse, talk.resident);
    talk.say(nurse_seat, PLAIN).await;
    assert_eq!(talk.rows("flags").await, Vec::<String>::new());
    let segment = talk.say(resident, HIT).await;

    let told = nurse.told_that(SOON, of_type("flag")).await.unwrap();
    let flag = talk.flag("partner_violence").await;
    assert_eq!(told["data"], flag);
    assert_eq!(flag["state"], "suggested");
    assert_eq!(
        (&flag["tier"], &flag["how"]),
        (&json!("immediate"), &json!("direct"))
    );
    assert_eq!(flag["rule"], "partner_violence.planted");
    assert_eq!(
        (&flag["revision"], &flag["at_ms"]),
        (&json!(1), &json!(6_000))
    );
    assert_eq!(flag["withdrawn"], false);
    let quote = &flag["quotes"][0];
    assert_eq!(quote["segment"], segment.to_string());
    assert_eq!(
        (&quote["party"], &quote["start_ms"]),
        (&json!("resident"), &json!(6_000))
    );
    let piece = |name: &str| quote[name].as_str().unwrap();
    assert_eq!(
        [piece("before"), piece("marked"), piece("after")].concat(),
        HIT
    );
    assert!(piece("marked").contains("叩かれ"));
    assert!(talk.actions().await.contains(&"flag_found".to_owned()));

    // The words stand nowhere in the clear, and doubt is where the recognizer had it.
    let rows = talk.rows("flags").await.concat() + &talk.rows("flag_quotes").await.concat();
    assert!(!rows.contains("叩かれ"));
    let path = talk.path("transcript");
    let transcript = talk.world.nurse.get(&path).await.expect(200).json();
    assert_eq!(transcript["segments"][1]["unsure"], json!([[0, 1]]));

    // Her own page is told of neither flag nor coverage; what it is told of came.
    talk.world.test.clock.pass(Duration::from_secs(1));
    let end = talk.path("end");
    talk.world.nurse.post(&end, json!({})).await.expect(204);
    let mut told = Vec::new();
    while let Ok(event) = phone.told(SOON).await {
        told.push(event);
    }
    assert!(
        told.iter().any(|event| event["type"] == "over"),
        "the control"
    );
    let words = json!(told).to_string();
    for word in ["flag", "coverage", "partner_violence", "叩かれ"] {
        assert!(!words.contains(word), "{word}");
    }
}

#[tokio::test]
async fn what_only_sounds_so_says_which_words_it_sounds_like() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, MISHEARD).await;
    let flag = talk.flag("partner_violence").await;
    assert_eq!(
        (&flag["how"], &flag["unsure"]),
        (&json!("sound"), &json!(true))
    );
    assert_eq!(flag["rule"], "partner_violence.planted");
    assert!(
        flag["pack_version"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
    );
    let sound = json!({ "distance": 1, "words": [{ "heard": "音", "like": "夫" }] });
    assert_eq!(flag["sound"], sound);
    let quote = &flag["quotes"][0];
    assert_eq!(quote["marked"].as_str().unwrap(), "音に叩かれ");
    assert_eq!(quote["repairs"], json!([{ "at": [0, 1], "now": "夫" }]));
    // Said again and heard well: it rests on her words alone.
    talk.say(resident, HIT).await;
    let flag = talk.flag("partner_violence").await;
    assert_eq!(
        (&flag["how"], &flag["sound"]),
        (&json!("direct"), &Value::Null)
    );
}

#[tokio::test]
async fn a_question_and_its_answer_cover_an_item_and_a_tick_wins() {
    let mut talk = Talk::begin().await;
    let (nurse_seat, resident) = (talk.nurse, talk.resident);
    let mut nurse = talk.world.test.room(&talk.world.nurse, talk.it.id).await;
    talk.say(nurse_seat, ASKS).await;
    let told = nurse.told_that(SOON, of_type("coverage")).await.unwrap();
    let expected = json!({
        "item": "isolation", "state": "asked", "source": "engine", "talk": "asked", "form": null,
    });
    assert_eq!(told["data"], expected);
    talk.say(resident, ALONE).await;
    assert_eq!(
        talk.covered("isolation").await,
        (json!("positive"), json!("engine"))
    );

    let tick = talk.path("coverage/isolation");
    let put = |state: Value| Some(json!({ "state": state }).to_string().into_bytes());
    let method = axum::http::Method::PUT;
    let answer = talk
        .world
        .nurse
        .send(method.clone(), &tick, put(json!("negative")))
        .await;
    assert_eq!(answer.expect(200).json()["source"], "nurse");
    assert_eq!(
        talk.covered("isolation").await,
        (json!("negative"), json!("nurse"))
    );
    talk.world
        .nurse
        .send(method.clone(), &tick, put(Value::Null))
        .await
        .expect(200);
    assert_eq!(
        talk.covered("isolation").await,
        (json!("positive"), json!("engine"))
    );
    let answer = talk
        .world
        .nurse
        .send(method.clone(), &tick, put(json!("not_asked")))
        .await;
    answer.expect(422);
    let unknown = talk.path("coverage/handwriting");
    talk.world
        .nurse
        .send(method, &unknown, put(json!("asked")))
        .await
        .expect(404);
}

#[tokio::test]
async fn beside_somebody_the_question_about_her_partner_was_not_asked() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    assert_eq!(talk.covered("partner_violence").await.0, "positive");
    let mut nurse = talk.world.test.room(&talk.world.nurse, talk.it.id).await;
    let nearby = |it: &str| json!({ "nearby": it });
    talk.phone
        .post("/api/join/nearby", nearby("someone"))
        .await
        .expect(204);
    let told = nurse.told_that(SOON, of_type("coverage")).await.unwrap();
    let expected = json!({
        "item": "partner_violence", "state": "not_asked", "source": null, "talk": null, "form": null,
    });
    assert_eq!(told["data"], expected);
    assert_eq!(talk.covered("partner_violence").await.0, "not_asked");
    talk.say(resident, ALONE).await;
    assert_eq!(talk.flag("isolation").await["speaker_unknown"], true);
    assert_eq!(
        talk.flag("partner_violence").await["speaker_unknown"],
        false
    );
    talk.phone
        .post("/api/join/nearby", nearby("alone"))
        .await
        .expect(204);
    assert_eq!(talk.covered("partner_violence").await.0, "positive");
}

#[tokio::test]
async fn she_decides_from_what_she_saw_and_her_colleague_sees_it_at_once() {
    let mut talk = Talk::begin().await;
    let (mut colleague, _) = talk
        .world
        .staff("tanaka", talk.world.office, Role::Nurse)
        .await;
    let mut page = talk.world.test.room(&colleague, talk.it.id).await;
    let resident = talk.resident;
    talk.say(resident, ALONE).await;
    let flag = talk.flag("isolation").await;
    let first = json!({ "revision": flag["revision"] });

    let confirmed = talk
        .decide(&flag, "confirm", first.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&confirmed["state"], &confirmed["revision"]),
        (&json!("confirmed"), &json!(2))
    );
    let decided = &confirmed["decided"];
    assert_eq!(
        (&decided["by"], &decided["by_me"]),
        (&json!("sanoさん"), &json!(true))
    );
    let theirs = |event: &Value| event["type"] == "flag" && event["data"]["state"] == "confirmed";
    let told = page.told_that(SOON, theirs).await.unwrap();
    assert_eq!(told["data"]["decided"]["by_me"], false);

    // The colleague's page was a moment behind.
    let path = talk.path(&format!("flags/{}/dismiss", flag["id"].as_str().unwrap()));
    let late = json!({ "revision": 1, "reason": "past" });
    let answer = colleague.post(&path, late).await.expect(409);
    assert_eq!(answer.problem(), "changed");
    let again = talk
        .decide(&confirmed, "confirm", json!({ "revision": 2 }))
        .await;
    assert_eq!(again.expect(409).problem(), "wrong-state");

    // More of it changes no decision, and is there to be seen.
    talk.say(resident, ALONE).await;
    let more = talk.flag("isolation").await;
    assert_eq!(
        (&more["state"], more["quotes"].as_array().unwrap().len()),
        (&json!("confirmed"), 2)
    );

    let open = talk
        .decide(&more, "reopen", json!({ "revision": 3 }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&open["state"], &open["decided"]),
        (&json!("suggested"), &Value::Null)
    );
    let bare = json!({ "revision": 4, "reason": "other" });
    let answer = talk.decide(&open, "dismiss", bare).await.expect(422);
    assert_eq!(
        answer.fields(),
        [("words".to_owned(), "required".to_owned())]
    );
    let said = json!({ "revision": 4, "reason": "other", "words": "練習で\n言った" });
    let dismissed = talk.decide(&open, "dismiss", said).await.expect(200).json();
    assert_eq!(dismissed["decided"]["words"], "練習で\n言った");
    let rows = talk.rows("flags").await.concat();
    assert!(rows.contains("dismissed") && !rows.contains("練習"));
    let actions = talk.actions().await;
    for action in [
        "flag_confirmed",
        "flag_reopened",
        "flag_dismissed",
        "flag_evidence_changed",
    ] {
        assert!(
            actions.contains(&action.to_owned()),
            "{action} in {actions:?}"
        );
    }
}

#[tokio::test]
async fn what_she_saw_herself_is_a_flag_and_evidence_for_one() {
    let mut talk = Talk::begin().await;
    let path = talk.path("flags");
    let seen = |item: &str, seen: &str| json!({ "item": item, "seen": seen, "at_ms": 700 });
    let added = talk
        .world
        .nurse
        .post(&path, seen("isolation", "荷物が多い"))
        .await
        .expect(201);
    let added = added.json();
    assert_eq!(
        (&added["rule"], &added["made_by"]),
        (&Value::Null, &json!("sanoさん"))
    );
    assert_eq!(
        (&added["at_ms"], &added["withdrawn"]),
        (&json!(700), &json!(false))
    );
    let resident = talk.resident;
    talk.say(resident, ALONE).await;
    talk.world
        .nurse
        .post(&path, seen("isolation", "涙ぐむ"))
        .await
        .expect(201);
    let flags = talk.flags().await["flags"].as_array().unwrap().clone();
    assert_eq!(flags.len(), 1);
    assert_eq!(flags[0]["seen"], "荷物が多い\n涙ぐむ");
    assert_eq!(flags[0]["quotes"].as_array().unwrap().len(), 1);
    let unknown = talk
        .world
        .nurse
        .post(&path, seen("handwriting", " "))
        .await
        .expect(422);
    assert_eq!(unknown.fields().len(), 2);
}

/// Nothing of the talk's reading is lost with the memory: whoever reads it again comes to the same.
#[tokio::test]
async fn after_a_crash_the_same_is_found_again() {
    let mut talk = Talk::begin().await;
    let (nurse_seat, resident) = (talk.nurse, talk.resident);
    talk.say(nurse_seat, ASKS).await;
    talk.say(resident, HIT).await;
    let before = talk.flags().await;
    talk.world.test.restart().await;
    assert_eq!(talk.flags().await, before);
    // The answer to the question from before, and nothing twice.
    talk.say(resident, ALONE).await;
    let after = talk.flags().await;
    assert_eq!(after["flags"].as_array().unwrap().len(), 2);
    assert_eq!(after["flags"][0], before["flags"][0]);
    assert_eq!(talk.covered("isolation").await.0, "positive");
    assert_eq!(talk.rows("alerts").await.len(), 1);
}

#[tokio::test]
async fn an_alert_is_due_after_a_quarter_of_an_hour_and_goes_to_the_next_on_the_list() {
    let mut talk = Talk::begin().await;
    let (mut second, second_id) = talk
        .world
        .staff("tanaka", talk.world.office, Role::Nurse)
        .await;
    let (operator, office) = (yorisoi_domain::access::Actor::Operator, talk.world.office);
    let list = [talk.world.approver_id, second_id];
    talk.world
        .test
        .app
        .set_contact_list(&operator, office, list)
        .await
        .unwrap();
    let resident = talk.resident;
    talk.say(resident, ALONE).await;
    assert_eq!(
        talk.rows("alerts").await,
        Vec::<String>::new(),
        "not immediate"
    );
    talk.say(resident, HIT).await;
    assert_eq!(talk.pass_and_tell(14).await, 0);
    assert_eq!(talk.alerts().await, Vec::<Value>::new());
    assert_eq!(talk.pass_and_tell(1).await, 1);
    let alert = talk.alerts().await[0].clone();
    assert_eq!(
        (&alert["item"], &alert["name"]),
        (&json!("partner_violence"), &json!("白石 ひなた"))
    );
    let shown = talk.flag("partner_violence").await["alert"].clone();
    assert_eq!(
        (&shown["told_at"], &shown["opened_at"]),
        (&alert["told_at"], &Value::Null)
    );
    let of = |answer: crate::common::client::Answer| answer.json().as_array().unwrap().len();
    assert_eq!(of(second.get("/api/alerts").await.expect(200)), 0);
    // A login that nobody uses would end meanwhile.
    assert_eq!(talk.pass_and_tell(20).await, 0);
    assert_eq!(of(second.get("/api/alerts").await.expect(200)), 0);
    talk.alerts().await;
    assert_eq!(talk.pass_and_tell(10).await, 1);
    assert_eq!(of(second.get("/api/alerts").await.expect(200)), 1);
    let open = format!("/api/alerts/{}/open", alert["id"].as_str().unwrap());
    second.post(&open, json!({})).await.expect(204);
    let opened = talk.alerts().await[0].clone();
    assert_eq!(opened["opened_by"], "tanakaさん");
    assert_eq!(talk.pass_and_tell(25).await, 0);
}

#[tokio::test]
async fn the_end_of_the_talk_makes_an_alert_due() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    assert_eq!(talk.pass_and_tell(2).await, 0);
    let end = talk.path("end");
    talk.world.nurse.post(&end, json!({})).await.expect(204);
    assert_eq!(talk.pass_and_tell(0).await, 1);
    assert_eq!(talk.alerts().await.len(), 1);
}

#[tokio::test]
async fn an_immediate_flag_is_held_until_tonight_and_then_alerts_again() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    talk.say(resident, ALONE).await;
    let flag = talk.flag("partner_violence").await;
    let hold = |until: &str| json!({ "revision": 1, "words": "上司に相談", "until": until });
    let answer = talk
        .decide(&flag, "hold", hold("2026-11-26"))
        .await
        .expect(422);
    assert_eq!(
        answer.fields(),
        [("until".to_owned(), "out_of_range".to_owned())]
    );
    let held = talk
        .decide(&flag, "hold", hold("2026-11-25"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&held["state"], &held["decided"]["until"]),
        (&json!("held"), &json!("2026-11-25"))
    );
    let review = talk.flag("isolation").await;
    talk.decide(&review, "hold", hold("2026-12-01"))
        .await
        .expect(200);

    assert_eq!(talk.pass_and_tell(15).await, 1, "that it was found");
    // Ten in the morning becomes the end of the day.
    assert_eq!(talk.pass_and_tell(13 * 60).await, 0);
    assert_eq!(talk.pass_and_tell(60).await, 1, "that nobody has decided");
}
