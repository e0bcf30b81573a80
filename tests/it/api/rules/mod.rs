//! A municipality's rules: from an edit to the pack that talks are read by, and what stays as it was.

mod likeness;
mod memorised;

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::app::retention::Kept;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::risk::pack::Fault;
use yorisoi_store::Store as _;

use crate::common::client::{Answer, Browser};
use crate::common::held::{Held, put};
use crate::common::rules::{ALONE, planted_with};
use crate::common::talk::utterance;
use crate::common::world::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// No rule of the pack of tests finds it.
const WORDS: &str = "だれとも話さない日が続いています";

/// Finds [`WORDS`].
fn text() -> Value {
    json!({
        "patterns": ["だれとも話さな", "口をきかない日"],
        "negation": "keeps",
        "match": [WORDS, "口をきかない日ばかりです"],
        "no_match": ["バスで来ました"],
        "basis": "市の面談マニュアル 第4章",
    })
}

fn rule(id: &str) -> String {
    format!("/api/rules/draft/rule/{id}")
}

async fn write(by: &mut Browser, id: &str, text: &Value) -> Answer {
    put(by, &rule(id), &json!({ "kind": "write", "text": text })).await
}

async fn rules(by: &mut Browser) -> Value {
    by.get("/api/rules").await.expect(200).json()
}

async fn ask(by: &mut Browser, from: &str) -> Answer {
    by.post("/api/rules/activations", json!({ "from": from }))
        .await
}

async fn decide(by: &mut Browser, activation: &Value, step: &str) -> Answer {
    let id = activation["id"].as_str().unwrap();
    let path = format!("/api/rules/activations/{id}/{step}");
    by.post(&path, json!({})).await
}

/// Asked for by the approver, approved by the administrator, in use at once.
async fn put_into_use(world: &mut World) {
    let asked = ask(&mut world.approver, "2026-11-25").await.expect(201);
    let activation = asked.json();
    let yes = decide(&mut world.administrator, &activation, "approve").await;
    yes.expect(204);
}

fn line<'a>(rules: &'a Value, id: &str) -> &'a Value {
    let all = rules["rules"].as_array().unwrap();
    all.iter().find(|line| line["rule"] == id).unwrap()
}

/// A talk in progress, one of several in a world.
struct Talk {
    id: InterviewId,
    resident: ParticipantId,
    track: TrackId,
}

impl Talk {
    async fn begin(world: &mut World, n: u128) -> Self {
        let it = world.book().await;
        let _phone = world.knocking_phone(&it).await;
        let guest = world.guest(&it).await["participant"].clone();
        let guest = guest.as_str().unwrap();
        let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
        world.nurse.post(&admit, json!({})).await.expect(204);
        let nurse = Actor::Staff(Staff {
            user: world.nurse_id,
            grants: vec![Grant {
                office: world.office,
                role: Role::Nurse,
            }],
            assignments: Vec::new(),
        });
        let (id, app) = (InterviewId::new(it.id), &world.test.app);
        app.enter_room(&nurse, id).await.unwrap();
        let call = CallId::new(Uuid::from_u128(n));
        let track = TrackId::new(Uuid::from_u128(n));
        let resident = ParticipantId::new(guest.parse().unwrap());
        app.open_call(call, id).await.unwrap();
        app.open_track(track, call, resident).await.unwrap();
        Self {
            id,
            resident,
            track,
        }
    }

    async fn say(&self, world: &World, n: u8, text: &str) {
        let app = &world.test.app;
        let said = utterance(n, self.track, text);
        app.confirm_segment(self.id, self.resident, &said)
            .await
            .unwrap();
    }

    async fn flags(&self, world: &mut World) -> Value {
        let path = format!("/api/interviews/{}/flags", self.id);
        world.nurse.get(&path).await.expect(200).json()
    }
}

