//! Notes, their gate, records and memos.

use yorisoi_domain::call::record::{Closed, ClosedWhy};
use yorisoi_domain::ids::{AddendumId, CallId, FlagId, InterviewId, NoteId, RecordId, UserId};
use yorisoi_domain::note::gate::Signature;
use yorisoi_domain::note::number::RecordNumber;
use yorisoi_domain::note::workflow::{Hand, Note, Returner, State, Submission};
use yorisoi_domain::risk::flag::{Decision, State as FlagState};
use yorisoi_domain::risk::item::Tier;

use super::Backend;
use super::flags::{flag, seed_segment};
use super::seed::{at, id, interview_row, office, sealed, seed, user};
use crate::{
    AddendumRow, Approval, FlagRow, MemoRow, NoteEvent, NoteEventRow, NoteRow, NoteVersionRow,
    RecordRow, Revision, Sealed, StoreError, Tx,
};

const INTERVIEW: InterviewId = InterviewId::new(uuid::Uuid::from_u128(50));
const NOTE: NoteId = NoteId::new(uuid::Uuid::from_u128(200));

fn submission(version: u32) -> Submission {
    Submission {
        version,
        by: user(10),
        at: at(2_000),
    }
}

fn row(state: State, revision: u32) -> NoteRow {
    let written = (state != State::Draft).then(|| Hand {
        by: user(10),
        at: at(1_900),
    });
    NoteRow {
        note: Note {
            id: NOTE,
            interview: INTERVIEW,
            written,
            state,
        },
        content: sealed(u8::try_from(revision).unwrap()),
        revision: Revision::new(revision).unwrap(),
    }
}

fn version(number: u32) -> NoteVersionRow {
    NoteVersionRow {
        submission: submission(number),
        content: sealed(60),
    }
}

fn record(approver: UserId) -> RecordRow {
    RecordRow {
        id: RecordId::new(id(210)),
        note: NOTE,
        interview: INTERVIEW,
        note_version: 1,
        content: sealed(70),
        sha256: [7; 32],
        approver,
        at: at(3_000),
    }
}

fn approval(by: UserId) -> State {
    State::Approved {
        submission: submission(1),
        approval: Hand { by, at: at(3_000) },
    }
}

/// Revision 2, version 1.
async fn submit(tx: &mut dyn Tx) {
    tx.insert_note(&row(State::Draft, 1)).await.unwrap();
    tx.insert_note_version(NOTE, &version(1)).await.unwrap();
    let submitted = row(State::Submitted(submission(1)), 2);
    tx.update_note(&submitted).await.unwrap();
}

fn is_refused(done: &Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::Refused(_)))
}

pub async fn every_state_of_a_note_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.note_of(INTERVIEW).await.unwrap(), None);
    let draft = row(State::Draft, 1);
    tx.insert_note(&draft).await.unwrap();
    assert_eq!(tx.note_of(INTERVIEW).await.unwrap(), Some(draft));
    let returned = |by, version| State::Returned {
        submission: submission(version),
        by,
        at: at(2_500),
    };
    let states = [
        State::Submitted(submission(1)),
        returned(Returner::Approver(user(11)), 1),
        State::Submitted(submission(2)),
        returned(Returner::NewFlag, 2),
    ];
    for (revision, state) in (2..).zip(states) {
        if let State::Submitted(it) = state {
            let row = version(it.version);
            tx.insert_note_version(NOTE, &row).await.unwrap();
        }
        let row = row(state, revision);
        tx.update_note(&row).await.unwrap();
        assert_eq!(tx.note_of(INTERVIEW).await.unwrap(), Some(row));
    }
    let versions = tx.note_versions(NOTE).await.unwrap();
    assert_eq!(versions, [version(1), version(2)]);
    let unversioned = row(State::Submitted(submission(3)), 6);
    assert!(is_refused(&tx.update_note(&unversioned).await));
    let stale = row(State::Draft, 5);
    let stale = tx.update_note(&stale).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    let second = NoteRow {
        note: Note {
            id: NoteId::new(id(201)),
            ..row(State::Draft, 1).note
        },
        ..row(State::Draft, 1)
    };
    let second = tx.insert_note(&second).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");

    let whats = [
        NoteEvent::Submitted(user(10)),
        NoteEvent::Returned(user(11), sealed(9)),
        NoteEvent::Recalled,
        NoteEvent::Approved(user(11)),
    ];
    let events: Vec<_> = (0..)
        .zip(whats)
        .map(|(n, what)| NoteEventRow {
            id: id(220 - n),
            note: NOTE,
            at: at(2_000),
            version: 1,
            what,
        })
        .collect();
    for event in &events {
        tx.insert_note_event(event).await.unwrap();
    }
    assert_eq!(tx.note_events(NOTE).await.unwrap(), events);
}

