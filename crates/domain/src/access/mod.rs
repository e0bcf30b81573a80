//! Who may do what: the whole authorization table, in one file. Decides from what it is given and
//! reads nothing; whoever calls it audits the answer. An action that is not in the table doesn't
//! exist, so a new one is a new line here.

use serde::{Deserialize, Serialize};

use crate::ids::{AssignmentId, CaseId, InterviewId, OfficeId, ParticipantId, UserId};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 保健師
    Nurse,
    /// 統括・係長: approves notes. Any nurse may hold it too.
    Approver,
    /// Looks after accounts, rules and keys of the whole municipality. Never reads a transcript
    /// or a note.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Nurse, Self::Approver, Self::Administrator];

    /// As it is stored. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nurse => "nurse",
            Self::Approver => "approver",
            Self::Administrator => "administrator",
        }
    }
}

/// A role that a user holds in an office. An administrator's acts for the whole municipality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    pub office: OfficeId,
    pub role: Role,
}

/// A right in one case of another office, which ends by itself. Made by [`crate::case::Case::assign`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub id: AssignmentId,
    pub user: UserId,
    pub case: CaseId,
    pub role: Role,
    pub from: Timestamp,
    pub ends_at: Timestamp,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody we know: no login, no seat.
    Anonymous,
    Staff(Staff),
    /// Whoever holds the link to an interview: the resident, a companion, an interpreter.
    Seat(Seat),
    /// The command line, for which the operating system has decided who may use it.
    Operator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub user: UserId,
    pub grants: Vec<Grant>,
    pub assignments: Vec<Assignment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub participant: ParticipantId,
    pub interview: InterviewId,
    pub identity: IdentityState,
}

/// Whether the seat has passed the identity check, or the one of those who come along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityState {
    Unproven,
    Proven,
}

/// What is acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The deployment itself: accounts, audit, rules; also what belongs to the actor alone.
    Municipality,
    /// What this person has asked of the municipality.
    Request(UserId),
    Office(OfficeId),
    Interview(InterviewSubject),
}

/// An interview, with everything that decides about access to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterviewSubject {
    pub interview: InterviewId,
    pub case: CaseId,
    pub office: OfficeId,
    /// Staff barred from the case.
    pub barred: Vec<UserId>,
    /// Whose work its note is: who held the talk, who wrote last, who submitted.
    pub note_authors: Vec<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// `role`: the one that opened the door, for the audit. `None` where no role was needed.
    Allowed {
        role: Option<Role>,
    },
    Denied(Denial),
}

impl Decision {
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Why not. For the audit and for choosing the answer; never shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Denial {
    /// Staff may, but nobody is signed in.
    NotSignedIn,
    /// Staff asks for what participants do, or the other way round.
    OtherSide,
    /// The role is missing in an office the actor does belong to.
    NoRole,
    /// Another office's, and no assignment that is in force.
    OtherOffice,
    /// The case bars this person: refused and alerted.
    Barred,
    /// One's own note needs another person.
    OwnNote,
    /// What one has asked for oneself needs another person.
    OwnRequest,
    /// A seat in another interview.
    OtherInterview,
    IdentityUnproven,
    /// The action does not apply to this kind of subject.
    WrongSubject,
}

impl Denial {
    /// The code in the audit. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::OtherSide => "other_side",
            Self::NoRole => "no_role",
            Self::OtherOffice => "other_office",
            Self::Barred => "barred",
            Self::OwnNote => "own_note",
            Self::OwnRequest => "own_request",
            Self::OtherInterview => "other_interview",
            Self::IdentityUnproven => "identity_unproven",
            Self::WrongSubject => "wrong_subject",
        }
    }
}

