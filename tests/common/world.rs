//! A municipality with two offices and everybody whom the authorization matrix knows, made by the
//! same operations as in life; what no operation makes yet is put into the store.

use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::app::users::{NewGrant, NewUser};
use yorisoi::auth::secret::Secret;
use yorisoi::clock::Clock as _;
use yorisoi::crypto::keyring::Keyring;
use yorisoi::crypto::rows;
use yorisoi::crypto::tombstones::Tombstones;
use yorisoi::media::spool::{Spool, SpoolPlace, Stay};
use yorisoi::media::tap::TappedPacket;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::ids::{AssignmentId, CallId, InterviewId, OfficeId, UserId};
use yorisoi_domain::interview::Method;
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::{KeyKind, Store as _};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::app::TestApp;
use super::client::{Answer, Browser};
use super::held::put;
use super::second_step;

pub(crate) struct World {
    pub(crate) test: TestApp,
    /// The office of the interview, and another one.
    pub(crate) office: OfficeId,
    pub(crate) other_office: OfficeId,
    pub(crate) nurse: Browser,
    pub(crate) nurse_id: UserId,
    pub(crate) approver: Browser,
    pub(crate) approver_id: UserId,
    pub(crate) administrator: Browser,
    pub(crate) administrator_id: UserId,
}