#[tokio::test]
async fn a_citys_edit_becomes_the_pack_that_the_next_talk_is_read_by() {
    let mut world = World::new().await;
    world.test.app.settle_rules().await.unwrap();
    let running = Talk::begin(&mut world, 1).await;
    running.say(&world, 1, WORDS).await;

    // What can't be read is refused with its place, and is not there afterwards.
    let mut wrong = text();
    wrong["patterns"] = json!(["だれとも話さな", "口を(きか"]);
    let refused = write(&mut world.approver, "isolation.quiet", &wrong).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem()),
        (422, "bad-rule".to_owned())
    );
    let place = refused.json()["rule"].clone();
    assert_eq!(place["file"], "city/rule/isolation.quiet.toml");
    assert_eq!(place["fault"], "group_not_closed");
    assert_eq!(
        (&place["field"], &place["row"], &place["at"]),
        (&json!("patterns"), &json!(2), &json!(3))
    );
    assert!(
        place["line"].as_u64().unwrap() > 1 && place["column"] == 6,
        "{place}"
    );
    let mut without = text();
    without["no_match"] = json!([" "]);
    let refused = write(&mut world.approver, "isolation.quiet", &without).await;
    assert_eq!(refused.json()["rule"]["fault"], "no_examples");
    assert_eq!(refused.json()["rule"]["line"], 2);
    assert_eq!(rules(&mut world.approver).await["draft"], Value::Null);
    for id in ["isolation", "no_such_item.quiet", "isolation.Quiet"] {
        write(&mut world.approver, id, &text()).await.expect(404);
    }

    write(&mut world.approver, "isolation.quiet", &text())
        .await
        .expect(204);
    let seen = rules(&mut world.approver).await;
    assert_eq!(seen["draft"]["changes"], 1);
    assert_eq!(seen["draft"]["failing"], json!([]));
    let quiet = line(&seen, "isolation.quiet");
    assert_eq!(
        (&quiet["state"], &quiet["draft"]),
        (&json!("added"), &json!(true))
    );
    let one = world.approver.get("/api/rules/rule/isolation.quiet").await;
    let one = one.expect(200).json();
    assert_eq!(one["text"]["basis"], "市の面談マニュアル 第4章");
    assert_eq!(one["added"].as_array().unwrap().len(), 3);
    assert!(one["draft"]["by"].as_str().unwrap().starts_with("miura"));
    // A nurse sees what is in use.
    let nurse = rules(&mut world.nurse).await;
    assert_eq!(
        (&nurse["draft"], &nurse["may_change"]),
        (&Value::Null, &json!(false))
    );
    world
        .nurse
        .get("/api/rules/rule/isolation.quiet")
        .await
        .expect(404);

    // One person alone puts nothing into use.
    let asked = ask(&mut world.approver, "2026-11-25")
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&asked["version"], &asked["asked_by_me"]),
        (&json!("2026.11-2"), &json!(true))
    );
    let own = decide(&mut world.approver, &asked, "approve").await;
    assert_eq!(own.status.as_u16(), 403);
    write(&mut world.approver, "isolation.quiet", &text())
        .await
        .expect(409);
    decide(&mut world.administrator, &asked, "approve")
        .await
        .expect(204);
    let seen = rules(&mut world.approver).await;
    assert_eq!(seen["version"], "2026.11-2");
    assert_eq!(
        (&seen["extends"], &seen["added"], &seen["changed"]),
        (&json!("2026.11"), &json!(1), &json!(0))
    );
    assert_eq!(
        (&seen["draft"], &seen["activation"]),
        (&Value::Null, &Value::Null)
    );

    // The talk that runs goes on with the pack that it began with, also after a restart.
    world.test.clock.pass(Duration::from_secs(5));
    let next = Talk::begin(&mut world, 2).await;
    next.say(&world, 11, WORDS).await;
    running.say(&world, 2, WORDS).await;
    world.test.restart().await;
    running.say(&world, 3, WORDS).await;
    let old = running.flags(&mut world).await;
    assert_eq!(
        (&old["flags"], &old["pack_version"]),
        (&json!([]), &json!("2026.11"))
    );
    running.say(&world, 4, ALONE).await;
    let old = running.flags(&mut world).await;
    assert_eq!(old["flags"][0]["rule"], "isolation.planted", "the control");
    let new = next.flags(&mut world).await;
    assert_eq!(new["pack_version"], "2026.11-2");
    assert_eq!(new["flags"][0]["rule"], "isolation.quiet");

    let mut reader = world.store().await.read().await.unwrap();
    let flags = reader.flags_of(next.id).await.unwrap();
    let made_by = &flags[0].flag.pack;
    let stored = reader.rule_pack(made_by.sha256).await.unwrap().unwrap();
    assert_eq!(stored.version, made_by.version);
    let mut files = stored.files.iter().map(|(name, _)| name.as_str());
    assert!(files.any(|name| name == "city/rule/isolation.quiet.toml"));
    let versions = world
        .nurse
        .get("/api/rules/versions")
        .await
        .expect(200)
        .json();
    assert_eq!(versions[0]["version"], "2026.11-2");
    assert!(
        versions[0]["approved_by"]
            .as_str()
            .unwrap()
            .starts_with("kanri")
    );
    assert_eq!(
        (&versions[1]["version"], &versions[1]["asked_by"]),
        (&json!("2026.11"), &Value::Null)
    );
}

