//! Which column is sealed under which key: every personal column of the store is named here, once,
//! and nowhere else. From plain records to rows and back.

use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use yorisoi_domain::case::{Case, CasePrivate};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::participant::Contact;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_domain::user::{User, UserNames};
use yorisoi_store::{CaseRow, ContactRow, ResidentRow, Revision, Sealed, SegmentRow, UserRow};

use super::lookups::Lookups;
use super::seal::{DataKey, Place, SealError};

mod notes;

pub use notes::{
    open_addendum, open_comment, open_memo, open_note, open_note_version, open_record,
    seal_addendum, seal_comment, seal_memo, seal_note, seal_note_version, seal_record,
};

/// Under the user's `person` key.
pub fn seal_user(
    key: &DataKey,
    lookups: &Lookups,
    user: User,
    names: &UserNames,
    revision: Revision,
) -> Result<UserRow, SealError> {
    let place = |column| Place {
        table: "users",
        column,
        row: user.id.uuid(),
        revision,
    };
    Ok(UserRow {
        user,
        login: lookups.login(&names.login_name),
        login_name: key.seal_text(place("login_name"), &names.login_name)?,
        name: key.seal_text(place("name"), &names.name)?,
        revision,
    })
}

pub fn open_user(key: &DataKey, row: &UserRow) -> Result<UserNames, SealError> {
    let (row_id, revision) = (row.user.id.uuid(), row.revision);
    let place = |column| Place {
        table: "users",
        column,
        row: row_id,
        revision,
    };
    Ok(UserNames {
        login_name: key.open_text(place("login_name"), &row.login_name)?,
        name: key.open_text(place("name"), &row.name)?,
    })
}

/// Under the resident's `person` key.
pub fn seal_resident(
    key: &DataKey,
    lookups: &Lookups,
    resident: &Resident,
    created_at: Timestamp,
    revision: Revision,
) -> Result<ResidentRow, SealError> {
    let place = |column| Place {
        table: "residents",
        column,
        row: resident.id.uuid(),
        revision,
    };
    Ok(ResidentRow {
        id: resident.id,
        name: key.seal_text(place("name"), &resident.name)?,
        kana: key.seal_text(place("kana"), &resident.kana)?,
        birth_date: seal_json(key, place("birth_date"), &resident.birth_date)?,
        identity: lookups.identity(&resident.kana, &resident.birth_date),
        created_at,
        revision,
    })
}

pub fn open_resident(key: &DataKey, row: &ResidentRow) -> Result<Resident, SealError> {
    let place = |column| Place {
        table: "residents",
        column,
        row: row.id.uuid(),
        revision: row.revision,
    };
    Ok(Resident {
        id: row.id,
        name: key.open_text(place("name"), &row.name)?,
        kana: key.open_text(place("kana"), &row.kana)?,
        birth_date: open_json(key, place("birth_date"), &row.birth_date)?,
    })
}

/// Under the resident's `person` key.
pub fn seal_case(key: &DataKey, case: &Case, revision: Revision) -> Result<CaseRow, SealError> {
    let place = |column| Place {
        table: "cases",
        column,
        row: case.id.uuid(),
        revision,
    };
    let CasePrivate {
        due_date,
        contact_restriction,
        barred,
    } = &case.private;
    let barred = (!barred.is_empty()).then_some(barred);
    Ok(CaseRow {
        id: case.id,
        resident: case.resident,
        office: case.office,
        opened_at: case.opened_at,
        due_date: seal_optional(key, place("due_date"), due_date.as_ref())?,
        contact_restriction: seal_optional(
            key,
            place("contact_restriction"),
            contact_restriction.as_ref(),
        )?,
        barred: seal_optional(key, place("barred"), barred)?,
        revision,
    })
}

pub fn open_case(key: &DataKey, row: &CaseRow) -> Result<Case, SealError> {
    let place = |column| Place {
        table: "cases",
        column,
        row: row.id.uuid(),
        revision: row.revision,
    };
    let due_date: Option<Pii<Date>> = open_optional(key, place("due_date"), row.due_date.as_ref())?;
    Ok(Case {
        id: row.id,
        resident: row.resident,
        office: row.office,
        opened_at: row.opened_at,
        private: CasePrivate {
            due_date,
            contact_restriction: open_optional(
                key,
                place("contact_restriction"),
                row.contact_restriction.as_ref(),
            )?,
            barred: open_optional(key, place("barred"), row.barred.as_ref())?.unwrap_or_default(),
        },
    })
}

