//! The table against the people of the product, written by hand and not derived from it.

use proptest::prelude::*;
use uuid::Uuid;

use super::Action::*;
use super::*;

const NOW: i64 = 1_000;
const OFFICE: u128 = 1;
const ELSEWHERE: u128 = 2;
const RELATIVE: u128 = 77;

/// Who asks, in the order of the columns below.
const WHO: [&str; 12] = [
    "nurse of the office",
    "approver of the office",
    "administrator",
    "nurse of another office",
    "nurse of another office, assigned to the case",
    "the same after the assignment's end",
    "nurse of the office, barred from the case",
    "seat in the interview, identity proven",
    "seat in the interview, identity unproven",
    "seat in another interview",
    "nobody signed in",
    "command line",
];

/// What it is done to: the municipality, what somebody else has asked of it, the office, the interview.
#[derive(Clone, Copy)]
enum To {
    City,
    Request,
    Office,
    Interview,
}
use To::{City, Interview as Talk, Office as Desk, Request as Asked};

#[rustfmt::skip]
const MATRIX: &[(Action, To, &str)] = &[
    //                          nurse approver administrator
    //                          |||  other office: not assigned, assigned, over
    //                          ||| |||  barred
    //                          ||| ||| |  seats: proven, unproven, another's
    //                          ||| ||| | |||  nobody, command line
    (SignIn,           City,   "yyy yyy y yyy yy"),
    (SignOut,          City,   "yyy yyy y ... .."),
    (ReadOwnAccount,   City,   "yyy yyy y ... .."),
    (ListInterviews,   Desk,   "yy. ... y ... .."),
    (BookInterview,    Desk,   "y.. ... y ... .."),
    (ReadInterview,    Talk,   "yy. .y. . ... .."),
    (RenewInvitation,  Talk,   "y.. .y. . ... .."),
    (CancelInterview,  Talk,   "y.. .y. . ... .."),
    (SeeDoor,          Talk,   "y.. .y. . ... .."),
    (Admit,            Talk,   "y.. .y. . ... .."),
    (EnterRoom,        Talk,   "y.. .y. . ... .."),
    (EndInterview,     Talk,   "y.. .y. . ... .."),
    (ReadTranscript,   Talk,   "yy. .y. . ... .."),
    (PlayAudio,        Talk,   "yy. .y. . ... .."),
    (DecideFlag,       Talk,   "y.. .y. . ... .."),
    (ReadForms,        Talk,   "yy. .y. . ... .."),
    (FillForm,         Talk,   "y.. .y. . ... .."),
    (ReadRules,        City,   "yyy yyy y ... .."),
    (ListAlerts,       City,   "yy. yyy y ... .y"),
    (OpenAlert,        Talk,   "yy. .y. . ... .."),
    (TakeWithdrawal,   Talk,   "yy. .y. . ... .."),
    (ReadCertificates, Talk,   "yy. .y. . ... .."),
    (RecordConsent,    Talk,   "y.. .y. . ... .."),
    (PauseTalk,        Talk,   "y.. .y. . ... .."),
    (CallHelp,         Talk,   "y.. .y. . ... .."),
    (ListHelpCalls,    City,   "yy. yyy y ... .y"),
    (TakeHelpCall,     Talk,   "yy. .y. . ... .."),
    (SubmitNote,       Talk,   "y.. .y. . ... .."),
    (ReadNote,         Talk,   "yy. .y. . ... .."),
    (SignFlag,         Talk,   ".y. ... . ... .."),
    (ApproveNote,      Talk,   ".y. ... . ... .."),
    (ReturnNote,       Talk,   ".y. ... . ... .."),
    (ReadRecord,       Talk,   "yy. .y. . ... .."),
    (SetRestriction,   Talk,   "yy. .y. . ... .."),
    (ReadBarred,       Talk,   "yy. .y. . ... .."),
    (Bar,              Talk,   "yy. .y. . ... .."),
    (LiftBar,          Talk,   ".y. ... . ... .."),
    (AddAddendum,      Talk,   "y.. .y. . ... .."),
    (KeepMemo,         Talk,   "y.. .y. . ... .."),
    (ListReview,       Desk,   ".y. ... . ... .."),
    (ReadUsers,        City,   "..y ... . ... .y"),
    (ManageUsers,      City,   "..y ... . ... .y"),
    (ManageOffices,    City,   "..y ... . ... .y"),
    (ReadAudit,        City,   "..y ... . ... .y"),
    (DryRunRules,      Desk,   ".yy ... . ... .."),
    (EditRules,        City,   ".yy ... . ... .y"),
    (DecideActivation, Asked,  ".yy ... . ... .."),
    (ClaimInvitation,  Talk,   "yyy yyy y yyy yy"),
    (ReadJoinState,    Talk,   "... ... . yy. .."),
    (LeaveInterview,   Talk,   "... ... . yy. .."),
    (CheckIdentity,    Talk,   "... ... . yy. .."),
    (ComeAlong,        Talk,   "... ... . yy. .."),
    (GiveContact,      Talk,   "... ... . y.. .."),
    (ReportDevice,     Talk,   "... ... . y.. .."),
    (ReadConsentTexts, Talk,   "... ... . y.. .."),
    (GiveConsent,      Talk,   "... ... . y.. .."),
    (AnswerForm,       Talk,   "... ... . y.. .."),
    (Knock,            Talk,   "... ... . y.. .."),
    (SayNearby,        Talk,   "... ... . y.. .."),
    (JoinTalk,         Talk,   "... ... . y.. .."),
    (PauseOwnVoice,    Talk,   "... ... . y.. .."),
    (Withdraw,         Talk,   "... ... . y.. .."),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn staff(user: u128, office: u128, roles: &[Role]) -> Staff {
    let office = OfficeId::new(id(office));
    Staff {
        user: UserId::new(id(user)),
        grants: roles
            .iter()
            .map(|role| Grant {
                office,
                role: *role,
            })
            .collect(),
        assignments: Vec::new(),
    }
}

fn assigned(role: Role, from: i64, ends_at: i64) -> Staff {
    let mut helper = staff(20, ELSEWHERE, &[Nurse]);
    helper.assignments.push(Assignment {
        id: AssignmentId::new(id(30)),
        user: helper.user,
        case: CaseId::new(id(40)),
        role,
        from: at(from),
        ends_at: at(ends_at),
    });
    helper
}

fn talk(note_authors: &[u128]) -> Subject {
    Subject::Interview(InterviewSubject {
        interview: InterviewId::new(id(50)),
        case: CaseId::new(id(40)),
        office: OfficeId::new(id(OFFICE)),
        barred: vec![UserId::new(id(RELATIVE))],
        note_authors: note_authors.iter().map(|n| UserId::new(id(*n))).collect(),
    })
}

fn actors() -> [Actor; 12] {
    let seat = |interview, identity| {
        Actor::Seat(Seat {
            participant: ParticipantId::new(id(60)),
            interview: InterviewId::new(id(interview)),
            identity,
        })
    };
    [
        Actor::Staff(staff(10, OFFICE, &[Nurse])),
        Actor::Staff(staff(11, OFFICE, &[Approver])),
        Actor::Staff(staff(12, OFFICE, &[Administrator])),
        Actor::Staff(staff(20, ELSEWHERE, &[Nurse])),
        Actor::Staff(assigned(Nurse, 0, NOW + 1)),
        Actor::Staff(assigned(Nurse, 0, NOW)),
        Actor::Staff(staff(RELATIVE, OFFICE, &[Nurse])),
        seat(50, Proven),
        seat(50, Unproven),
        seat(51, Proven),
        Actor::Anonymous,
        Actor::Operator,
    ]
}

fn decide(actor: &Actor, action: Action, subject: &Subject) -> Decision {
    allowed(actor, action, subject, at(NOW))
}

/// Every cell where table and matrix differ.
fn differences(matrix: &[(Action, To, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (action, to, row) in matrix {
        let subject = match to {
            City => Subject::Municipality,
            Asked => Subject::Request(UserId::new(id(99))),
            Desk => Subject::Office(OfficeId::new(id(OFFICE))),
            Talk => talk(&[]),
        };
        let cells: Vec<char> = row.chars().filter(|c| *c != ' ').collect();
        assert_eq!(cells.len(), WHO.len(), "{action:?}");
        for ((who, actor), cell) in WHO.iter().zip(actors()).zip(cells) {
            let decision = decide(&actor, *action, &subject);
            if decision.is_allowed() != (cell == 'y') {
                found.push(format!("{action:?} by {who}: {decision:?}"));
            }
        }
    }
    found
}

fn matrix() -> Vec<(Action, To, String)> {
    MATRIX
        .iter()
        .map(|(action, to, row)| (*action, *to, (*row).to_owned()))
        .collect()
}

#[test]
fn every_action_has_its_row_and_every_cell_agrees() {
    let rows: Vec<Action> = MATRIX.iter().map(|(action, ..)| *action).collect();
    assert_eq!(
        rows,
        Action::ALL,
        "an action is missing in the matrix, or stands elsewhere"
    );
    assert_eq!(differences(&matrix()), Vec::<String>::new());
}

/// The check itself: whichever cell is flipped, exactly that one is found.
#[test]
fn one_flipped_cell_is_found() {
    for row in 0..MATRIX.len() {
        for cell in 0..MATRIX[row].2.len() {
            let mut flipped = matrix();
            let (old, new) = match flipped[row].2.as_bytes()[cell] {
                b'y' => ("y", "."),
                b'.' => (".", "y"),
                _ => continue,
            };
            assert_eq!(&flipped[row].2[cell..=cell], old);
            flipped[row].2.replace_range(cell..=cell, new);
            assert_eq!(differences(&flipped).len(), 1);
        }
    }
}

#[test]
fn nobody_approves_their_own_note_with_whatever_roles() {
    let both = Actor::Staff(staff(10, OFFICE, &[Nurse, Approver, Administrator]));
    for action in [ApproveNote, SignFlag, ReturnNote] {
        assert_eq!(
            decide(&both, action, &talk(&[12, 10])),
            Decision::Denied(Denial::OwnNote)
        );
        assert_eq!(
            decide(&both, action, &talk(&[11])),
            Decision::Allowed {
                role: Some(Approver)
            }
        );
    }
    assert!(decide(&both, SubmitNote, &talk(&[10])).is_allowed());
}

#[test]
fn nobody_decides_what_they_have_asked_for() {
    let both = Actor::Staff(staff(10, OFFICE, &[Approver, Administrator]));
    let asked_by = |n| Subject::Request(UserId::new(id(n)));
    let own = decide(&both, DecideActivation, &asked_by(10));
    assert_eq!(own, Decision::Denied(Denial::OwnRequest));
    assert!(decide(&both, DecideActivation, &asked_by(11)).is_allowed());
    let nurse = Actor::Staff(staff(10, OFFICE, &[Nurse]));
    let why = decide(&nurse, DecideActivation, &asked_by(10));
    assert_eq!(why, Decision::Denied(Denial::NoRole));
}

#[test]
fn why_not_is_told_apart_for_the_audit() {
    let [
        nurse,
        _,
        administrator,
        outsider,
        _,
        over,
        relative,
        _,
        unproven,
        other,
        nobody,
        cli,
    ] = actors();
    let why = |actor: &Actor, action| match decide(actor, action, &talk(&[])) {
        Decision::Denied(denial) => denial,
        Decision::Allowed { .. } => panic!("allowed"),
    };
    assert_eq!(why(&nurse, ApproveNote), Denial::NoRole);
    assert_eq!(why(&administrator, ReadTranscript), Denial::NoRole);
    assert_eq!(why(&outsider, ReadTranscript), Denial::OtherOffice);
    assert_eq!(why(&over, ReadTranscript), Denial::OtherOffice);
    assert_eq!(why(&relative, ReadInterview), Denial::Barred);
    assert_eq!(why(&unproven, Knock), Denial::IdentityUnproven);
    assert_eq!(why(&other, Knock), Denial::OtherInterview);
    assert_eq!(why(&nobody, ReadTranscript), Denial::NotSignedIn);
    assert_eq!(why(&nurse, Knock), Denial::OtherSide);
    assert_eq!(why(&cli, ReadTranscript), Denial::OtherSide);
    assert_eq!(why(&nurse, ListInterviews), Denial::WrongSubject);
}

#[test]
fn an_assignment_gives_one_role_in_one_case_for_its_time() {
    let helper = |role, from, ends| Actor::Staff(assigned(role, from, ends));
    let may = |actor, action| decide(&actor, action, &talk(&[])).is_allowed();
    assert!(may(helper(Approver, 0, NOW + 1), ApproveNote));
    assert!(!may(helper(Approver, 0, NOW + 1), SubmitNote));
    assert!(!may(helper(Nurse, NOW + 1, NOW + 2), ReadInterview));
    assert!(!may(helper(Administrator, 0, NOW + 1), ReadTranscript));
    let Subject::Interview(mut other) = talk(&[]) else {
        unreachable!()
    };
    other.case = CaseId::new(id(41));
    let decision = decide(
        &helper(Nurse, 0, NOW + 1),
        ReadInterview,
        &Subject::Interview(other),
    );
    assert_eq!(decision, Decision::Denied(Denial::OtherOffice));
    let mut stolen = assigned(Nurse, 0, NOW + 1);
    stolen.user = UserId::new(id(21));
    assert!(!may(Actor::Staff(stolen), ReadInterview));
}

fn any_staff() -> impl Strategy<Value = Staff> {
    let role = prop::sample::select(Role::ALL.to_vec());
    let grants = prop::collection::vec((1u128..4, role.clone()), 0..5);
    let assignments = prop::collection::vec((role, 0i64..3_000), 0..3);
    (
        prop::sample::select(vec![10, RELATIVE]),
        grants,
        assignments,
    )
        .prop_map(|(user, grants, assignments)| Staff {
            user: UserId::new(id(user)),
            grants: grants
                .into_iter()
                .map(|(office, role)| Grant {
                    office: OfficeId::new(id(office)),
                    role,
                })
                .collect(),
            assignments: assignments
                .into_iter()
                .map(|(role, ends)| Assignment {
                    id: AssignmentId::new(id(30)),
                    user: UserId::new(id(user)),
                    case: CaseId::new(id(40)),
                    role,
                    from: at(0),
                    ends_at: at(ends),
                })
                .collect(),
        })
}

proptest! {
    #[test]
    fn whoever_is_only_an_administrator_never_opens_a_case(
        mut person in any_staff(),
        action in prop::sample::select(Action::ALL.to_vec()),
    ) {
        person.grants.iter_mut().for_each(|grant| grant.role = Administrator);
        person.assignments.iter_mut().for_each(|assignment| assignment.role = Administrator);
        let decision = decide(&Actor::Staff(person), action, &talk(&[]));
        prop_assert!(!decision.is_allowed() || matches!(action, SignIn | SignOut | ReadOwnAccount | ReadRules | ClaimInvitation));
    }

    #[test]
    fn a_barred_person_and_an_outsider_never_open_a_case(
        person in any_staff(),
        action in prop::sample::select(Action::ALL.to_vec()),
    ) {
        let barred = person.user == UserId::new(id(RELATIVE));
        let office = OfficeId::new(id(OFFICE));
        let inside = person.grants.iter().any(|grant| grant.office == office);
        let helps = person.assignments.iter().any(|one| one.ends_at > at(NOW));
        let decision = decide(&Actor::Staff(person), action, &talk(&[]));
        let personal = matches!(action, SignIn | SignOut | ReadOwnAccount | ReadRules | ClaimInvitation);
        if (barred || !(inside || helps)) && !personal {
            prop_assert!(!decision.is_allowed());
        }
    }

    #[test]
    fn a_seat_never_reaches_staff_nor_staff_a_seat(
        person in any_staff(),
        action in prop::sample::select(Action::ALL.to_vec()),
    ) {
        let seat = Actor::Seat(Seat {
            participant: ParticipantId::new(id(60)),
            interview: InterviewId::new(id(50)),
            identity: Proven,
        });
        let both = decide(&seat, action, &talk(&[])).is_allowed()
            && decide(&Actor::Staff(person), action, &talk(&[])).is_allowed();
        prop_assert!(!both || matches!(action, SignIn | ClaimInvitation));
    }
}
