//! Rule packs.

use yorisoi_domain::ids::{ActivationId, InterviewId};
use yorisoi_domain::risk::activation::{Activation, Hand, State};
use yorisoi_domain::risk::flag::{Reason, State as FlagState};

use super::Backend;
use super::flags::{flag, seed_segment};
use super::seed::{at, id, office, seed, user};
use crate::{Decided, DraftRow, PackRow, RuleCount, StoreError, UseRow};

fn pack(n: u8, version: &str) -> PackRow {
    PackRow {
        sha256: [n; 32],
        version: version.to_owned(),
        files: vec![
            ("items.toml".to_owned(), "[pack]".to_owned()),
            (format!("city/{n}.toml"), "まだ.{0,4}吸".to_owned()),
        ],
        stored_at: at(n.into()),
    }
}

fn asked(n: u128, pack: &PackRow, from: i64) -> Activation {
    Activation {
        id: ActivationId::new(id(n)),
        pack: pack.sha256,
        version: pack.version.clone(),
        from: at(from),
        asked_by: user(10),
        asked_at: at(5),
        state: State::Asked,
    }
}

fn used(pack: &PackRow, from: i64, activation: Option<&Activation>) -> UseRow {
    UseRow {
        from: at(from),
        pack: pack.sha256,
        version: pack.version.clone(),
        activation: activation.map(|it| it.id),
    }
}

pub async fn a_rule_pack_is_stored_whole_and_for_good<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let one = pack(1, "2026.11");
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_rule_pack(&one).await.unwrap();
    let again = PackRow {
        stored_at: at(99),
        ..one.clone()
    };
    tx.insert_rule_pack(&again).await.unwrap();
    assert_eq!(tx.rule_pack([1; 32]).await.unwrap(), Some(one.clone()));
    assert_eq!(tx.rule_pack([2; 32]).await.unwrap(), None);
    assert!(tx.rule_version_taken("2026.11").await.unwrap());
    assert!(!tx.rule_version_taken("2026.12").await.unwrap());
    tx.insert_rule_use(&used(&one, 100, None)).await.unwrap();
    tx.commit().await.unwrap();
    for statement in [
        "UPDATE rule_packs SET version = 'x'",
        "DELETE FROM rule_packs",
        "UPDATE rule_pack_files SET name = 'x'",
        "DELETE FROM rule_pack_files",
        "UPDATE rule_texts SET text = 'x'",
        "DELETE FROM rule_texts",
        "UPDATE rule_uses SET from_ms = 1",
        "DELETE FROM rule_uses",
    ] {
        let refused = backend.raw(statement).await.unwrap_err();
        assert!(refused.contains("insert-only"), "{statement}: {refused}");
    }
    for table in ["rule_packs", "rule_pack_files", "rule_texts", "rule_uses"] {
        if let Some(statement) = B::replace(table) {
            assert!(backend.raw_built(statement).await.is_err(), "{table}");
        }
    }
}

pub async fn what_rule_packs_have_in_common_is_stored_once<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let weights = "まだ".repeat(100_000);
    let of = |n: u8| {
        let mut pack = pack(n, &n.to_string());
        pack.files
            .push(("likeness.toml".to_owned(), weights.clone()));
        pack.files.push((format!("{n}.toml"), weights.clone()));
        pack
    };
    let packs: Vec<PackRow> = (1..=5).map(of).collect();
    for pack in &packs {
        let mut tx = backend.store().begin().await.unwrap();
        tx.insert_rule_pack(pack).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut reader = backend.store().read().await.unwrap();
    for pack in &packs {
        let stored = reader.rule_pack(pack.sha256).await.unwrap();
        assert_eq!(stored.as_ref(), Some(pack));
    }
    drop(reader);
    assert!(backend.store().sweep().await.unwrap());
    let files = std::fs::read_dir(backend.folder()).unwrap();
    let bytes: u64 = files.map(|it| it.unwrap().metadata().unwrap().len()).sum();
    let once = u64::try_from(weights.len()).unwrap();
    assert!(bytes > once && bytes < 3 * once, "{bytes}");
}

pub async fn the_working_copy_is_changed_file_by_file<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let row = |name: &str, text: Option<&str>, second| DraftRow {
        name: name.to_owned(),
        text: text.map(str::to_owned),
        by: user(10),
        at: at(second),
    };
    let (a, b) = (row("a", Some("1"), 1), row("b", None, 2));
    let mut tx = backend.store().begin().await.unwrap();
    tx.put_rule_draft(&b).await.unwrap();
    tx.put_rule_draft(&a).await.unwrap();
    assert_eq!(tx.rule_drafts().await.unwrap(), [a, b.clone()]);
    let a = row("a", None, 3);
    tx.put_rule_draft(&a).await.unwrap();
    tx.delete_rule_draft("b").await.unwrap();
    tx.delete_rule_draft("c").await.unwrap();
    assert_eq!(tx.rule_drafts().await.unwrap(), [a]);
    tx.clear_rule_drafts().await.unwrap();
    assert_eq!(tx.rule_drafts().await.unwrap(), []);
}

