//! What staff take down, and what they find of it later: consent aloud and on paper, withdrawals, and the
//! line of a certificate by its number.

use serde_json::{Value, json};
use yorisoi_domain::access::Role;
use yorisoi_domain::consent::{Manner, RecordedBy};
use yorisoi_domain::ids::ParticipantId;
use yorisoi_store::Store as _;

use crate::common::client::Browser;
use crate::common::world::{BookedInterview, World, along, consent, consent_body};

async fn text(nurse: &mut Browser, it: &BookedInterview, choice: &str) -> Value {
    let path = format!("/api/interviews/{}/consent-texts", it.id);
    let texts = nurse.get(&path).await.expect(200).json();
    let all = texts["texts"].as_array().unwrap().clone();
    all.into_iter().find(|it| it["choice"] == choice).unwrap()
}

/// As the nurse takes it down.
async fn taken_down(
    nurse: &mut Browser,
    it: &BookedInterview,
    choice: &str,
    value: &str,
    manner: &str,
) -> Value {
    let text = text(nurse, it, choice).await;
    json!({
        "choice": choice, "value": value, "manner": manner, "locale": "ja-x-easy",
        "version": text["version"], "sha256": text["sha256"],
    })
}

#[tokio::test]
async fn what_is_said_aloud_or_signed_is_recorded_with_who_read_it() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    let who = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/interviews/{}/participants/{who}/consent", it.id);
    let yes = taken_down(&mut world.nurse, &it, "interview", "yes", "spoken").await;
    // Nobody knows yet whose yes it would be.
    let early = world.nurse.post(&path, yes.clone()).await.expect(409);
    assert_eq!(early.problem(), "not-ready");
    phone
        .post("/api/join/identity", crate::common::world::identity(&it))
        .await
        .expect(204);
    for (field, value, status) in [
        ("version", json!(99), 409),
        ("sha256", json!("0".repeat(64)), 409),
        ("manner", json!("tap"), 400),
        ("manner", json!("not_asked"), 400),
        ("locale", json!("tlh"), 422),
    ] {
        let mut body = yes.clone();
        body[field] = value;
        world.nurse.post(&path, body).await.expect(status);
    }
    for (choice, value, manner) in [
        ("interview", "yes", "spoken"),
        ("transcription", "captions_only", "paper"),
        ("sharing", "no", "spoken"),
        ("sharing", "yes", "paper"),
    ] {
        let body = taken_down(&mut world.nurse, &it, choice, value, manner).await;
        world.nurse.post(&path, body).await.expect(204);
    }
    let id: ParticipantId = who.parse().unwrap();
    let mut reader = world.store().await.read().await.unwrap();
    let entries = reader.consents(id).await.unwrap();
    drop(reader);
    let (nurse, staff) = (world.nurse_id, RecordedBy::Staff(world.nurse_id));
    let seen: Vec<_> = entries
        .iter()
        .map(|it| (it.manner, it.recorded_by, it.read_aloud_by))
        .collect();
    assert_eq!(
        seen,
        [
            (Manner::Spoken, staff, Some(nurse)),
            (Manner::Paper, staff, None),
            // Without text there is no sound to keep.
            (Manner::NotAsked, staff, None),
            (Manner::Spoken, staff, Some(nurse)),
            (Manner::Paper, staff, None),
        ]
    );
    // The last word counts, and her own phone follows it.
    let guest = world.guest(&it).await;
    assert_eq!(guest["consent"]["sharing"], "yes");
    assert_eq!(guest["consent"]["transcription"], "captions_only");
    let own = consent(&mut phone, "sharing", "no").await;
    assert_eq!(own["consent"]["sharing"], "no");

    // A no to the interview itself ends it before it began.
    let no = taken_down(&mut world.nurse, &it, "interview", "no", "spoken").await;
    world.nurse.post(&path, no.clone()).await.expect(204);
    let detail = format!("/api/interviews/{}", it.id);
    let detail = world.nurse.get(&detail).await.expect(200).json();
    assert_eq!(detail["state"], "declined");
    world.nurse.post(&path, no).await.expect(409);
}

