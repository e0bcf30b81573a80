//! The audit: what happened, by whom, to which record, how many times; and the chain that shows
//! an edit, a deletion, a swap or a cut. Ids, codes, counts and times: never a name, never a word,
//! no hash of either.
//!
//! # Canonical encoding
//!
//! The bytes that the chain covers. Integers are big-endian; a *text* is its length in bytes as
//! one byte and then its UTF-8; an *optional id* is one byte 0, or one byte 1 and the 16 bytes of
//! the id.
//!
//! | field | form |
//! |---|---|
//! | encoding version | one byte, 1 |
//! | time | milliseconds since 1970 UTC, 8 bytes, two's complement |
//! | actor kind | text |
//! | actor id | optional id |
//! | actor role | text, empty: none |
//! | action | text |
//! | office | optional id |
//! | interview | optional id |
//! | subject kind | text, empty: none |
//! | subject id | optional id |
//! | count | 4 bytes |
//!
//! The link of event `n` is HMAC-SHA-256(key, link of `n-1` ‖ `n` in 8 bytes ‖ encoding); numbers
//! begin at 1 without gaps, and the link before the first is 32 zero bytes. Where the oldest are removed an
//! anchor stands for them: HMAC-SHA-256(key, `yorisoi audit anchor 1` ‖ number ‖ link) of the last of them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::access::{Action, Denial, Role};
use crate::ids::{
    ActivationId, AlertId, AssignmentId, CaseId, ConsentId, FlagId, HelpCallId, InterviewId,
    InvitationId, KeyId, NoteId, OfficeId, ParticipantId, RecordId, ResidentId, UserId,
};
use crate::time::Timestamp;

/// One thing that happened, as the program says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    pub at: Timestamp,
    pub actor: AuditActor,
    pub action: AuditAction,
    pub office: Option<OfficeId>,
    pub interview: Option<InterviewId>,
    /// What exactly it was done to, where office and interview don't say it.
    pub subject: Option<AuditSubject>,
    /// How many: entries recorded, rows exported. 1 where there is nothing to count.
    pub count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditActor {
    /// With the role that opened the door, where one did.
    Staff(UserId, Option<Role>),
    Participant(ParticipantId),
    /// Nobody that we know.
    Anonymous,
    /// The command line.
    Operator,
    /// The program by itself.
    System,
}

macro_rules! audit_actions {
    ($($name:ident $code:literal;)*) => {
        /// What happened. Reading counts too. Codes are stored and never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditAction {
            $($name,)*
            /// Refused, and why: `denied:read_transcript:barred`.
            Denied(Action, Denial),
        }

        impl AuditAction {
            /// Every action but the denials.
            pub const PLAIN: &[Self] = &[$(Self::$name,)*];

            pub fn code(self) -> String {
                match self {
                    $(Self::$name => $code.to_owned(),)*
                    Self::Denied(action, denial) => {
                        format!("denied:{}:{}", action.code(), denial.code())
                    }
                }
            }
        }
    };
}