/// An interview as it was booked.
#[derive(Clone, Debug)]
pub(crate) struct BookedInterview {
    pub(crate) id: Uuid,
    pub(crate) secret: String,
    pub(crate) booking_number: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(TestApp::new().await).await
    }

    pub(crate) async fn of(test: TestApp) -> Self {
        let operator = Actor::Operator;
        let office = test
            .app
            .add_office(&operator, "中央保健センター", "中央")
            .await
            .unwrap()
            .id;
        let other = test
            .app
            .add_office(&operator, "北保健センター", "北")
            .await
            .unwrap()
            .id;
        let (nurse, nurse_id) = sign_in(&test, "sano", office, Role::Nurse).await;
        let (approver, approver_id) = sign_in(&test, "miura", office, Role::Approver).await;
        let (administrator, administrator_id) =
            sign_in(&test, "kanri", office, Role::Administrator).await;
        test.app
            .set_contact_list(&operator, office, [approver_id])
            .await
            .unwrap();
        Self {
            test,
            office,
            other_office: other,
            nurse,
            nurse_id,
            approver,
            approver_id,
            administrator,
            administrator_id,
        }
    }

    /// Another member of staff, signed in.
    pub(crate) async fn staff(
        &self,
        staff_id: &str,
        office: OfficeId,
        role: Role,
    ) -> (Browser, UserId) {
        sign_in(&self.test, staff_id, office, role).await
    }

    /// The roles of an account, as the list of accounts has them.
    pub(crate) async fn grants_of(&mut self, id: UserId) -> Value {
        let users = self.administrator.get("/api/users").await.expect(200);
        let users = users.json()["users"].as_array().unwrap().clone();
        let line = users.iter().find(|it| it["id"] == id.to_string()).unwrap();
        let grants = line["grants"].as_array().unwrap().iter();
        let grants = grants.map(|it| json!({ "office": it["office"], "role": it["role"] }));
        grants.collect()
    }

    /// The administrator sees what somebody has and makes it these roles, in the office or the other.
    pub(crate) async fn set_grants(&mut self, id: UserId, wanted: &[(OfficeId, &str)]) -> Answer {
        let before = self.grants_of(id).await;
        let wanted = wanted.iter();
        let wanted = wanted.map(|(office, role)| json!({ "office": office, "role": role }));
        let body = json!({ "before": before, "grants": wanted.collect::<Value>() });
        let path = format!("/api/users/{id}/grants");
        put(&mut self.administrator, &path, &body).await
    }

    pub(crate) fn booking(&self) -> Value {
        json!({
            "office": self.office,
            "name": "白石 ひなた",
            "kana": "シライシ ヒナタ",
            "birth_date": "1998-05-12",
            "weeks": { "weeks": 14, "days": 2 },
            "kind": "notification",
            "method": "online",
            "scheduled_at": "2026-11-25T10:00:00+09:00",
        })
    }

    pub(crate) async fn book(&mut self) -> BookedInterview {
        let booking = self.booking();
        let booked = self
            .nurse
            .post("/api/interviews", booking)
            .await
            .expect(201)
            .json();
        let text = |key: &str| booked[key].as_str().unwrap().to_owned();
        let link = text("link");
        let (page, secret) = link.split_once('#').unwrap();
        assert_eq!(page, format!("{}/r", super::app::ORIGIN));
        BookedInterview {
            id: text("id").parse().unwrap(),
            secret: secret.to_owned(),
            booking_number: text("booking_number"),
        }
    }

    /// A phone that has opened the link.
    pub(crate) async fn phone(&self, it: &BookedInterview) -> Browser {
        let mut phone = self.test.browser();
        phone
            .post("/api/join/claim", json!({ "secret": it.secret }))
            .await
            .expect(204);
        phone
    }

    /// A phone that has passed the identity check.
    pub(crate) async fn proven_phone(&self, it: &BookedInterview) -> Browser {
        let mut phone = self.phone(it).await;
        phone
            .post("/api/join/identity", identity(it))
            .await
            .expect(204);
        phone
    }

    /// A phone that has answered everything and waits.
    pub(crate) async fn knocking_phone(&self, it: &BookedInterview) -> Browser {
        let mut phone = self.proven_phone(it).await;
        consent_to_all(&mut phone).await;
        phone.post("/api/join/knock", json!({})).await.expect(204);
        phone
    }

    /// The only guest of an interview, as the door names them.
    pub(crate) async fn guest(&mut self, it: &BookedInterview) -> Value {
        let door = self
            .nurse
            .get(&format!("/api/interviews/{}/door", it.id))
            .await
            .expect(200);
        let guests = door.json()["guests"].as_array().unwrap().clone();
        assert_eq!(guests.len(), 1);
        guests[0].clone()
    }

    /// A packet of this participant's voice on this track, as a talk leaves it.
    pub(crate) async fn keep_sound(&self, interview: Uuid, participant: &str, track: Uuid) {
        let app = &self.test.app;
        let (call, of) = (CallId::new(track), participant.parse().unwrap());
        app.open_call(call, interview.into()).await.unwrap();
        app.open_track(track.into(), call, of).await.unwrap();
        let place = SpoolPlace {
            track: track.into(),
            epoch: track,
            stay: Stay::Kept,
        };
        let key = app.audio_key(of).await.unwrap();
        let packet = TappedPacket {
            ssrc: 1,
            sequence: 1,
            timestamp: 0,
            arrived: InterviewMs(0),
            spoken: InterviewMs(0),
            payload: vec![0x48, 0].into(),
        };
        let mut spool = Spool::create(app.spool(), place, key).unwrap();
        spool.append([&packet]).unwrap();
        app.archive_sound(place).await.unwrap();
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.test.folder.database())
            .await
            .unwrap()
    }

    /// The keys, as another process opens them.
    async fn keyring(&self) -> Keyring {
        let folder = &self.test.folder;
        let keys = SqliteKeys::open(&folder.keys()).await.unwrap();
        let tombstones = Tombstones::at(folder.tombstones());
        Keyring::new(&self.test.kek(), std::sync::Arc::new(keys), tombstones)
    }

    /// Destroys who she was, as when her last record's time is over. A service that runs knows her
    /// until it starts again.
    pub(crate) async fn destroy_person(&self, interview: Uuid) {
        let mut tx = self.store().await.begin().await.unwrap();
        let it = tx.interview(InterviewId::new(interview)).await.unwrap();
        let case = tx.case(it.unwrap().interview.case).await.unwrap();
        let (owner, now) = (case.unwrap().resident.uuid(), self.test.clock.now());
        let keyring = self.keyring().await;
        let _done = keyring.destroy(KeyKind::Person, owner, now).await.unwrap();
    }

    /// Bars staff from the case of an interview, as a relative is.
    pub(crate) async fn bar(&self, interview: Uuid, barred: UserId) {
        let keyring = self.keyring().await;
        let mut tx = self.store().await.begin().await.unwrap();
        let it = tx
            .interview(InterviewId::new(interview))
            .await
            .unwrap()
            .unwrap();
        let row = tx.case(it.interview.case).await.unwrap().unwrap();
        let key = keyring
            .get(KeyKind::Person, row.resident.uuid())
            .await
            .unwrap();
        let mut case = rows::open_case(&key, &row).unwrap();
        case.private.barred.push(barred);
        let row = rows::seal_case(&key, &case, row.revision.next()).unwrap();
        tx.update_case(&row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// It was booked for the counter.
    pub(crate) async fn held_at_counter(&self, interview: Uuid) {
        let mut tx = self.store().await.begin().await.unwrap();
        let row = tx.interview(InterviewId::new(interview)).await.unwrap();
        let mut row = row.unwrap();
        row.interview.method = Method::InPerson;
        tx.save_interview(&row.interview, row.revision)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets staff of another office into the case, from an hour before until `minutes` from now.
    pub(crate) async fn assign(&self, interview: Uuid, user: UserId, minutes: i64) {
        let now = self.test.clock.now();
        let (from, ends_at) = (now - HOUR, now + jiff::SignedDuration::from_mins(minutes));
        let mut tx = self.store().await.begin().await.unwrap();
        let it = tx
            .interview(InterviewId::new(interview))
            .await
            .unwrap()
            .unwrap();
        let assignment = yorisoi_domain::access::Assignment {
            id: AssignmentId::new(Uuid::from_u128(minutes.unsigned_abs().into())),
            user,
            case: it.interview.case,
            role: Role::Nurse,
            from,
            ends_at,
        };
        tx.insert_assignment(&assignment, self.approver_id, from)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

const HOUR: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// The right answers at the identity check.
pub(crate) fn identity(it: &BookedInterview) -> Value {
    json!({
        "name_kana": "しらいし　ひなた",
        "birth_date": "1998-05-12",
        "booking_number": it.booking_number.to_lowercase().replace('-', " "),
    })
}

/// What a companion or an interpreter shows.
pub(crate) fn along(it: &BookedInterview, role: &str) -> Value {
    json!({ "role": role, "booking_number": it.booking_number })
}

/// A yes to everything that is asked, each to the text as it is shown.
pub(crate) async fn consent_to_all(phone: &mut Browser) {
    for (choice, value) in [
        ("interview", "yes"),
        ("transcription", "transcript"),
        ("keep_audio", "yes"),
        ("sharing", "yes"),
    ] {
        consent(phone, choice, value).await;
    }
}

/// One answer, to the present text in easy Japanese.
pub(crate) async fn consent(phone: &mut Browser, choice: &str, value: &str) -> Value {
    let body = consent_body(phone, choice, value).await;
    phone
        .post("/api/join/consent", body)
        .await
        .expect(200)
        .json()
}

pub(crate) async fn consent_body(phone: &mut Browser, choice: &str, value: &str) -> Value {
    let texts = phone.get("/api/join/consent").await.expect(200).json();
    let texts = texts["texts"].as_array().unwrap().clone();
    let text = texts.iter().find(|text| text["choice"] == choice).unwrap();
    json!({
        "choice": choice,
        "value": value,
        "locale": "ja-x-easy",
        "version": text["version"],
        "sha256": text["sha256"],
    })
}

/// Her answers, to the questions as they are asked in easy Japanese.
pub(crate) async fn own_answers(phone: &mut Browser, answers: Value) -> Value {
    let asked = phone.get("/api/join/form").await.expect(200).json();
    json!({
        "locale": "ja-x-easy",
        "version": asked["version"],
        "sha256": asked["sha256"],
        "answers": answers,
    })
}

async fn sign_in(
    test: &TestApp,
    staff_id: &str,
    office: OfficeId,
    role: Role,
) -> (Browser, UserId) {
    let new = NewUser {
        staff_id: staff_id.to_owned().into(),
        name: format!("{staff_id}さん").into(),
        grants: vec![NewGrant {
            office: office.uuid(),
            role,
        }],
    };
    let added = test
        .app
        .add_user(&Actor::Operator, new, None)
        .await
        .unwrap();
    let secret = added.sign_in_link.expose().split_once('#').unwrap().1;
    assert!(Secret::parse(secret).is_some());
    assert!(!format!("{added:?}").contains(secret));
    let mut browser = test.browser();
    let answer = browser
        .post("/api/login/link", json!({ "secret": secret }))
        .await
        .expect(200)
        .json();
    second_step::finish(&mut browser, &test.clock, &answer).await;
    (browser, added.id.into())
}
