//! Forms, and the flags that they bear.

use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{FormId, InterviewId, ParticipantId};
use yorisoi_domain::interview::By;
use yorisoi_domain::risk::flag::State;
use yorisoi_domain::risk::form::Written;

use super::Backend;
use super::flags::flag;
use super::seed::{at, id, sealed, seed, user};
use crate::{DeletedForms, FormRow, NewCertificate, Revision, StoreError};

const INTERVIEW: InterviewId = InterviewId::new(uuid::Uuid::from_u128(50));

fn form(n: u128, name: &str, revision: Revision) -> FormRow {
    FormRow {
        id: FormId::new(id(n)),
        interview: INTERVIEW,
        form: name.to_owned(),
        content: 2,
        content_sha256: [4; 32],
        language: "ja-x-easy".to_owned(),
        manner: Manner::Tap,
        by: None,
        answers: sealed(1),
        at: at(900),
        revision,
    }
}

pub async fn a_form_reads_back_and_goes_with_what_it_bears<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let first = form(150, "questionnaire", Revision::FIRST);
    let mut second = form(150, "questionnaire", Revision::FIRST.next());
    (second.manner, second.by) = (Manner::Paper, Some(user(10)));
    let scale = form(151, "epds", Revision::FIRST);
    let mut borne = flag(120, State::Suggested);
    (borne.flag.found, borne.flag.quotes) = (None, Vec::new());
    let answer = |question: Option<&str>| Written::Answer {
        form: first.id,
        revision: 2,
        question: question.map(str::to_owned),
    };
    borne.flag.written = vec![
        Written::Weeks,
        answer(Some("alcohol")),
        answer(None),
        Written::Age,
    ];
    let mut tx = backend.store().begin().await.unwrap();
    for row in [&first, &second, &scale] {
        tx.insert_form(row).await.unwrap();
    }
    tx.insert_flag(&borne).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = backend.store().begin().await.unwrap();
    let other = form(152, "epds", Revision::FIRST);
    let twice = tx.insert_form(&other).await.unwrap_err();
    assert!(matches!(twice, StoreError::Conflict), "{twice:?}");
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    let mut nowhere = flag(121, State::Suggested);
    nowhere.flag.quotes = Vec::new();
    nowhere.flag.written = vec![Written::Answer {
        form: first.id,
        revision: 3,
        question: None,
    }];
    let refused = tx.insert_flag(&nowhere).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    drop(tx);
    let mut reader = backend.store().read().await.unwrap();
    let all = reader.forms_of(INTERVIEW).await.unwrap();
    assert_eq!(all, [scale, first.clone(), second]);
    assert_eq!(reader.flags_of(INTERVIEW).await.unwrap(), [borne.clone()]);
    drop(reader);
    let changed = backend.raw("UPDATE forms SET content = 3").await;
    assert!(changed.unwrap_err().contains("insert-only"));
    let nobody = "INSERT INTO forms SELECT id, 9, interview_id, form, content, content_sha256,
        language, 'paper', NULL, answers, at_ms FROM forms WHERE revision = 1 AND form = 'epds'";
    assert!(backend.raw(nobody).await.is_err());

    let mut tx = backend.store().begin().await.unwrap();
    let gone = tx.delete_forms_of(INTERVIEW).await.unwrap();
    let deleted = DeletedForms {
        forms: 3,
        borne: vec![borne.flag.id],
    };
    assert_eq!(gone, deleted);
    let again = tx.delete_forms_of(INTERVIEW).await.unwrap();
    assert_eq!(again, DeletedForms::default());
    let left = tx.flags_of(INTERVIEW).await.unwrap();
    assert_eq!(left[0].flag.written, [Written::Weeks, Written::Age]);
}

pub async fn no_form_is_written_after_a_withdrawal_and_none_outlives_a_talk_that_was_not<
    B: Backend,
>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    tx.insert_form(&form(150, "epds", Revision::FIRST))
        .await
        .unwrap();
    assert_eq!(tx.forms_due(at(1_000)).await.unwrap(), [], "still to come");
    assert_eq!(tx.forms_due(at(1_001)).await.unwrap(), [INTERVIEW]);
    let row = tx.interview(INTERVIEW).await.unwrap().unwrap();
    let cancelled = row
        .interview
        .cancel(By::Staff(user(10)), at(2_000))
        .unwrap();
    tx.save_interview(&cancelled, row.revision).await.unwrap();
    assert_eq!(tx.forms_due(at(2_000)).await.unwrap(), []);
    assert_eq!(tx.forms_due(at(2_001)).await.unwrap(), [INTERVIEW]);
    tx.insert_certificate(NewCertificate {
        interview: INTERVIEW,
        participant: ParticipantId::new(id(70)),
        manner: Manner::Tap,
        taken_by: None,
        at: at(2_100),
    })
    .await
    .unwrap();
    let late = form(150, "epds", Revision::FIRST.next());
    let late = tx.insert_form(&late).await.unwrap_err();
    assert!(matches!(late, StoreError::Refused(_)), "{late:?}");
    tx.delete_forms_of(INTERVIEW).await.unwrap();
    assert_eq!(tx.forms_due(at(9_000)).await.unwrap(), []);
}
