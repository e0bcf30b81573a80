//! Interviews and the links to them.

use yorisoi_domain::call::record::CallRecord;
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId};
use yorisoi_domain::interview::{By, Method, Start, State};
use yorisoi_domain::secret::SecretHash;

use super::Backend;
use super::seed::{at, id, interview_row, link, lookup, office, seed, user};
use crate::{InterviewRow, StoreError};

fn states() -> Vec<State> {
    let start = Start {
        at: at(1_001),
        nurse: user(10),
    };
    let resident = ParticipantId::new(id(70));
    let mut states = vec![
        State::Scheduled,
        State::Waiting { since: at(990) },
        State::InProgress(start),
        State::NoShow {
            at: at(1_300),
            by: user(11),
        },
        State::Declined {
            at: at(995),
            by: resident,
        },
    ];
    for by in [By::Staff(user(11)), By::Participant(resident), By::System] {
        states.push(State::Ended {
            start,
            at: at(2_000),
            by,
        });
        states.push(State::Cancelled { at: at(900), by });
    }
    states
}

pub async fn every_state_of_an_interview_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    for (n, state) in (100..).zip(states()) {
        let mut tx = backend.store().begin().await.unwrap();
        let mut row = interview_row(n, at(1_000));
        // Once by inserting and once by saving over the state before.
        tx.insert_interview(&row).await.unwrap();
        row.interview.state = state;
        row.revision = tx
            .save_interview(&row.interview, row.revision)
            .await
            .unwrap();
        assert_eq!(
            tx.interview(row.interview.id).await.unwrap(),
            Some(row.clone())
        );
        let mut inserted = interview_row(n + 50, at(1_000));
        inserted.interview.state = state;
        tx.insert_interview(&inserted).await.unwrap();
        assert_eq!(
            tx.interview(inserted.interview.id).await.unwrap(),
            Some(inserted)
        );
        tx.commit().await.unwrap();
    }
}

pub async fn a_nurse_is_in_a_talk_while_her_interview_has_an_open_call<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let mut row = interview_row(51, at(1_000));
    tx.insert_interview(&row).await.unwrap();
    assert!(
        !tx.is_in_talk(user(10)).await.unwrap(),
        "booked is not begun"
    );
    let start = Start {
        at: at(1_001),
        nurse: user(10),
    };
    row.interview.state = State::InProgress(start);
    let next = tx
        .save_interview(&row.interview, row.revision)
        .await
        .unwrap();
    assert!(
        !tx.is_in_talk(user(10)).await.unwrap(),
        "nobody is on the line"
    );
    let call = CallRecord::open(CallId::new(id(320)), row.interview.id, at(1_001));
    tx.insert_call(&call).await.unwrap();
    assert!(tx.is_in_talk(user(10)).await.unwrap());
    assert!(!tx.is_in_talk(user(11)).await.unwrap());
    let ended = row.interview.end(By::System, at(2_000)).unwrap();
    tx.save_interview(&ended, next).await.unwrap();
    assert!(!tx.is_in_talk(user(10)).await.unwrap());
}

pub async fn an_interview_is_changed_only_from_what_was_read<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let read = tx
        .interview(InterviewId::new(id(50)))
        .await
        .unwrap()
        .unwrap();
    let waiting = read.interview.clone().wait(at(990)).unwrap();
    let next = tx.save_interview(&waiting, read.revision).await.unwrap();
    assert_eq!(next, read.revision.next());
    let late = read
        .interview
        .clone()
        .cancel(By::Staff(user(10)), at(991))
        .unwrap();
    let refused = tx.save_interview(&late, read.revision).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    let (by_phone, change) = waiting
        .change_method(Method::Telephone, user(10), at(992))
        .unwrap();
    tx.save_interview(&by_phone, next).await.unwrap();
    tx.insert_method_change(&change).await.unwrap();
    assert_eq!(tx.method_changes(by_phone.id).await.unwrap(), [change]);
    let read = tx.interview(by_phone.id).await.unwrap().unwrap();
    assert_eq!(read.interview, by_phone);
}

