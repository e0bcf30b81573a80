//! The audit's rows.

use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject, Broken, Head};
use yorisoi_domain::ids::{CaseId, InterviewId, ParticipantId};

use super::Backend;
use super::seed::{append, at, chain_key, event, id, seed, user};
use crate::{Actions, AuditFilter, StoreError};

fn others() -> [AuditEvent; 3] {
    [
        AuditEvent {
            actor: AuditActor::Participant(ParticipantId::new(id(70))),
            action: AuditAction::Knocked,
            ..event(2)
        },
        AuditEvent {
            actor: AuditActor::System,
            interview: None,
            office: None,
            action: AuditAction::KeyDestroyed,
            ..event(3)
        },
        AuditEvent {
            actor: AuditActor::Staff(user(11), None),
            interview: None,
            subject: Some(AuditSubject::Case(CaseId::new(id(40)))),
            count: u32::MAX,
            ..event(4)
        },
    ]
}

pub async fn the_audit_has_no_gap_and_verifies<B: Backend>() {
    let backend = B::fresh().await;
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.audit_head().await.unwrap(), Head::EMPTY);
    let first = append(tx.as_mut(), &event(1)).await;
    for other in others() {
        append(tx.as_mut(), &other).await;
    }
    for head in [
        Head::EMPTY,
        first,
        Head {
            seq: 9,
            link: [0; 32],
        },
    ] {
        let again = tx.append_audit(&chain_key().chain(head, &event(1))).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    }
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    let page = reader.audit_events(0, 3).await.unwrap();
    let half = chain_key().verify(Head::EMPTY, &page).unwrap();
    assert_eq!(half.seq, 3);
    let rest = reader.audit_events(half.seq, 3).await.unwrap();
    let end = chain_key().verify(half, &rest).unwrap();
    assert_eq!(end, reader.audit_head().await.unwrap());
    assert_eq!(end.seq, 4);
}

pub async fn the_audit_is_found_by_interview_and_person<B: Backend>() {
    let backend = B::fresh().await;
    let mut tx = backend.store().begin().await.unwrap();
    append(tx.as_mut(), &event(1)).await;
    for other in others() {
        append(tx.as_mut(), &other).await;
    }
    let interview = Some(InterviewId::new(id(50)));
    let all = AuditFilter::default();
    for (filter, before, limit, wanted) in [
        (all.clone(), 99, 9, vec![4, 3, 2, 1]),
        (all.clone(), 4, 2, vec![3, 2]),
        (
            AuditFilter {
                interview,
                ..all.clone()
            },
            99,
            9,
            vec![2, 1],
        ),
        (
            AuditFilter {
                user: Some(user(11)),
                ..all.clone()
            },
            99,
            9,
            vec![4],
        ),
        (
            AuditFilter {
                interview,
                user: Some(user(11)),
                ..all.clone()
            },
            99,
            9,
            vec![],
        ),
        (
            AuditFilter {
                from: Some(at(2)),
                until: Some(at(4)),
                ..all.clone()
            },
            99,
            9,
            vec![3, 2],
        ),
        (
            AuditFilter {
                actions: Some(Actions::Of(vec!["knocked".to_owned()])),
                ..all.clone()
            },
            99,
            9,
            vec![2],
        ),
        (
            AuditFilter {
                hidden: vec![id(50)],
                ..all.clone()
            },
            99,
            9,
            vec![4, 3],
        ),
        (
            AuditFilter {
                interview,
                hidden: vec![id(51), id(50)],
                ..all.clone()
            },
            99,
            9,
            vec![],
        ),
        (
            AuditFilter {
                actions: Some(Actions::Refused),
                ..all.clone()
            },
            99,
            9,
            vec![],
        ),
    ] {
        let page = tx.audit_page(&filter, before, limit).await.unwrap();
        let found: Vec<_> = page.iter().map(|row| row.event.seq).collect();
        assert_eq!(found, wanted, "{filter:?}");
    }
}

/// Only a beginning goes, only in the name of an event that is there, and never the last.
pub async fn the_audit_loses_its_beginning_alone<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let mut heads = Vec::new();
    for second in 1..=4 {
        heads.push(append(tx.as_mut(), &event(second)).await);
    }
    tx.commit().await.unwrap();
    let anchor = |head| chain_key().anchor(head);
    for (what, head) in [
        ("the last", heads[3]),
        ("none", Head { seq: 9, ..heads[1] }),
        ("another", Head { seq: 2, ..heads[0] }),
    ] {
        let mut tx = backend.store().begin().await.unwrap();
        let refused = tx.remove_audit(&anchor(head)).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{what}: {refused:?}"
        );
    }
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.audit_anchor().await.unwrap(), None);
    assert_eq!(tx.audit_stays_from(at(1), at(0)).await.unwrap(), Some(1));
    assert_eq!(tx.remove_audit(&anchor(heads[1])).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.audit_anchor().await.unwrap(), Some(anchor(heads[1])));
    assert_eq!(reader.audit_head().await.unwrap(), heads[3]);
    let rest = reader.audit_events(0, 9).await.unwrap();
    assert_eq!(chain_key().verify(heads[1], &rest), Ok(heads[3]));
    drop(reader);
    for forbidden in [
        "DELETE FROM audit_events WHERE seq = 3",
        "DELETE FROM audit_anchors",
        "UPDATE audit_anchors SET seq = 3",
    ] {
        backend.raw(forbidden).await.unwrap_err();
    }
}

/// Whoever owns the file can take the rules away first; the chain still shows it.
pub async fn tampering_with_the_audit_shows<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    for second in 1..=4 {
        append(tx.as_mut(), &event(second)).await;
    }
    tx.commit().await.unwrap();
    let verify = async || {
        let mut reader = backend.store().read().await.unwrap();
        let rows = reader.audit_events(0, 99).await.unwrap();
        chain_key().verify(Head::EMPTY, &rows)
    };
    assert_eq!(verify().await.map(|head| head.seq), Ok(4));
    for rule in [
        "DROP TRIGGER audit_events_no_update",
        "DROP TRIGGER audit_events_no_delete",
    ] {
        backend.raw(rule).await.unwrap();
    }
    backend
        .raw("UPDATE audit_events SET event_count = 2 WHERE seq = 3")
        .await
        .unwrap();
    assert_eq!(verify().await, Err(Broken::Link { seq: 3 }));
    backend
        .raw("UPDATE audit_events SET event_count = 1 WHERE seq = 3")
        .await
        .unwrap();
    assert_eq!(verify().await.map(|head| head.seq), Ok(4));
    backend
        .raw("DELETE FROM audit_events WHERE seq = 2")
        .await
        .unwrap();
    assert_eq!(
        verify().await,
        Err(Broken::Gap {
            expected: 2,
            found: 3
        })
    );
}
