//! Pages that look again every few seconds: what the same person sees again within five minutes is
//! one reading, and stands in the audit once. In memory only; after a restart it is written again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use jiff::civil::Date;
use uuid::Uuid;
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent};
use yorisoi_domain::ids::{InterviewId, OfficeId};
use yorisoi_domain::time::Timestamp;

const ONE_READING: SignedDuration = SignedDuration::from_mins(5);
/// Remembered. Beyond it those that are over are forgotten, which changes nothing for them.
const READINGS: usize = 10_000;

/// Who saw what, of which day, and how many lines of it.
type Look = (
    Uuid,
    AuditAction,
    Option<OfficeId>,
    Option<InterviewId>,
    Option<Date>,
    u32,
);

/// When each reading began.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<HashMap<Look, Timestamp>>);

impl Looks {
    /// False: a page looks again, and the audit knows of it. `day`: of a list that has one.
    pub(super) fn is_new(&self, event: &AuditEvent, day: Option<Date>) -> bool {
        use AuditAction::{
            AlertsListed, CertificatesRead, DoorSeen, InterviewRead, InterviewsListed,
            OwnNotesListed, ReviewListed, RulesRead,
        };
        let (
            AuditActor::Staff(user, _),
            AlertsListed | CertificatesRead | DoorSeen | InterviewRead | InterviewsListed
            | OwnNotesListed | ReviewListed | RulesRead,
        ) = (event.actor, event.action)
        else {
            return true;
        };
        let look = (
            user.uuid(),
            event.action,
            event.office,
            event.interview,
            day,
            event.count,
        );
        let mut began = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = |at: &Timestamp| event.at.duration_since(*at) < ONE_READING;
        if began.get(&look).is_some_and(goes_on) {
            return false;
        }
        if began.len() >= READINGS {
            began.retain(|_, at| goes_on(at));
        }
        began.insert(look, event.at);
        true
    }

    /// What was to be written is not: every reading begins anew.
    pub(super) fn forget(&self) {
        let mut began = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        began.clear();
    }
}

#[cfg(test)]
mod tests {
    use yorisoi_domain::ids::UserId;

    use super::*;

    fn event(user: u128, action: AuditAction, at_s: i64) -> AuditEvent {
        AuditEvent {
            at: Timestamp::from_second(at_s).unwrap(),
            actor: AuditActor::Staff(UserId::new(Uuid::from_u128(user)), None),
            action,
            office: None,
            interview: Some(InterviewId::new(Uuid::from_u128(9))),
            subject: None,
            count: 1,
        }
    }

    #[test]
    fn looking_again_is_one_reading_and_everything_else_is_its_own() {
        let looks = Looks::default();
        let seen = |user, action, at_s| looks.is_new(&event(user, action, at_s), None);
        assert!(seen(1, AuditAction::DoorSeen, 0));
        assert!(!seen(1, AuditAction::DoorSeen, 3));
        assert!(seen(2, AuditAction::DoorSeen, 3), "another person");
        assert!(seen(1, AuditAction::InterviewRead, 3), "another thing");
        assert!(!seen(1, AuditAction::DoorSeen, 299));
        assert!(seen(1, AuditAction::DoorSeen, 300), "five minutes later");
        assert!(seen(1, AuditAction::CertificatesRead, 300));
        assert!(
            !seen(1, AuditAction::CertificatesRead, 320),
            "pages poll it"
        );
        assert!(seen(1, AuditAction::TranscriptRead, 301));
        assert!(
            seen(1, AuditAction::TranscriptRead, 302),
            "no page polls it"
        );
        let listed = |day| looks.is_new(&event(1, AuditAction::InterviewsListed, 400), Some(day));
        assert!(listed(jiff::civil::date(2026, 11, 25)));
        assert!(listed(jiff::civil::date(2026, 11, 26)), "another day");
        assert!(!listed(jiff::civil::date(2026, 11, 25)));
        looks.forget();
        assert!(
            seen(1, AuditAction::DoorSeen, 302),
            "what was written of it is lost"
        );
    }
}
