//! What goes by itself when its time is over, and what is said of it.

use std::time::Duration;

use serde_json::json;
use yorisoi_domain::access::Role;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{CallId, ParticipantId};
use yorisoi_store_sqlite::{contents, reading};

use crate::common::held::Held;
use crate::common::rules::{ALONE, PLAIN};
use crate::common::world::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the audit says it.
async fn audit(world: &World, code: &str) -> usize {
    let rows = contents(&world.test.folder.database()).await.unwrap();
    let code = format!("'{code}'");
    let all = rows["audit_events"].iter();
    all.filter(|row| row.contains(&code)).count()
}

#[tokio::test]
async fn sound_goes_in_time_although_nobody_has_ended_the_talk_and_is_said_to_be_gone_when_it_is() {
    let mut world = World::new().await;
    let it = world.book().await;
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"].clone();
    let guest = guest.as_str().unwrap().to_owned();
    let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    world.nurse.post(&admit, json!({})).await.expect(204);
    let (track, she) = (
        uuid::Uuid::from_u128(1),
        guest.parse::<ParticipantId>().unwrap(),
    );
    world.keep_sound(it.id, &guest, track).await;
    let app = std::sync::Arc::clone(&world.test.app);
    let (call, interview) = (CallId::new(track), it.id.into());
    world.test.clock.pass(40 * DAY);
    assert_eq!(app.destroy_due_audio().await.unwrap(), 0, "in a call");
    app.close_call(call, interview, ClosedWhy::NobodyLeft, &[])
        .await
        .unwrap();
    world.test.clock.pass(29 * DAY);
    assert_eq!(app.destroy_due_audio().await.unwrap(), 0);
    world.test.clock.pass(2 * DAY);

    // Somebody reads the old pages of the key file.
    let reader = reading(&world.test.folder.keys()).await.unwrap();
    app.destroy_due_audio().await.unwrap_err();
    assert!(app.audio_key(she).await.is_err());
    assert_eq!(audit(&world, "audio_destroyed").await, 0);
    drop(reader);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(app.destroy_due_audio().await.unwrap(), 1);
    assert_eq!(app.destroy_due_audio().await.unwrap(), 0);
    assert_eq!(audit(&world, "audio_destroyed").await, 1);
}

#[tokio::test]
async fn words_go_when_the_record_is_old_enough_and_the_record_stays() {
    let mut held = Held::after(&[ALONE, PLAIN]).await;
    let confirmed = held.decide("isolation", "confirm", json!({})).await;
    confirmed.expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let (record, transcript) = (held.path("record"), held.path("transcript"));
    let before = held.world.nurse.get(&record).await.expect(200).json();
    held.world.test.clock.pass(90 * DAY);
    let (mut nurse, _) = held
        .world
        .staff("sasaki", held.world.office, Role::Nurse)
        .await;
    assert_eq!(app.destroy_due_talks().await.unwrap(), 0);
    let said = nurse.get(&transcript).await.expect(200).json();
    assert_eq!(said["segments"].as_array().unwrap().len(), 2);

    held.world.test.clock.pass(DAY);
    let (mut nurse, _) = held
        .world
        .staff("kato", held.world.office, Role::Nurse)
        .await;
    assert_eq!(app.destroy_due_talks().await.unwrap(), 1);
    assert_eq!(app.destroy_due_talks().await.unwrap(), 0);
    let said = nurse.get(&transcript).await.expect(200).json();
    assert_eq!(said["segments"], json!([]));
    let after = nurse.get(&record).await.expect(200).json();
    for key in ["sha256", "fields", "flags", "approved_at"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    // It went in its time: nobody took anything back.
    let flags = nurse.get(&held.path("flags")).await.expect(200).json();
    assert_eq!(flags["flags"][0]["state"], "confirmed");
    assert_eq!(flags["flags"][0]["withdrawn"], false);
    let rows = contents(&held.world.test.folder.database()).await.unwrap();
    assert_eq!(rows["segments"], Vec::<String>::new());
    let keys = contents(&held.world.test.folder.keys()).await.unwrap();
    let mut talk = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'talk'"));
    assert!(talk.all(|row| row.contains(&"00".repeat(72))), "{keys:?}");
    assert_eq!(audit(&held.world, "talk_destroyed").await, 1);
}

#[tokio::test]
async fn logins_that_have_ended_are_forgotten_and_those_in_use_are_not() {
    let world = World::new().await;
    let app = std::sync::Arc::clone(&world.test.app);
    let count = async || {
        let rows = contents(&world.test.folder.database()).await.unwrap();
        (rows["login_sessions"].len(), rows["sign_in_links"].len())
    };
    assert_eq!(count().await, (3, 3));
    assert_eq!(app.forget_logins().await.unwrap(), 0);
    world.test.clock.pass(2 * DAY);
    let (mut nurse, _) = world.staff("sasaki", world.office, Role::Nurse).await;
    assert_eq!(app.forget_logins().await.unwrap(), 6);
    assert_eq!(count().await, (1, 1));
    nurse.get("/api/me").await.expect(200);
}