fn decided() -> Decision {
    Decision {
        by: user(10),
        at: at(1_300),
    }
}

fn with_tier(n: u8, tier: Tier, state: FlagState<Sealed>) -> FlagRow {
    let mut row = flag(n, state);
    row.flag.tier = tier;
    row
}

fn held(until: i64) -> FlagState<Sealed> {
    FlagState::Held {
        decision: decided(),
        words: sealed(2),
        until: at(until),
    }
}

pub async fn an_urgent_open_flag_keeps_a_note_from_being_submitted<B: Backend>() {
    for (tier, state, passes) in [
        (Tier::Immediate, FlagState::Suggested, false),
        (Tier::Review, FlagState::Suggested, false),
        (Tier::Notice, FlagState::Suggested, true),
        (Tier::Care, FlagState::Suggested, true),
        (Tier::Immediate, FlagState::Confirmed(decided()), true),
        (Tier::Review, held(2_000), false),
        (Tier::Review, held(2_001), true),
        (Tier::Notice, held(2_000), true),
    ] {
        let backend = B::fresh().await;
        seed_segment(&backend).await;
        let mut tx = backend.store().begin().await.unwrap();
        let row = with_tier(120, tier, state.clone());
        tx.insert_flag(&row).await.unwrap();
        tx.insert_note(&self::row(State::Draft, 1)).await.unwrap();
        let done = tx.insert_note_version(NOTE, &version(1)).await;
        assert_eq!(done.is_ok(), passes, "{tier:?} {state:?}");
        assert!(passes || is_refused(&done));
    }
}

/// The immediate flag 120, which was changed once since it was made.
async fn stage<B: Backend>(backend: &B) -> Box<dyn Tx> {
    seed_segment(backend).await;
    let mut tx = backend.store().begin().await.unwrap();
    let made = with_tier(120, Tier::Immediate, FlagState::Suggested);
    tx.insert_flag(&made).await.unwrap();
    let mut dismissed = with_tier(120, Tier::Immediate, FlagState::Confirmed(decided()));
    dismissed.revision = made.revision.next();
    tx.save_flag(&dismissed).await.unwrap();
    submit(&mut *tx).await;
    tx
}

fn signature(by: UserId, flag_revision: u32) -> Signature {
    Signature {
        flag: FlagId::new(id(120)),
        flag_revision,
        note_version: 1,
        by,
        at: at(2_900),
    }
}

pub async fn a_record_needs_another_person_and_their_signature<B: Backend>() {
    let approver = user(11);
    for (signatures, by, passes) in [
        (vec![], approver, false),
        (vec![signature(approver, 1)], approver, false),
        (vec![signature(user(10), 2)], approver, false),
        (vec![signature(user(10), 2)], user(10), false),
        (vec![signature(approver, 2)], approver, true),
    ] {
        let backend = B::fresh().await;
        let mut tx = stage(&backend).await;
        for signature in &signatures {
            tx.insert_signature(NOTE, signature).await.unwrap();
            tx.insert_signature(NOTE, signature).await.unwrap();
        }
        assert_eq!(tx.signatures(NOTE).await.unwrap(), signatures);
        let early = tx.update_note(&row(approval(by), 3)).await;
        assert!(is_refused(&early), "approved without a record");
        drop(tx);

        let backend = B::fresh().await;
        let mut tx = stage(&backend).await;
        for signature in &signatures {
            tx.insert_signature(NOTE, signature).await.unwrap();
        }
        let done = tx.insert_record(&record(by)).await;
        assert_eq!(done.is_ok(), passes, "{signatures:?} by {by}");
        if passes {
            tx.update_note(&row(approval(by), 3)).await.unwrap();
            let stored = tx.record_of(INTERVIEW).await.unwrap();
            assert_eq!(stored, Some(record(by)));
        }
    }
}

