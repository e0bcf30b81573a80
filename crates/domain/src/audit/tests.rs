//! The chain: every kind of change shows, and the encoding is what its table says.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn key() -> ChainKey {
    ChainKey::new(&[7; 32])
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn event() -> impl Strategy<Value = AuditEvent> {
    let actor = prop_oneof![
        (
            1u128..4,
            prop::option::of(prop::sample::select(Role::ALL.to_vec()))
        )
            .prop_map(|(user, role)| AuditActor::Staff(UserId::new(id(user)), role)),
        (1u128..4).prop_map(|n| AuditActor::Participant(ParticipantId::new(id(n)))),
        Just(AuditActor::Anonymous),
        Just(AuditActor::Operator),
        Just(AuditActor::System),
    ];
    let action = prop_oneof![
        prop::sample::select(AuditAction::PLAIN.to_vec()),
        Just(AuditAction::Denied(Action::ReadTranscript, Denial::Barred)),
    ];
    let subject = prop_oneof![
        (1u128..4).prop_map(|n| AuditSubject::Case(CaseId::new(id(n)))),
        (1u128..4).prop_map(|n| AuditSubject::User(UserId::new(id(n)))),
    ];
    let interview = prop::option::of((1u128..4).prop_map(|n| InterviewId::new(id(n))));
    (
        0i64..10_000,
        actor,
        action,
        interview,
        prop::option::of(subject),
        0u32..5,
    )
        .prop_map(
            |(ms, actor, action, interview, subject, count)| AuditEvent {
                at: Timestamp::from_millisecond(ms).unwrap(),
                actor,
                action,
                office: None,
                interview,
                subject,
                count,
            },
        )
}

fn chain(events: &[AuditEvent]) -> Vec<ChainedEvent> {
    let mut head = Head::EMPTY;
    let link = |event| {
        let chained = key().chain(head, event);
        head = Head {
            seq: chained.event.seq,
            link: chained.link,
        };
        chained
    };
    events.iter().map(link).collect()
}

fn chained() -> impl Strategy<Value = Vec<ChainedEvent>> {
    prop::collection::vec(event(), 2..20).prop_map(|events| chain(&events))
}

/// One field of a row made into something else.
fn edit(row: &mut ChainedEvent, field: usize) {
    let event = &mut row.event;
    match field {
        0 => event.at_ms += 1,
        1 => event.actor_kind.push('x'),
        2 => event.actor_id = Some(id(99)),
        3 => event.actor_role.push('x'),
        4 => event.action.push('x'),
        5 => event.office_id = Some(id(99)),
        6 => event.interview_id = Some(id(99)),
        7 => event.subject_kind.push('x'),
        8 => event.subject_id = Some(id(99)),
        9 => event.count += 1,
        10 => row.link[31] ^= 1,
        _ => event.action = "x".repeat(300),
    }
}

