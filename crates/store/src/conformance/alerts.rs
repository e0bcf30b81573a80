//! Alerts.

use yorisoi_domain::ids::{AlertId, InterviewId};
use yorisoi_domain::risk::alert::{Alert, Why};
use yorisoi_domain::risk::flag::State;

use super::Backend;
use super::flags::{flag, seed_segment};
use super::seed::{at, id, office, user};
use crate::{Revision, StoreError};

pub async fn an_alert_is_found_until_it_is_opened_and_outlives_its_flag<B: Backend>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let row = flag(120, State::Suggested);
    let (about, interview) = (row.flag.id, InterviewId::new(id(50)));
    let alert =
        |n, at_second| Alert::found(AlertId::new(id(n)), about, interview, at(at_second), true);
    let (late, soon) = (alert(130, 2_000), alert(131, 1_500));
    let held = Alert::hold_over(AlertId::new(id(132)), about, interview, at(9_000));
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_flag(&row).await.unwrap();
    for alert in [&late, &soon, &held] {
        tx.insert_alert(alert).await.unwrap();
    }
    assert_eq!(tx.alerts_of(interview).await.unwrap(), [soon, late, held]);
    tx.delete_untold_alerts(about, Why::HoldOver).await.unwrap();
    assert_eq!(tx.alert(held.id).await.unwrap(), None);
    let due = tx.unopened_alerts(at(1_999)).await.unwrap();
    assert_eq!(due, [(office(1), soon)]);

    let told = soon.tell(at(1_600), 1).unwrap();
    tx.save_alert(&told).await.unwrap();
    tx.delete_untold_alerts(about, Why::Found).await.unwrap();
    assert_eq!(
        tx.alerts_of(interview).await.unwrap(),
        [told],
        "what was told stays"
    );
    let opened = told.open(user(10), at(1_700));
    tx.save_alert(&opened).await.unwrap();
    assert_eq!(tx.alert(soon.id).await.unwrap(), Some(opened));
    assert_eq!(tx.unopened_alerts(at(1_999)).await.unwrap(), []);
    for (of, since, expected) in [(1, 1_700, vec![opened]), (1, 1_701, vec![]), (2, 0, vec![])] {
        let found = tx.alerts_of_office(office(of), at(since)).await.unwrap();
        assert_eq!(found, expected);
    }
    let again = tx.save_alert(&opened).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict), "{again:?}");

    tx.delete_flag(about, Revision::FIRST).await.unwrap();
    let without = Alert {
        flag: None,
        ..opened
    };
    assert_eq!(tx.alerts_of(interview).await.unwrap(), [without]);
    tx.commit().await.unwrap();
    let changed = backend.raw("UPDATE alerts SET step = 3").await.unwrap_err();
    assert!(changed.contains("does not change"), "{changed}");
}
