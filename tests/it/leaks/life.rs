//! A whole life of an interview against the program itself: booked, joined, talked with real
//! recognition, decided, written, returned, approved, taken back, and refused in every way; then
//! everything that is left of it is scanned.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yorisoi::clock::{Clock as _, SystemClock};
use yorisoi::simulate::page::{Page, Resumption};
use yorisoi::simulate::voice;
use yorisoi::sound;

use super::people::*;
use super::recorder::Recorder;
use super::refusals;
use super::service::{Place, Serving, cores_are_written};
use crate::common::missing::not_run;
use crate::common::scan::{Scan, plant, unplant};
use crate::common::{data, one_recognizer};
use crate::media::loopback;

/// Nobody's id, nowhere's code.
const ABSENT: &str = "Nashi/0";
const SOON: Duration = Duration::from_secs(10);
/// Letters that do not stand beside each other by chance.
const PIECE: usize = 7;
/// Recognising takes long on a busy machine.
const HEARD: Duration = Duration::from_secs(120);

struct Life {
    place: Place,
    serving: Serving,
    office: String,
    administrator: Recorder,
    nurse: Recorder,
    approver: Recorder,
    /// Links, cookies and numbers that open a door.
    secrets: Vec<String>,
    /// Every text that was recognised.
    said: BTreeSet<String>,
    /// What the sockets answered where they refused.
    socket: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn secret_of(link: &Value) -> String {
    text(link).split_once('#').unwrap().1.to_owned()
}

impl Life {
    fn begin() -> Self {
        let place = Place::new();
        place.done(&["keys", "init"]);
        let office = [
            "office",
            "add",
            "--name",
            "中央保健センター",
            "--code",
            "中央",
        ];
        place.done(&office);
        let add = [
            "user",
            "add",
            "kanri",
            "--role",
            "administrator",
            "--name",
            ADMINISTRATOR,
        ];
        let added = place.done(&[&add[..], &["--format", "json"]].concat());
        let added: Value = serde_json::from_str(&added).unwrap();
        // The same person twice, an account with an odd name, an office that is not there. What an
        // operator types as an id is no secret and is told back.
        for refused in [
            &add[..],
            &["user", "add", ABSENT, "--role", "nurse", "--name", STRANGER],
            &[
                "user", "add", "tori", "--role", "nurse", "--office", ABSENT, "--name", STRANGER,
            ],
            &["office", "contacts", "--office", "中央", ABSENT],
            &["user", "disable", ABSENT],
        ] {
            assert!(!place.run(refused).status.success(), "{refused:?}");
        }
        let serving = place.serve();
        let mut administrator = Recorder::new(&place.origin());
        let link = secret_of(&added["sign_in_link"]);
        let mut secrets = administrator.sign_in(&link);
        let me = administrator.get("/api/me");
        let office = text(&me["grants"][0]["office"]);
        secrets.push(link);
        let mut person = |staff_id: &str, name: &str, role: &str| {
            let grants = json!([{ "office": office, "role": role }]);
            let body = json!({ "staff_id": staff_id, "name": name, "grants": grants });
            let added = administrator.post("/api/users", &body);
            let mut browser = administrator.beside();
            let secret = secret_of(&added["sign_in_link"]);
            secrets.extend(browser.sign_in(&secret));
            // Once is all that it works.
            let again = json!({ "secret": secret });
            browser.beside().refused("POST", "/api/login/link", &again);
            secrets.push(secret);
            browser
        };
        let mut nurse = person("ukai", NURSE, "nurse");
        let approver = person("mukunoki", APPROVER, "approver");
        place.done(&["office", "contacts", "--office", "中央", "mukunoki"]);
        let password = json!({ "current": null, "new": PASSWORD });
        nurse.post("/api/me/password", &password);
        let guessed = json!({ "staff_id": "mukunoki", "password": GUESSED });
        nurse.beside().refused("POST", "/api/login", &guessed);
        let astray = json!({ "staff_id": ASTRAY, "password": GUESSED });
        nurse.beside().refused("POST", "/api/login", &astray);
        nurse.post(
            "/api/login",
            &json!({ "staff_id": "ukai", "password": PASSWORD }),
        );
        Self {
            place,
            serving,
            office,
            administrator,
            nurse,
            approver,
            secrets,
            said: BTreeSet::new(),
            socket: String::new(),
        }
    }

    fn booking(&self) -> Value {
        let at = SystemClock.now() + jiff::SignedDuration::from_mins(1);
        json!({
            "office": self.office, "name": NAME, "kana": KANA, "birth_date": BIRTH_DATE,
            "due_date": DUE_DATE, "weeks": null, "kind": "notification", "method": "online",
            "scheduled_at": at.to_string(),
        })
    }

