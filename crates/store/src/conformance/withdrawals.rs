//! What was taken back, and pauses.

use yorisoi_domain::audit::Head;
use yorisoi_domain::call::pause::Pause;
use yorisoi_domain::consent::{ConsentText, Manner};
use yorisoi_domain::ids::{InterviewId, ParticipantId, UserId};
use yorisoi_domain::second_voice::{SaidBeside, SecondVoiceEntry};
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};

use super::Backend;
use super::seed::{at, id, seed};
use super::transcripts::{seed_track, segment};
use crate::{DeletedWords, NewCertificate, StoreError};

pub async fn a_withdrawn_voice_has_a_number_and_no_words_ever_again<B: Backend>() {
    let backend = B::fresh().await;
    seed_track(&backend).await;
    let (interview, participant) = (InterviewId::new(id(50)), ParticipantId::new(id(70)));
    let new = NewCertificate {
        interview,
        participant,
        manner: Manner::Spoken,
        taken_by: Some(UserId::new(id(10))),
        at: at(1_000),
    };
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_segment(&segment(101, 0, 10)).await.unwrap();
    tx.insert_segment(&segment(102, 20, 30)).await.unwrap();
    assert_eq!(tx.certificate_of(participant).await.unwrap(), None);
    let none = tx.last_certificate().await.unwrap();
    assert_eq!(none, CertificateNumber(0));
    let number = tx.insert_certificate(new).await.unwrap();
    assert_eq!(number, CertificateNumber(1));
    assert_eq!(tx.last_certificate().await.unwrap(), number);
    tx.commit().await.unwrap();

    // Whoever was slow is refused.
    let mut tx = backend.store().begin().await.unwrap();
    let late = tx.insert_segment(&segment(103, 40, 50)).await.unwrap_err();
    assert!(matches!(late, StoreError::Refused(_)), "{late:?}");
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    let twice = tx.insert_certificate(new).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict), "{twice:?}");
    drop(tx);

    let head = Head {
        seq: 7,
        link: [9; 32],
    };
    let certificate = |done_at: Option<_>| Certificate {
        number,
        interview,
        participant,
        manner: Manner::Spoken,
        taken_by: new.taken_by,
        at: new.at,
        done_at,
        audit: done_at.map(|_| head),
    };
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(tx.open_certificates().await.unwrap(), [certificate(None)]);
    let deleted = |segments| DeletedWords {
        segments,
        quoted_by: Vec::new(),
    };
    let gone = tx.delete_words_of(participant).await.unwrap();
    assert_eq!(gone, deleted(2));
    let again = tx.delete_words_of(participant).await.unwrap();
    assert_eq!(again, deleted(0));
    tx.finish_certificate(number, at(1_001), head)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let done = certificate(Some(at(1_001)));
    let mut reader = backend.store().read().await.unwrap();
    assert!(reader.segments_of(interview).await.unwrap().is_empty());
    assert_eq!(reader.open_certificates().await.unwrap(), []);
    assert_eq!(
        reader.certificate(number).await.unwrap(),
        Some(done.clone())
    );
    let next = CertificateNumber(number.0 + 1);
    assert_eq!(reader.certificate(next).await.unwrap(), None);
    assert_eq!(reader.certificates_of(interview).await.unwrap(), [done]);
    drop(reader);
    for statement in [
        "UPDATE certificates SET at_ms = 0",
        "DELETE FROM certificates",
        "UPDATE certificates_done SET done_ms = 0",
        "DELETE FROM certificates_done",
        "INSERT INTO certificates_done VALUES (2, 0, NULL, NULL)",
        "INSERT INTO certificates SELECT 3, interview_id, X'00000000000000000000000000000001',
             kind, manner, taken_by, at_ms FROM certificates",
    ] {
        assert!(backend.raw(statement).await.is_err(), "{statement}");
    }
}

pub async fn pauses_keep_their_order<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let interview = InterviewId::new(id(50));
    let of = Some(ParticipantId::new(id(70)));
    let pauses = [(of, true), (None, true), (of, false), (None, false)];
    let pauses = pauses.map(|(of, on)| Pause { of, on });
    let mut tx = backend.store().begin().await.unwrap();
    for pause in pauses {
        // All at once: it is the order that counts, not the time.
        tx.insert_pause(interview, pause, at(1)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.pauses_of(interview).await.unwrap(), pauses);
    let other = InterviewId::new(id(51));
    assert_eq!(reader.pauses_of(other).await.unwrap(), []);
    drop(reader);
    let changed = backend.raw("UPDATE pauses SET paused = 0").await;
    assert!(changed.unwrap_err().contains("insert-only"));
}

pub async fn who_else_speaks_is_noted_in_order_with_what_was_read_to_them<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let of = ParticipantId::new(id(70));
    let read = ConsentText {
        version: 1,
        sha256: [5; 32],
        language: "ja".to_owned(),
    };
    let entry = |said, text| SecondVoiceEntry {
        at: of,
        said,
        text,
        recorded_by: UserId::new(id(10)),
        when: at(5),
    };
    let all = [
        entry(SaidBeside::Speaks, None),
        entry(SaidBeside::Refuses, Some(read.clone())),
        entry(SaidBeside::Agrees, Some(read.clone())),
        entry(SaidBeside::Gone, None),
    ];
    let mut tx = backend.store().begin().await.unwrap();
    for one in &all {
        tx.insert_second_voice(one).await.unwrap();
    }
    // A yes to nothing that was read is none.
    let empty = entry(SaidBeside::Agrees, None);
    assert!(tx.insert_second_voice(&empty).await.is_err());
    tx.commit().await.unwrap();
    let mut reader = backend.store().read().await.unwrap();
    assert_eq!(reader.second_voices(of).await.unwrap(), all);
    let other = ParticipantId::new(id(71));
    assert_eq!(reader.second_voices(other).await.unwrap(), []);
    drop(reader);
    let changed = backend.raw("UPDATE second_voices SET said = 'gone'").await;
    assert!(changed.unwrap_err().contains("insert-only"));
}
