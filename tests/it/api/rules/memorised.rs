//! A rule that has learnt its example by heart finds nobody else's words: it does not come into use.

use serde_json::{Value, json};

use super::{ask, line, put_into_use, rules, write};
use crate::common::world::World;

const EXAMPLE: &str = "ひとりで家に閉じこもっています";

fn text(pattern: &str) -> Value {
    json!({ "patterns": [pattern], "match": [EXAMPLE], "no_match": ["バスで来ました"] })
}

#[tokio::test]
async fn a_citys_rule_that_knows_its_example_alone_is_named_and_kept_from_use() {
    let mut world = World::new().await;
    world.test.app.settle_rules().await.unwrap();
    write(&mut world.approver, "isolation.shut", &text(EXAMPLE))
        .await
        .expect(204);
    let seen = rules(&mut world.approver).await;
    let failing = seen["draft"]["failing"].as_array().unwrap();
    assert!(!failing.is_empty(), "{seen}");
    for it in failing {
        assert_eq!(
            (&it["rule"], &it["of"], &it["should_match"]),
            (&json!("isolation.shut"), &json!(EXAMPLE), &json!(true))
        );
        assert_ne!(it["text"], EXAMPLE);
    }
    let passed = &seen["draft"]["examples"];
    let all = passed["all"].as_u64().unwrap();
    let failed = u64::try_from(failing.len()).unwrap();
    assert_eq!(passed["passed"].as_u64().unwrap() + failed, all);
    let items = seen["items"].as_array().unwrap().iter();
    let tried: u64 = items
        .map(|it| it["examples"]["all"].as_u64().unwrap())
        .sum();
    assert_eq!(tried, all);
    // As it is written, the example holds.
    let one = world.approver.get("/api/rules/rule/isolation.shut").await;
    assert_eq!(one.expect(200).json()["failing"], json!([]));
    let refused = ask(&mut world.approver, "2026-11-25").await.expect(409);
    assert_eq!(refused.problem(), "not-ready");

    write(&mut world.approver, "isolation.shut", &text("閉じこもって"))
        .await
        .expect(204);
    put_into_use(&mut world).await;
    let seen = rules(&mut world.approver).await;
    assert_eq!(line(&seen, "isolation.shut")["state"], "added");
}
