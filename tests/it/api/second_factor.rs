//! The second step of signing in: who has to take it, what it costs to guess, and that nothing but
//! the step is reachable before it.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::app::logins::SignedIn;
use yorisoi::clock::Clock as _;
use yorisoi::config::SecondFactor;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::pii::Pii;
use yorisoi_store_sqlite::contents;

use crate::common::client::Browser;
use crate::common::scenario::Scenario;
use crate::common::second_step::{Authenticator, enrol};
use crate::common::world::World;

const PASSWORD: &str = "ひまわり畑の三輪車に乗る";
const STEP: Duration = Duration::from_secs(30);

fn code(text: &str) -> Value {
    json!({ "code": text })
}

/// By a fresh link, without any further step.
async fn by_link(world: &World, staff_id: &str) -> (Browser, Value) {
    let staff_id = Pii::new(staff_id.to_owned());
    let app = &world.test.app;
    let link = app.renew_sign_in_link(&Actor::Operator, &staff_id).await;
    let link = link.unwrap();
    let secret = link.split_once('#').unwrap().1;
    let mut browser = world.test.browser();
    let answer = browser.post("/api/login/link", json!({ "secret": secret }));
    let answer = answer.await.expect(200).json();
    (browser, answer)
}

/// By the password, to the second step.
async fn to_second_step(world: &World, staff_id: &str) -> Browser {
    let mut browser = world.test.browser();
    let typed = json!({ "staff_id": staff_id, "password": PASSWORD });
    let answer = browser.post("/api/login", typed).await.expect(200);
    assert_eq!(answer.json()["next"], "enter_code");
    assert!(!browser.cookies.contains_key("__Host-login"));
    browser
}

/// An approver with a password and an authenticator, whose last code is used up.
struct Approver {
    world: World,
    app: Authenticator,
    recovery: Vec<String>,
}

impl Approver {
    async fn new() -> Self {
        let world = World::new().await;
        let user = world.approver_id;
        let app = &world.test.app;
        app.reset_second_factor(&Actor::Operator, user, None)
            .await
            .unwrap();
        let (mut browser, answer) = by_link(&world, "miura").await;
        assert_eq!(answer["next"], "enrol");
        let (app, enrolled) = enrol(&mut browser, &world.test.clock).await;
        assert_eq!(enrolled["next"], "set_password");
        let set = json!({ "new": PASSWORD });
        browser.post("/api/me/password", set).await.expect(204);
        let recovery = enrolled["recovery_codes"].as_array().unwrap().iter();
        let recovery = recovery.map(|code| code.as_str().unwrap().to_owned());
        Self {
            recovery: recovery.collect(),
            world,
            app,
        }
    }

    async fn waiting(&self) -> Browser {
        to_second_step(&self.world, "miura").await
    }

    fn now(&self) -> Value {
        code(&self.app.code(&self.world.test.clock))
    }
}

#[tokio::test]
async fn an_approver_sets_a_second_factor_first_and_needs_it_from_then_on() {
    let world = World::new().await;
    let added = world.staff("ohta", world.office, Role::Approver).await;
    let app = &world.test.app;
    app.reset_second_factor(&Actor::Operator, added.1, None)
        .await
        .unwrap();
    let (mut browser, answer) = by_link(&world, "ohta").await;
    assert_eq!(answer["next"], "enrol");
    // A link leads to the step, and the step leads nowhere else.
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-step"]);
    browser.get("/api/me").await.expect(401);
    let nothing = browser.post("/api/login/enrolment/confirm", code("123456"));
    assert_eq!(nothing.await.expect(409).problem(), "not-ready");

    let begun = browser.post("/api/login/enrolment", json!({})).await;
    let begun = begun.expect(200).json();
    let uri = begun["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/"), "{uri}");
    let typed = begun["secret"].as_str().unwrap().replace(' ', "");
    assert!(uri.contains(&format!("secret={typed}&")), "{uri}");
    // Asked again, the first secret is void: a shoulder-surfer's photograph of it too.
    let first = Authenticator::of(&begun);
    let again = browser.post("/api/login/enrolment", json!({})).await;
    let second = Authenticator::of(&again.expect(200).json());
    let clock = &world.test.clock;
    let old = browser.post("/api/login/enrolment/confirm", code(&first.code(clock)));
    let old = old.await.expect(401);
    assert_eq!(old.problem(), "wrong-code");
    clock.pass(Duration::from_secs(
        old.json()["retry_after_s"].as_u64().unwrap(),
    ));
    let step = browser.cookies["__Host-step"].clone();
    let confirmed = browser.post("/api/login/enrolment/confirm", code(&second.code(clock)));
    let confirmed = confirmed.await.expect(200).json();
    assert_eq!(confirmed["recovery_codes"].as_array().unwrap().len(), 10);
    // The login has a token that nobody has seen before, and the step's is gone.
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-login"]);
    assert_ne!(browser.cookies["__Host-login"], step);
    let me = browser.get("/api/me").await.expect(200).json();
    let factor = json!({ "required": true, "on": true, "recovery_codes_left": 10 });
    assert_eq!(me["second_factor"], factor);
    let mut used = world.test.browser();
    used.cookies.insert("__Host-step".to_owned(), step.clone());
    used.cookies.insert("__Host-login".to_owned(), step);
    used.get("/api/me").await.expect(401);
    clock.pass(STEP);
    let late = used.post("/api/login/code", code(&second.code(clock)));
    assert_eq!(late.await.expect(401).problem(), "not-signed-in");
}