audit_actions! {
    KeysMade            "keys_made";
    KeysRotated         "keys_rotated";
    KeysBackedUp        "keys_backed_up";
    BackedUp            "backed_up";
    Restored            "restored";
    Migrated            "migrated";
    OfficeAdded         "office_added";
    ContactListChanged  "contact_list_changed";
    UserAdded           "user_added";
    UserDisabled        "user_disabled";
    UserEnabled         "user_enabled";
    SignedOutEverywhere "signed_out_everywhere";
    SecondFactorBegun   "second_factor_begun";
    SecondFactorSet     "second_factor_set";
    SecondFactorReset   "second_factor_reset";
    RecoveryCodeUsed    "recovery_code_used";
    PasswordChanged     "password_changed";
    // Of earlier versions, which did not say what was changed.
    GrantsChanged       "grants_changed";
    NurseGiven          "nurse_given";
    NurseTaken          "nurse_taken";
    ApproverGiven       "approver_given";
    ApproverTaken       "approver_taken";
    AdministratorGiven  "administrator_given";
    AdministratorTaken  "administrator_taken";
    AssignmentMade      "assignment_made";
    SignInLinkMade      "sign_in_link_made";
    SignedIn            "signed_in";
    SignInBegun         "sign_in_begun";
    SignInFailed        "sign_in_failed";
    SecondStepFailed    "second_step_failed";
    SignedOut           "signed_out";
    UsersRead           "users_read";
    AuditRead           "audit_read";
    AuditExported       "audit_exported";
    AuditRemoved        "audit_removed";
    InterviewsListed    "interviews_listed";
    BookingFileRead     "booking_file_read";
    InterviewBooked     "interview_booked";
    InterviewRead       "interview_read";
    InterviewCancelled  "interview_cancelled";
    InterviewStarted    "interview_started";
    InterviewEnded      "interview_ended";
    InterviewNoShow     "interview_no_show";
    InterviewDeclined   "interview_declined";
    MethodChanged       "method_changed";
    InvitationMade      "invitation_made";
    InvitationRevoked   "invitation_revoked";
    InvitationClaimed   "invitation_claimed";
    ClaimFailed         "claim_failed";
    IdentityPassed      "identity_passed";
    IdentityFailed      "identity_failed";
    CameAlong           "came_along";
    ContactGiven        "contact_given";
    DeviceChecked       "device_checked";
    NearbySaid          "nearby_said";
    ConsentRecorded     "consent_recorded";
    SecondVoiceNoted    "second_voice_noted";
    Knocked             "knocked";
    CameToCounter       "came_to_counter";
    DoorSeen            "door_seen";
    Admitted            "admitted";
    AskedToWait         "asked_to_wait";
    MovedBack           "moved_back";
    Refused             "refused";
    Left                "left";
    QuickExit           "quick_exit";
    RoomEntered         "room_entered";
    TalkEntered         "talk_entered";
    CallOpened          "call_opened";
    CallClosed          "call_closed";
    TrackOpened         "track_opened";
    SegmentConfirmed    "segment_confirmed";
    SpeakerGiven        "speaker_given";
    SpeakerTakenBack    "speaker_taken_back";
    TranscriptRead      "transcript_read";
    AudioPlayed         "audio_played";
    Paused              "paused";
    Resumed             "resumed";
    Withdrawn           "withdrawn";
    WithdrawalDone      "withdrawal_done";
    CertificatesRead    "certificates_read";
    WordsDeleted        "words_deleted";
    FormSaved           "form_saved";
    FormsRead           "forms_read";
    FormsDeleted        "forms_deleted";
    FlagsRead           "flags_read";
    FlagFound           "flag_found";
    FlagEvidenceChanged "flag_evidence_changed";
    FlagEvidenceGone    "flag_evidence_gone";
    FlagAdded           "flag_added";
    FlagConfirmed       "flag_confirmed";
    FlagDismissed       "flag_dismissed";
    FlagHeld            "flag_held";
    FlagReopened        "flag_reopened";
    CoverageChanged     "coverage_changed";
    ItemTicked          "item_ticked";
    AlertsListed        "alerts_listed";
    AlertTold           "alert_told";
    AlertOpened         "alert_opened";
    HelpCalled          "help_called";
    HelpTold            "help_told";
    HelpCallsListed     "help_calls_listed";
    HelpTaken           "help_taken";
    HelpTakenBack       "help_taken_back";
    KeyDestroyed        "key_destroyed";
    NoteBegun           "note_begun";
    NoteRead            "note_read";
    NoteSaved           "note_saved";
    NoteSubmitted       "note_submitted";
    NoteReturned        "note_returned";
    NoteRecalled        "note_recalled";
    NoteApproved        "note_approved";
    ReviewListed        "review_listed";
    OwnNotesListed      "own_notes_listed";
    ReviewRead          "review_read";
    FlagSigned          "flag_signed";
    RecordRead          "record_read";
    RestrictionSet      "restriction_set";
    BarredRead          "barred_read";
    StaffBarred         "staff_barred";
    BarLifted           "bar_lifted";
    AddendumAdded       "addendum_added";
    MemoRead            "memo_read";
    MemoSaved           "memo_saved";
    AudioDestroyed      "audio_destroyed";
    TalkDestroyed       "talk_destroyed";
    RecordDestroyed     "record_destroyed";
    LegalHoldSet        "legal_hold_set";
    LegalHoldLifted     "legal_hold_lifted";
    RulesRead           "rules_read";
    RuleChanged         "rule_changed";
    RulesTried          "rules_tried";
    ActivationAsked     "activation_asked";
    ActivationApproved  "activation_approved";
    ActivationRefused   "activation_refused";
    ActivationWithdrawn "activation_withdrawn";
    RulesInUse          "rules_in_use";
}

/// What sort of thing happened, for whoever looks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// Somebody read, heard or exported something.
    Reading,
    /// Signing in and out, accounts and second factors.
    SignIn,
    /// Refused.
    Refused,
    /// Everything else: what was done.
    Done,
}

impl AuditKind {
    /// The codes of its actions. `Refused` has none: those are made of what was refused.
    pub fn codes(self) -> Vec<String> {
        let own = AuditAction::PLAIN.iter();
        let own = own.filter(|action| action.kind() == self);
        own.map(|action| action.code()).collect()
    }

    /// The kind of a stored code, also of one that no program of ours wrote.
    pub fn of_code(code: &str) -> Self {
        if code.starts_with(DENIED) {
            return Self::Refused;
        }
        let mut all = AuditAction::PLAIN.iter();
        let found = all.find(|action| action.code() == code);
        found.map_or(Self::Done, |action| action.kind())
    }
}

