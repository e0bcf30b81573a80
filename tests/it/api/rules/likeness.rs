//! What is only like talk of an item: what became of it, and how a municipality leaves it out.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use yorisoi_domain::access::Role;
use yorisoi_domain::risk::likeness::{Labelled, Lessons, learn};
use yorisoi_domain::risk::pack::Pack;

use super::{Talk, put_into_use, rule, rules, text, write};
use crate::common::held::{Held, put};
use crate::common::rules::planted_with;
use crate::common::world::World;

/// What talk of `isolation` is like; no rule finds anything.
fn weights() -> Arc<Pack> {
    let talk = "
        isolation+ だれにも会わなくて、さびしいです
        isolation+ 一日中ひとりで、さびしくて
        isolation+ 友だちもいなくて、さびしいんです
        - 昨日は散歩に行きました
        - 名前はまだ決めてないです
        - 母が来てくれて、にぎやかです
        - 駅から歩いて来ました";
    let talk = talk
        .lines()
        .filter_map(|line| Labelled::of_line(line).ok()?);
    let lessons = Lessons {
        talk: talk.collect(),
        ..Lessons::default()
    };
    planted_with(&learn(&["isolation"], &lessons))
}

#[tokio::test]
async fn what_is_only_like_talk_of_an_item_is_counted_and_can_be_switched_off_and_on() {
    const LONELY: &str = "夜になると、さびしいです";
    let mut world = World::new().await;
    world.test.restart_with(weights()).await;
    world.test.app.settle_rules().await.unwrap();
    // Whoever signed in before talks to the program as it was.
    let office = world.office;
    (world.nurse, world.nurse_id) = world.staff("sano2", office, Role::Nurse).await;
    world.approver = world.staff("miura2", office, Role::Approver).await.0;
    let administrator = world.staff("kanri2", office, Role::Administrator).await;
    world.administrator = administrator.0;
    let mut held = Held::of(world, &[LONELY]).await;
    let reason = json!({ "reason": "figure_of_speech" });
    held.decide("isolation", "dismiss", reason)
        .await
        .expect(200);
    let of = |rules: &Value| {
        let all = rules["likeness"].as_array().unwrap().iter();
        let mut all = all.filter(|line| line["item"] == "isolation");
        all.next().unwrap().clone()
    };
    let world = &mut held.world;
    let line = json!({
        "item": "isolation", "rule": "isolation.likeness", "state": "shipped", "draft": false,
        "found": 1, "confirmed": 0, "dismissed": [{ "reason": "figure_of_speech", "count": 1 }],
    });
    assert_eq!(of(&rules(&mut world.administrator).await), line);
    assert_eq!(of(&rules(&mut world.nurse).await)["found"], 0);

    let (off, shipped) = (json!({ "kind": "off" }), json!({ "kind": "shipped" }));
    let none = put(&mut world.approver, &rule("nothing.likeness"), &off).await;
    none.expect(404);
    let written = write(&mut world.approver, "isolation.likeness", &text()).await;
    written.expect(404);
    for (n, edit, state, flags) in [(7, &off, "off", 0), (8, &shipped, "shipped", 1)] {
        put(&mut world.approver, &rule("isolation.likeness"), edit)
            .await
            .expect(204);
        let seen = rules(&mut world.approver).await;
        let line = of(&seen);
        assert_eq!(
            (&line["state"], &line["draft"]),
            (&json!(state), &json!(true))
        );
        assert_eq!(seen["draft"]["changes"], 1);
        put_into_use(world).await;
        let seen = rules(&mut world.approver).await;
        assert_eq!(of(&seen)["draft"], false);
        let changed = 1 - flags;
        assert_eq!(
            (&seen["added"], &seen["changed"]),
            (&json!(0), &json!(changed))
        );
        world.test.clock.pass(Duration::from_secs(5));
        let talk = Talk::begin(world, n).await;
        talk.say(world, 100 + u8::try_from(n).unwrap(), LONELY)
            .await;
        let found = talk.flags(world).await;
        assert_eq!(found["flags"].as_array().unwrap().len(), flags, "{state}");
    }
}