    /// Until she waits. Returns the interview's path and her phone.
    fn join(&mut self) -> (String, Recorder) {
        for (field, wrong) in [
            ("name", json!(ASTRAY.repeat(100))),
            ("kana", json!(NAME)),
            ("birth_date", json!(NAME)),
            ("due_date", json!("1991-07-23")),
            ("kind", json!(NAME)),
        ] {
            let mut booking = self.booking();
            booking[field] = wrong;
            self.nurse.refused("POST", "/api/interviews", &booking);
        }
        let booked = self.nurse.post("/api/interviews", &self.booking());
        let path = format!("/api/interviews/{}", text(&booked["id"]));
        let restriction = json!({ "text": RESTRICTION });
        self.nurse.put(&format!("{path}/restriction"), &restriction);
        let (number, secret) = (text(&booked["booking_number"]), secret_of(&booked["link"]));
        let mut phone = self.nurse.beside();
        let odd = json!({ "secret": ASTRAY });
        phone.refused("POST", "/api/join/claim", &odd);
        phone.post("/api/join/claim", &json!({ "secret": secret }));
        let mut identity = json!({
            "name_kana": STRANGER, "birth_date": BIRTH_DATE, "booking_number": number,
        });
        phone.refused("POST", "/api/join/identity", &identity);
        identity["name_kana"] = json!(TYPED);
        phone.refused("POST", "/api/join/identity", &identity);
        // After the delay that a wrong name costs.
        std::thread::sleep(Duration::from_millis(10_200));
        phone.post("/api/join/identity", &identity);
        let contact = json!({ "callback": ASTRAY, "place": PLACE });
        phone.refused("POST", "/api/join/contact", &contact);
        let contact = json!({ "callback": CALLBACK, "place": PLACE });
        phone.post("/api/join/contact", &contact);
        let device = json!({ "camera": "works", "microphone": "works", "noise": "quiet", "network": "good" });
        phone.post("/api/join/device", &device);
        let texts = phone.get("/api/join/consent");
        for shown in texts["texts"].as_array().unwrap() {
            let value = match shown["choice"].as_str().unwrap() {
                "transcription" => "transcript",
                _ => "yes",
            };
            let answer = json!({
                "choice": shown["choice"], "value": value, "locale": texts["locale"],
                "version": shown["version"], "sha256": shown["sha256"],
            });
            phone.post("/api/join/consent", &answer);
        }
        let asked = phone.get("/api/join/form");
        let own = json!({
            "locale": texts["locale"], "version": asked["version"], "sha256": asked["sha256"],
            "answers": [{ "question": "troubles", "words": ANSWER }],
        });
        let mut astray = own.clone();
        astray["answers"][0]["question"] = json!(ASTRAY);
        phone.refused("POST", "/api/join/form", &astray);
        phone.post("/api/join/form", &own);
        phone.post("/api/join/nearby", &json!({ "nearby": "someone" }));
        phone.post("/api/join/knock", &json!({}));
        self.secrets.extend([secret, number]);
        (path, phone)
    }

    /// Both speak, she reads along, and a second page comes and goes.
    async fn talk(&mut self, path: &str, phone: &mut Recorder) {
        let room = self.nurse.door(&format!("{path}/socket"));
        let mut desk = Page::open(&room, Resumption::default()).await.unwrap();
        let talk = phone.door("/api/join/socket");
        let mut hers = Page::open(&talk, Resumption::default()).await.unwrap();
        let door = self.nurse.get(&format!("{path}/door"));
        let guest = text(&door["guests"][0]["participant"]);
        let admit = format!("{path}/participants/{guest}/admit");
        self.nurse.post(&admit, &json!({}));
        let inside = |event: &Value| event["data"]["place"] == "inside";
        hers.told_that(SOON, inside).await.unwrap();
        let engine = loopback();
        let mut nurse = desk.join(&engine).await.unwrap();
        let mut resident = hers.join(&engine).await.unwrap();
        hers.ask("captions", json!({ "on": true })).await.unwrap();
        self.misspeak(&mut desk).await;
        self.misspeak(&mut hers).await;

        let mut sentence = sound::read(&data("speech/sentence.opus")).unwrap();
        sentence.extend([0.0; 24_000]);
        let sentence = voice::packets(&sentence).unwrap();
        nurse.play(&sentence).await.unwrap();
        resident.play(&sentence).await.unwrap();
        let pause = |on| json!({ "on": on });
        phone.post("/api/join/pause", &pause(true));
        phone.post("/api/join/pause", &pause(false));
        let due = Instant::now() + HEARD;
        let mut confirmed = 0;
        while confirmed < 2 {
            assert!(Instant::now() < due, "they are not heard");
            let event = desk.told(HEARD).await.unwrap();
            if matches!(event["type"].as_str(), Some("partial" | "segment")) {
                self.said.insert(text(&event["data"]["text"]));
                for repair in event["data"]["repairs"].as_array().into_iter().flatten() {
                    self.said.insert(text(&repair["now"]));
                }
            }
            confirmed += usize::from(event["type"] == "segment");
        }
        let caption = |event: &Value| event["type"] == "caption";
        let caption = hers.told_that(SOON, caption).await.unwrap();
        assert_ne!(caption["data"]["text"], "");
        let items = [
            ("partner_violence", SEEN),
            ("isolation", SEEN),
            ("smoking", SEEN),
        ];
        for (item, seen) in items {
            let flag = json!({ "item": item, "seen": seen });
            self.nurse.post(&format!("{path}/flags"), &flag);
        }
        let memo = json!({ "revision": 0, "text": MEMO });
        self.nurse.put(&format!("{path}/memo"), &memo);
        self.nurse.refused("PUT", &format!("{path}/memo"), &memo);
        self.nurse.post(&format!("{path}/end"), &json!({}));
        nurse.close().await;
        resident.close().await;
    }

