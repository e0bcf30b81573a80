//! Calls for a colleague.

use yorisoi_domain::help::HelpCall;
use yorisoi_domain::ids::{HelpCallId, InterviewId};

use super::Backend;
use super::flags::seed_segment;
use super::seed::{at, id, office, user};
use crate::StoreError;

pub async fn a_call_for_help_stands_until_it_is_answered_and_then_does_not_change<B: Backend>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let interview = InterviewId::new(id(50));
    let call = |n, second| HelpCall::new(HelpCallId::new(id(n)), interview, user(10), at(second));
    let first = call(140, 1_000);
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_help_call(&first).await.unwrap();
    let second = tx.insert_help_call(&call(141, 1_001)).await.unwrap_err();
    assert!(matches!(second, StoreError::Conflict), "{second:?}");
    assert_eq!(tx.open_help_call(interview).await.unwrap(), Some(first));

    let told = first.tell(at(1_120), 2).unwrap();
    tx.save_help_call(&told).await.unwrap();
    let standing = tx.standing_help_calls(at(9_000)).await.unwrap();
    assert_eq!(standing, [(office(1), told)]);
    let taken = told.take(user(10), at(1_130)).unwrap();
    tx.save_help_call(&taken).await.unwrap();
    assert_eq!(tx.help_call(first.id).await.unwrap(), Some(taken));
    assert_eq!(tx.open_help_call(interview).await.unwrap(), None);
    for (since, expected) in [(1_130, vec![(office(1), taken)]), (1_131, vec![])] {
        assert_eq!(tx.standing_help_calls(at(since)).await.unwrap(), expected);
    }
    let again = tx.save_help_call(&taken).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict), "{again:?}");

    let slip = call(142, 2_000);
    tx.insert_help_call(&slip).await.unwrap();
    let slip = slip.take_back(at(2_001)).unwrap();
    tx.save_help_call(&slip).await.unwrap();
    assert_eq!(tx.standing_help_calls(at(1_131)).await.unwrap(), []);
    tx.commit().await.unwrap();
    let changed = backend.raw("UPDATE help_calls SET step = 3").await;
    let changed = changed.unwrap_err();
    assert!(changed.contains("does not change"), "{changed}");
}