#[tokio::test]
async fn a_code_works_once_and_one_step_around_its_time() {
    let it = Approver::new().await;
    let clock = &it.world.test.clock;
    let mut browser = it.waiting().await;
    // The code by which the second factor was confirmed is used up.
    let replayed = browser.post("/api/login/code", it.now()).await.expect(401);
    assert_eq!(replayed.problem(), "wrong-code");
    clock.pass(STEP * 2);
    let ahead = code(&it.app.code_after(clock, 2));
    browser.post("/api/login/code", ahead).await.expect(401);
    clock.pass(STEP * 2);
    let ahead = code(&it.app.code_after(clock, 1));
    browser.post("/api/login/code", ahead).await.expect(200);
    browser.get("/api/me").await.expect(200);
    // What is older than a code that was accepted is no code any more, and nobody knows it twice.
    let mut other = it.waiting().await;
    other.post("/api/login/code", it.now()).await.expect(401);
    clock.pass(STEP);
    let same = code(&it.app.code(clock));
    other.post("/api/login/code", same).await.expect(401);
    clock.pass(STEP * 2);
    let behind = code(&it.app.code_after(clock, -1));
    other.post("/api/login/code", behind).await.expect(200);
}

#[tokio::test]
async fn wrong_codes_cost_a_growing_delay_wherever_they_come_from() {
    let it = Approver::new().await;
    let clock = &it.world.test.clock;
    clock.pass(STEP);
    let mut delays = Vec::new();
    for n in 0..5 {
        // Signing in by the password again, and from another address, is no fresh start.
        let mut browser = it.waiting().await;
        browser.address = format!("203.0.113.{n}:1").parse().unwrap();
        let wrong = browser.post("/api/login/code", code("000000")).await;
        let wrong = wrong.expect(401).json();
        delays.push(wrong["retry_after_s"].as_u64().unwrap());
        let right = browser.post("/api/login/code", it.now()).await.expect(429);
        assert_eq!(right.problem(), "too-soon");
        clock.pass(Duration::from_secs(*delays.last().unwrap()));
    }
    assert!(delays.is_sorted() && delays[0] < delays[4], "{delays:?}");
    // Five of them keep nobody out.
    let mut browser = it.waiting().await;
    browser.post("/api/login/code", it.now()).await.expect(200);
}

impl Approver {
    /// Types so many wrong codes, as patiently as it takes; each step takes five.
    async fn guess(&self, codes: usize) {
        let mut left = codes;
        while left > 0 {
            let mut browser = self.waiting().await;
            for n in 1..=left.min(5) {
                let wrong = browser.post("/api/login/code", code("000000")).await;
                let wrong = wrong.expect(401);
                let over = n == 5;
                let said = if over { "step-over" } else { "wrong-code" };
                assert_eq!(wrong.problem(), said);
                self.world.test.clock.pass(Duration::from_secs(60));
                if over {
                    // The step is gone, also for the right code.
                    let late = browser.post("/api/login/code", self.now()).await;
                    assert_eq!(late.expect(401).problem(), "not-signed-in");
                }
            }
            left -= left.min(5);
        }
    }

    async fn told(&self, browser: &mut Browser) -> Value {
        browser.get("/api/me").await.expect(200).json()["wrong_codes"].clone()
    }
}

