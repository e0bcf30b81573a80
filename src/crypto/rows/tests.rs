//! Nothing personal lies in the clear, and no sealed value opens in another's place.

use jiff::civil::date;
use yorisoi_domain::case::{Case, CasePrivate, ContactRestriction};
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::{
    CaseId, FormId, InterviewId, KeyId, OfficeId, ParticipantId, ResidentId, UserId,
};
use yorisoi_domain::office::Office;
use yorisoi_domain::participant::Contact;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::risk::flag::{Decision, Flag, PackRef, State};
use yorisoi_domain::risk::form::{Answer, Given};
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::user::{User, UserNames};
use yorisoi_store::{FlagRow, FormRow, KeyKind, ResidentRow, Revision, Store as _};

use super::super::testing::{House, at, id};
use super::*;

const SENTENCE: &str = "白石ひなたは裏口に手紙を置いてほしい";

fn resident() -> Resident {
    Resident {
        id: ResidentId::new(id(30)),
        name: Pii::new(SENTENCE.to_owned()),
        kana: Pii::new("シライシ ヒナタ".to_owned()),
        birth_date: Pii::new(date(1998, 5, 12)),
    }
}

fn case() -> Case {
    Case {
        id: CaseId::new(id(40)),
        resident: resident().id,
        office: OfficeId::new(id(1)),
        opened_at: at(5),
        private: CasePrivate {
            due_date: Some(Pii::new(date(2027, 5, 24))),
            contact_restriction: Some(ContactRestriction {
                text: Pii::new(SENTENCE.to_owned()),
                set_by: UserId::new(id(10)),
                set_at: at(4),
            }),
            barred: vec![UserId::new(id(11))],
        },
    }
}

/// No file of the data folder holds a personal word, before and after the log is folded in;
/// the same probe finds the same sentence where it stands in a column that is not personal.
#[tokio::test]
async fn no_file_holds_a_personal_word() {
    let house = House::fresh().await;
    let ring = &house.ring;
    let person = KeyKind::Person;
    let key = ring
        .create(KeyId::new(id(1)), person, id(30), at(1))
        .await
        .unwrap();
    let own = ring
        .create(KeyId::new(id(2)), person, id(10), at(1))
        .await
        .unwrap();
    let names = UserNames {
        login_name: Pii::new("sano-no-kaigishitsu".to_owned()),
        name: Pii::new(SENTENCE.to_owned()),
    };
    let user = User::new(UserId::new(id(10)), at(1));
    let user_row = seal_user(&own, &house.lookups, user, &names, Revision::FIRST).unwrap();
    let row = seal_resident(&key, &house.lookups, &resident(), at(1), Revision::FIRST).unwrap();
    let case_row = seal_case(&key, &case(), Revision::FIRST).unwrap();
    let mut tx = house.store.begin().await.unwrap();
    let office = Office {
        id: OfficeId::new(id(1)),
        name: "中央保健センター".to_owned(),
        code: "中央".to_owned(),
    };
    tx.insert_office(&office).await.unwrap();
    tx.insert_user(&user_row).await.unwrap();
    tx.insert_resident(&row).await.unwrap();
    tx.insert_case(&case_row).await.unwrap();
    tx.commit().await.unwrap();

    for swept in [false, true] {
        if swept {
            assert!(house.store.sweep().await.unwrap());
        }
        for word in [
            SENTENCE,
            "ヒナタ",
            "1998-05-12",
            "2027-05-24",
            "sano-no-kaigishitsu",
        ] {
            assert_eq!(
                house.files_with(word.as_bytes()),
                Vec::<String>::new(),
                "{word}"
            );
        }
        assert!(
            !house.files_with("中央保健センター".as_bytes()).is_empty(),
            "the control"
        );
    }

    let mut reader = house.store.read().await.unwrap();
    let stored = reader.resident(resident().id).await.unwrap().unwrap();
    assert_eq!(open_resident(&key, &stored).unwrap(), resident());
    let stored = reader.case(case().id).await.unwrap().unwrap();
    assert_eq!(open_case(&key, &stored).unwrap(), case());
    let stored = reader.user(user.id).await.unwrap().unwrap();
    assert_eq!(open_user(&own, &stored).unwrap(), names);
    drop(reader);
    let mut control = house.store.begin().await.unwrap();
    let plain = Office {
        id: OfficeId::new(id(2)),
        name: SENTENCE.to_owned(),
        code: "x".to_owned(),
    };
    control.insert_office(&plain).await.unwrap();
    control.commit().await.unwrap();
    assert!(
        !house.files_with(SENTENCE.as_bytes()).is_empty(),
        "the control"
    );
}

