//! Who may call what: every operation of the interface against everybody of the matrix. The matrix
//! is written by hand from the decisions, never derived from the program's own table. A refused
//! call changes nothing but leaves its audit event; whoever nobody knows leaves none.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::pii::Pii;
use yorisoi_store_sqlite::contents;

use crate::common::client::{Answer, Browser};
use crate::common::world::{BookedInterview, World, along, consent_body, consent_to_all, identity};

/// The columns of the matrix. The subject is always the first interview, of the first office.
const ACTORS: [&str; 13] = [
    "anonymous",
    "nurse of the office",
    "nurse of another office",
    "nurse of another office, assigned",
    "nurse of another office, assignment ended",
    "approver of the office",
    "administrator",
    "nurse barred from the case",
    "guest, identity proven",
    "guest, identity not proven",
    "guest of another interview",
    "guest who has left",
    "disabled nurse",
];

/// `A` allowed · `x` refused, with its audit event · `.` known to nobody, without one · `s` allowed
/// to them, but not in the state that their seat is in (proving oneself twice).
/// A guest's operations name no interview: whoever is guest of another one acts in that one.
#[rustfmt::skip]
const ACCESS: &[(&str, &str)] = &[
    // operation            anon own oth run end app adm bar prov unpr oth2 left dis
    ("login",              "A    A   A   A   A   A   A   A   A    A    A    A    A"),
    ("sign_in_by_link",    "A    A   A   A   A   A   A   A   A    A    A    A    A"),
    ("logout",             ".    A   A   A   A   A   A   A   x    x    x    .    ."),
    ("me",                 ".    A   A   A   A   A   A   A   x    x    x    .    ."),
    ("change_password",    ".    A   A   A   A   A   A   A   x    x    x    .    ."),

    ("list_interviews",    ".    A   x   x   x   A   x   A   x    x    x    .    ."),
    ("book_interview",     ".    A   x   x   x   x   x   A   x    x    x    .    ."),
    ("read_interview",     ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("renew_invitation",   ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("cancel_interview",   ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("call_practice_guest",".   A   x   A   x   x   x   x   x    x    x    .    ."),
    ("see_door",           ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("admit",              ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("ask_to_wait",        ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("refuse",             ".    A   x   A   x   x   x   x   x    x    x    .    ."),

    ("room_socket",        ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("end_interview",      ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("read_transcript",    ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("play_audio",         ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("pause_talk",         ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("take_withdrawal",    ".    A   x   A   x   A   x   x   x    x    x    .    ."),

    ("list_items",         ".    A   A   A   A   A   A   A   x    x    x    .    ."),
    ("read_flags",         ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("add_flag",           ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("confirm_flag",       ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("dismiss_flag",       ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("hold_flag",          ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("reopen_flag",        ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("tick_item",          ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("list_alerts",        ".    A   A   A   A   A   x   A   x    x    x    .    ."),
    ("open_alert",         ".    x   x   x   x   A   x   x   x    x    x    .    ."),

    ("read_note",          ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("save_note",          ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("submit_note",        ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("read_memo",          ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("save_memo",          ".    A   x   A   x   x   x   x   x    x    x    .    ."),
    ("list_own_notes",     ".    A   x   x   x   A   x   A   x    x    x    .    ."),
    ("list_review",        ".    x   x   x   x   A   x   x   x    x    x    .    ."),
    ("read_review",        ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("sign_flag",          ".    x   x   x   x   A   x   x   x    x    x    .    ."),
    ("return_note",        ".    x   x   x   x   A   x   x   x    x    x    .    ."),
    ("approve_note",       ".    x   x   x   x   A   x   x   x    x    x    .    ."),
    ("read_record",        ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("set_restriction",    ".    A   x   A   x   A   x   x   x    x    x    .    ."),
    ("add_addendum",       ".    A   x   A   x   x   x   x   x    x    x    .    ."),

    ("list_users",         ".    x   x   x   x   x   A   x   x    x    x    .    ."),
    ("add_user",           ".    x   x   x   x   x   A   x   x    x    x    .    ."),
    ("disable_user",       ".    x   x   x   x   x   A   x   x    x    x    .    ."),
    ("read_audit",         ".    x   x   x   x   x   A   x   x    x    x    .    ."),

    ("claim_invitation",   "A    A   A   A   A   A   A   A   A    A    A    A    A"),
    ("join_state",         ".    x   x   x   x   x   x   x   A    A    A    .    ."),
    ("check_identity",     ".    x   x   x   x   x   x   x   s    A    s    .    ."),
    ("come_along",         ".    x   x   x   x   x   x   x   s    A    s    .    ."),
    ("give_contact",       ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("report_device",      ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("consent_texts",      ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("give_consent",       ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("knock",              ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("say_nearby",         ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("talk_socket",        ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("pause_own_voice",    ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("withdraw",           ".    x   x   x   x   x   x   x   A    x    A    .    ."),
    ("leave",              ".    x   x   x   x   x   x   x   A    A    A    .    ."),
];

/// Of the sound that is played.
const TRACK: Uuid = Uuid::from_u128(0xA0D1_0000_0000_7000_8000_0000_0000_0001);

/// One cell that does not hold, in words.
#[derive(Debug, PartialEq, Eq)]
struct Failure(String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_against_everybody() {
    let failures = walk(ACCESS).await;
    assert!(
        failures.is_empty(),
        "{} cells fail:\n{failures:#?}",
        failures.len()
    );
}

/// The test of the test: a walk that could not fail would prove nothing.
#[tokio::test]
async fn a_flipped_cell_and_a_missing_row_fail() {
    for (operation, column, flipped) in [
        ("read_interview", 2, 'A'),
        ("see_door", 1, 'x'),
        ("me", 0, 'A'),
    ] {
        let (_, cells) = ACCESS.iter().find(|(name, _)| *name == operation).unwrap();
        let mut cells: Vec<_> = cells.split_whitespace().map(str::to_owned).collect();
        cells[column] = flipped.to_string();
        let cells = cells.join(" ");
        let mut stage = Stage::set(column).await;
        let failure = stage
            .call(
                operation,
                column,
                cells.split_whitespace().nth(column).unwrap(),
            )
            .await;
        assert!(
            failure.is_some(),
            "a flipped cell of {operation} went unnoticed"
        );
    }
    let short: Vec<_> = ACCESS
        .iter()
        .filter(|(name, _)| *name != "admit")
        .copied()
        .collect();
    let missing = missing_rows(&short);
    assert_eq!(
        missing,
        [Failure(
            "`admit` has no row in tests/it/authz.rs: say there who may call it".to_owned()
        )]
    );
    let mut more = ACCESS.to_vec();
    more.push(("gone", "A A A A A A A A A A A A A"));
    assert_eq!(missing_rows(&more).len(), 1);
}

async fn walk(access: &[(&str, &str)]) -> Vec<Failure> {
    let mut failures = missing_rows(access);
    if !failures.is_empty() {
        return failures;
    }
    for column in 0..ACTORS.len() {
        let mut stage = Stage::set(column).await;
        // What refuses comes first and changes nothing, so that one stage serves for all of it;
        // what is allowed gets a stage of its own each.
        for (operation, cells) in access {
            let cell = cells.split_whitespace().nth(column).unwrap();
            if cell == "A" {
                continue;
            }
            failures.extend(stage.call(operation, column, cell).await);
        }
        for (operation, cells) in access {
            if cells.split_whitespace().nth(column) == Some("A") {
                let mut own = Stage::set(column).await;
                failures.extend(own.call(operation, column, "A").await);
            }
        }
    }
    failures
}

fn missing_rows(access: &[(&str, &str)]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let operations = operations();
    for operation in operations.keys() {
        if !access.iter().any(|(name, _)| name == operation) {
            failures.push(Failure(format!(
                "`{operation}` has no row in tests/it/authz.rs: say there who may call it"
            )));
        }
    }
    for (name, cells) in access {
        if !operations.contains_key(*name) {
            failures.push(Failure(format!(
                "`{name}` in tests/it/authz.rs is no operation any more"
            )));
        }
        assert_eq!(cells.split_whitespace().count(), ACTORS.len(), "{name}");
    }
    failures
}

/// Method and path of every operation, out of the generated description.
fn operations() -> BTreeMap<String, (Method, String)> {
    let document = serde_json::to_value(yorisoi::http::openapi::document()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            let before = operations.insert(id, (method, path.clone()));
            assert!(before.is_none());
        }
    }
    operations
}

/// A world in which every operation can succeed for whoever may call it, and one actor in it.
struct Stage {
    world: World,
    it: BookedInterview,
    /// Somebody who knocks, for the door's three answers.
    knocking: String,
    /// An immediate flag that the nurse added, and its alert, which was told.
    flag: String,
    alert: String,
    spare_user: String,
    sign_in_secret: String,
    browser: Browser,
}

impl Stage {
    async fn set(column: usize) -> Self {
        let mut world = World::new().await;
        let it = world.book().await;
        let other = world.book().await;
        let (flag, alert) = flagged(&mut world, &it).await;
        let _knocking = world.knocking_phone(&it).await;
        let knocking = world.guest(&it).await["participant"]
            .as_str()
            .unwrap()
            .to_owned();
        let spare = world
            .staff("spare", world.office, Role::Nurse)
            .await
            .1
            .to_string();
        let staff_id = Pii::new("spare".to_owned());
        let link = world
            .test
            .app
            .renew_sign_in_link(&Actor::Operator, &staff_id)
            .await
            .unwrap();
        let sign_in_secret = link.split_once('#').unwrap().1.to_owned();
        let mut browser = actor(&mut world, column, &it, &other).await;
        // Time has passed: their login is noted as used before anything is compared.
        browser.get("/api/me").await;
        Self {
            world,
            it,
            knocking,
            flag,
            alert,
            spare_user: spare,
            sign_in_secret,
            browser,
        }
    }

    /// Makes the call and holds what came of it against the cell.
    async fn call(&mut self, operation: &str, column: usize, cell: &str) -> Option<Failure> {
        let (method, path) = operations()[operation].clone();
        let path = self.path(operation, &path);
        let body = self.body(operation).await;
        if cell == "A" {
            self.prepare(operation).await;
        }
        let before = self.everything().await;
        let body = (method != Method::GET).then(|| body.to_string().into_bytes());
        let answer = self.browser.send(method, &path, body).await;
        let after = self.everything().await;
        let say = |what: &str| {
            let actor = ACTORS[column];
            Some(Failure(format!(
                "{operation} by {actor}, which the matrix marks `{cell}`: {what}"
            )))
        };
        let answered = outcome(&answer);
        match (cell, answered) {
            ("A", Outcome::Done) => None,
            ("x", Outcome::Refused) => refused(&before, &after).and_then(|what| say(&what)),
            ("s", Outcome::Other(409)) if before == after => None,
            (".", Outcome::Unknown) if before == after => None,
            (".", Outcome::Unknown) => say("somebody whom nobody knows changed something"),
            (_, other) => say(&format!(
                "the answer was {other:?}: {:?}",
                String::from_utf8_lossy(&answer.body)
            )),
        }
    }

    /// What must have happened before the operation can succeed.
    async fn prepare(&mut self, operation: &str) {
        match operation {
            "end_interview" => {
                let (it, who) = (self.it.id, &self.knocking);
                let admit = format!("/api/interviews/{it}/participants/{who}/admit");
                let mut nurse = self.world.nurse.clone();
                nurse.post(&admit, json!({})).await.expect(204);
            }
            "play_audio" => {
                self.world
                    .keep_sound(self.it.id, &self.knocking, TRACK)
                    .await
            }
            "read_note" | "save_note" | "read_review" => self.note_until("begun").await,
            "submit_note" => self.note_until("written").await,
            "sign_flag" | "return_note" => self.note_until("submitted").await,
            "approve_note" => self.note_until("signed").await,
            "read_record" | "add_addendum" => self.note_until("approved").await,
            "reopen_flag" => {
                let (it, flag) = (self.it.id, &self.flag);
                let confirm = format!("/api/interviews/{it}/flags/{flag}/confirm");
                let mut nurse = self.world.nurse.clone();
                nurse
                    .post(&confirm, json!({ "revision": 1 }))
                    .await
                    .expect(200);
            }
            "talk_socket" => {
                self.browser
                    .post("/api/join/knock", json!({}))
                    .await
                    .expect(204);
            }
            _ => {}
        }
    }

    /// The talk is held, and its note has come as far as this.
    async fn note_until(&mut self, last: &str) {
        let it = format!("/api/interviews/{}", self.it.id);
        let (flag, who) = (&self.flag, &self.knocking);
        let written = json!({ "revision": 1, "fields": fields(), "verdict": "none" });
        let steps = [
            ("", format!("participants/{who}/admit"), json!({})),
            ("begun", "end".to_owned(), json!({})),
            (
                "",
                format!("flags/{flag}/confirm"),
                json!({ "revision": 1 }),
            ),
            ("written", "note".to_owned(), written),
            (
                "submitted",
                "note/submit".to_owned(),
                json!({ "revision": 2 }),
            ),
            (
                "signed",
                format!("flags/{flag}/sign"),
                json!({ "revision": 2 }),
            ),
            (
                "approved",
                "note/approve".to_owned(),
                json!({ "revision": 3 }),
            ),
        ];
        for (step, path, body) in steps {
            let by = match step {
                "signed" | "approved" => &mut self.world.approver,
                _ => &mut self.world.nurse,
            };
            let method = match step {
                "written" => Method::PUT,
                _ => Method::POST,
            };
            let body = Some(body.to_string().into_bytes());
            let answer = by.send(method, &format!("{it}/{path}"), body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.status);
            if step == last {
                return;
            }
        }
    }

    fn path(&self, operation: &str, path: &str) -> String {
        let path = match operation {
            "open_alert" => path.replace("{id}", &self.alert),
            "disable_user" => path.replace("{id}", &self.spare_user),
            _ => path
                .replace("{id}", &self.it.id.to_string())
                .replace("{pid}", &self.knocking)
                .replace("{flag}", &self.flag)
                .replace("{item}", "smoking"),
        };
        match operation {
            "list_interviews" | "list_own_notes" | "list_review" => {
                format!("{path}?office={}", self.world.office)
            }
            "play_audio" => format!("{path}?track={TRACK}&from_ms=0&to_ms=1000"),
            _ => path,
        }
    }

    async fn body(&mut self, operation: &str) -> Value {
        match operation {
            // Nobody's password: refused as such, and never as not allowed.
            "login" => json!({ "staff_id": "spare", "password": "" }),
            "sign_in_by_link" => json!({ "secret": self.sign_in_secret }),
            "change_password" => json!({ "new": "つぎの長いパスワードです" }),
            "book_interview" => self.world.booking(),
            "add_user" => json!({
                "staff_id": "newcomer", "name": "新人",
                "grants": [{ "office": self.world.office, "role": "nurse" }],
            }),
            "add_flag" => json!({ "item": "smoking", "seen": "灰皿が見えた" }),
            "save_note" => {
                json!({ "revision": 1, "fields": fields(), "verdict": "none" })
            }
            "submit_note" => json!({ "revision": 2 }),
            "save_memo" => json!({ "revision": 0, "text": "郵便は不可" }),
            "sign_flag" => json!({ "revision": 2 }),
            "return_note" => json!({ "revision": 3, "comment": "受診の目安も" }),
            "approve_note" => json!({ "revision": 3 }),
            "set_restriction" => json!({ "text": "電話は平日の日中のみ。" }),
            "add_addendum" => json!({ "words": "病院名を確認した" }),
            "confirm_flag" => json!({ "revision": 1 }),
            "dismiss_flag" => json!({ "revision": 1, "reason": "past" }),
            "hold_flag" => {
                json!({ "revision": 1, "words": "上司に相談", "until": "2026-11-25" })
            }
            "reopen_flag" => json!({ "revision": 2 }),
            "tick_item" => json!({ "state": "asked" }),
            "claim_invitation" => json!({ "secret": self.it.secret }),
            "check_identity" => identity(&self.it),
            "come_along" => along(&self.it, "companion"),
            "give_contact" => json!({ "callback": "09000001234", "place": "若葉市" }),
            "report_device" => {
                json!({ "camera": "works", "microphone": "works", "noise": "quiet", "network": "good" })
            }
            // The text is the same for everybody, so it is read by a phone that may.
            "give_consent" => {
                let mut phone = self.world.proven_phone(&self.it).await;
                consent_body(&mut phone, "sharing", "no").await
            }
            "pause_own_voice" | "pause_talk" => json!({ "on": true }),
            "take_withdrawal" => json!({ "manner": "spoken" }),
            "say_nearby" => json!({ "nearby": "someone" }),
            "leave" => json!({ "how": "closed" }),
            _ => json!({}),
        }
    }

    async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let mut all = contents(&self.world.test.folder.database()).await.unwrap();
        all.extend(contents(&self.world.test.folder.keys()).await.unwrap());
        all
    }
}

/// An immediate flag by hand, and its alert a quarter of an hour later.
fn fields() -> Value {
    json!({
        "body_mind": "つわりは軽くなった。", "life_family": "", "support": "", "wishes": "",
        "explained": "", "contact": "", "next": "", "handover": "",
    })
}

async fn flagged(world: &mut World, it: &BookedInterview) -> (String, String) {
    let path = format!("/api/interviews/{}/flags", it.id);
    let seen = json!({ "item": "partner_violence", "seen": "手首にあざ" });
    let flag = world.nurse.post(&path, seen).await.expect(201).json();
    world.test.clock.pass(Duration::from_secs(16 * 60));
    assert_eq!(world.test.app.tell_alerts().await.unwrap(), 1);
    let alerts = world.approver.get("/api/alerts").await.expect(200).json();
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    (id(&flag), id(&alerts[0]))
}

async fn actor(
    world: &mut World,
    column: usize,
    it: &BookedInterview,
    other: &BookedInterview,
) -> Browser {
    let elsewhere = world.other_office;
    match ACTORS[column] {
        "anonymous" => world.test.browser(),
        "nurse of the office" => world.nurse.clone(),
        "nurse of another office" => world.staff("kita", elsewhere, Role::Nurse).await.0,
        "nurse of another office, assigned" => assigned(world, it.id, 60).await,
        "nurse of another office, assignment ended" => assigned(world, it.id, -1).await,
        "approver of the office" => world.approver.clone(),
        "administrator" => world.administrator.clone(),
        "nurse barred from the case" => {
            let (browser, user) = world.staff("relative", world.office, Role::Nurse).await;
            world.bar(it.id, user).await;
            browser
        }
        "guest, identity proven" => answered_phone(world, it).await,
        "guest, identity not proven" => world.phone(it).await,
        "guest of another interview" => answered_phone(world, other).await,
        "guest who has left" => {
            let mut phone = world.proven_phone(it).await;
            let cookies = phone.cookies.clone();
            phone
                .post("/api/join/leave", json!({ "how": "quick_exit" }))
                .await
                .expect(204);
            phone.cookies = cookies;
            phone
        }
        "disabled nurse" => {
            let (browser, user) = world.staff("gone", world.office, Role::Nurse).await;
            world
                .administrator
                .post(&format!("/api/users/{user}/disable"), json!({}))
                .await
                .expect(204);
            browser
        }
        unknown => panic!("nobody plays {unknown}"),
    }
}

async fn assigned(world: &World, interview: Uuid, minutes: i64) -> Browser {
    let (browser, user) = world.staff("kita", world.other_office, Role::Nurse).await;
    world.assign(interview, user, minutes).await;
    browser
}

async fn answered_phone(world: &World, it: &BookedInterview) -> Browser {
    let mut phone = world.proven_phone(it).await;
    consent_to_all(&mut phone).await;
    phone
}

#[derive(Debug)]
enum Outcome {
    Done,
    /// Known and not allowed.
    Refused,
    /// Known to nobody.
    Unknown,
    Other(u16),
}

fn outcome(answer: &Answer) -> Outcome {
    match answer.status.as_u16() {
        200..=299 => Outcome::Done,
        401 if answer.problem() == "not-signed-in" => Outcome::Unknown,
        // The operation was carried out: it looked at the password.
        401 if answer.problem() == "wrong-credentials" => Outcome::Done,
        // The socket may be opened; this client can't.
        426 => Outcome::Done,
        403 if answer.problem() != "cross-site" => Outcome::Refused,
        status => Outcome::Other(status),
    }
}

/// A refusal adds one audit event that says so, and changes nothing else.
fn refused(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
) -> Option<String> {
    for (table, rows) in after {
        if table == "audit_events" {
            let new: Vec<_> = rows
                .iter()
                .filter(|row| !before[table].contains(row))
                .collect();
            match new.as_slice() {
                [event] if event.contains("denied:") => {}
                other => return Some(format!("the audit has {other:?} more")),
            }
        } else if before[table] != *rows {
            return Some(format!("`{table}` was changed"));
        }
    }
    None
}
