//! Flags, their evidence, and coverage.

use yorisoi_domain::ids::{FlagId, InterviewId, SegmentId};
use yorisoi_domain::risk::coverage::Source;
use yorisoi_domain::risk::finding::{Asked, How, Part};
use yorisoi_domain::risk::flag::{Decision, Flag, FlagQuote, Found, PackRef, Reason, State};
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::InterviewMs;

use super::Backend;
use super::seed::{at, id, sealed, user};
use super::transcripts::{seed_track, segment};
use crate::{CoverageRow, FlagRow, Revision, Sealed, StoreError};

const INTERVIEW: InterviewId = InterviewId::new(uuid::Uuid::from_u128(50));

pub(super) fn flag(n: u8, state: State<Sealed>) -> FlagRow {
    let quote = |from| FlagQuote {
        segment: SegmentId::new(id(102)),
        revision: 1,
        span: from..from + 3,
        part: Part::Statement,
    };
    FlagRow {
        flag: Flag {
            id: FlagId::new(id(n.into())),
            interview: INTERVIEW,
            item: format!("item_{n}").parse().unwrap(),
            tier: Tier::Immediate,
            pack: PackRef {
                version: "2026-11".to_owned(),
                sha256: [9; 32],
            },
            found: Some(Found {
                rule: "item.said".to_owned(),
                how: How::Answer,
                sound: Some(n % 4),
                unsure: true,
                speaker_unknown: false,
            }),
            seen: None,
            made_by: None,
            made_at: at(1_200),
            at: InterviewMs(i64::from(n)),
            quotes: vec![quote(6), quote(0)],
            written: Vec::new(),
            state,
        },
        revision: Revision::FIRST,
    }
}

/// A segment 102 to quote.
pub(super) async fn seed_segment<B: Backend>(backend: &B) {
    seed_track(backend).await;
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_segment(&segment(102, 0, 900)).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn every_state_of_a_flag_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let decision = Decision {
        by: user(10),
        at: at(1_300),
    };
    let mut rows = vec![
        flag(120, State::Suggested),
        flag(121, State::Confirmed(decision)),
        flag(
            122,
            State::Held {
                decision,
                words: sealed(2),
                until: at(1_400),
            },
        ),
    ];
    let reasons = [
        Reason::Misheard,
        Reason::NotHers,
        Reason::Past,
        Reason::AboutServices,
        Reason::FigureOfSpeech,
        Reason::Other,
    ];
    for (n, reason) in (123..).zip(reasons) {
        let words = (reason == Reason::Other).then(|| sealed(n));
        rows.push(flag(
            n,
            State::Dismissed {
                decision,
                reason,
                words,
            },
        ));
    }
    let mut by_hand = flag(140, State::Suggested);
    by_hand.flag.found = None;
    by_hand.flag.quotes = Vec::new();
    by_hand.flag.seen = Some(sealed(7));
    by_hand.flag.made_by = Some(user(11));
    by_hand.flag.tier = Tier::Care;
    rows.push(by_hand);
    let mut as_heard = flag(141, State::Suggested);
    as_heard.flag.found.as_mut().unwrap().sound = None;
    rows.push(as_heard);
    let mut tx = backend.store().begin().await.unwrap();
    for row in rows.iter().rev() {
        tx.insert_flag(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.flags_of(INTERVIEW).await.unwrap(), rows);
    let one = reader.flag(rows[2].flag.id).await.unwrap();
    assert_eq!(one.as_ref(), Some(&rows[2]));
    let none = reader.flag(FlagId::new(id(999))).await.unwrap();
    assert_eq!(none, None);
    drop(reader);
    for statement in [
        "UPDATE flags SET state = 'confirmed' WHERE item = 'item_120'",
        "UPDATE flags SET reason = 'past' WHERE item = 'item_121'",
        "UPDATE flags SET reason_words = NULL WHERE item = 'item_122'",
        "UPDATE flags SET reason_words = NULL WHERE item = 'item_128'",
        "UPDATE flags SET tier = 'urgent'",
        "UPDATE flags SET sound = 256 WHERE item = 'item_120'",
        "UPDATE flags SET sound = 1 WHERE item = 'item_140'",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
}

pub async fn an_interview_has_one_flag_per_item_and_it_is_changed_only_from_what_was_read<
    B: Backend,
>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let first = flag(120, State::Suggested);
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_flag(&first).await.unwrap();
    tx.commit().await.unwrap();

    let mut again = flag(121, State::Suggested);
    again.flag.item = first.flag.item.clone();
    let mut tx = backend.store().begin().await.unwrap();
    let twice = tx.insert_flag(&again).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict), "{twice:?}");
    drop(tx);

    let mut second = first.clone();
    second.revision = Revision::FIRST.next();
    second.flag.quotes.truncate(1);
    second.flag.state = State::Confirmed(Decision {
        by: user(10),
        at: at(1_300),
    });
    let mut tx = backend.store().begin().await.unwrap();
    tx.save_flag(&second).await.unwrap();
    let stale = tx.save_flag(&second).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict), "{stale:?}");
    let stale = tx.delete_flag(first.flag.id, Revision::FIRST).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    assert_eq!(tx.flags_of(INTERVIEW).await.unwrap(), [second.clone()]);
    tx.delete_flag(first.flag.id, second.revision)
        .await
        .unwrap();
    assert_eq!(tx.flags_of(INTERVIEW).await.unwrap(), []);
}