    /// What no page of ours says.
    async fn misspeak(&mut self, page: &mut Page) {
        for (kind, data) in [
            (ASTRAY, json!({})),
            ("muted", json!({ "on": ASTRAY })),
            ("offer", json!({ "sdp": format!("v=0\r\ns={ASTRAY}\r\n") })),
        ] {
            let refused = page.ask(kind, data).await.unwrap_err();
            writeln!(self.socket, "{refused}: {refused:?}").unwrap();
        }
        let torn = page.unaddressed(format!("{{\"v\":1,\"{ASTRAY}\"")).await;
        writeln!(self.socket, "{torn:?}").unwrap();
    }

    fn decide_and_write(&mut self, path: &str) {
        let flags = self.nurse.get(&format!("{path}/flags"));
        for flag in flags["flags"].as_array().unwrap() {
            let id = text(&flag["id"]);
            let step = |step: &str| format!("{path}/flags/{id}/{step}");
            let mut body = json!({ "revision": flag["revision"] });
            match flag["item"].as_str().unwrap() {
                "smoking" => {
                    body["reason"] = json!("other");
                    self.nurse.refused("POST", &step("dismiss"), &body);
                    body["words"] = json!(DISMISSED);
                    self.nurse.post(&step("dismiss"), &body);
                }
                "isolation" => {
                    let today = SystemClock
                        .now()
                        .to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
                    body["until"] = json!(today.date().to_string());
                    body["words"] = json!(HELD);
                    self.nurse.post(&step("hold"), &body);
                    let held = self.nurse.get(&format!("{path}/flags"));
                    let held = held["flags"].as_array().unwrap();
                    let held = held.iter().find(|it| it["id"] == flag["id"]).unwrap();
                    let revision = json!({ "revision": held["revision"] });
                    self.nurse.post(&step("confirm"), &revision);
                }
                _ if flag["state"] == "suggested" => {
                    self.nurse.post(&step("confirm"), &body);
                }
                _ => {}
            }
        }
        self.submit(path);
        let revision = |review: &Value| review["note"]["revision"].clone();
        let review = self.approver.get(&format!("{path}/review"));
        let approve = format!("{path}/note/approve");
        self.approver
            .refused("POST", &approve, &json!({ "revision": revision(&review) }));
        let comment = json!({ "revision": revision(&review), "comment": RETURNED });
        self.approver.post(&format!("{path}/note/return"), &comment);
        self.submit(path);
        let review = self.approver.get(&format!("{path}/review"));
        for flag in review["flags"]["flags"].as_array().unwrap() {
            if flag["tier"] == "immediate" {
                let sign = format!("{path}/flags/{}/sign", text(&flag["id"]));
                let seen = json!({ "revision": flag["revision"] });
                self.approver.post(&sign, &seen);
            }
        }
        self.approver
            .post(&approve, &json!({ "revision": revision(&review) }));
        let addendum = json!({ "words": ADDED });
        self.nurse
            .post(&format!("{path}/record/addenda"), &addendum);
        for read in ["record", "transcript", "forms", "flags"] {
            self.approver.get(&format!("{path}/{read}"));
        }
        self.approver
            .get(&format!("/api/alerts?office={}", self.office));
        self.administrator.get("/api/audit");
    }

    fn submit(&mut self, path: &str) {
        let note = self.nurse.get(&format!("{path}/note"));
        let mut fields = note["fields"].clone();
        for (field, value) in fields.as_object_mut().unwrap() {
            *value = json!(format!("{NOTE}。{field}"));
        }
        let body = json!({ "revision": note["revision"], "fields": fields, "verdict": "support" });
        let saved = self.nurse.put(&format!("{path}/note"), &body);
        self.nurse.refused("PUT", &format!("{path}/note"), &body);
        let seen = json!({ "revision": saved["revision"] });
        self.nurse.post(&format!("{path}/note/submit"), &seen);
    }