/// What every denial's code begins with.
pub const DENIED: &str = "denied:";

impl AuditAction {
    /// Somebody was given this role.
    pub const fn given(role: Role) -> Self {
        match role {
            Role::Nurse => Self::NurseGiven,
            Role::Approver => Self::ApproverGiven,
            Role::Administrator => Self::AdministratorGiven,
        }
    }

    /// This role was taken from somebody.
    pub const fn taken(role: Role) -> Self {
        match role {
            Role::Nurse => Self::NurseTaken,
            Role::Approver => Self::ApproverTaken,
            Role::Administrator => Self::AdministratorTaken,
        }
    }

    pub const fn kind(self) -> AuditKind {
        match self {
            Self::UsersRead
            | Self::AuditRead
            | Self::AuditExported
            | Self::InterviewsListed
            | Self::BookingFileRead
            | Self::InterviewRead
            | Self::DoorSeen
            | Self::TranscriptRead
            | Self::AudioPlayed
            | Self::FormsRead
            | Self::FlagsRead
            | Self::AlertsListed
            | Self::AlertOpened
            | Self::NoteRead
            | Self::ReviewListed
            | Self::OwnNotesListed
            | Self::ReviewRead
            | Self::RecordRead
            | Self::MemoRead
            | Self::CertificatesRead
            | Self::HelpCallsListed
            | Self::BarredRead
            | Self::RulesRead => AuditKind::Reading,
            Self::UserAdded
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::SignedOutEverywhere
            | Self::SecondFactorBegun
            | Self::SecondFactorSet
            | Self::SecondFactorReset
            | Self::RecoveryCodeUsed
            | Self::PasswordChanged
            | Self::GrantsChanged
            | Self::NurseGiven
            | Self::NurseTaken
            | Self::ApproverGiven
            | Self::ApproverTaken
            | Self::AdministratorGiven
            | Self::AdministratorTaken
            | Self::AssignmentMade
            | Self::SignInLinkMade
            | Self::SignInBegun
            | Self::SignedIn
            | Self::SignInFailed
            | Self::SecondStepFailed
            | Self::SignedOut => AuditKind::SignIn,
            Self::Denied(..) => AuditKind::Refused,
            _ => AuditKind::Done,
        }
    }
}

/// The record that an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditSubject {
    User(UserId),
    Resident(ResidentId),
    Case(CaseId),
    Assignment(AssignmentId),
    Invitation(InvitationId),
    Participant(ParticipantId),
    Consent(ConsentId),
    Flag(FlagId),
    Alert(AlertId),
    HelpCall(HelpCallId),
    Key(KeyId),
    Note(NoteId),
    Record(RecordId),
    Activation(ActivationId),
}

/// An event with its number, as it is stored: plain codes, so that also a row which no program
/// wrote can be held against the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    pub seq: u64,
    pub at_ms: i64,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    /// Empty: none.
    pub actor_role: String,
    pub action: String,
    pub office_id: Option<Uuid>,
    pub interview_id: Option<Uuid>,
    /// Empty: none.
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    pub count: u32,
}

/// A stored event with its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedEvent {
    pub event: LoggedEvent,
    pub link: Link,
}

pub type Link = [u8; 32];

/// Where the chain stands: the last number and its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub link: Link,
}

impl Head {
    /// Before the first event.
    pub const EMPTY: Self = Self {
        seq: 0,
        link: [0; 32],
    };

    /// The link as people copy it: 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.link.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Where the chain begins once its oldest events are removed: the last of them, sealed, so that nobody
/// without the key can remove more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub head: Head,
    pub seal: Link,
}

/// The first place where the chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("event {expected} is missing: event {found} stands in its place")]
    Gap { expected: u64, found: u64 },
    #[error("event {seq} is not the one that was written, or another one before it is missing")]
    Link { seq: u64 },
    #[error("event {seq} holds a text that is too long to be one of ours")]
    Text { seq: u64 },
}

/// The key of the chain.
#[derive(Clone)]
pub struct ChainKey(Hmac<Sha256>);

impl std::fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChainKey")
    }
}

impl ChainKey {
    pub fn new(key: &[u8; 32]) -> Self {
        // Invariant: HMAC takes keys of every length.
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of every length"))
    }

    /// Gives the next event its number and its link.
    pub fn chain(&self, head: Head, event: &AuditEvent) -> ChainedEvent {
        let event = event.logged(head.seq + 1);
        // Invariant: every text in an `AuditEvent` is a code of this crate, and those are short.
        let link = self.link(head.link, &event).expect("codes are short");
        ChainedEvent { event, link }
    }