#[tokio::test]
async fn rules_wait_for_their_day_and_can_be_taken_back_before() {
    let mut world = World::new().await;
    world.test.app.settle_rules().await.unwrap();
    write(&mut world.approver, "isolation.quiet", &text())
        .await
        .expect(204);
    for (day, status) in [("2026-11-24", 422), ("2028-01-01", 422), ("soon", 422)] {
        let refused = ask(&mut world.approver, day).await;
        assert_eq!(refused.status.as_u16(), status, "{day}");
    }
    let asked = ask(&mut world.approver, "2026-11-27")
        .await
        .expect(201)
        .json();
    ask(&mut world.administrator, "2026-11-27")
        .await
        .expect(409);
    decide(&mut world.administrator, &asked, "approve")
        .await
        .expect(204);
    let waiting = rules(&mut world.approver).await;
    assert_eq!(waiting["version"], "2026.11");
    assert_eq!(waiting["activation"]["from"], "2026-11-27");
    assert!(waiting["activation"]["approved_by"].is_string());
    decide(&mut world.approver, &asked, "withdraw")
        .await
        .expect(204);
    decide(&mut world.administrator, &asked, "approve")
        .await
        .expect(409);
    world.test.clock.pass(3 * DAY);
    assert!(!world.test.app.settle_rules().await.unwrap());

    // Their logins have ended; others come.
    let (mut approver, _) = world.staff("miura2", world.office, Role::Approver).await;
    let (mut administrator, _) = world
        .staff("kanri2", world.office, Role::Administrator)
        .await;
    let asked = ask(&mut approver, "2026-12-01").await.expect(201).json();
    let refused = decide(&mut administrator, &asked, "refuse").await;
    refused.expect(204);
    let seen = rules(&mut approver).await;
    assert_eq!(
        (&seen["activation"], &seen["draft"]["changes"]),
        (&Value::Null, &json!(1))
    );
    let asked = ask(&mut approver, "2026-12-01").await.expect(201).json();
    decide(&mut administrator, &asked, "approve")
        .await
        .expect(204);
    world.test.clock.pass(3 * DAY);
    assert!(world.test.app.settle_rules().await.unwrap());
    assert!(!world.test.app.settle_rules().await.unwrap());
    assert_eq!(world.test.app.rules_version(), "2026.12-2");
    let mut reader = world.store().await.read().await.unwrap();
    assert_eq!(reader.rule_drafts().await.unwrap(), []);
}