pub async fn a_held_or_open_flag_keeps_a_note_from_being_approved<B: Backend>() {
    for (tier, state) in [
        (Tier::Care, held(9_000)),
        (Tier::Review, FlagState::Suggested),
    ] {
        let backend = B::fresh().await;
        seed_segment(&backend).await;
        let mut tx = backend.store().begin().await.unwrap();
        submit(&mut *tx).await;
        // Found after the note was submitted, past every use case.
        let late = with_tier(121, tier, state);
        tx.insert_flag(&late).await.unwrap();
        assert!(is_refused(&tx.insert_record(&record(user(11))).await));
    }
    let backend = B::fresh().await;
    seed_segment(&backend).await;
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_note(&row(State::Draft, 1)).await.unwrap();
    let draft = tx.insert_record(&record(user(11))).await;
    assert!(is_refused(&draft), "what was not submitted");
}

pub async fn what_is_approved_stays_as_it_is<B: Backend>() {
    let backend = B::fresh().await;
    let mut tx = stage(&backend).await;
    let signed = signature(user(11), 2);
    tx.insert_signature(NOTE, &signed).await.unwrap();
    let record = record(user(11));
    tx.insert_record(&record).await.unwrap();
    tx.update_note(&row(approval(user(11)), 3)).await.unwrap();
    let event = NoteEventRow {
        id: id(220),
        note: NOTE,
        at: at(3_000),
        version: 1,
        what: NoteEvent::Approved(user(11)),
    };
    tx.insert_note_event(&event).await.unwrap();
    let addendum = |n: u8| AddendumRow {
        id: AddendumId::new(id(n.into())),
        record: record.id,
        words: sealed(n),
        by: user(10),
        at: at(n.into()),
    };
    tx.insert_addendum(&addendum(232)).await.unwrap();
    tx.insert_addendum(&addendum(231)).await.unwrap();
    tx.give_record_number(INTERVIEW, office(1), 2026)
        .await
        .unwrap();
    assert_eq!(tx.sound_due(at(9_000)).await.unwrap(), [], "in a call");
    let closed = Closed {
        at: at(1_500),
        why: ClosedWhy::Ended,
    };
    tx.close_call(CallId::new(id(80)), closed).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    let addenda = reader.addenda(record.id).await.unwrap();
    assert_eq!(addenda, [addendum(231), addendum(232)]);
    let sound = reader.sound_due(at(0)).await.unwrap();
    assert_eq!(sound, [INTERVIEW]);
    assert_eq!(reader.talk_due(at(3_000)).await.unwrap(), []);
    let talk = reader.talk_due(at(3_001)).await.unwrap();
    assert_eq!(talk, [INTERVIEW]);
    let waited = Approval {
        submitted_at: at(2_000),
        approved_at: at(3_000),
    };
    let mut approvals = async |n, from, to| {
        let found = reader.approvals(office(n), at(from), at(to)).await;
        found.unwrap()
    };
    assert_eq!(approvals(1, 3_000, 3_001).await, [waited]);
    assert_eq!(approvals(1, 0, 3_000).await, []);
    assert_eq!(approvals(2, 0, 9_000).await, []);
    drop(reader);
    for statement in [
        "UPDATE notes SET content = zeroblob(41)",
        "UPDATE notes SET state = 'draft', version = 0",
        "DELETE FROM notes",
        "UPDATE note_versions SET content = zeroblob(41)",
        "DELETE FROM note_versions",
        "UPDATE note_events SET at_ms = 0",
        "DELETE FROM note_events",
        "UPDATE flag_signatures SET at_ms = 0",
        "DELETE FROM flag_signatures",
        "UPDATE records SET content = zeroblob(41)",
        "UPDATE records SET sha256 = zeroblob(32)",
        "DELETE FROM records",
        "UPDATE addenda SET words = zeroblob(41)",
        "DELETE FROM addenda",
        "UPDATE record_numbers SET running = 9",
        "DELETE FROM record_numbers",
        "UPDATE flags SET state = 'suggested', decided_ms = NULL, decided_by = NULL",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
    for table in [
        "notes",
        "note_versions",
        "note_events",
        "flag_signatures",
        "records",
        "addenda",
    ] {
        if let Some(statement) = B::replace(table) {
            assert!(backend.raw_built(statement).await.is_err(), "{table}");
        }
    }
    // A withdrawal takes the flags and leaves the record.
    backend.raw("DELETE FROM flags").await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.signatures(NOTE).await.unwrap(), [signed]);
    assert_eq!(reader.record_of(INTERVIEW).await.unwrap(), Some(record));
}