#[tokio::test]
async fn columns_rows_and_revisions_do_not_change_places() {
    let house = House::fresh().await;
    let key = house
        .ring
        .create(KeyId::new(id(1)), KeyKind::Person, id(30), at(1))
        .await
        .unwrap();
    let row = seal_resident(&key, &house.lookups, &resident(), at(1), Revision::FIRST).unwrap();
    let swapped = ResidentRow {
        name: row.kana.clone(),
        kana: row.name.clone(),
        ..row.clone()
    };
    assert!(open_resident(&key, &swapped).is_err());
    let elsewhere = ResidentRow {
        id: ResidentId::new(id(31)),
        ..row.clone()
    };
    assert!(open_resident(&key, &elsewhere).is_err());
    let older = ResidentRow {
        revision: Revision::FIRST.next(),
        ..row.clone()
    };
    assert!(open_resident(&key, &older).is_err());
    let other = house
        .ring
        .create(KeyId::new(id(2)), KeyKind::Person, id(31), at(1))
        .await
        .unwrap();
    assert!(open_resident(&other, &row).is_err());
    assert!(open_resident(&key, &row).is_ok());
}

#[tokio::test]
async fn contact_and_booking_number_read_back_and_an_empty_case_stays_empty() {
    let house = House::fresh().await;
    let key = house
        .ring
        .create(KeyId::new(id(1)), KeyKind::Record, id(50), at(1))
        .await
        .unwrap();
    let contact = Contact {
        callback: Pii::new("090-0000-1234".to_owned()),
        place: Pii::new("市内".to_owned()),
    };
    let participant = ParticipantId::new(id(70));
    let row = seal_contact(&key, participant, &contact, at(1), Revision::FIRST).unwrap();
    assert_eq!(open_contact(&key, &row).unwrap(), contact);
    let interview = InterviewId::new(id(50));
    let number = Pii::new("K7R-4M2".to_owned());
    let sealed = seal_booking_number(&key, interview, &number).unwrap();
    assert_eq!(
        open_booking_number(&key, interview, &sealed).unwrap(),
        number
    );
    assert!(open_booking_number(&key, InterviewId::new(id(51)), &sealed).is_err());
    let empty = Case {
        private: CasePrivate::default(),
        ..case()
    };
    let row = seal_case(&key, &empty, Revision::FIRST).unwrap();
    assert_eq!((&row.due_date, &row.barred), (&None, &None));
    assert_eq!(open_case(&key, &row).unwrap(), empty);
}

#[tokio::test]
async fn what_a_nurse_wrote_to_a_flag_reads_back_and_not_in_each_others_place() {
    let house = House::fresh().await;
    let key = house
        .ring
        .create(KeyId::new(id(1)), KeyKind::Record, id(50), at(1))
        .await
        .unwrap();
    let decision = Decision {
        by: UserId::new(id(10)),
        at: at(2),
    };
    let flag = Flag {
        id: id(80).into(),
        interview: id(50).into(),
        item: "smoking".parse().unwrap(),
        tier: Tier::Review,
        pack: PackRef {
            version: "1".to_owned(),
            sha256: [0; 32],
        },
        found: None,
        seen: Some(Pii::new(SENTENCE.to_owned())),
        made_by: Some(decision.by),
        made_at: at(1),
        at: InterviewMs(5),
        quotes: Vec::new(),
        written: Vec::new(),
        state: State::Held {
            decision,
            words: Pii::new("母親に確認".to_owned()),
            until: at(9),
        },
    };
    let row = seal_flag(&key, &flag, Revision::FIRST).unwrap();
    assert_eq!(open_flag(&key, &row).unwrap(), flag);
    let State::Held { words, .. } = &row.flag.state else {
        panic!("{row:?}");
    };
    let mut swapped = row.clone();
    swapped.flag.seen = Some(words.clone());
    assert!(open_flag(&key, &swapped).is_err());
    let later = FlagRow {
        revision: Revision::FIRST.next(),
        ..row
    };
    assert!(open_flag(&key, &later).is_err());
}

#[tokio::test]
async fn answers_read_back_and_not_as_another_forms_or_revisions() {
    let house = House::fresh().await;
    let (form, other) = (FormId::new(id(90)), FormId::new(id(91)));
    let key = house
        .ring
        .create(KeyId::new(id(1)), KeyKind::Talk, form.uuid(), at(1))
        .await
        .unwrap();
    let answers = [Answer {
        question: "troubles".to_owned(),
        label: "困っていること".to_owned(),
        given: Given::Words(SENTENCE.to_owned()),
    }];
    let row = |id, revision, answers| FormRow {
        id,
        interview: InterviewId::new(self::id(50)),
        form: "questionnaire".to_owned(),
        content: 1,
        content_sha256: [0; 32],
        language: "ja".to_owned(),
        manner: Manner::Tap,
        by: None,
        answers,
        at: at(2),
        revision,
    };
    let sealed = seal_answers(&key, form, Revision::FIRST, &answers).unwrap();
    assert!(!format!("{sealed:?} {answers:?}").contains(SENTENCE));
    let kept = row(form, Revision::FIRST, sealed.clone());
    assert_eq!(open_answers(&key, &kept).unwrap(), answers);
    for swapped in [
        row(other, Revision::FIRST, sealed.clone()),
        row(form, Revision::FIRST.next(), sealed),
    ] {
        assert!(open_answers(&key, &swapped).is_err());
    }
}
