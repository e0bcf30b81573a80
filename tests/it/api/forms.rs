//! Forms from her phone and from the nurse's hand to flags and coverage, and out of the world again.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::app::retention::Kept;
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_store_sqlite::contents;

use crate::common::client::{Answer, Browser};
use crate::common::rules::{ALONE, ASKS, HIT};
use crate::common::talk::{Begun, HERS, NURSES, utterance};
use crate::common::world::{
    BookedInterview, World, along, consent_body, consent_to_all, own_answers,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WORDS: &str = "引っ越してきたばかりで、まわりのことがわからない";

struct Forms {
    world: World,
    it: BookedInterview,
}

impl Forms {
    async fn booked() -> Self {
        let mut world = World::new().await;
        let it = world.book().await;
        Self { world, it }
    }

    /// Booked with something else than usual.
    async fn booked_with(key: &str, value: Value) -> Self {
        let mut world = World::new().await;
        let mut booking = world.booking();
        booking[key] = value;
        let booked = world.nurse.post("/api/interviews", booking).await;
        let booked = booked.expect(201).json();
        let text = |key: &str| booked[key].as_str().unwrap().to_owned();
        let it = BookedInterview {
            id: text("id").parse().unwrap(),
            secret: text("link").split_once('#').unwrap().1.to_owned(),
            booking_number: text("booking_number"),
        };
        Self { world, it }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/interviews/{}/{rest}", self.it.id)
    }

    async fn read(&mut self, what: &str) -> Value {
        let path = self.path(what);
        self.world.nurse.get(&path).await.expect(200).json()
    }

    async fn form(&mut self, form: &str) -> Value {
        let all = self.read("forms").await;
        let mut forms = all["forms"].as_array().unwrap().iter();
        forms.find(|it| it["form"] == form).unwrap()["filled"].clone()
    }

    async fn fill(&mut self, form: &str, revision: u32, answers: Value) -> Answer {
        let path = self.path(&format!("forms/{form}"));
        let body = json!({ "revision": revision, "manner": "paper", "answers": answers });
        let body = Some(body.to_string().into_bytes());
        let nurse = &mut self.world.nurse;
        nurse.send(axum::http::Method::PUT, &path, body).await
    }

    async fn flag(&mut self, item: &str) -> Value {
        let all = self.read("flags").await;
        let mut flags = all["flags"].as_array().unwrap().iter();
        flags
            .find(|it| it["item"] == item)
            .cloned()
            .unwrap_or_default()
    }

    async fn covered(&mut self, item: &str) -> Value {
        let all = self.read("flags").await;
        let mut rows = all["coverage"].as_array().unwrap().iter();
        rows.find(|it| it["item"] == item).unwrap().clone()
    }

    async fn say(&self, n: u8, of: ParticipantId, text: &str) {
        let id = InterviewId::new(self.it.id);
        let track = if n.is_multiple_of(2) { NURSES } else { HERS };
        let app = &self.world.test.app;
        let segment = utterance(n, track, text);
        app.confirm_segment(id, of, &segment).await.unwrap();
    }

    async fn audit(&self, code: &str) -> usize {
        let rows = self.rows("audit_events").await;
        let code = format!("'{code}'");
        rows.iter().filter(|row| row.contains(&code)).count()
    }

    async fn rows(&self, table: &str) -> Vec<String> {
        let all = contents(&self.world.test.folder.database()).await.unwrap();
        all[table].clone()
    }

    /// Whether the day's list says that the questionnaire has no answer.
    async fn is_open(&mut self) -> bool {
        let path = format!("/api/interviews?office={}", self.world.office);
        let day = self.world.nurse.get(&path).await.expect(200).json();
        day["interviews"][0]["questionnaire_open"]
            .as_bool()
            .unwrap()
    }

    /// A phone that has agreed to everything, before it knocks.
    async fn ready(&mut self) -> Browser {
        let mut phone = self.world.proven_phone(&self.it).await;
        consent_to_all(&mut phone).await;
        phone
    }
}

fn chosen(question: &str, choice: &str) -> Value {
    json!({ "question": question, "choice": choice })
}

async fn state(phone: &mut Browser) -> Value {
    phone.get("/api/join/state").await.expect(200).json()
}

#[tokio::test]
async fn she_answers_once_and_no_phone_ever_gets_an_answer_back() {
    let mut forms = Forms::booked().await;
    assert_eq!(forms.form("questionnaire").await, Value::Null);
    let mut phone = forms.ready().await;
    assert_eq!(state(&mut phone).await["form_open"], true);
    let asked = phone.get("/api/join/form?locale=ja").await.expect(200);
    assert!(!String::from_utf8_lossy(&asked.body).contains("怖い"));
    phone.get("/api/join/form?locale=xx").await.expect(422);
    for wrong in [
        json!([]),
        json!([chosen("fear", "yes")]),
        json!([chosen("alcohol", "often")]),
        json!([chosen("alcohol", "no"), chosen("alcohol", "yes")]),
        json!([{ "question": "alcohol" }]),
        json!([{ "question": "alcohol", "words": "ビール" }]),
        json!([{ "question": "troubles", "words": "あ".repeat(1_001) }]),
    ] {
        let body = own_answers(&mut phone, wrong).await;
        phone.post("/api/join/form", body).await.expect(422);
    }
    let mut body = own_answers(
        &mut phone,
        json!([
            { "question": "troubles", "words": WORDS },
            chosen("alcohol", "no"),
            { "question": "tobacco", "declined": true },
        ]),
    )
    .await;
    let good = body.clone();
    body["sha256"] = json!("00");
    phone.post("/api/join/form", body).await.expect(409);
    phone.post("/api/join/form", good.clone()).await.expect(204);
    phone.post("/api/join/form", good).await.expect(409);

    let mut second = forms.ready().await;
    for phone in [&mut phone, &mut second] {
        assert_eq!(state(phone).await["form_open"], false);
        for path in ["/api/join/state", "/api/join/form"] {
            let seen = phone.get(path).await.expect(200).body;
            assert!(!String::from_utf8_lossy(&seen).contains("引っ越して"));
        }
    }
    let filled = forms.form("questionnaire").await;
    assert_eq!(filled["manner"], "tap");
    assert_eq!(
        (&filled["by"], &filled["revision"]),
        (&Value::Null, &json!(1))
    );
    let answers: Vec<_> = filled["answers"].as_array().unwrap().iter().collect();
    assert_eq!(answers.len(), 3);
    // In the order of the form.
    assert_eq!(answers[0]["declined"], true);
    assert_eq!(answers[1]["text"], "飲まない、やめた");
    assert_eq!(answers[2]["text"], WORDS);
    let row = &forms.rows("forms").await[0];
    assert!(row.contains("'ja-x-easy'"), "{row}");
    assert_eq!(forms.audit("form_saved").await, 1);
    assert_eq!(forms.audit("forms_read").await, 2);
}

#[tokio::test]
async fn who_comes_along_is_asked_nothing_and_answers_nothing() {
    let mut forms = Forms::booked().await;
    let mut phone = forms.ready().await;
    let body = own_answers(&mut phone, json!([chosen("alcohol", "yes")])).await;
    let mut companion = forms.world.phone(&forms.it).await;
    let shown = along(&forms.it, "companion");
    companion.post("/api/join/along", shown).await.expect(204);
    assert_eq!(state(&mut companion).await["form_open"], false);
    companion.post("/api/join/form", body).await.expect(409);
    assert_eq!(forms.rows("forms").await, Vec::<String>::new());
}

#[tokio::test]
async fn form_and_talk_stand_side_by_side_and_neither_overwrites_the_other() {
    let mut forms = Forms::booked().await;
    let mut phone = forms.ready().await;
    let body = own_answers(
        &mut phone,
        json!([chosen("confidant", "no"), chosen("alcohol", "yes"), { "question": "smoking_gone", "declined": true }]),
    )
    .await;
    phone.post("/api/join/form", body).await.expect(422);
    let body = own_answers(
        &mut phone,
        json!([chosen("confidant", "no"), chosen("alcohol", "yes")]),
    )
    .await;
    assert!(forms.is_open().await);
    phone.post("/api/join/form", body).await.expect(204);
    assert!(!forms.is_open().await);
    phone.post("/api/join/knock", json!({})).await.expect(204);
    let Begun {
        nurse, resident, ..
    } = {
        let it = forms.it.clone();
        forms.world.admit_to_talk(it, phone).await
    };
    let flag = forms.flag("isolation").await;
    assert_eq!(
        (&flag["rule"], &flag["how"]),
        (&Value::Null, &json!("form"))
    );
    assert_eq!(flag["answers"][0]["rule"], "questionnaire.confidant");
    assert_eq!(flag["answers"][0]["text"], "いない");
    assert_eq!(flag["answers"][0]["bears"], true);
    assert_eq!(forms.flag("alcohol").await["tier"], "notice");

    // Asked in the talk, the answer is a no: the form's flag stays, and both can be seen.
    forms.say(2, nurse, ASKS).await;
    forms.say(3, resident, "はい、います").await;
    let row = forms.covered("isolation").await;
    let both = (&row["state"], &row["talk"], &row["form"]);
    assert_eq!(
        both,
        (&json!("negative"), &json!("negative"), &json!("positive"))
    );
    assert_eq!(forms.flag("isolation").await["state"], "suggested");

    // Taken down once more, now without it; what is said later makes the flag again.
    let safe = json!([chosen("confidant", "yes"), chosen("alcohol", "yes")]);
    forms
        .fill("questionnaire", 0, safe.clone())
        .await
        .expect(409);
    forms.fill("questionnaire", 1, safe).await.expect(200);
    assert_eq!(forms.flag("isolation").await, Value::Null);
    forms.say(5, resident, ALONE).await;
    let flag = forms.flag("isolation").await;
    assert_eq!(flag["rule"], "isolation.planted");
    assert_eq!(
        (&flag["answers"][0]["text"], &flag["answers"][0]["bears"]),
        (&json!("いる"), &json!(false))
    );
    let row = forms.covered("isolation").await;
    let both = (&row["state"], &row["talk"], &row["form"]);
    assert_eq!(
        both,
        (&json!("positive"), &json!("positive"), &json!("negative"))
    );

    // What somebody decided stays as it was decided.
    let alcohol = forms.flag("alcohol").await;
    let confirm = forms.path(&format!(
        "flags/{}/confirm",
        alcohol["id"].as_str().unwrap()
    ));
    let seen = json!({ "revision": alcohol["revision"] });
    forms.world.nurse.post(&confirm, seen).await.expect(200);
    let none = json!([chosen("confidant", "yes"), chosen("alcohol", "no")]);
    forms.fill("questionnaire", 2, none).await.expect(200);
    let after = forms.flag("alcohol").await;
    assert_eq!(after["state"], "confirmed");
    let texts = after["answers"].as_array().unwrap().iter();
    let texts: Vec<_> = texts
        .map(|it| (it["text"].as_str().unwrap(), it["bears"] == true))
        .collect();
    assert_eq!(texts, [("よく飲む", true), ("飲まない、やめた", false)]);

    // The nurse's own tick wins, and the two stay to be seen.
    let tick = forms.path("coverage/isolation");
    let ticked = Some(json!({ "state": "vague" }).to_string().into_bytes());
    let ticked = forms
        .world
        .nurse
        .send(axum::http::Method::PUT, &tick, ticked)
        .await;
    let ticked = ticked.expect(200).json();
    assert_eq!(
        (&ticked["source"], &ticked["form"]),
        (&json!("nurse"), &json!("negative"))
    );
}

#[tokio::test]
async fn what_she_writes_is_read_by_the_rules() {
    let mut forms = Forms::booked().await;
    let mut phone = forms.ready().await;
    let body = own_answers(
        &mut phone,
        json!([{ "question": "troubles", "words": HIT }]),
    )
    .await;
    phone.post("/api/join/form", body).await.expect(204);
    let flag = forms.flag("partner_violence").await;
    assert_eq!(
        (&flag["tier"], &flag["answers"][0]["text"]),
        (&json!("immediate"), &json!(HIT))
    );
    assert!(flag["alert"]["due_at"].is_string(), "{flag}");
}

#[tokio::test]
async fn age_and_weeks_are_flags_when_the_talk_begins() {
    for (key, value, item, tier, record) in [
        (
            "birth_date",
            json!("2009-11-26"),
            "young_age",
            "review",
            json!({ "age": 16, "weeks": null }),
        ),
        (
            "birth_date",
            json!("2007-01-01"),
            "young_age",
            "notice",
            json!({ "age": 19, "weeks": null }),
        ),
        (
            "birth_date",
            json!("2006-11-25"),
            "young_age",
            "",
            Value::Null,
        ),
        (
            "weeks",
            json!({ "weeks": 20, "days": 0 }),
            "late_notification",
            "review",
            json!({ "age": null, "weeks": { "weeks": 20, "days": 0 } }),
        ),
        (
            "weeks",
            json!({ "weeks": 19, "days": 6 }),
            "late_notification",
            "",
            Value::Null,
        ),
    ] {
        let mut forms = Forms::booked_with(key, value).await;
        let phone = if key == "weeks" {
            forms.world.knocking_phone(&forms.it).await
        } else {
            // Her birth date is another one than that of the usual phone.
            forms.world.test.browser()
        };
        assert_eq!(forms.flag(item).await, Value::Null);
        if key == "weeks" {
            let it = forms.it.clone();
            forms.world.admit_to_talk(it, phone).await;
        } else {
            // A form that is taken down brings it about as well.
            let answer = json!([chosen("nervous", "0"), chosen("worry", "0")]);
            forms.fill("gad2", 0, answer).await.expect(200);
        }
        let flag = forms.flag(item).await;
        assert_eq!(flag["tier"].as_str().unwrap_or_default(), tier, "{item}");
        assert_eq!(flag["record"], record, "{item}");
        let how = if tier.is_empty() {
            Value::Null
        } else {
            json!("record")
        };
        assert_eq!(flag["how"], how, "{item}");
    }
}

#[tokio::test]
async fn a_scale_is_summed_by_its_rule_and_its_last_question_alerts_at_once() {
    let mut forms = Forms::booked().await;
    let zeros = |last: &str| {
        let all = (1..=9).map(|n| chosen(&format!("q{n}"), if n <= 4 { "3" } else { "0" }));
        Value::Array(all.chain([chosen("q10", last)]).collect())
    };
    forms.fill("unknown", 0, zeros("0")).await.expect(404);
    forms
        .fill("epds", 0, json!([chosen("q1", "4")]))
        .await
        .expect(422);
    forms.fill("epds", 0, zeros("0")).await.expect(200);
    let sum = forms.form("epds").await["sum"].clone();
    let twelve =
        json!({ "points": 12, "most": 30, "cut": 13, "reached": false, "incomplete": false });
    assert_eq!(sum, twelve, "in pregnancy");
    assert_eq!(forms.flag("depressed_or_anxious").await, Value::Null);
    forms.fill("epds", 0, zeros("1")).await.expect(409);
    let shown = forms.fill("epds", 1, zeros("1")).await.expect(200).json();
    let epds = &shown["forms"][1]["filled"];
    assert_eq!(
        (&epds["manner"], &epds["by"]),
        (&json!("paper"), &json!("sanoさん"))
    );
    assert_eq!(epds["answers"][9]["urgent"], true);
    let flag = forms.flag("depressed_or_anxious").await;
    assert_eq!(
        (
            &flag["answers"][0]["sum"]["points"],
            &flag["answers"][0]["label"]
        ),
        (&json!(13), &Value::Null)
    );
    let harm = forms.flag("suicidal_or_self_harm").await;
    assert_eq!(harm["tier"], "immediate");
    forms.world.test.clock.pass(Duration::from_secs(16 * 60));
    assert_eq!(forms.world.test.app.tell_alerts().await.unwrap(), 1);

    // A slip of the pen, mended: nobody had decided, so the flag goes.
    forms.fill("epds", 2, zeros("0")).await.expect(200);
    assert_eq!(forms.flag("suicidal_or_self_harm").await, Value::Null);
    let whooley = json!([chosen("down", "no"), chosen("interest", "yes")]);
    forms.fill("whooley", 0, whooley).await.expect(200);
    let flag = forms.flag("depressed_or_anxious").await;
    assert_eq!(flag["answers"][0]["sum"]["cut"], 1);
}

#[tokio::test]
async fn what_she_answered_goes_with_her_withdrawal_and_is_in_no_file() {
    let mut forms = Forms::booked().await;
    let mut phone = forms.ready().await;
    let body = own_answers(
        &mut phone,
        json!([chosen("money", "yes"), { "question": "troubles", "words": WORDS }]),
    )
    .await;
    phone.post("/api/join/form", body).await.expect(204);
    forms
        .fill("epds", 0, json!([chosen("q10", "2")]))
        .await
        .expect(200);
    assert_eq!(state(&mut phone).await["erasable"], true);
    assert!(forms.flag("financial_hardship").await.is_object());
    let filled = forms.form("questionnaire").await.to_string();
    assert!(filled.contains(WORDS), "the control");
    assert_eq!(holding(&forms, WORDS), 0, "sealed from the first moment");

    phone
        .post("/api/join/withdraw", json!({}))
        .await
        .expect(200);
    assert_eq!(forms.form("questionnaire").await, Value::Null);
    assert_eq!(forms.rows("forms").await, Vec::<String>::new());
    assert_eq!(forms.flag("financial_hardship").await, Value::Null);
    assert_eq!(
        forms.covered("financial_hardship").await["form"],
        Value::Null
    );
    assert_eq!(forms.audit("forms_deleted").await, 1);
    let keys = contents(&forms.world.test.folder.keys()).await.unwrap();
    let mut talk = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'talk'"));
    assert!(talk.all(|row| row.contains(&"00".repeat(72))), "{keys:?}");
    // And nothing is written of it again.
    let again = forms.fill("epds", 0, json!([chosen("q1", "0")])).await;
    again.expect(409);
    assert_eq!(state(&mut phone).await["form_open"], false);
}

#[tokio::test]
async fn somebody_elses_withdrawal_leaves_her_answers() {
    let mut forms = Forms::booked().await;
    let mut companion = forms.world.phone(&forms.it).await;
    let shown = along(&forms.it, "companion");
    companion.post("/api/join/along", shown).await.expect(204);
    let yes = consent_body(&mut companion, "transcription", "transcript").await;
    companion.post("/api/join/consent", yes).await.expect(200);
    forms
        .fill("gad2", 0, json!([chosen("worry", "3")]))
        .await
        .expect(200);
    companion
        .post("/api/join/withdraw", json!({}))
        .await
        .expect(200);
    assert_eq!(forms.form("gad2").await["revision"], 1);
    let flag = forms.flag("depressed_or_anxious").await;
    assert_eq!(flag["withdrawn"], false);
}

#[tokio::test]
async fn answers_for_a_talk_that_never_was_go_in_their_time() {
    let mut forms = Forms::booked().await;
    forms
        .fill("gad2", 0, json!([chosen("worry", "3")]))
        .await
        .expect(200);
    let cancel = forms.path("cancel");
    forms.world.nurse.post(&cancel, json!({})).await.expect(204);
    let late = forms.fill("gad2", 1, json!([chosen("worry", "0")])).await;
    late.expect(409);
    let app = std::sync::Arc::clone(&forms.world.test.app);
    forms.world.test.clock.pass(90 * DAY);
    assert_eq!(app.destroy_due(Kept::Answers).await.unwrap(), 0);
    forms.world.test.clock.pass(DAY);
    assert_eq!(app.destroy_due(Kept::Answers).await.unwrap(), 1);
    assert_eq!(app.destroy_due(Kept::Answers).await.unwrap(), 0);
    assert_eq!(forms.rows("forms").await, Vec::<String>::new());
    assert_eq!(forms.audit("forms_deleted").await, 1);
}

/// Files of the data folder that hold the words.
fn holding(forms: &Forms, words: &str) -> usize {
    let folder = std::fs::read_dir(forms.world.test.folder.path()).unwrap();
    let files = folder
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_file());
    let bytes: Vec<_> = files.map(|it| std::fs::read(it).unwrap()).collect();
    assert!(bytes.iter().any(|it| !it.is_empty()), "the control");
    let needle = words.as_bytes();
    let held = |it: &&Vec<u8>| it.windows(needle.len()).any(|window| window == needle);
    bytes.iter().filter(held).count()
}