pub async fn a_rule_pack_is_used_when_two_people_want_it<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let (old, new) = (pack(1, "2026.11"), pack(2, "2026.12"));
    let hand = |n, second| Hand {
        by: user(n),
        at: at(second),
    };
    let mut tx = backend.store().begin().await.unwrap();
    for pack in [&old, &new] {
        tx.insert_rule_pack(pack).await.unwrap();
    }
    tx.insert_rule_use(&used(&old, 100, None)).await.unwrap();
    let first = asked(80, &new, 200);
    tx.insert_rule_activation(&first).await.unwrap();
    assert_eq!(
        tx.open_rule_activation().await.unwrap(),
        Some(first.clone())
    );
    // Nobody else has said yes.
    let early = tx.insert_rule_use(&used(&new, 200, Some(&first))).await;
    assert!(matches!(early, Err(StoreError::Refused(_))), "{early:?}");
    let own = Activation {
        state: State::Approved(hand(10, 6)),
        ..first.clone()
    };
    let own = tx.save_rule_activation(&own).await;
    assert!(matches!(own, Err(StoreError::Refused(_))), "{own:?}");
    let refused = first.refuse(hand(11, 6)).unwrap();
    tx.save_rule_activation(&refused).await.unwrap();
    assert_eq!(tx.open_rule_activation().await.unwrap(), None);
    assert_eq!(
        tx.rule_activation(refused.id).await.unwrap(),
        Some(refused.clone())
    );
    let changed = Activation {
        state: State::Withdrawn(hand(10, 7)),
        ..refused
    };
    let changed = tx.save_rule_activation(&changed).await;
    assert!(
        matches!(changed, Err(StoreError::Refused(_))),
        "{changed:?}"
    );

    let second = asked(81, &new, 200);
    tx.insert_rule_activation(&second).await.unwrap();
    let approved = second.approve(hand(11, 8)).unwrap();
    tx.save_rule_activation(&approved).await.unwrap();
    assert_eq!(
        tx.open_rule_activation().await.unwrap(),
        Some(approved.clone())
    );
    let past = tx.insert_rule_use(&used(&new, 199, Some(&approved))).await;
    assert!(matches!(past, Err(StoreError::Refused(_))), "{past:?}");
    let new = used(&new, 200, Some(&approved));
    tx.insert_rule_use(&new).await.unwrap();
    assert_eq!(tx.open_rule_activation().await.unwrap(), None);
    let old = used(&old, 100, None);
    for (second, expected) in [
        (99, None),
        (100, Some(&old)),
        (199, Some(&old)),
        (200, Some(&new)),
    ] {
        let found = tx.rule_use_at(at(second)).await.unwrap();
        assert_eq!(found.as_ref(), expected, "{second}");
    }
    assert_eq!(tx.rule_uses().await.unwrap(), [new, old.clone()]);
    let backwards = tx
        .insert_rule_use(&UseRow {
            from: at(150),
            ..old
        })
        .await;
    assert!(
        matches!(backwards, Err(StoreError::Refused(_))),
        "{backwards:?}"
    );
    tx.commit().await.unwrap();
    let statement = "UPDATE rule_activations SET state = 'withdrawn'";
    assert!(backend.raw(statement).await.is_err());
    assert!(backend.raw("DELETE FROM rule_activations").await.is_err());
}

pub async fn what_became_of_a_rules_flags_is_counted<B: Backend>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let dismissed = FlagState::Dismissed {
        decision: yorisoi_domain::risk::flag::Decision {
            by: user(10),
            at: at(9),
        },
        reason: Reason::Past,
        words: None,
    };
    let one = flag(120, dismissed);
    let rule = one.flag.found.as_ref().unwrap().rule.clone();
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.rule_counts().await.unwrap(), []);
    tx.insert_flag(&one).await.unwrap();
    let count = RuleCount {
        rule,
        of: Decided::Dismissed(Reason::Past),
        count: 1,
    };
    assert_eq!(tx.rule_counts().await.unwrap(), [count]);
    // It has words, but nobody has approved it.
    let talks = tx.approved_talks(office(1), 50).await.unwrap();
    assert_eq!(talks, Vec::<InterviewId>::new());
}