pub async fn record_numbers_run_by_office_and_fiscal_year<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.record_number(INTERVIEW).await.unwrap(), None);
    let number = |office: &str, fiscal_year, running| RecordNumber {
        office: office.to_owned(),
        fiscal_year,
        running,
    };
    let expected = [
        (1, number("中央", 2026, 1)),
        (1, number("中央", 2026, 2)),
        (2, number("東部", 2026, 1)),
        (1, number("中央", 2027, 1)),
        (1, number("中央", 2026, 3)),
    ];
    for (n, (of, number)) in (150..).zip(expected) {
        let row = interview_row(n, at(1_000));
        tx.insert_interview(&row).await.unwrap();
        let interview = row.interview.id;
        tx.give_record_number(interview, office(of), number.fiscal_year)
            .await
            .unwrap();
        let found = tx.interview_of_record(&number).await.unwrap();
        assert_eq!(found, Some(interview));
        assert_eq!(tx.record_number(interview).await.unwrap(), Some(number));
        let again = tx.give_record_number(interview, office(of), 2026).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    }
}

pub async fn open_notes_are_an_offices_and_not_approved<B: Backend>() {
    let backend = B::fresh().await;
    let mut tx = stage(&backend).await;
    let submitted = row(State::Submitted(submission(1)), 2);
    assert_eq!(tx.open_notes(office(1)).await.unwrap(), [submitted]);
    assert_eq!(tx.open_notes(office(2)).await.unwrap(), []);
    let signed = signature(user(11), 2);
    tx.insert_signature(NOTE, &signed).await.unwrap();
    tx.insert_record(&record(user(11))).await.unwrap();
    tx.update_note(&row(approval(user(11)), 3)).await.unwrap();
    assert_eq!(tx.open_notes(office(1)).await.unwrap(), []);
}

pub async fn a_memo_is_ones_own_and_changed_only_from_what_was_read<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let memo = |n: u8, revision| MemoRow {
        id: id(240 + u128::from(n)),
        interview: INTERVIEW,
        user: user(n.into()),
        words: sealed(n),
        saved_at: at(1_000 + i64::from(revision)),
        revision: Revision::new(revision).unwrap(),
    };
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.memo(INTERVIEW, user(10)).await.unwrap(), None);
    for row in [memo(10, 1), memo(11, 1), memo(10, 2)] {
        tx.put_memo(&row).await.unwrap();
    }
    let read = tx.memo(INTERVIEW, user(10)).await.unwrap();
    assert_eq!(read, Some(memo(10, 2)));
    let read = tx.memo(INTERVIEW, user(11)).await.unwrap();
    assert_eq!(read, Some(memo(11, 1)));
    for stale in [memo(10, 2), memo(10, 1), memo(11, 3)] {
        let done = tx.put_memo(&stale).await;
        assert!(matches!(done, Err(StoreError::Conflict)), "{done:?}");
    }
}