/// Who has the password guesses at a code that is right three times in a million: it has an end, also
/// for who takes months, and the owner hears of it.
#[tokio::test]
async fn guessing_codes_has_an_end_and_a_recovery_code_is_a_way_in() {
    let it = Approver::new().await;
    it.guess(19).await;
    // Neither time nor the forgetting of old logins begins the count anew.
    it.world.test.clock.pass(Duration::from_secs(40 * 86_400));
    it.world.test.app.forget_logins().await.unwrap();
    it.guess(1).await;
    let last = it.world.test.clock.now() - Duration::from_secs(60);
    let mut guesser = it.waiting().await;
    for _ in 0..7 {
        let right = guesser.post("/api/login/code", it.now()).await.expect(403);
        assert_eq!(right.problem(), "codes-used-up");
    }
    // They go on, also with what looks like a recovery code, and keep nobody out by it.
    let none = guesser.post("/api/login/code", code("K7R4-M2XQ-9AB3-HJKM-2WNP-T6CX"));
    assert_eq!(none.await.expect(401).problem(), "wrong-code");
    let mut owner = it.waiting().await;
    let recovery = code(&it.recovery[0]);
    owner.post("/api/login/code", recovery).await.expect(200);
    let told = json!({ "count": 20, "last_at": last.to_string() });
    assert_eq!(it.told(&mut owner).await, told);
    // Her next login has nothing to tell, and codes are heard again.
    let mut again = it.waiting().await;
    again.post("/api/login/code", it.now()).await.expect(200);
    assert_eq!(it.told(&mut again).await, json!(null));
}

#[tokio::test]
async fn after_too_many_codes_a_new_link_leads_in_and_a_new_password_shuts_the_guesser_out() {
    let it = Approver::new().await;
    it.guess(20).await;
    let (mut owner, answer) = by_link(&it.world, "miura").await;
    assert_eq!(answer["next"], "enter_code");
    let in_now = owner.post("/api/login/code", it.now()).await.expect(200);
    assert_eq!(in_now.json()["next"], "set_password");
    let set = json!({ "new": "つぎの長いパスワードです" });
    owner.post("/api/me/password", set).await.expect(204);
    // The login that the new password began says it too.
    assert_eq!(it.told(&mut owner).await["count"], 20);
    let mut guesser = it.world.test.browser();
    let typed = json!({ "staff_id": "miura", "password": PASSWORD });
    guesser.post("/api/login", typed).await.expect(401);
}

/// Nobody comes to the second step who does not know the password.
#[tokio::test]
async fn who_knows_only_the_name_locks_nobody_out() {
    let it = Approver::new().await;
    for _ in 0..25 {
        let mut browser = it.world.test.browser();
        browser.address = "203.0.113.9:1".parse().unwrap();
        let typed = json!({ "staff_id": "miura", "password": "ちがうものです" });
        browser.post("/api/login", typed).await.expect(401);
        browser
            .post("/api/login/code", code("000000"))
            .await
            .expect(401);
        it.world.test.clock.pass(Duration::from_secs(60));
    }
    let mut owner = it.waiting().await;
    owner.post("/api/login/code", it.now()).await.expect(200);
    assert_eq!(it.told(&mut owner).await, json!(null));
}