    /// All texts and secrets of this life, by now.
    fn scan(&self) -> Scan {
        let mut texts = words();
        texts.extend(self.secrets.iter().cloned());
        texts.extend(self.seen().secrets.iter().cloned());
        // Whole utterances, and pieces of what lies between two pauses, as a line that is cut off.
        for said in &self.said {
            for part in said.split(|letter: char| !letter.is_alphanumeric()) {
                let letters: Vec<char> = part.chars().collect();
                let pieces = letters.chunks_exact(PIECE);
                texts.extend(pieces.map(|piece| piece.iter().collect()));
            }
            if said.chars().count() >= PIECE {
                texts.push(said.clone());
            }
        }
        Scan::of(texts)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, super::recorder::Seen> {
        self.nurse.seen.lock().unwrap()
    }

    /// Nothing of it on the disk, and the same look finds it where it is planted.
    fn assert_clean(&self, when: &str) {
        let scan = self.scan();
        let found = scan.folder(self.place.all());
        assert!(found.is_empty(), "{when}: {found:#?}");
        let folders = ["data", "tmp", "work", "."].map(|folder| self.place.path(folder));
        let planted: usize = folders.iter().map(|folder| plant(folder, ANSWER)).sum();
        let seen = scan.folder(self.place.all());
        folders.iter().for_each(|folder| unplant(folder));
        assert!(planted >= 40, "{planted}");
        assert_eq!(seen.len(), planted, "{when}: {seen:#?}");
    }
}

#[test]
fn nothing_of_a_whole_life_lies_open_on_the_disk_in_logs_in_refusals_or_in_a_core() {
    let _one = one_recognizer();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(Box::pin(whole_life()));
}

async fn whole_life() {
    let mut life = Life::begin();
    let (path, mut phone) = life.join();
    refusals::of_a_guest(&mut phone);
    life.assert_clean("before the talk");
    life.talk(&path, &mut phone).await;
    life.assert_clean("after the talk");
    life.decide_and_write(&path);
    life.assert_clean("after the approval");
    let door = life.nurse.get(&format!("{path}/transcript"));
    let she = door["accounts"].as_array().unwrap().iter();
    let she = she.clone().find(|it| it["party"] == "resident").unwrap();
    let withdraw = format!("{path}/participants/{}/withdraw", text(&she["participant"]));
    life.nurse.post(
        &withdraw,
        &json!({ "manner": "spoken", "identity_checked": true }),
    );
    refusals::of_staff(&mut life.nurse, &path);
    refusals::of_staff(&mut life.nurse.beside(), &path);
    refusals::of_staff(&mut life.administrator, &path);
    // Everything the command line says of it, while the service runs.
    for command in [&["audit", "verify"][..], &["office", "list"], &["doctor"]] {
        life.place.run(command);
    }
    life.assert_clean("after the withdrawal");

    // What passed by on the way: addresses, headers, and every refusal whole.
    let scan = life.scan();
    let personal = Scan::of(words());
    let mut seen = life.seen().bytes.clone();
    assert_eq!(personal.bytes(&seen), BTreeSet::new());
    assert_eq!(scan.bytes(life.socket.as_bytes()), BTreeSet::new());
    let kinds = life.seen().refusals.clone();
    assert!(
        kinds.len() >= 12 && kinds.values().sum::<usize>() > 300,
        "{kinds:#?}"
    );
    assert!(life.socket.lines().count() >= 8, "{}", life.socket);
    seen.extend(format!("location: /?name={NAME}").bytes());
    assert!(!personal.bytes(&seen).is_empty(), "the control");

    // The log that was scanned is the finest, and of all of this.
    let log = std::fs::read_to_string(life.place.path("serve.log")).unwrap();
    for line in ["DEBUG", "a tap is open", "a decoder is made"] {
        assert!(log.contains(line), "the log has no line with {line}");
    }
    let id = path.rsplit('/').next().unwrap();
    assert!(log.contains(id), "the log does not tell of this interview");

    // It dies in the middle of its work, where everybody else would leave a core.
    let Life { place, serving, .. } = life;
    let died = serving.signal("-ABRT");
    assert_eq!(died.signal(), Some(6));
    assert!(!died.core_dumped(), "a core was written");
    let left = std::fs::read_dir(place.path("work")).unwrap().count();
    assert_eq!(left, 0, "a file lies where a core would lie");
    if !cores_are_written() {
        let part =
            "nothing_of_a_whole_life_lies_open_on_the_disk_in_logs_in_refusals_or_in_a_core (core)";
        not_run(
            part,
            "cores are written of nobody, so that ours leaves none says little",
        );
    }
    assert_eq!(scan.folder(place.all()), BTreeSet::new());
}