#[tokio::test]
async fn an_example_that_fails_is_named_and_keeps_rules_from_use() {
    let mut world = World::new().await;
    ask(&mut world.approver, "2026-11-25").await.expect(409);
    let mut failing = text();
    failing["match"] = json!([WORDS, "電話もしません"]);
    failing["no_match"] = json!(["だれとも話さないわけではない", "口をきかない日もある"]);
    write(&mut world.approver, "isolation.quiet", &failing)
        .await
        .expect(204);
    let seen = rules(&mut world.approver).await;
    let named: Vec<_> = seen["draft"]["failing"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    assert!(
        named
            .iter()
            .any(|it| it["text"] == "電話もしません" && it["should_match"] == true)
    );
    assert!(
        named
            .iter()
            .any(|it| it["text"] == "口をきかない日もある" && it["should_match"] == false)
    );
    let passed = &seen["draft"]["examples"];
    let failed = u64::try_from(named.len()).unwrap();
    assert_eq!(
        passed["passed"].as_u64().unwrap() + failed,
        passed["all"].as_u64().unwrap()
    );
    let refused = ask(&mut world.approver, "2026-11-25").await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem()),
        (409, "not-ready".to_owned())
    );
    // Taking it back leaves no working copy.
    world
        .approver
        .send(Method::DELETE, &rule("isolation.quiet"), None)
        .await
        .expect(204);
    world
        .approver
        .send(Method::DELETE, &rule("isolation.quiet"), None)
        .await
        .expect(404);
    assert_eq!(rules(&mut world.approver).await["draft"], Value::Null);
}

