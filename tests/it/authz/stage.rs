//! The world in which a row of the matrix is tried: what must be there before, and who asks.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::clock::Clock as _;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::help::HelpCall;
use yorisoi_domain::ids::{CallId, HelpCallId};
use yorisoi_domain::pii::Pii;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::contents;

use super::ACTORS;
use crate::common::client::Browser;
use crate::common::rules::PLAIN;
use crate::common::talk::{segment, utterance};
use crate::common::world::{
    BookedInterview, World, along, consent_body, consent_to_all, identity, own_answers,
};

/// Of whoever was signed in before time passed.
const PASSWORD: &str = "ひまわり畑の三輪車に乗る";
/// Of the sound that is played.
const TRACK: Uuid = Uuid::from_u128(0xA0D1_0000_0000_7000_8000_0000_0000_0001);

/// A world in which every operation can succeed for whoever may call it, and one actor in it.
pub(super) struct Stage {
    world: World,
    it: BookedInterview,
    /// Somebody who knocks, for the door's three answers.
    knocking: String,
    /// An immediate flag that the nurse added, and its alert, which was told.
    flag: String,
    alert: String,
    spare_user: String,
    /// Of the office, and barred from the case by nobody yet.
    colleague: String,
    /// Nobody has answered it.
    help: String,
    /// What a second approver has asked for.
    activation: String,
    sign_in_secret: String,
    /// Of the actor, where they are signed in.
    own_session: String,
    pub(super) browser: Browser,
}

impl Stage {
    pub(super) async fn set(column: usize) -> Self {
        let mut world = World::new().await;
        let it = world.book().await;
        let other = world.book().await;
        // A link of a quarter of an hour ago proves nothing any more.
        let waits = match ACTORS[column] {
            "nurse of the office" => Some(&mut world.nurse),
            "approver of the office" => Some(&mut world.approver),
            "administrator" => Some(&mut world.administrator),
            _ => None,
        };
        if let Some(browser) = waits {
            let set = json!({ "new": PASSWORD });
            browser.post("/api/me/password", set).await.expect(204);
        }
        let (flag, alert) = flagged(&mut world, &it).await;
        let _knocking = world.knocking_phone(&it).await;
        let knocking = world.guest(&it).await["participant"]
            .as_str()
            .unwrap()
            .to_owned();
        // A companion who took back what they said: the first certificate.
        let mut companion = world.phone(&it).await;
        let role = along(&it, "companion");
        companion.post("/api/join/along", role).await.expect(204);
        let gone = companion.post("/api/join/withdraw", json!({})).await;
        assert_eq!(gone.expect(200).json()["certificate"], "D-00001");
        let spare = world
            .staff("spare", world.office, Role::Nurse)
            .await
            .1
            .to_string();
        let colleague = world.staff("colleague", world.office, Role::Nurse).await.1;
        let help = called(&world, &it).await;
        let activation = asked_for(&world).await;
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
        let sessions = browser.get("/api/me/sessions").await;
        let own = (sessions.status == 200).then(|| sessions.json()["sessions"][0]["id"].clone());
        let own = own.and_then(|id| id.as_str().map(str::to_owned));
        let own_session = own.unwrap_or_else(|| Uuid::nil().to_string());
        Self {
            world,
            it,
            knocking,
            flag,
            alert,
            spare_user: spare,
            colleague: colleague.to_string(),
            help,
            activation,
            sign_in_secret,
            own_session,
            browser,
        }
    }

