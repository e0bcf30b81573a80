//! What a transaction promises.

use std::time::Duration;

use yorisoi_domain::audit::Head;
use yorisoi_domain::ids::InterviewId;

use super::Backend;
use super::seed::{append, at, chain_key, event, id, interview_row, seed};
use crate::StoreError;

pub async fn a_dropped_transaction_leaves_nothing<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_interview(&interview_row(51, at(2_000)))
        .await
        .unwrap();
    append(tx.as_mut(), &event(1)).await;
    assert!(
        tx.interview(InterviewId::new(id(51)))
            .await
            .unwrap()
            .is_some(),
        "sees its own"
    );
    drop(tx);
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(
        reader.interview(InterviewId::new(id(51))).await.unwrap(),
        None
    );
    assert_eq!(reader.audit_head().await.unwrap(), Head::EMPTY);
}

pub async fn a_change_and_its_event_are_one_transaction<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    // The event can't be appended, so the use case gives up: the change must not stand alone.
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_interview(&interview_row(51, at(2_000)))
        .await
        .unwrap();
    let after_a_gap = chain_key().chain(
        Head {
            seq: 7,
            link: [0; 32],
        },
        &event(1),
    );
    let refused = tx.append_audit(&after_a_gap).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.interview(InterviewId::new(id(51))).await.unwrap(), None);
    tx.insert_interview(&interview_row(51, at(2_000)))
        .await
        .unwrap();
    let head = append(tx.as_mut(), &event(1)).await;
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert!(
        reader
            .interview(InterviewId::new(id(51)))
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(reader.audit_head().await.unwrap(), head);
}

pub async fn a_reader_sees_one_state_throughout<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut before = backend.store().read().await.unwrap();
    assert_eq!(
        before.interview(InterviewId::new(id(51))).await.unwrap(),
        None
    );
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_interview(&interview_row(51, at(2_000)))
        .await
        .unwrap();
    let mut meanwhile = backend.store().read().await.unwrap();
    assert_eq!(
        meanwhile.interview(InterviewId::new(id(51))).await.unwrap(),
        None
    );
    tx.commit().await.unwrap();
    assert_eq!(
        before.interview(InterviewId::new(id(51))).await.unwrap(),
        None
    );
    let mut after = backend.store().read().await.unwrap();
    assert!(
        after
            .interview(InterviewId::new(id(51)))
            .await
            .unwrap()
            .is_some()
    );
}

pub async fn there_is_one_writer_at_a_time<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut first = backend.store().begin().await.unwrap();
    append(first.as_mut(), &event(1)).await;
    let second = backend.store().begin();
    tokio::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(100), &mut second).await;
    assert!(
        early.is_err(),
        "two transactions could take the same number"
    );
    first.commit().await.unwrap();
    let mut second = second.await.unwrap();
    assert_eq!(append(second.as_mut(), &event(2)).await.seq, 2);
}
