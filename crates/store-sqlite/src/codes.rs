//! The words that states are stored as. They are in the schema's CHECKs too and never renamed.

use yorisoi_domain::access::Role;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::consent::{Manner, Transcription, YesNo};
use yorisoi_domain::interview::{Kind, Method};
use yorisoi_domain::login::{Browser, SignedInBy, System};
use yorisoi_domain::participant::{DeviceState, GuestRole, LeftHow, Nearby, Network, Noise};
use yorisoi_domain::risk::alert::Why;
use yorisoi_domain::risk::coverage::Source;
use yorisoi_domain::risk::finding::{Asked, How, Part, Speaker};
use yorisoi_domain::risk::flag::Reason;
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::second_voice::SaidBeside;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::tries::Tries;
use yorisoi_store::{KeyKind, Result, Revision, StoreError};

pub(crate) trait Code: Sized + 'static {
    const CODES: &'static [(&'static str, Self)];
}

/// The stored word.
pub(crate) fn code<T: Code + Copy + PartialEq>(value: T) -> &'static str {
    let mut codes = T::CODES.iter();
    // Invariant: the lists below name every variant, or they would not compile.
    codes
        .find(|(_, other)| *other == value)
        .expect("every variant has a code")
        .0
}

/// The value of a stored word; `column` names the place for the error.
pub(crate) fn parse<T: Code + Copy>(word: &str, column: &'static str) -> Result<T> {
    let found = T::CODES.iter().find(|(code, _)| *code == word);
    found
        .map(|(_, value)| *value)
        .ok_or(StoreError::Corrupt(column))
}

macro_rules! codes {
    ($($type:ident { $($code:literal $variant:ident),* $(,)? })*) => {$(
        impl Code for $type {
            const CODES: &'static [(&'static str, Self)] = &[$(($code, $type::$variant)),*];
        }

        // A new variant without a code does not compile.
        const _: fn($type) = |value| match value { $($type::$variant => (),)* };
    )*};
}

codes! {
    Role { "nurse" Nurse, "approver" Approver, "administrator" Administrator }
    SignedInBy { "password" Password, "link" Link }
    System {
        "windows" Windows, "mac" Mac, "linux" Linux, "chrome_os" ChromeOs, "ios" Ios,
        "android" Android, "other" Other,
    }
    Browser {
        "edge" Edge, "chrome" Chrome, "safari" Safari, "firefox" Firefox, "other" Other,
    }
    Kind {
        "notification" Notification, "eighth_month" EighthMonth, "after_birth" AfterBirth,
        "any_time" AnyTime,
    }
    Method { "online" Online, "in_person" InPerson, "telephone" Telephone }
    GuestRole { "resident" Resident, "companion" Companion, "interpreter" Interpreter }
    LeftHow { "closed" Closed, "quick_exit" QuickExit, "interview_over" InterviewOver }
    Nearby { "alone" Alone, "someone" Someone }
    DeviceState { "works" Works, "silent" Silent, "refused" Refused, "missing" Missing }
    Noise { "quiet" Quiet, "some" Some, "loud" Loud, "unknown" Unknown }
    Network { "good" Good, "weak" Weak, "bad" Bad, "unknown" Unknown }
    YesNo { "yes" Yes, "no" No }
    Transcription { "none" None, "captions_only" CaptionsOnly, "transcript" Transcript }
    SaidBeside { "speaks" Speaks, "agrees" Agrees, "refuses" Refuses, "gone" Gone }
    Manner { "tap" Tap, "spoken" Spoken, "paper" Paper, "not_asked" NotAsked }
    ClosedWhy {
        "ended" Ended, "nobody_left" NobodyLeft, "longest_reached" LongestReached,
        "stopped" Stopped, "crash" Crash,
    }
    GapReason {
        "absent" Absent, "muted" Muted, "network" Network, "paused" Paused,
        "not_consented" NotConsented, "captions_only" CaptionsOnly, "overload" Overload,
        "deferred" Deferred, "crash" Crash, "unintelligible" Unintelligible,
        "language" Language, "off_system" OffSystem,
    }
    Tier { "immediate" Immediate, "review" Review, "notice" Notice, "care" Care }
    How { "direct" Direct, "answer" Answer }
    Speaker {
        "nurse" Nurse, "resident" Resident, "companion" Companion, "interpreter" Interpreter,
        "unknown" Unknown,
    }
    Part { "question" Question, "answer" Answer, "statement" Statement }
    Reason {
        "misheard" Misheard, "not_hers" NotHers, "past" Past, "about_services" AboutServices,
        "figure_of_speech" FigureOfSpeech, "other" Other,
    }
    Asked {
        "not_asked" NotAsked, "asked" Asked, "positive" Positive, "negative" Negative,
        "vague" Vague, "declined" Declined,
    }
    Source { "engine" Engine, "form" Form, "nurse" Nurse }
    Why { "found" Found, "hold_over" HoldOver, "barred" Barred }
    KeyKind { "audio" Audio, "talk" Talk, "record" Record, "person" Person }
}

pub(crate) fn time(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt("a time"))
}

/// How many were wrong, and when the last was.
pub(crate) fn tries(wrong: i64, last_ms: Option<i64>) -> Result<Tries> {
    Ok(Tries {
        wrong: u32::try_from(wrong).unwrap_or(u32::MAX),
        last_wrong_at: last_ms.map(time).transpose()?,
    })
}

/// As [`tries`], to be written.
pub(crate) fn counted(tries: Tries) -> (i64, Option<i64>) {
    let last = tries.last_wrong_at.map(Timestamp::as_millisecond);
    (tries.wrong.into(), last)
}

pub(crate) fn revision(number: i64) -> Result<Revision> {
    let number = u32::try_from(number).ok().and_then(Revision::new);
    number.ok_or(StoreError::Corrupt("a revision"))
}

pub(crate) fn bytes32(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("a hash"))
}

/// A count or a number of one of our series; `column` names the place for the error.
pub(crate) fn number(stored: i64, column: &'static str) -> Result<u32> {
    u32::try_from(stored).map_err(|_| StoreError::Corrupt(column))
}