proptest! {
    #[test]
    fn what_was_written_verifies_in_one_go_and_page_by_page(rows in chained(), cut in any::<prop::sample::Index>()) {
        let end = key().verify(Head::EMPTY, &rows).unwrap();
        prop_assert_eq!(end.seq, u64::try_from(rows.len()).unwrap());
        let (first, second) = rows.split_at(cut.index(rows.len()));
        let half = key().verify(Head::EMPTY, first).unwrap();
        prop_assert_eq!(key().verify(half, second).unwrap(), end);
    }

    #[test]
    fn an_edit_of_any_field_shows_where_it_is(mut rows in chained(), at in any::<prop::sample::Index>(), field in 0usize..12) {
        let at = at.index(rows.len());
        edit(&mut rows[at], field);
        let seq = rows[at].event.seq;
        let found = key().verify(Head::EMPTY, &rows).unwrap_err();
        let expected = if field == 11 { Broken::Text { seq } } else { Broken::Link { seq } };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_deletion_shows(mut rows in chained(), at in any::<prop::sample::Index>()) {
        let at = at.index(rows.len() - 1);
        rows.remove(at);
        let seq = u64::try_from(at).unwrap() + 1;
        prop_assert_eq!(key().verify(Head::EMPTY, &rows), Err(Broken::Gap { expected: seq, found: seq + 1 }));
        // Also when the rows behind it are numbered anew.
        for (row, seq) in rows.iter_mut().zip(1..) {
            row.event.seq = seq;
        }
        prop_assert_eq!(key().verify(Head::EMPTY, &rows), Err(Broken::Link { seq }));
    }

    #[test]
    fn a_swap_shows(mut rows in chained(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let a = a.index(rows.len());
        // Any other place than `a`.
        let b = (a + 1 + b.index(rows.len() - 1)) % rows.len();
        rows.swap(a, b);
        prop_assert!(key().verify(Head::EMPTY, &rows).is_err());
        for (row, seq) in rows.iter_mut().zip(1..) {
            row.event.seq = seq;
        }
        prop_assert!(key().verify(Head::EMPTY, &rows).is_err());
    }

    #[test]
    fn a_cut_at_the_end_leaves_a_head_that_is_not_the_noted_one(mut rows in chained()) {
        let noted = key().verify(Head::EMPTY, &rows).unwrap();
        rows.pop();
        prop_assert_ne!(key().verify(Head::EMPTY, &rows).unwrap(), noted);
    }

    #[test]
    fn without_the_key_no_chain_can_be_made(rows in chained(), byte in 0u8..=255) {
        prop_assume!(byte != 7);
        let broken = ChainKey::new(&[byte; 32]).verify(Head::EMPTY, &rows).unwrap_err();
        prop_assert_eq!(broken, Broken::Link { seq: 1 });
    }
}

/// Fixed bytes, so that the encoding can't change unnoticed, and so that anybody with the key can
/// compute the link with other tools.
#[test]
fn the_encoding_is_the_documented_one() {
    let event = AuditEvent {
        at: Timestamp::from_millisecond(1_764_032_401_234).unwrap(),
        actor: AuditActor::Staff(UserId::new(id(0x10)), Some(Role::Nurse)),
        action: AuditAction::Admitted,
        office: None,
        interview: Some(InterviewId::new(id(0x20))),
        subject: Some(AuditSubject::Participant(ParticipantId::new(id(0x30)))),
        count: 1,
    };
    let chained = key().chain(Head::EMPTY, &event);
    let mut bytes = vec![1];
    bytes.extend(1_764_032_401_234_i64.to_be_bytes());
    bytes.extend(b"\x05staff\x01");
    bytes.extend(0x10_u128.to_be_bytes());
    bytes.extend(b"\x05nurse\x08admitted\x00\x01");
    bytes.extend(0x20_u128.to_be_bytes());
    bytes.extend(b"\x0bparticipant\x01");
    bytes.extend(0x30_u128.to_be_bytes());
    bytes.extend([0, 0, 0, 1]);
    assert_eq!(chained.event.encode().unwrap(), bytes);
    let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    mac.update(&[0; 32]);
    mac.update(&[0, 0, 0, 0, 0, 0, 0, 1]);
    mac.update(&bytes);
    assert_eq!(chained.link[..], mac.finalize().into_bytes()[..]);
}

#[test]
fn codes_are_short_and_no_two_are_the_same() {
    let codes: BTreeSet<String> = AuditAction::PLAIN
        .iter()
        .map(|action| action.code())
        .collect();
    assert_eq!(codes.len(), AuditAction::PLAIN.len());
    assert!(
        codes
            .iter()
            .all(|code| code.len() < 64 && !code.contains(':'))
    );
    let denied: BTreeSet<&str> = Action::ALL.iter().map(|action| action.code()).collect();
    assert_eq!(denied.len(), Action::ALL.len());
    assert!(denied.iter().all(|code| code.len() < 64));
}