pub async fn evidence_goes_with_its_segment<B: Backend>() {
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let row = flag(120, State::Suggested);
    let mut unknown = flag(121, State::Suggested);
    unknown.flag.quotes[0].segment = SegmentId::new(id(103));
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_flag(&row).await.unwrap();
    let (of, quoted) = tx
        .segment(SegmentId::new(id(102)), Revision::FIRST)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((of.uuid(), quoted.start.0), (id(70), 0));
    let next = tx.segment(quoted.id, Revision::FIRST.next()).await.unwrap();
    assert_eq!(next, None);
    tx.commit().await.unwrap();
    let mut tx = backend.store().begin().await.unwrap();
    let refused = tx.insert_flag(&unknown).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    drop(tx);

    backend.raw("DELETE FROM segments").await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    let left = reader.flags_of(INTERVIEW).await.unwrap();
    assert_eq!(left[0].flag.quotes, []);
}

pub async fn coverage_keeps_what_each_source_says<B: Backend>() {
    let backend = B::fresh().await;
    seed_track(&backend).await;
    let row = |source, state| CoverageRow {
        interview: INTERVIEW,
        item: "smoking".parse().unwrap(),
        source,
        state,
        at: at(1_200),
        by: (source == Source::Nurse).then(|| user(10)),
    };
    let mut tx = backend.store().begin().await.unwrap();
    for state in [
        Asked::NotAsked,
        Asked::Asked,
        Asked::Positive,
        Asked::Vague,
        Asked::Declined,
        Asked::Negative,
    ] {
        tx.put_coverage(&row(Source::Engine, state)).await.unwrap();
        let stored = tx.coverage_of(INTERVIEW).await.unwrap();
        assert_eq!(stored, [row(Source::Engine, state)]);
    }
    let (form, ticked) = (
        row(Source::Form, Asked::Vague),
        row(Source::Nurse, Asked::Positive),
    );
    tx.put_coverage(&ticked).await.unwrap();
    tx.put_coverage(&form).await.unwrap();
    let read = row(Source::Engine, Asked::Negative);
    let stored = tx.coverage_of(INTERVIEW).await.unwrap();
    assert_eq!(stored, [read.clone(), form.clone(), ticked.clone()]);
    tx.delete_coverage(INTERVIEW, &ticked.item, Source::Nurse)
        .await
        .unwrap();
    assert_eq!(tx.coverage_of(INTERVIEW).await.unwrap(), [read, form]);
    let nobody = CoverageRow { by: None, ..ticked };
    let refused = tx.put_coverage(&nobody).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
}
