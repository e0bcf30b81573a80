//! Calls and their tracks.

use yorisoi_domain::audit::{AuditAction, AuditEvent};
use yorisoi_domain::call::record::{CallRecord, Closed, ClosedWhy, SeatGap, Track, TrackReception};
use yorisoi_domain::ids::{CallId, InterviewId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;

use super::Backend;
use super::seed::{append, at, event, id, interview_row, seat, seed};
use crate::StoreError;

fn call(n: u128, opened: i64) -> CallRecord {
    let interview: InterviewId = interview_row(50, at(0)).interview.id;
    CallRecord::open(CallId::new(id(n)), interview, at(opened))
}

pub async fn calls_are_closed_once_and_found_while_open<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let (mut first, second) = (call(301, 20), call(300, 30));
    let mut tx = backend.store().begin().await.expect("begin");
    for call in [&second, &first] {
        tx.insert_call(call).await.expect("insert");
    }
    assert_eq!(tx.open_calls().await.expect("open"), [first, second]);
    let closed = Closed {
        at: at(25),
        why: ClosedWhy::NobodyLeft,
    };
    tx.close_call(first.id, closed).await.expect("close");
    first.closed = Some(closed);
    assert_eq!(tx.open_calls().await.expect("open"), [second]);
    assert_eq!(
        tx.calls_of(first.interview).await.expect("calls"),
        [first, second]
    );
    let again = tx
        .close_call(
            first.id,
            Closed {
                at: at(26),
                why: ClosedWhy::Crash,
            },
        )
        .await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let before = tx
        .close_call(
            second.id,
            Closed {
                at: at(29),
                why: ClosedWhy::Crash,
            },
        )
        .await;
    assert!(before.is_err(), "a call ended before it began");
}

pub async fn every_end_of_a_call_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.expect("begin");
    let ends = [
        ClosedWhy::Ended,
        ClosedWhy::NobodyLeft,
        ClosedWhy::LongestReached,
        ClosedWhy::Stopped,
        ClosedWhy::Crash,
    ];
    let mut all = Vec::new();
    for (n, why) in (300..).zip(ends) {
        let mut call = call(n, 20);
        call.closed = Some(call.close(why, at(25)).expect("open until now"));
        tx.insert_call(&call).await.expect("insert");
        all.push(call);
    }
    assert_eq!(tx.calls_of(all[0].interview).await.expect("calls"), all);
}

pub async fn a_voice_has_one_track_in_a_call_and_is_settled_once<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let call = call(300, 20);
    let mut tx = backend.store().begin().await.expect("begin");
    tx.insert_call(&call).await.expect("insert");
    let mut tracks = Vec::new();
    for n in [100, 101] {
        let seat = seat(n);
        tx.insert_participant(&seat).await.expect("a seat");
        let track = Track {
            id: TrackId::new(id(400 + u128::from(n))),
            call: call.id,
            participant: seat.participant.id,
            reception: None,
        };
        tx.insert_track(&track).await.expect("insert");
        tracks.push(track);
    }
    assert_eq!(tx.tracks_of(call.id).await.expect("tracks"), tracks);
    let found = tx.call_of(tracks[1].id).await.expect("its call");
    assert_eq!(found, Some(call));
    let unknown = tx.call_of(TrackId::new(id(9))).await.expect("no call");
    assert_eq!(unknown, None);
    let reception = TrackReception {
        packets: 500,
        missing: 3,
        absent_ms: 4_000,
        muted_ms: 250,
    };
    tx.settle_track(tracks[0].id, reception)
        .await
        .expect("settle");
    tracks[0].reception = Some(reception);
    assert_eq!(tx.tracks_of(call.id).await.expect("tracks"), tracks);
    let again = tx
        .settle_track(tracks[0].id, TrackReception::default())
        .await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let second = Track {
        id: TrackId::new(id(600)),
        ..tracks[1]
    };
    let second = tx.insert_track(&second).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
}

pub async fn what_a_call_knows_of_its_seats_goes_when_it_is_closed<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let (call, seat) = (call(300, 20), seat(100));
    let of = seat.participant.id;
    let gap = |reason, from, to: Option<i64>| SeatGap {
        from: InterviewMs(from),
        to: to.map(InterviewMs),
        reason,
    };
    let mut tx = backend.store().begin().await.expect("begin");
    tx.insert_call(&call).await.expect("insert");
    tx.insert_participant(&seat).await.expect("a seat");
    let lasts = gap(GapReason::Muted, 50, None);
    let reasons = [
        GapReason::Absent,
        GapReason::Paused,
        GapReason::NotConsented,
        GapReason::CaptionsOnly,
    ];
    let mut gaps = vec![(of, lasts)];
    gaps.extend(reasons.map(|reason| (of, gap(reason, 0, Some(40)))));
    for (number, (_, gap)) in (0..5).zip(&gaps).rev() {
        let saved = tx.save_seat_gap(call.id, of, number, *gap).await;
        saved.expect("save");
    }
    assert_eq!(tx.seat_gaps_of(call.id).await.expect("gaps"), gaps);
    gaps[0].1 = gap(GapReason::Muted, 45, Some(90));
    let again = tx.save_seat_gap(call.id, of, 0, gaps[0].1).await;
    again.expect("the same number");
    assert_eq!(tx.seat_gaps_of(call.id).await.expect("gaps"), gaps);
    let backwards = gap(GapReason::Absent, 10, Some(9));
    let refused = tx.save_seat_gap(call.id, of, 9, backwards).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    let closed = Closed {
        at: at(30),
        why: ClosedWhy::Crash,
    };
    tx.close_call(call.id, closed).await.expect("close");
    assert_eq!(tx.seat_gaps_of(call.id).await.expect("gaps"), []);
}

pub async fn sound_is_due_when_its_last_call_is_long_over<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let (first, second) = (call(300, 20), call(301, 40));
    let closed = |second| Closed {
        at: at(second),
        why: ClosedWhy::NobodyLeft,
    };
    let mut tx = backend.store().begin().await.expect("begin");
    assert_eq!(tx.sound_due(at(99)).await.expect("due"), [], "no call");
    tx.insert_call(&first).await.expect("insert");
    tx.close_call(first.id, closed(30)).await.expect("close");
    assert_eq!(tx.sound_due(at(30)).await.expect("due"), []);
    let due = tx.sound_due(at(31)).await.expect("due");
    assert_eq!(due, [first.interview], "although nobody has ended it");
    tx.insert_call(&second).await.expect("insert");
    assert_eq!(tx.sound_due(at(99)).await.expect("due"), [], "in a call");
    tx.close_call(second.id, closed(50)).await.expect("close");
    assert_eq!(tx.sound_due(at(50)).await.expect("due"), []);
    let destroyed = |second| AuditEvent {
        action: AuditAction::AudioDestroyed,
        ..event(second)
    };
    append(&mut *tx, &destroyed(49)).await;
    let due = tx.sound_due(at(51)).await.expect("due");
    assert_eq!(due, [first.interview], "what was destroyed was not all");
    append(&mut *tx, &destroyed(60)).await;
    assert_eq!(tx.sound_due(at(99)).await.expect("due"), []);
}
