//! Seats, the door, consent, and what the schema itself refuses.

use yorisoi_domain::access::{Assignment, Role};
use yorisoi_domain::consent::{
    Answer, ConsentEntry, ConsentText, Manner, RecordedBy, Transcription, YesNo,
};
use yorisoi_domain::identity::{IdentityResult, IdentityTry};
use yorisoi_domain::ids::AssignmentId;
use yorisoi_domain::ids::{CaseId, ConsentId, InterviewId, ParticipantId};
use yorisoi_domain::interview::{Method, MethodChange};
use yorisoi_domain::participant::{
    DeviceCheck, DeviceState, Hand, LeftHow, Nearby, Network, Noise, Participant, State,
};
use yorisoi_domain::secret::SecretHash;

use super::Backend;
use super::seed::{
    append, at, case_row, event, id, interview_row, link, office, resident_row, sealed, seat, seed,
    user,
};
use crate::{ContactRow, ParticipantRow, Revision, StoreError};

pub async fn every_state_of_a_participant_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut states = vec![
        State::Claimed { at: at(1) },
        State::Identified { at: at(2) },
        State::Knocking {
            since: at(3),
            asked_to_wait: None,
        },
        State::Knocking {
            since: at(3),
            asked_to_wait: Some(Hand {
                at: at(4),
                by: user(10),
            }),
        },
        State::Admitted {
            at: at(5),
            by: user(10),
        },
        State::Refused {
            at: at(6),
            by: user(10),
        },
    ];
    for how in [LeftHow::Closed, LeftHow::QuickExit, LeftHow::InterviewOver] {
        states.push(State::Left { at: at(7), how });
    }
    let mut tx = backend.store().begin().await.unwrap();
    for (n, state) in (100..).zip(states) {
        let mut row = seat(n);
        tx.insert_participant(&row).await.unwrap();
        row.participant.state = state;
        row.revision = tx
            .save_participant(&row.participant, row.revision)
            .await
            .unwrap();
        row.seat = row.seat.filter(|_| !state.is_final());
        assert_eq!(
            tx.participant(row.participant.id).await.unwrap(),
            Some(row.clone())
        );
        let old = tx.save_participant(&row.participant, Revision::FIRST).await;
        assert!(old.is_err(), "saved from a state that was not read");
    }
    let nurse = ParticipantRow {
        participant: Participant::nurse(
            ParticipantId::new(id(200)),
            InterviewId::new(id(50)),
            user(10),
            at(8),
        ),
        seat: None,
        ..seat(200)
    };
    tx.insert_participant(&nurse).await.unwrap();
    let all = tx.participants_of(InterviewId::new(id(50))).await.unwrap();
    assert_eq!(all.first(), Some(&seat(70)));
    assert_eq!(all.last(), Some(&nurse));
}

pub async fn who_is_out_has_no_seat_and_gets_none<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let token = SecretHash::of(&[70]);
    let row = tx.participant_by_seat(token).await.unwrap().unwrap();
    assert_eq!(row, seat(70));
    let ended = tx.end_seats().await.unwrap();
    assert!(ended >= 1);
    assert_eq!(tx.participant_by_seat(token).await.unwrap(), None);
    assert_eq!(tx.end_seats().await.unwrap(), 0);
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    let gone = row.participant.leave(LeftHow::QuickExit, at(80)).unwrap();
    let next = tx.save_participant(&gone, row.revision).await.unwrap();
    assert_eq!(tx.participant_by_seat(token).await.unwrap(), None);
    let back = tx.save_participant(&row.participant, next).await;
    assert!(matches!(back, Err(StoreError::Refused(_))), "{back:?}");
    let said = tx.set_nearby(gone.id, Nearby::Alone, at(81)).await;
    assert!(matches!(said, Err(StoreError::Refused(_))), "{said:?}");
}

pub async fn what_is_said_at_the_door_reads_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let participant = ParticipantId::new(id(70));
    tx.set_nearby(participant, Nearby::Alone, at(71))
        .await
        .unwrap();
    tx.set_nearby(participant, Nearby::Someone, at(72))
        .await
        .unwrap();
    let device = DeviceCheck {
        camera: DeviceState::Refused,
        microphone: DeviceState::Works,
        noise: Noise::Some,
        network: Network::Weak,
    };
    tx.set_device(participant, device, at(73)).await.unwrap();
    let row = tx.participant(participant).await.unwrap().unwrap();
    assert_eq!(row.nearby, Some((Nearby::Someone, at(72))));
    assert_eq!(row.device, Some((device, at(73))));
    assert_eq!(
        row.revision,
        Revision::FIRST,
        "answers are no change of state"
    );
    let contact = |fill, revision| ContactRow {
        participant,
        callback: sealed(fill),
        place: sealed(fill),
        given_at: at(74),
        revision,
    };
    assert_eq!(tx.contact(participant).await.unwrap(), None);
    tx.put_contact(&contact(1, Revision::FIRST)).await.unwrap();
    assert!(matches!(
        tx.put_contact(&contact(2, Revision::FIRST)).await,
        Err(StoreError::Conflict)
    ));
    let second = contact(3, Revision::FIRST.next());
    tx.put_contact(&second).await.unwrap();
    assert_eq!(tx.contact(participant).await.unwrap(), Some(second));
    let one = |second, birth_date| IdentityTry {
        interview: InterviewId::new(id(50)),
        participant,
        at: at(second),
        result: IdentityResult {
            kana: true,
            birth_date,
            booking_number: false,
        },
    };
    for (second, birth_date) in [(75, false), (76, true)] {
        tx.insert_identity_try(&one(second, birth_date))
            .await
            .unwrap();
    }
    let tries = tx.identity_tries(InterviewId::new(id(50))).await.unwrap();
    assert_eq!(tries, [one(75, false), one(76, true)]);
}