    /// What must have happened before the operation can succeed.
    pub(super) async fn prepare(&mut self, operation: &str) {
        match operation {
            "end_interview" | "call_help" => {
                let (it, who) = (self.it.id, &self.knocking);
                let admit = format!("/api/interviews/{it}/participants/{who}/admit");
                let mut nurse = self.world.nurse.clone();
                nurse.post(&admit, json!({})).await.expect(204);
            }
            "note_second_voice" => {
                let (it, who) = (self.it.id, &self.knocking);
                let admit = format!("/api/interviews/{it}/participants/{who}/admit");
                let mut nurse = self.world.nurse.clone();
                nurse.post(&admit, json!({})).await.expect(204);
            }
            "seat_at_counter" => self.world.held_at_counter(self.it.id).await,
            "counter_socket" => {
                self.world.held_at_counter(self.it.id).await;
                let path = format!("/api/interviews/{}/counter", self.it.id);
                let mut nurse = self.world.nurse.clone();
                nurse.post(&path, json!({})).await.expect(204);
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
            "lift_bar" => {
                let bar = format!("/api/interviews/{}/barred/{}", self.it.id, self.colleague);
                let mut nurse = self.world.nurse.clone();
                nurse.post(&bar, json!({})).await.expect(204);
            }
            "give_speaker" => {
                let (app, it) = (&self.world.test.app, self.it.id.into());
                let (call, of) = (CallId::new(TRACK), self.knocking.parse().unwrap());
                app.open_call(call, it).await.unwrap();
                app.open_track(TRACK.into(), call, of).await.unwrap();
                let said = utterance(1, TRACK.into(), PLAIN);
                app.confirm_segment(it, of, &said).await.unwrap();
            }
            "reopen_flag" => {
                let (it, flag) = (self.it.id, &self.flag);
                let confirm = format!("/api/interviews/{it}/flags/{flag}/confirm");
                let mut nurse = self.world.nurse.clone();
                nurse
                    .post(&confirm, json!({ "revision": 1 }))
                    .await
                    .expect(200);
            }
            // Nobody changes what somebody else is deciding about.
            "edit_rule" | "discard_rule" | "edit_words" | "ask_activation" => {
                let withdraw = format!("/api/rules/activations/{}/withdraw", self.activation);
                let mut approver = self.world.approver.clone();
                approver.post(&withdraw, json!({})).await.expect(204);
            }
            "enable_user" => {
                let user = &self.spare_user;
                let disable = format!("/api/users/{user}/disable");
                let mut administrator = self.world.administrator.clone();
                administrator.post(&disable, json!({})).await.expect(204);
            }
            "confirm_enrolment" => {
                let begin = self.browser.post("/api/login/enrolment", json!({}));
                begin.await.expect(200);
            }
            "confirm_own_enrolment" => {
                let begin = self.browser.post("/api/me/second-factor", proof());
                begin.await.expect(200);
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

    pub(super) fn path(&self, operation: &str, path: &str) -> String {
        let path = match operation {
            "open_alert" => path.replace("{id}", &self.alert),
            "take_help_call" | "take_back_help_call" => path.replace("{id}", &self.help),
            "approve_activation" | "refuse_activation" | "withdraw_activation" => {
                path.replace("{id}", &self.activation)
            }
            "disable_user" | "enable_user" | "sign_out_user" | "set_grants" => {
                path.replace("{id}", &self.spare_user)
            }
            "reset_second_factor" => path.replace("{id}", &self.world.approver_id.to_string()),
            "end_session" => path.replace("{id}", &self.own_session),
            _ => path
                .replace("{id}", &self.it.id.to_string())
                .replace("{pid}", &self.knocking)
                .replace("{flag}", &self.flag)
                .replace("{segment}", &segment(1).to_string())
                .replace("{user}", &self.colleague)
                .replace("{rule}", RULE)
                .replace("{concept}", "danger")
                .replace("{item}", "smoking")
                .replace("{form}", "gad2")
                .replace("{number}", "D-00001"),
        };
        match operation {
            "list_interviews" | "list_own_notes" | "list_review" | "read_booking_file" => {
                format!("{path}?office={}", self.world.office)
            }
            "play_audio" => format!("{path}?track={TRACK}&from_ms=0&to_ms=1000"),
            _ => path,
        }
    }

    pub(super) async fn body(&mut self, operation: &str) -> Value {
        match operation {
            // Nobody's password: refused as such, and never as not allowed.
            "login" => json!({ "staff_id": "spare", "password": "" }),
            "sign_in_by_link" => json!({ "secret": self.sign_in_secret }),
            "enter_code" | "confirm_enrolment" | "confirm_own_enrolment" => {
                json!({ "code": "１２３ 45" })
            }
            "change_password" => {
                json!({ "current": PASSWORD, "new": "つぎの長いパスワードです" })
            }
            "end_session"
            | "end_other_sessions"
            | "begin_own_enrolment"
            | "reset_second_factor" => proof(),
            "book_interview" => self.world.booking(),
            "add_user" => json!({
                "staff_id": "newcomer", "name": "新人",
                "grants": [{ "office": self.world.office, "role": "nurse" }],
                "password": PASSWORD,
            }),
            "set_grants" => {
                let role = |role| json!([{ "office": self.world.office, "role": role }]);
                json!({ "before": role("nurse"), "grants": role("approver"), "password": PASSWORD })
            }
            "edit_rule" => json!({ "kind": "off" }),
            "edit_words" => json!({ "words": ["こわい"] }),
            "try_rules" => json!({ "office": self.world.office }),
            "ask_activation" => json!({ "from": "2026-12-01" }),
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
            "give_speaker" => json!({ "speaker": "companion" }),
            "fill_form" => json!({
                "revision": 0, "manner": "paper", "answers": [{ "question": "worry", "choice": "1" }],
            }),
            // The questions are the same for everybody, so they are read by a phone that may.
            "answer_form" => {
                let mut phone = self.world.proven_phone(&self.it).await;
                own_answers(
                    &mut phone,
                    json!([{ "question": "alcohol", "choice": "no" }]),
                )
                .await
            }
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
            "record_consent" => {
                let mut phone = self.world.proven_phone(&self.it).await;
                let mut body = consent_body(&mut phone, "sharing", "no").await;
                body["manner"] = json!("spoken");
                body
            }
            "note_second_voice" => json!({ "said": "speaks" }),
            "pause_own_voice" | "pause_talk" => json!({ "on": true }),
            "take_withdrawal" => json!({ "manner": "spoken", "identity_checked": true }),
            "say_nearby" => json!({ "nearby": "someone" }),
            "leave" => json!({ "how": "closed" }),
            _ => json!({}),
        }
    }

    pub(super) async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let mut all = contents(&self.world.test.folder.database()).await.unwrap();
        all.extend(contents(&self.world.test.folder.keys()).await.unwrap());
        all
    }
}

/// Of the pack of tests.
const RULE: &str = "isolation.planted";

/// Somebody else has left a rule out and asks that this be used.
async fn asked_for(world: &World) -> String {
    let (mut browser, _) = world.staff("asker", world.office, Role::Approver).await;
    let off = json!({ "kind": "off" }).to_string().into_bytes();
    let path = format!("/api/rules/draft/rule/{RULE}");
    browser
        .send(Method::PUT, &path, Some(off))
        .await
        .expect(204);
    let from = json!({ "from": "2026-12-01" });
    let asked = browser.post("/api/rules/activations", from).await;
    asked.expect(201).json()["id"].as_str().unwrap().to_owned()
}

/// A call for help, as a talk that goes on leaves it.
async fn called(world: &World, it: &BookedInterview) -> String {
    let id = HelpCallId::new(Uuid::from_u128(0x4E1F));
    let call = HelpCall::new(id, it.id.into(), world.nurse_id, world.test.clock.now());
    let mut tx = world.store().await.begin().await.unwrap();
    tx.insert_help_call(&call).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

fn fields() -> Value {
    json!({
        "body_mind": "つわりは軽くなった。", "life_family": "", "support": "", "wishes": "",
        "explained": "", "contact": "", "next": "", "handover": "",
    })
}

/// An immediate flag by hand, and its alert a quarter of an hour later.
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

fn proof() -> Value {
    json!({ "password": PASSWORD })
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
        "approver at the second step" => {
            let (_, user) = world.staff("half", world.office, Role::Approver).await;
            let app = &world.test.app;
            app.reset_second_factor(&Actor::Operator, user, None)
                .await
                .unwrap();
            let half = Pii::new("half".to_owned());
            let link = app
                .renew_sign_in_link(&Actor::Operator, &half)
                .await
                .unwrap();
            let secret = link.split_once('#').unwrap().1;
            let mut browser = world.test.browser();
            let answer = browser
                .post("/api/login/link", json!({ "secret": secret }))
                .await;
            assert_eq!(answer.expect(200).json()["next"], "enrol");
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