/// Under the interview's `record` key, once and for good.
pub fn seal_booking_number(
    key: &DataKey,
    interview: InterviewId,
    number: &Pii<String>,
) -> Result<Sealed, SealError> {
    key.seal_text(booking_number(interview), number)
}

pub fn open_booking_number(
    key: &DataKey,
    interview: InterviewId,
    sealed: &Sealed,
) -> Result<Pii<String>, SealError> {
    key.open_text(booking_number(interview), sealed)
}

const fn booking_number(interview: InterviewId) -> Place {
    Place {
        table: "interviews",
        column: "booking_number",
        row: interview.uuid(),
        revision: Revision::FIRST,
    }
}

/// Under the interview's `record` key.
pub fn seal_contact(
    key: &DataKey,
    participant: ParticipantId,
    contact: &Contact,
    given_at: Timestamp,
    revision: Revision,
) -> Result<ContactRow, SealError> {
    let place = |column| Place {
        table: "contacts",
        column,
        row: participant.uuid(),
        revision,
    };
    Ok(ContactRow {
        participant,
        callback: key.seal_text(place("callback"), &contact.callback)?,
        place: key.seal_text(place("place"), &contact.place)?,
        given_at,
        revision,
    })
}

pub fn open_contact(key: &DataKey, row: &ContactRow) -> Result<Contact, SealError> {
    let id: Uuid = row.participant.uuid();
    let place = |column| Place {
        table: "contacts",
        column,
        row: id,
        revision: row.revision,
    };
    Ok(Contact {
        callback: key.open_text(place("callback"), &row.callback)?,
        place: key.open_text(place("place"), &row.place)?,
    })
}

/// Under the speaker's `talk` key.
pub fn seal_segment(
    key: &DataKey,
    segment: &Segment,
    confirmed_at: Timestamp,
) -> Result<SegmentRow, SealError> {
    let revision = Revision::new(segment.revision).unwrap_or(Revision::FIRST);
    let words = (&segment.text, &segment.pieces);
    Ok(SegmentRow {
        id: segment.id,
        track: segment.track,
        start: segment.start,
        end: segment.end,
        revision,
        model_sha256: segment.model_sha256,
        text: seal_json(key, segment_text(segment.id.uuid(), revision), &words)?,
        confirmed_at,
    })
}

pub fn open_segment(key: &DataKey, row: &SegmentRow) -> Result<Segment, SealError> {
    let (text, pieces) = open_json(key, segment_text(row.id.uuid(), row.revision), &row.text)?;
    Ok(Segment {
        id: row.id,
        track: row.track,
        start: row.start,
        end: row.end,
        text,
        pieces,
        model_sha256: row.model_sha256,
        revision: row.revision.number(),
    })
}

const fn segment_text(row: Uuid, revision: Revision) -> Place {
    Place {
        table: "segments",
        column: "text",
        row,
        revision,
    }
}

fn seal_optional<T: Serialize>(
    key: &DataKey,
    place: Place,
    value: Option<&T>,
) -> Result<Option<Sealed>, SealError> {
    value.map(|value| seal_json(key, place, value)).transpose()
}

fn open_optional<T: DeserializeOwned>(
    key: &DataKey,
    place: Place,
    sealed: Option<&Sealed>,
) -> Result<Option<T>, SealError> {
    sealed
        .map(|sealed| open_json(key, place, sealed))
        .transpose()
}

fn seal_json<T: Serialize>(key: &DataKey, place: Place, value: &T) -> Result<Sealed, SealError> {
    let Place { table, column, .. } = place;
    let json = serde_json::to_vec(value).map_err(|_| SealError::Content { table, column })?;
    key.seal(place, &zeroize::Zeroizing::new(json))
}

fn open_json<T: DeserializeOwned>(
    key: &DataKey,
    place: Place,
    sealed: &Sealed,
) -> Result<T, SealError> {
    let Place { table, column, .. } = place;
    // The parser's error would quote what it read.
    serde_json::from_slice(&key.open(place, sealed)?)
        .map_err(|_| SealError::Content { table, column })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use yorisoi_domain::case::ContactRestriction;
    use yorisoi_domain::ids::{CaseId, KeyId, OfficeId, ResidentId, UserId};
    use yorisoi_domain::office::Office;
    use yorisoi_store::{KeyKind, Store as _};

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
}