pub async fn what_is_over_does_not_change<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    for (n, state) in (100..).zip(states()) {
        let mut tx = backend.store().begin().await.unwrap();
        let mut row = interview_row(n, at(1_000));
        row.interview.state = state;
        tx.insert_interview(&row).await.unwrap();
        let mut reopened = row.interview.clone();
        reopened.state = State::Scheduled;
        let saved = tx.save_interview(&reopened, row.revision).await;
        assert_eq!(saved.is_err(), state.is_final(), "{state:?}: {saved:?}");
    }
}

pub async fn the_list_of_a_day_is_one_offices_and_half_open<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    for (n, second, office_n) in [
        (51, 3_000, 1),
        (52, 2_000, 1),
        (53, 2_500, 2),
        (54, 1_999, 1),
    ] {
        let mut row = interview_row(n, at(second));
        row.interview.office = office(office_n);
        tx.insert_interview(&row).await.unwrap();
    }
    let listed = tx
        .interviews_of_office(office(1), at(2_000), at(3_000))
        .await
        .unwrap();
    let ids: Vec<_> = listed.iter().map(|one| one.row.interview.id).collect();
    assert_eq!(ids, [InterviewId::new(id(52))]);
    assert_eq!(listed[0].resident.uuid(), id(30));
    let all = tx
        .interviews_of_office(office(1), at(0), at(9_000))
        .await
        .unwrap();
    let times: Vec<_> = all
        .iter()
        .map(|one| one.row.interview.scheduled_at)
        .collect();
    assert_eq!(times, [at(1_000), at(1_999), at(2_000), at(3_000)]);
    assert_eq!(
        tx.interviews_of_office(office(3), at(0), at(9_000))
            .await
            .unwrap(),
        []
    );
}

pub async fn a_booking_number_finds_one_interview<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let found = tx.interview_by_booking(lookup(50)).await.unwrap().unwrap();
    assert_eq!(found, interview_row(50, at(1_000)));
    assert_eq!(tx.interview_by_booking(lookup(51)).await.unwrap(), None);
    let twin = InterviewRow {
        booking_lookup: lookup(50),
        ..interview_row(51, at(0))
    };
    assert!(matches!(
        tx.insert_interview(&twin).await,
        Err(StoreError::Conflict)
    ));
}

pub async fn links_are_found_by_secret_and_stay_revoked<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let interview = interview_row(50, at(1_000)).interview;
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_invitation(&link(61, interview.id)).await.unwrap();
    let claimed = link(60, interview.id).claim(&interview, at(70)).unwrap();
    tx.save_invitation(&claimed).await.unwrap();
    let found = tx
        .invitation_by_secret(SecretHash::of(&[60]))
        .await
        .unwrap();
    assert_eq!(found, Some(claimed.clone()));
    let revoked = claimed.clone().revoke(user(11), at(80)).unwrap();
    tx.save_invitation(&revoked).await.unwrap();
    assert_eq!(
        tx.invitation(revoked.id).await.unwrap(),
        Some(revoked.clone())
    );
    assert!(matches!(
        tx.save_invitation(&claimed).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(
        tx.invitations_of(interview.id).await.unwrap(),
        [link(61, interview.id), revoked]
    );
    assert_eq!(
        tx.invitation_by_secret(SecretHash::of(b"guess"))
            .await
            .unwrap(),
        None
    );
}

pub async fn who_is_in_talk<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let start = Start {
        at: at(1_001),
        nurse: user(10),
    };
    let mut row = interview_row(100, at(1_000));
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_interview(&row).await.unwrap();
    assert!(!tx.is_in_talk(user(10)).await.unwrap());
    row.interview.state = State::InProgress(start);
    row.revision = tx
        .save_interview(&row.interview, row.revision)
        .await
        .unwrap();
    assert!(
        !tx.is_in_talk(user(10)).await.unwrap(),
        "nobody is on the line"
    );
    let call = CallRecord::open(CallId::new(id(320)), row.interview.id, at(1_001));
    tx.insert_call(&call).await.unwrap();
    assert!(tx.is_in_talk(user(10)).await.unwrap());
    assert!(!tx.is_in_talk(user(11)).await.unwrap());
    row.interview.state = State::Ended {
        start,
        at: at(2_000),
        by: By::System,
    };
    tx.save_interview(&row.interview, row.revision)
        .await
        .unwrap();
    assert!(!tx.is_in_talk(user(10)).await.unwrap());
}
