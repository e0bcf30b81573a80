//! An authenticator app, and the second step of signing in as a person takes it.

use serde_json::{Value, json};
use yorisoi::clock::Clock as _;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::totp::{code_of, step_at};

use super::client::Browser;
use super::time::TestClock;

/// A phone that holds the secret of one account.
#[derive(Clone)]
pub(crate) struct Authenticator(Vec<u8>);

impl Authenticator {
    /// From the secret as the page shows it.
    pub(crate) fn of(enrolment: &Value) -> Self {
        let text = enrolment["secret"].as_str().unwrap();
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let value = |c: u8| letters.iter().position(|l| *l == c).unwrap();
        let mut bits = text.bytes().filter(|c| *c != b' ').flat_map(|c| {
            let value = value(c);
            (0..5).rev().map(move |bit| value >> bit & 1)
        });
        let mut bytes = Vec::new();
        while let Some(first) = bits.next() {
            let rest: Vec<_> = bits.by_ref().take(7).collect();
            assert_eq!(rest.len(), 7);
            let byte = rest.into_iter().fold(first, |byte, bit| byte << 1 | bit);
            bytes.push(u8::try_from(byte).unwrap());
        }
        Self(bytes)
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.0
    }

    /// What it shows now.
    pub(crate) fn code(&self, clock: &TestClock) -> String {
        self.code_at(clock.now())
    }

    pub(crate) fn code_at(&self, now: Timestamp) -> String {
        format!("{:06}", code_of(&self.0, step_at(now)))
    }

    /// What it shows so many steps later.
    pub(crate) fn code_after(&self, clock: &TestClock, steps: i64) -> String {
        let step = step_at(clock.now()).checked_add_signed(steps).unwrap();
        format!("{:06}", code_of(&self.0, step))
    }
}

/// Sets a second factor up at the second step; the answer holds the recovery codes.
pub(crate) async fn enrol(browser: &mut Browser, clock: &TestClock) -> (Authenticator, Value) {
    let begun = browser.post("/api/login/enrolment", json!({})).await;
    let app = Authenticator::of(&begun.expect(200).json());
    let code = json!({ "code": app.code(clock) });
    let confirmed = browser.post("/api/login/enrolment/confirm", code).await;
    (app, confirmed.expect(200).json())
}

/// Takes whatever step a sign-in leaves to take; whoever needs no second factor has none after it.
pub(crate) async fn finish(
    browser: &mut Browser,
    clock: &TestClock,
    answer: &Value,
) -> Option<Authenticator> {
    match answer["next"].as_str().unwrap() {
        "enrol" => Some(enrol(browser, clock).await.0),
        "enter_code" => panic!("whoever has a second factor needs its authenticator"),
        _ => None,
    }
}