#[tokio::test]
async fn a_recovery_code_opens_once_in_any_writing() {
    let it = Approver::new().await;
    let mut browser = it.waiting().await;
    let typed = it.recovery[3].to_lowercase().replace('-', " ");
    browser
        .post("/api/login/code", code(&typed))
        .await
        .expect(200);
    let me = browser.get("/api/me").await.expect(200).json();
    assert_eq!(me["second_factor"]["recovery_codes_left"], 9);
    let mut again = it.waiting().await;
    again
        .post("/api/login/code", code(&typed))
        .await
        .expect(401);
    let everything = contents(&it.world.test.folder.database()).await.unwrap();
    let used = everything["audit_events"].iter();
    assert_eq!(
        used.filter(|row| row.contains("'recovery_code_used'"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_step_ends_after_a_quarter_of_an_hour_and_with_the_account() {
    let it = Approver::new().await;
    let clock = &it.world.test.clock;
    let mut late = it.waiting().await;
    clock.pass(Duration::from_secs(15 * 60));
    let answer = late.post("/api/login/code", it.now()).await.expect(401);
    assert_eq!(answer.problem(), "not-signed-in");
    let mut disabled = it.waiting().await;
    let app = &it.world.test.app;
    let user = it.world.approver_id;
    app.disable_user(&Actor::Operator, user).await.unwrap();
    let answer = disabled.post("/api/login/code", it.now()).await.expect(401);
    assert_eq!(answer.problem(), "not-signed-in");
    // Also when the account is let in again: the step began before that.
    app.enable_user(&Actor::Operator, user).await.unwrap();
    let answer = disabled.post("/api/login/code", it.now()).await.expect(401);
    assert_eq!(answer.problem(), "not-signed-in");
    let mut anew = it.waiting().await;
    anew.post("/api/login/code", it.now()).await.expect(200);
}

#[tokio::test]
async fn a_nurse_may_have_one_and_changing_it_needs_the_password() {
    let mut world = World::new().await;
    let me = world.nurse.get("/api/me").await.json();
    assert_eq!(me["second_factor"]["required"], false);
    let set = json!({ "new": PASSWORD });
    world.nurse.post("/api/me/password", set).await.expect(204);
    let begin = "/api/me/second-factor";
    let without = world.nurse.post(begin, json!({})).await.expect(401);
    assert_eq!(without.problem(), "wrong-credentials");
    world.test.clock.pass(Duration::from_secs(60));
    let with = json!({ "password": PASSWORD });
    let begun = world.nurse.post(begin, with.clone()).await.expect(200);
    let first = Authenticator::of(&begun.json());
    let clock = std::sync::Arc::clone(&world.test.clock);
    let confirm = "/api/me/second-factor/confirm";
    let confirmed = world.nurse.post(confirm, code(&first.code(&clock))).await;
    confirmed.expect(200);
    // A new secret counts from its first code on; until then the present one stays.
    let begun = world.nurse.post(begin, with).await.expect(200).json();
    let second = Authenticator::of(&begun);
    clock.pass(STEP);
    let mut browser = to_second_step(&world, "sano").await;
    let right = browser
        .post("/api/login/code", code(&first.code(&clock)))
        .await;
    right.expect(200);
    let confirmed = world.nurse.post(confirm, code(&second.code(&clock))).await;
    confirmed.expect(200);
    clock.pass(STEP);
    let mut browser = to_second_step(&world, "sano").await;
    let old = browser
        .post("/api/login/code", code(&first.code(&clock)))
        .await;
    old.expect(401);
}

#[tokio::test]
async fn another_administrator_takes_it_away_and_the_account_is_out_everywhere() {
    let mut it = Approver::new().await;
    it.world.test.clock.pass(STEP);
    let mut browser = it.waiting().await;
    browser.post("/api/login/code", it.now()).await.expect(200);
    let reset = |user| format!("/api/users/{user}/reset-second-factor");
    let administrator = &mut it.world.administrator;
    administrator
        .post(&reset(it.world.administrator_id), json!({}))
        .await
        .expect(409);
    administrator
        .post(&reset(it.world.approver_id), json!({}))
        .await
        .expect(204);
    browser.get("/api/me").await.expect(401);
    // There is none to enter a code of: another has to be set.
    let mut browser = it.world.test.browser();
    let typed = json!({ "staff_id": "miura", "password": PASSWORD });
    let answer = browser.post("/api/login", typed).await.expect(200).json();
    assert_eq!(answer["next"], "enrol");
    it.world.test.clock.pass(STEP);
    browser.post("/api/login/code", it.now()).await.expect(409);
    browser.get("/api/me").await.expect(401);
    enrol(&mut browser, &it.world.test.clock).await;
    browser.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn whoever_forgot_the_password_sets_another_after_the_second_step() {
    let it = Approver::new().await;
    it.world.test.clock.pass(STEP);
    let (mut browser, answer) = by_link(&it.world, "miura").await;
    // A link stands in for the password and not for the second factor.
    assert_eq!(answer["next"], "enter_code");
    let in_now = browser.post("/api/login/code", it.now()).await.expect(200);
    assert_eq!(in_now.json()["next"], "set_password");
    let set = json!({ "new": "つぎの長いパスワードです" });
    browser.post("/api/me/password", set).await.expect(204);
    // Once: whoever signed in by the password has to know it.
    let set = json!({ "new": "さらに長いパスワードです" });
    let answer = browser.post("/api/me/password", set).await.expect(401);
    assert_eq!(answer.problem(), "wrong-credentials");
}

/// The probe finds what lies there in the clear, so that it would find the secret too.
#[tokio::test]
async fn no_secret_lies_in_the_clear() {
    let world = World::new().await;
    let (mut browser, _) = {
        let app = &world.test.app;
        let user = world.approver_id;
        app.reset_second_factor(&Actor::Operator, user, None)
            .await
            .unwrap();
        by_link(&world, "miura").await
    };
    let begun = browser.post("/api/login/enrolment", json!({})).await;
    let begun = begun.expect(200).json();
    let app = Authenticator::of(&begun);
    let confirm = "/api/login/enrolment/confirm";
    let now = code(&app.code(&world.test.clock));
    let enrolled = browser.post(confirm, now).await.expect(200).json();
    let recovery = enrolled["recovery_codes"][0].as_str().unwrap();
    let mut all = Vec::new();
    for file in std::fs::read_dir(world.test.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |bytes: &[u8]| all.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds("北保健センター".as_bytes()));
    let text = begun["secret"].as_str().unwrap();
    for bytes in [
        app.secret(),
        text.as_bytes(),
        text.replace(' ', "").as_bytes(),
        recovery.as_bytes(),
        recovery.replace('-', "").as_bytes(),
    ] {
        assert!(!holds(bytes));
    }
}

/// One person tries a demo, without a phone; its folder is its own and its people are invented.
#[tokio::test]
async fn a_demo_asks_nobody_for_a_second_factor() {
    let folder = Scenario::new();
    let data = folder.path().join("data");
    let demo = yorisoi::demo::prepare(&data, false);
    let app = demo
        .await
        .unwrap()
        .open("http://127.0.0.1:1")
        .await
        .unwrap();
    let today = yorisoi::demo::seed(&app).await.unwrap();
    assert_eq!(today.sign_in_links.len(), 3);
    for (name, link) in today.sign_in_links {
        let secret = yorisoi::auth::secret::Secret::parse(link.split_once('#').unwrap().1);
        let device = yorisoi_domain::login::Device::UNKNOWN;
        let signed_in = app.sign_in_by_link(secret, device).await.unwrap();
        assert!(
            matches!(
                signed_in,
                SignedIn::Done {
                    set_password: false,
                    ..
                }
            ),
            "{name}: {signed_in:?}"
        );
    }
}

/// Where the city wants it, also who only holds talks.
#[tokio::test]
async fn where_everybody_needs_a_second_factor_a_nurse_sets_one_first() {
    let mut world = World::new().await;
    let (_, answer) = by_link(&world, "sano").await;
    assert_ne!(answer["next"], "enrol", "the roles decide");
    world.test.settings.second_factor = SecondFactor::Everybody;
    world.test.restart().await;
    let (mut browser, answer) = by_link(&world, "sano").await;
    assert_eq!(answer["next"], "enrol");
    browser.get("/api/me").await.expect(401);
    enrol(&mut browser, &world.test.clock).await;
    let me = browser.get("/api/me").await.expect(200).json();
    assert_eq!(
        me["second_factor"],
        json!({ "required": true, "on": true, "recovery_codes_left": 10 })
    );
}

/// A login from before the configuration asked more of it ends at the next request and for good.
#[tokio::test]
async fn a_login_from_before_everybody_needed_a_second_factor_is_over() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let (mut idle, _) = world.staff("ohta", world.office, Role::Nurse).await;
    idle.get("/api/me").await.expect(200);
    world.test.settings.second_factor = SecondFactor::Everybody;
    world.test.restart().await;
    let mut idle = idle.on(world.test.router.clone());
    idle.get("/api/me").await.expect(401);
    // Whoever has one stays, and nobody is put out of a talk.
    let mut approver = world.approver.on(world.test.router.clone());
    approver.get("/api/me").await.expect(200);
    let mut nurse = world.nurse.on(world.test.router.clone());
    nurse.get("/api/me").await.expect(200);
    let end = format!("/api/interviews/{}/end", talk.it.id);
    nurse.post(&end, json!({})).await.expect(204);
    nurse.get("/api/me").await.expect(401);
    world.test.settings.second_factor = SecondFactor::default();
    world.test.restart().await;
    let mut idle = idle.on(world.test.router.clone());
    idle.get("/api/me").await.expect(401);
}