/// Who may do an action, and to what.
#[derive(Clone, Copy, Debug)]
enum Rule {
    Everybody,
    /// Any staff, about themselves.
    Staff,
    /// Staff with one of the roles anywhere: an administrator's reach is the municipality.
    City(&'static [Role]),
    /// As `City`, and never whoever asked for it.
    OthersRequest(&'static [Role]),
    /// Staff with one of the roles in the office.
    Office(&'static [Role]),
    /// Staff with one of the roles in the interview's office or by an assignment to its case,
    /// unless the case bars them.
    Case(&'static [Role]),
    /// As `Case`, and never an author of the note.
    OthersNote(&'static [Role]),
    /// The seat's own interview, with at least this identity.
    Seat(IdentityState),
}

use IdentityState::{Proven, Unproven};
use Role::{Administrator, Approver, Nurse};

macro_rules! actions {
    ($($action:ident $code:literal $rule:ident $(($($argument:expr),*))?;)*) => {
        /// Everything that can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($action,)*
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// The code in the audit. Never renamed.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$action => $code,)* }
            }

            const fn rule(self) -> Rule {
                match self { $(Self::$action => Rule::$rule $(($($argument),*))?,)* }
            }
        }
    };
}

actions! {
    // Signing in and out.
    SignIn              "sign_in"               Everybody;
    SignOut             "sign_out"              Staff;
    ReadOwnAccount      "read_own_account"      Staff;

    // Booking and the door.
    ListInterviews      "list_interviews"       Office(&[Nurse, Approver]);
    BookInterview       "book_interview"        Office(&[Nurse]);
    ReadInterview       "read_interview"        Case(&[Nurse, Approver]);
    RenewInvitation     "renew_invitation"      Case(&[Nurse]);
    CancelInterview     "cancel_interview"      Case(&[Nurse]);
    SeeDoor             "see_door"              Case(&[Nurse]);
    Admit               "admit"                 Case(&[Nurse]);

    // The talk and what it leaves.
    EnterRoom           "enter_room"            Case(&[Nurse]);
    EndInterview        "end_interview"         Case(&[Nurse]);
    ReadTranscript      "read_transcript"       Case(&[Nurse, Approver]);
    PlayAudio           "play_audio"            Case(&[Nurse, Approver]);
    DecideFlag          "decide_flag"           Case(&[Nurse]);
    ReadForms           "read_forms"            Case(&[Nurse, Approver]);
    FillForm            "fill_form"             Case(&[Nurse]);
    ReadRules           "read_rules"            Staff;
    ListAlerts          "list_alerts"           City(&[Nurse, Approver]);
    OpenAlert           "open_alert"            Case(&[Nurse, Approver]);
    TakeWithdrawal      "take_withdrawal"       Case(&[Nurse, Approver]);
    ReadCertificates    "read_certificates"     Case(&[Nurse, Approver]);
    RecordConsent       "record_consent"        Case(&[Nurse]);
    PauseTalk           "pause_talk"            Case(&[Nurse]);
    CallHelp            "call_help"             Case(&[Nurse]);
    ListHelpCalls       "list_help_calls"       City(&[Nurse, Approver]);
    TakeHelpCall        "take_help_call"        Case(&[Nurse, Approver]);

    // The note, its review and the record.
    SubmitNote          "submit_note"           Case(&[Nurse]);
    ReadNote            "read_note"             Case(&[Nurse, Approver]);
    SignFlag            "sign_flag"             OthersNote(&[Approver]);
    ApproveNote         "approve_note"          OthersNote(&[Approver]);
    ReturnNote          "return_note"           OthersNote(&[Approver]);
    ReadRecord          "read_record"           Case(&[Nurse, Approver]);
    SetRestriction      "set_restriction"       Case(&[Nurse, Approver]);
    ReadBarred          "read_barred"           Case(&[Nurse, Approver]);
    Bar                 "bar"                   Case(&[Nurse, Approver]);
    LiftBar             "lift_bar"              Case(&[Approver]);
    AddAddendum         "add_addendum"          Case(&[Nurse]);
    KeepMemo            "keep_memo"             Case(&[Nurse]);
    ListReview          "list_review"           Office(&[Approver]);

    // Looking after the system.
    ReadUsers           "read_users"            City(&[Administrator]);
    ManageUsers         "manage_users"          City(&[Administrator]);
    ManageOffices       "manage_offices"        City(&[Administrator]);
    ReadAudit           "read_audit"            City(&[Administrator]);
    DryRunRules         "dry_run_rules"         Office(&[Approver, Administrator]);
    EditRules           "edit_rules"            City(&[Approver, Administrator]);
    DecideActivation    "decide_activation"     OthersRequest(&[Approver, Administrator]);

    // The other side of the link.
    ClaimInvitation     "claim_invitation"      Everybody;
    ReadJoinState       "read_join_state"       Seat(Unproven);
    LeaveInterview      "leave_interview"       Seat(Unproven);
    CheckIdentity       "check_identity"        Seat(Unproven);
    ComeAlong           "come_along"            Seat(Unproven);
    GiveContact         "give_contact"          Seat(Proven);
    ReportDevice        "report_device"         Seat(Proven);
    ReadConsentTexts    "read_consent_texts"    Seat(Proven);
    GiveConsent         "give_consent"          Seat(Proven);
    AnswerForm          "answer_form"           Seat(Proven);
    Knock               "knock"                 Seat(Proven);
    SayNearby           "say_nearby"            Seat(Proven);
    JoinTalk            "join_talk"             Seat(Proven);
    PauseOwnVoice       "pause_own_voice"       Seat(Proven);
    Withdraw            "withdraw"              Seat(Proven);
}

/// The decision. `now` tells which assignments are in force. What else an action needs (an
/// interview that has not ended, a participant who was admitted) is the record's own matter.
pub fn allowed(actor: &Actor, action: Action, subject: &Subject, now: Timestamp) -> Decision {
    match (action.rule(), actor) {
        (Rule::Everybody, _) => Decision::Allowed { role: None },
        (Rule::Staff, Actor::Staff(_)) => Decision::Allowed { role: None },
        (Rule::City(_), Actor::Operator) => match subject {
            Subject::Municipality => Decision::Allowed { role: None },
            Subject::Request(_) | Subject::Office(_) | Subject::Interview(_) => {
                Decision::Denied(Denial::WrongSubject)
            }
        },
        (Rule::City(roles), Actor::Staff(staff)) => staff.in_city(roles, subject),
        (Rule::OthersRequest(roles), Actor::Staff(staff)) => staff.about_request(roles, subject),
        (Rule::Office(roles), Actor::Staff(staff)) => staff.in_office(roles, subject),
        (Rule::Case(roles), Actor::Staff(staff)) => staff.in_case(roles, subject, now),
        (Rule::OthersNote(roles), Actor::Staff(staff)) => staff.about_note(roles, subject, now),
        (Rule::Seat(identity), Actor::Seat(seat)) => seat.in_own_interview(identity, subject),
        (Rule::Seat(_), Actor::Staff(_) | Actor::Anonymous | Actor::Operator)
        | (_, Actor::Seat(_) | Actor::Operator) => Decision::Denied(Denial::OtherSide),
        (_, Actor::Anonymous) => Decision::Denied(Denial::NotSignedIn),
    }
}

impl Staff {
    fn in_city(&self, roles: &[Role], subject: &Subject) -> Decision {
        if *subject != Subject::Municipality {
            return Decision::Denied(Denial::WrongSubject);
        }
        let role = roles
            .iter()
            .find(|role| self.grants.iter().any(|grant| grant.role == **role));
        decide(role.copied(), Denial::NoRole)
    }

    fn about_request(&self, roles: &[Role], subject: &Subject) -> Decision {
        let Subject::Request(by) = subject else {
            return Decision::Denied(Denial::WrongSubject);
        };
        match self.in_city(roles, &Subject::Municipality) {
            Decision::Allowed { .. } if *by == self.user => Decision::Denied(Denial::OwnRequest),
            decision => decision,
        }
    }

    fn in_office(&self, roles: &[Role], subject: &Subject) -> Decision {
        let Subject::Office(office) = subject else {
            return Decision::Denied(Denial::WrongSubject);
        };
        decide(self.role_in(*office, roles), self.outsider(*office))
    }

    fn in_case(&self, roles: &[Role], subject: &Subject, now: Timestamp) -> Decision {
        let Subject::Interview(interview) = subject else {
            return Decision::Denied(Denial::WrongSubject);
        };
        if interview.barred.contains(&self.user) {
            return Decision::Denied(Denial::Barred);
        }
        let assigned = || {
            let mut own = self.assignments.iter().filter(|a| {
                a.user == self.user
                    && a.case == interview.case
                    && a.role != Administrator
                    && (a.from..a.ends_at).contains(&now)
            });
            own.find(|a| roles.contains(&a.role)).map(|a| a.role)
        };
        let role = self.role_in(interview.office, roles).or_else(assigned);
        decide(role, self.outsider(interview.office))
    }

    fn about_note(&self, roles: &[Role], subject: &Subject, now: Timestamp) -> Decision {
        match (self.in_case(roles, subject, now), subject) {
            (Decision::Allowed { .. }, Subject::Interview(interview))
                if interview.note_authors.contains(&self.user) =>
            {
                Decision::Denied(Denial::OwnNote)
            }
            (decision, _) => decision,
        }
    }

    fn role_in(&self, office: OfficeId, roles: &[Role]) -> Option<Role> {
        let held = |role: &&Role| {
            self.grants.contains(&Grant {
                office,
                role: **role,
            })
        };
        roles.iter().find(held).copied()
    }

    fn outsider(&self, office: OfficeId) -> Denial {
        let belongs = self.grants.iter().any(|grant| grant.office == office);
        if belongs {
            Denial::NoRole
        } else {
            Denial::OtherOffice
        }
    }
}

impl Seat {
    fn in_own_interview(self, identity: IdentityState, subject: &Subject) -> Decision {
        match subject {
            Subject::Interview(interview) if interview.interview != self.interview => {
                Decision::Denied(Denial::OtherInterview)
            }
            Subject::Interview(_) if self.identity < identity => {
                Decision::Denied(Denial::IdentityUnproven)
            }
            Subject::Interview(_) => Decision::Allowed { role: None },
            Subject::Municipality | Subject::Request(_) | Subject::Office(_) => {
                Decision::Denied(Denial::WrongSubject)
            }
        }
    }
}

fn decide(role: Option<Role>, denial: Denial) -> Decision {
    match role {
        Some(role) => Decision::Allowed { role: Some(role) },
        None => Decision::Denied(denial),
    }
}

#[cfg(test)]
mod tests;