    /// Follows the chain from `head` over `rows`, which come in the order of their numbers, and
    /// returns where it ends.
    pub fn verify<'a>(
        &self,
        head: Head,
        rows: impl IntoIterator<Item = &'a ChainedEvent>,
    ) -> Result<Head, Broken> {
        let mut head = head;
        for row in rows {
            let seq = row.event.seq;
            if seq != head.seq + 1 {
                return Err(Broken::Gap {
                    expected: head.seq + 1,
                    found: seq,
                });
            }
            let link = self
                .link(head.link, &row.event)
                .ok_or(Broken::Text { seq })?;
            if link != row.link {
                return Err(Broken::Link { seq });
            }
            head = Head { seq, link };
        }
        Ok(head)
    }

    /// The anchor in the place of events 1 to `head`.
    pub fn anchor(&self, head: Head) -> Anchor {
        Anchor {
            head,
            seal: self.seal(head).finalize().into_bytes().into(),
        }
    }

    /// Whether whoever has the key made it.
    pub fn is_ours(&self, anchor: &Anchor) -> bool {
        self.seal(anchor.head).verify_slice(&anchor.seal).is_ok()
    }

    /// No event's link covers bytes that begin so.
    fn seal(&self, head: Head) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(b"yorisoi audit anchor 1");
        mac.update(&head.seq.to_be_bytes());
        mac.update(&head.link);
        mac
    }

    fn link(&self, previous: Link, event: &LoggedEvent) -> Option<Link> {
        let mut mac = self.0.clone();
        mac.update(&previous);
        mac.update(&event.seq.to_be_bytes());
        mac.update(&event.encode()?);
        Some(mac.finalize().into_bytes().into())
    }
}

impl AuditEvent {
    fn logged(&self, seq: u64) -> LoggedEvent {
        let (actor_kind, actor_id, role) = match self.actor {
            AuditActor::Staff(user, role) => ("staff", Some(user.uuid()), role),
            AuditActor::Participant(participant) => ("participant", Some(participant.uuid()), None),
            AuditActor::Anonymous => ("anonymous", None, None),
            AuditActor::Operator => ("operator", None, None),
            AuditActor::System => ("system", None, None),
        };
        let subject = self.subject.map(AuditSubject::parts);
        LoggedEvent {
            seq,
            at_ms: self.at.as_millisecond(),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_role: role.map_or("", Role::code).to_owned(),
            action: self.action.code(),
            office_id: self.office.map(OfficeId::uuid),
            interview_id: self.interview.map(InterviewId::uuid),
            subject_kind: subject.map_or("", |(kind, _)| kind).to_owned(),
            subject_id: subject.map(|(_, id)| id),
            count: self.count,
        }
    }
}

impl LoggedEvent {
    /// The canonical encoding. `None` if a text is longer than 255 bytes, which none of ours is.
    fn encode(&self) -> Option<Vec<u8>> {
        fn text(out: &mut Vec<u8>, text: &str) -> Option<()> {
            out.push(u8::try_from(text.len()).ok()?);
            out.extend_from_slice(text.as_bytes());
            Some(())
        }
        fn id(out: &mut Vec<u8>, id: Option<Uuid>) {
            out.push(u8::from(id.is_some()));
            out.extend(id.iter().flat_map(Uuid::as_bytes));
        }
        let mut out = vec![1];
        out.extend(self.at_ms.to_be_bytes());
        text(&mut out, &self.actor_kind)?;
        id(&mut out, self.actor_id);
        text(&mut out, &self.actor_role)?;
        text(&mut out, &self.action)?;
        id(&mut out, self.office_id);
        id(&mut out, self.interview_id);
        text(&mut out, &self.subject_kind)?;
        id(&mut out, self.subject_id);
        out.extend(self.count.to_be_bytes());
        Some(out)
    }
}

impl AuditSubject {
    const fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::User(id) => ("user", id.uuid()),
            Self::Resident(id) => ("resident", id.uuid()),
            Self::Case(id) => ("case", id.uuid()),
            Self::Assignment(id) => ("assignment", id.uuid()),
            Self::Invitation(id) => ("invitation", id.uuid()),
            Self::Participant(id) => ("participant", id.uuid()),
            Self::Consent(id) => ("consent", id.uuid()),
            Self::Flag(id) => ("flag", id.uuid()),
            Self::Alert(id) => ("alert", id.uuid()),
            Self::HelpCall(id) => ("help_call", id.uuid()),
            Self::Key(id) => ("key", id.uuid()),
            Self::Note(id) => ("note", id.uuid()),
            Self::Record(id) => ("record", id.uuid()),
            Self::Activation(id) => ("activation", id.uuid()),
        }
    }
}

#[cfg(test)]
mod tests;
