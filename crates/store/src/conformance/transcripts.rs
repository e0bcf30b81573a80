//! What was said.

use yorisoi_domain::call::record::{CallRecord, Track};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, SegmentId, TrackId, UserId};
use yorisoi_domain::risk::finding::Speaker;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::{GapReason, Totals};
use yorisoi_domain::transcript::segment::Gap;

use super::Backend;
use super::seed::{at, id, sealed, seed};
use crate::{Revision, SegmentRow, SpeakerRow, StoreError};

pub(super) fn track(n: u128) -> TrackId {
    TrackId::new(id(n))
}

/// A call 80 of interview 50 with a track 90 of participant 70.
pub(super) async fn seed_track<B: Backend>(backend: &B) {
    seed(backend.store()).await;
    let interview = InterviewId::new(id(50));
    let mut tx = backend.store().begin().await.unwrap();
    let call = CallRecord::open(CallId::new(id(80)), interview, at(1_000));
    tx.insert_call(&call).await.unwrap();
    let voice = Track {
        id: track(90),
        call: call.id,
        participant: ParticipantId::new(id(70)),
        reception: None,
    };
    tx.insert_track(&voice).await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) fn segment(n: u8, start: i64, end: i64) -> SegmentRow {
    SegmentRow {
        id: SegmentId::new(id(n.into())),
        track: track(90),
        start: InterviewMs(start),
        end: InterviewMs(end),
        revision: Revision::FIRST,
        model_sha256: [n; 32],
        text: sealed(n),
        accompanied: n.is_multiple_of(2),
        confirmed_at: at(1_100),
    }
}

pub async fn what_was_said_reads_back_in_the_order_of_time<B: Backend>() {
    let backend = B::fresh().await;
    seed_track(&backend).await;
    let interview = InterviewId::new(id(50));
    let (late, early) = (segment(102, 5_000, 6_500), segment(103, 1_000, 2_000));
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_segment(&late).await.unwrap();
    tx.insert_segment(&early).await.unwrap();
    tx.commit().await.unwrap();
    let said = backend
        .store()
        .read()
        .await
        .unwrap()
        .segments_of(interview)
        .await
        .unwrap();
    let whose = ParticipantId::new(id(70));
    assert_eq!(said, [(whose, early.clone()), (whose, late)]);

    let refused = [
        SegmentRow {
            track: track(91),
            ..segment(104, 0, 1)
        },
        segment(105, 2, 1),
        segment(106, -1, 1),
    ];
    for segment in refused {
        let mut tx = backend.store().begin().await.unwrap();
        let error = tx.insert_segment(&segment).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    }
    let mut tx = backend.store().begin().await.unwrap();
    let twice = tx.insert_segment(&early).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict), "{twice:?}");
    drop(tx);
    let changed = backend
        .raw("UPDATE segments SET end_ms = end_ms + 1")
        .await
        .unwrap_err();
    assert!(changed.contains("insert-only"), "{changed}");
}

pub async fn who_speaks_is_said_in_order_and_goes_with_the_words<B: Backend>() {
    let backend = B::fresh().await;
    seed_track(&backend).await;
    let (interview, whose) = (InterviewId::new(id(50)), ParticipantId::new(id(70)));
    let row = |n: u8, speaker| SpeakerRow {
        segment: SegmentId::new(id(n.into())),
        revision: Revision::FIRST,
        speaker,
        by: UserId::new(id(10)),
        at: at(1_200),
    };
    // All at once: it is the order that counts, not the time.
    let said = [
        row(102, Some(Speaker::Nurse)),
        row(103, Some(Speaker::Resident)),
        row(102, Some(Speaker::Companion)),
        row(102, Some(Speaker::Interpreter)),
        row(102, Some(Speaker::Unknown)),
        row(102, None),
    ];
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_segment(&segment(102, 0, 10)).await.unwrap();
    tx.insert_segment(&segment(103, 20, 30)).await.unwrap();
    for row in &said {
        tx.insert_speaker(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.speakers_of(interview).await.unwrap(), said);
    drop(reader);

    let nobody = SpeakerRow {
        by: UserId::new(id(99)),
        ..said[0]
    };
    for row in [row(104, None), nobody] {
        let mut tx = backend.store().begin().await.unwrap();
        let error = tx.insert_speaker(&row).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    }
    for statement in [
        "UPDATE speakers SET speaker = 'nurse'",
        "DELETE FROM speakers",
        "INSERT INTO speakers SELECT 99, segment_id, 1, 'mixed', by_user, 0 FROM speakers LIMIT 1",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.delete_words_of(whose).await.unwrap().segments, 2);
    assert_eq!(tx.speakers_of(interview).await.unwrap(), []);
    tx.commit().await.unwrap();
}

pub async fn gaps_and_accounts_read_back_and_an_account_adds_up<B: Backend>() {
    let backend = B::fresh().await;
    seed_track(&backend).await;
    let (interview, whose) = (InterviewId::new(id(50)), ParticipantId::new(id(70)));
    let gap = |reason, start, end| Gap {
        track: track(90),
        start: InterviewMs(start),
        end: InterviewMs(end),
        reason,
    };
    let reasons = [
        GapReason::Absent,
        GapReason::Muted,
        GapReason::Network,
        GapReason::Paused,
        GapReason::NotConsented,
        GapReason::CaptionsOnly,
        GapReason::Overload,
        GapReason::Deferred,
        GapReason::Crash,
        GapReason::Unintelligible,
        GapReason::Language,
        GapReason::OffSystem,
    ];
    let gaps: Vec<_> = (0..)
        .zip(reasons)
        .map(|(n, reason)| gap(reason, n, n + 10))
        .collect();
    let totals = Totals {
        speech: 400,
        silence: 500,
        gaps: [(GapReason::Muted, 60), (GapReason::Network, 40)].into(),
    };
    let mut tx = backend.store().begin().await.unwrap();
    for gap in gaps.iter().rev().chain(&gaps[..2]) {
        tx.insert_gap(gap).await.unwrap();
    }
    tx.insert_account(track(90), &totals).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    let expected: Vec<_> = gaps.iter().map(|gap| (whose, *gap)).collect();
    assert_eq!(reader.gaps_of(interview).await.unwrap(), expected);
    let account = (whose, track(90), totals.clone());
    assert_eq!(reader.accounts_of(interview).await.unwrap(), [account]);
    drop(reader);

    let mut tx = backend.store().begin().await.unwrap();
    let empty = tx
        .insert_gap(&gap(GapReason::Muted, 5, 5))
        .await
        .unwrap_err();
    assert!(matches!(empty, StoreError::Refused(_)), "{empty:?}");
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    let twice = tx.insert_account(track(90), &totals).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict), "{twice:?}");
    drop(tx);
    for statement in [
        "UPDATE accounts SET speech_ms = speech_ms + 1",
        "INSERT INTO accounts SELECT X'00000000000000000000000000000001', 10, 4, 4, 1",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
}
