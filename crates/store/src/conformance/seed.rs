//! One office, its people, one resident with a case, an interview and a seat, to test around.

use uuid::Uuid;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, ChainKey, Head};
use yorisoi_domain::ids::{
    CaseId, InterviewId, InvitationId, OfficeId, ParticipantId, ResidentId, UserId,
};
use yorisoi_domain::interview::{Interview, Kind, Method, State};
use yorisoi_domain::invitation::{Invitation, InvitationState};
use yorisoi_domain::office::Office;
use yorisoi_domain::participant::{GuestRole, Participant};
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::user::User;

use crate::{
    CaseRow, InterviewRow, Lookup, ParticipantRow, ResidentRow, Revision, Sealed, Store, Tx,
    UserRow,
};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in the calendar")
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn sealed(fill: u8) -> Sealed {
    Sealed::from_bytes(vec![fill; 60])
}

pub(super) fn lookup(fill: u8) -> Lookup {
    Lookup::from_bytes([fill; 32])
}

pub(super) fn office(n: u128) -> OfficeId {
    OfficeId::new(id(n))
}

/// The seeded ones are 10 and 11.
pub(super) fn user(n: u128) -> UserId {
    UserId::new(id(n))
}

pub(super) fn user_row(n: u8) -> UserRow {
    UserRow {
        user: User::new(user(n.into()), at(n.into())),
        login: lookup(n),
        login_name: sealed(n),
        name: sealed(n),
        revision: Revision::FIRST,
    }
}

pub(super) fn resident_row(n: u8) -> ResidentRow {
    ResidentRow {
        id: ResidentId::new(id(n.into())),
        name: sealed(n),
        kana: sealed(n),
        birth_date: sealed(n),
        identity: lookup(n),
        created_at: at(1),
        revision: Revision::FIRST,
    }
}

pub(super) fn case_row(n: u128, resident: ResidentId, office: OfficeId) -> CaseRow {
    CaseRow {
        id: CaseId::new(id(n)),
        resident,
        office,
        opened_at: at(i64::try_from(n).unwrap_or_default()),
        due_date: Some(sealed(1)),
        contact_restriction: None,
        barred: Some(sealed(2)),
        revision: Revision::FIRST,
    }
}

/// Scheduled, with the booking look-up `n`.
pub(super) fn interview_row(n: u8, scheduled_at: Timestamp) -> InterviewRow {
    InterviewRow {
        interview: Interview {
            id: InterviewId::new(id(n.into())),
            case: CaseId::new(id(40)),
            office: office(1),
            kind: Kind::Notification,
            method: Method::Online,
            scheduled_at,
            booked_by: user(10),
            booked_at: at(5),
            state: State::Scheduled,
        },
        booking_number: sealed(n),
        booking_lookup: lookup(n),
        revision: Revision::FIRST,
    }
}

pub(super) fn link(n: u8, interview: InterviewId) -> Invitation {
    Invitation {
        id: InvitationId::new(id(n.into())),
        interview,
        secret: SecretHash::of(&[n]),
        made_by: user(10),
        made_at: at(n.into()),
        expires_at: at(100_000),
        state: InvitationState::Open {
            first_claimed_at: None,
        },
    }
}

/// A resident's seat by the seeded link.
pub(super) fn seat(n: u8) -> ParticipantRow {
    ParticipantRow {
        participant: Participant::claim(
            ParticipantId::new(id(n.into())),
            InterviewId::new(id(50)),
            GuestRole::Resident,
            InvitationId::new(id(60)),
            at(n.into()),
        ),
        seat: Some(SecretHash::of(&[n])),
        nearby: None,
        device: None,
        revision: Revision::FIRST,
    }
}

/// Offices 1 and 2, users 10 and 11, resident 30, case 40, interview 50 at second 1,000, link 60,
/// seat 70.
pub(super) async fn seed(store: &dyn Store) {
    let mut tx = store.begin().await.expect("begin");
    for (n, name, code) in [
        (1, "中央保健センター", "中央"),
        (2, "東部保健センター", "東部"),
    ] {
        let office = Office {
            id: office(n),
            name: name.to_owned(),
            code: code.to_owned(),
        };
        tx.insert_office(&office).await.expect("office");
    }
    tx.insert_user(&user_row(10)).await.expect("user");
    tx.insert_user(&user_row(11)).await.expect("user");
    let resident = resident_row(30);
    tx.insert_resident(&resident).await.expect("resident");
    tx.insert_case(&case_row(40, resident.id, office(1)))
        .await
        .expect("case");
    let interview = interview_row(50, at(1_000));
    tx.insert_interview(&interview).await.expect("interview");
    tx.insert_invitation(&link(60, interview.interview.id))
        .await
        .expect("link");
    tx.insert_participant(&seat(70)).await.expect("seat");
    tx.commit().await.expect("commit");
}

pub(super) fn chain_key() -> ChainKey {
    ChainKey::new(&[7; 32])
}

pub(super) fn event(second: i64) -> AuditEvent {
    AuditEvent {
        at: at(second),
        actor: AuditActor::Staff(user(10), None),
        action: AuditAction::InterviewRead,
        office: Some(office(1)),
        interview: Some(InterviewId::new(id(50))),
        subject: None,
        count: 1,
    }
}

/// Appends as a use case does.
pub(super) async fn append(tx: &mut dyn Tx, event: &AuditEvent) -> Head {
    let chained = chain_key().chain(tx.audit_head().await.expect("head"), event);
    tx.append_audit(&chained).await.expect("append");
    Head {
        seq: chained.event.seq,
        link: chained.link,
    }
}