#[tokio::test]
async fn the_office_finds_a_withdrawal_by_the_number_that_was_shown_once() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let mut companion = world.phone(&it).await;
    companion
        .post("/api/join/along", along(&it, "companion"))
        .await
        .expect(204);
    let list = format!("/api/interviews/{}/withdrawals", it.id);
    let before = world.nurse.get(&list).await.expect(200).json();
    let parties = |all: &Value| -> Vec<(String, bool)> {
        let line = |it: &Value| {
            let party = it["party"].as_str().unwrap().to_owned();
            (party, it["certificate"].is_object())
        };
        all.as_array().unwrap().iter().map(line).collect()
    };
    let nobody = [
        ("companion".to_owned(), false),
        ("resident".to_owned(), false),
    ];
    assert_eq!(parties(&before), nobody);

    // The companion's at the counter; whoever takes it down has made sure whose it is.
    let who = before[0]["participant"].as_str().unwrap().to_owned();
    let take = format!("/api/interviews/{}/participants/{who}/withdraw", it.id);
    let unchecked = json!({ "manner": "paper", "identity_checked": false });
    let refused = world.nurse.post(&take, unchecked).await.expect(422);
    assert_eq!(
        refused.fields(),
        [("identity_checked".to_owned(), "required".to_owned())]
    );
    let checked = json!({ "manner": "paper", "identity_checked": true });
    let taken = world.nurse.post(&take, checked).await.expect(200).json();
    let own = phone.post("/api/join/withdraw", json!({})).await;
    let own = own.expect(200).json();
    assert_eq!(
        (&taken["certificate"], &own["certificate"]),
        (&json!("D-00001"), &json!("D-00002"))
    );

    for (number, party, manner, by) in [
        ("D-00001", "companion", "paper", json!("sanoさん")),
        ("d2", "resident", "tap", json!(null)),
    ] {
        let path = format!("/api/certificates/{number}");
        let found = world.approver.get(&path).await.expect(200).json();
        assert_eq!(
            (&found["party"], &found["manner"], &found["taken_by"]),
            (&json!(party), &json!(manner), &by)
        );
        assert_eq!(found["interview"], it.id.to_string());
        assert!(found["done_at"].is_string(), "{found}");
        // The certificate bears the audit's head at the line that says that it is done.
        let seq = found["audit_number"].as_u64().unwrap();
        let mut reader = world.store().await.read().await.unwrap();
        let page = reader.audit_events(seq - 1, 1).await.unwrap();
        drop(reader);
        assert_eq!(page[0].event.action, "withdrawal_done");
        let link: String = page[0].link.iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!(found["audit_head"], link);
    }
    let after = world.nurse.get(&list).await.expect(200).json();
    assert!(parties(&after).iter().all(|(_, withdrawn)| *withdrawn));
    // Nothing that they say can be written down again, by whatever manner.
    let again = consent_body(&mut phone, "transcription", "captions_only").await;
    let again = phone.post("/api/join/consent", again).await.expect(409);
    assert_eq!(again.problem(), "withdrawn");
    let text = taken_down(
        &mut world.nurse,
        &it,
        "transcription",
        "transcript",
        "spoken",
    )
    .await;
    let path = format!("/api/interviews/{}/participants/{who}/consent", it.id);
    let again = world.nurse.post(&path, text).await.expect(409);
    assert_eq!(again.problem(), "withdrawn");
    for unknown in ["D-00003", "D-0", "K7R-4M2", "%20"] {
        let path = format!("/api/certificates/{unknown}");
        world.nurse.get(&path).await.expect(404);
    }
    // Another office's staff learn nothing by counting through the numbers.
    let (mut other, _) = world.staff("kita", world.other_office, Role::Nurse).await;
    other.get("/api/certificates/D-00001").await.expect(403);
    other.get("/api/certificates/D-00003").await.expect(404);
}