#[tokio::test]
async fn past_talks_give_counts_and_nothing_else() {
    let mut held = Held::after(&[WORDS, ALONE]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let office = json!({ "office": held.world.office });
    let attempt = "/api/rules/draft/try";
    write(&mut held.world.approver, "smoking.quiet", &text())
        .await
        .expect(204);
    let off = json!({ "kind": "off" });
    put(&mut held.world.approver, &rule("isolation.planted"), &off)
        .await
        .expect(204);
    for by in [&mut held.world.approver, &mut held.world.administrator] {
        let tried = by.post(attempt, office.clone()).await.expect(200);
        let counts = tried.json();
        assert_eq!(
            (&counts["talks"], &counts["more"], &counts["fewer"]),
            (&json!(1), &json!(1), &json!(1))
        );
        assert_eq!(counts["items"].as_array().unwrap().len(), 2);
        let body = String::from_utf8(tried.body).unwrap();
        assert!(
            !body.contains("話さない") && !body.contains("頼れる"),
            "{body}"
        );
    }
    let elsewhere = json!({ "office": held.world.other_office });
    held.world
        .approver
        .post(attempt, elsewhere)
        .await
        .expect(403);
    let audit = held
        .world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    let tried = audit["events"].as_array().unwrap().iter();
    let tried: Vec<_> = tried.filter(|it| it["action"] == "rules_tried").collect();
    assert_eq!(tried.len(), 2);
    assert!(
        tried
            .iter()
            .all(|it| it["count"] == 1 && it["office_id"] == json!(held.world.office))
    );
    // Whom the case bars is told nothing of it.
    held.world.bar(held.it.id, held.world.approver_id).await;
    let counts = held
        .world
        .approver
        .post(attempt, office.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(counts["talks"], 0);
    // Words that are destroyed are not read.
    held.world.test.clock.pass(100 * DAY);
    held.world.test.app.destroy_due(Kept::Words).await.unwrap();
    let (mut again, _) = held
        .world
        .staff("later", held.world.office, Role::Approver)
        .await;
    let counts = again.post(attempt, office).await.expect(200).json();
    assert_eq!((&counts["talks"], &counts["more"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn what_became_of_a_rules_flags_is_a_count_by_reason() {
    let mut held = Held::after(&[ALONE]).await;
    let reason = json!({ "reason": "figure_of_speech" });
    held.decide("isolation", "dismiss", reason)
        .await
        .expect(200);
    let seen = rules(&mut held.world.administrator).await;
    let counted = line(&seen, "isolation.planted");
    assert_eq!(
        (&counted["found"], &counted["confirmed"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        counted["dismissed"],
        json!([{ "reason": "figure_of_speech", "count": 1 }])
    );
    let nurse = rules(&mut held.world.nurse).await;
    assert_eq!(line(&nurse, "isolation.planted")["found"], 0);
}

#[tokio::test]
async fn words_that_a_city_adds_are_found_by_the_shipped_rules() {
    let mut world = World::new().await;
    world.test.app.settle_rules().await.unwrap();
    let path = "/api/rules/draft/words/danger";
    put(
        &mut world.approver,
        "/api/rules/draft/words/nothing",
        &json!({ "words": ["x"] }),
    )
    .await
    .expect(404);
    let wrong = put(&mut world.approver, path, &json!({ "words": ["お(に"] })).await;
    assert_eq!(wrong.json()["rule"]["fault"], "group_not_closed");
    put(&mut world.approver, path, &json!({ "words": ["おっかな"] }))
        .await
        .expect(204);
    let one = world
        .approver
        .get("/api/rules/rule/partner_violence.planted")
        .await
        .expect(200)
        .json();
    assert_eq!(one["concepts"][0]["city"], json!(["おっかな"]));
    put_into_use(&mut world).await;
    world.test.clock.pass(Duration::from_secs(5));
    let talk = Talk::begin(&mut world, 1).await;
    talk.say(&world, 1, "夫がおっかないんです").await;
    assert_eq!(
        talk.flags(&mut world).await["flags"][0]["item"],
        "partner_violence"
    );
}

#[tokio::test]
async fn newer_shipped_rules_come_under_the_citys_or_the_last_good_pack_stays() {
    let mut world = World::new().await;
    world.test.app.settle_rules().await.unwrap();
    let off = json!({ "kind": "off" });
    put(&mut world.approver, &rule("isolation.planted"), &off)
        .await
        .expect(204);
    write(&mut world.approver, "isolation.quiet", &text())
        .await
        .expect(204);
    put_into_use(&mut world).await;
    let with = |name: &str| {
        format!(
            "[[rule]]\nid = \"{name}\"\nitem = \"isolation\"\npatterns = [\"ひとりぼっち\"]\n\
             match = [\"ひとりぼっちです\"]\nno_match = [\"バスで来ました\"]\n"
        )
    };
    // The rule that the city leaves out is still there: both go together.
    world.test.clock.pass(Duration::from_secs(60));
    world
        .test
        .restart_with(planted_with(&with("isolation.planted")))
        .await;
    assert!(world.test.app.settle_rules().await.unwrap());
    assert_eq!(world.test.app.rules_trouble(), None);
    assert_eq!(world.test.app.rules_version(), "2026.11-2");
    let mut reader = world.store().await.read().await.unwrap();
    assert_eq!(reader.rule_uses().await.unwrap().len(), 3);
    drop(reader);
    // It is gone: the last good pack stays, and says why.
    world.test.clock.pass(Duration::from_secs(60));
    world
        .test
        .restart_with(planted_with(&with("isolation.alone")))
        .await;
    assert!(!world.test.app.settle_rules().await.unwrap());
    let trouble = world.test.app.rules_trouble().unwrap();
    assert_eq!((trouble.fault, trouble.line), (Fault::NoRule, 1));
    let (mut approver, _) = world.staff("miura3", world.office, Role::Approver).await;
    let seen = rules(&mut approver).await;
    assert_eq!(seen["trouble"]["file"], "city/rule/isolation.planted.toml");
    world.nurse = world.staff("sano2", world.office, Role::Nurse).await.0;
    let talk = Talk::begin(&mut world, 1).await;
    talk.say(&world, 1, WORDS).await;
    assert_eq!(
        talk.flags(&mut world).await["flags"][0]["rule"],
        "isolation.quiet"
    );
    // Mended in the working copy, it goes into use as everything else.
    let shipped = json!({ "kind": "shipped" });
    put(&mut approver, &rule("isolation.planted"), &shipped)
        .await
        .expect(204);
    let seen = rules(&mut approver).await;
    assert_eq!(
        (&seen["draft"]["changes"], &seen["draft"]["fault"]),
        (&json!(1), &Value::Null)
    );
    let asked = ask(&mut approver, "2026-11-25").await.expect(201).json();
    let (mut other, _) = world
        .staff("kanri3", world.office, Role::Administrator)
        .await;
    decide(&mut other, &asked, "approve").await.expect(204);
    assert_eq!(world.test.app.rules_trouble(), None);
    assert_eq!(world.test.app.rules_version(), "2026.11-3");
}