fn entry(n: u8, answer: Answer) -> ConsentEntry {
    ConsentEntry {
        id: ConsentId::new(id(n.into())),
        participant: ParticipantId::new(id(70)),
        answer,
        text: ConsentText {
            version: 3,
            sha256: [n; 32],
            language: "ja-x-easy".to_owned(),
        },
        manner: Manner::Tap,
        recorded_by: RecordedBy::Herself,
        read_aloud_by: None,
        // All in the same millisecond: the order is the order of recording.
        at: at(80),
    }
}

pub async fn consents_keep_their_order_and_every_answer<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let answers = [
        Answer::Interview(YesNo::Yes),
        Answer::Transcription(Transcription::Transcript),
        Answer::Transcription(Transcription::CaptionsOnly),
        Answer::Transcription(Transcription::None),
        Answer::KeepAudio(YesNo::No),
        Answer::Sharing(YesNo::Yes),
        Answer::Interview(YesNo::No),
    ];
    // Ids in the opposite order, so that an order by id would show.
    let mut entries: Vec<_> = (0..)
        .zip(answers)
        .map(|(n, answer)| entry(200 - n, answer))
        .collect();
    entries[4].manner = Manner::NotAsked;
    entries[5].manner = Manner::Spoken;
    entries[5].recorded_by = RecordedBy::Staff(user(10));
    entries[5].read_aloud_by = Some(user(11));
    entries[6].manner = Manner::Paper;
    let mut tx = backend.store().begin().await.unwrap();
    for one in &entries {
        tx.insert_consent(one).await.unwrap();
    }
    assert!(matches!(
        tx.insert_consent(&entries[0]).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(
        tx.consents(ParticipantId::new(id(70))).await.unwrap(),
        entries
    );
    assert_eq!(tx.consents(ParticipantId::new(id(71))).await.unwrap(), []);
}

pub async fn references_hold<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let nowhere = InterviewId::new(id(999));
    let mut homeless = interview_row(51, at(0));
    homeless.interview.case = CaseId::new(id(999));
    let mut lost = seat(71);
    lost.participant.interview = nowhere;
    let mut orphan = entry(90, Answer::Interview(YesNo::Yes));
    orphan.participant = ParticipantId::new(id(999));
    for refused in [
        tx.insert_interview(&homeless).await,
        tx.insert_case(&case_row(41, resident_row(31).id, office(1)))
            .await,
        tx.insert_case(&case_row(42, resident_row(30).id, office(9)))
            .await,
        tx.insert_invitation(&link(62, nowhere)).await,
        tx.insert_participant(&lost).await,
        tx.insert_consent(&orphan).await,
    ] {
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
    }
    drop(tx);
    for statement in [
        "DELETE FROM interviews",
        "DELETE FROM cases",
        "DELETE FROM residents",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
}

/// Also past the traits: by whoever holds the database while its rules are in force.
pub async fn insert_only_rows_stay_as_they_are<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let participant = ParticipantId::new(id(70));
    let interview = InterviewId::new(id(50));
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_consent(&entry(90, Answer::Interview(YesNo::Yes)))
        .await
        .unwrap();
    let result = IdentityResult {
        kana: false,
        birth_date: true,
        booking_number: true,
    };
    let one = IdentityTry {
        interview,
        participant,
        at: at(1),
        result,
    };
    tx.insert_identity_try(&one).await.unwrap();
    let change = MethodChange {
        interview,
        from: Method::Online,
        to: Method::Telephone,
        at: at(1),
        by: user(10),
    };
    tx.insert_method_change(&change).await.unwrap();
    let help = Assignment {
        id: AssignmentId::new(id(91)),
        user: user(11),
        case: CaseId::new(id(40)),
        role: Role::Nurse,
        from: at(1),
        ends_at: at(2),
    };
    tx.insert_assignment(&help, user(10), at(1)).await.unwrap();
    let head = append(tx.as_mut(), &event(1)).await;
    tx.commit().await.unwrap();
    for (update, delete, table) in [
        (
            "UPDATE consents SET value = 'no'",
            "DELETE FROM consents",
            "consents",
        ),
        (
            "UPDATE identity_tries SET kana_ok = 1",
            "DELETE FROM identity_tries",
            "identity_tries",
        ),
        (
            "UPDATE method_changes SET at_ms = 0",
            "DELETE FROM method_changes",
            "method_changes",
        ),
        (
            "UPDATE assignments SET ends_ms = 99999",
            "DELETE FROM assignments",
            "assignments",
        ),
        (
            "UPDATE audit_events SET action = 'x'",
            "DELETE FROM audit_events",
            "audit_events",
        ),
    ] {
        for statement in [update, delete] {
            let refused = backend.raw(statement).await.unwrap_err();
            assert!(refused.contains("insert-only"), "{statement}: {refused}");
        }
        // Rows that nothing but their own place identifies can't be replaced, only doubled.
        let named = !matches!(table, "identity_tries" | "method_changes");
        if let Some(statement) = B::replace(table).filter(|_| named) {
            assert!(
                backend.raw_built(statement.clone()).await.is_err(),
                "{statement}"
            );
        }
    }
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.audit_head().await.unwrap(), head);
    assert_eq!(reader.identity_tries(interview).await.unwrap(), [one]);
    assert_eq!(reader.method_changes(interview).await.unwrap(), [change]);
    assert_eq!(reader.assignments_to(help.case).await.unwrap(), [help]);
    let consents = reader.consents(participant).await.unwrap();
    assert_eq!(consents, [entry(90, Answer::Interview(YesNo::Yes))]);
}
