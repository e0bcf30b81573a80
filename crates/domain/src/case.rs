//! The case: one pregnancy of a resident, the office that looks after it, and what everybody who
//! opens it has to respect.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{Assignment, Role};
use crate::ids::{AssignmentId, CaseId, OfficeId, ResidentId, UserId};
use crate::pii::Pii;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub id: CaseId,
    pub resident: ResidentId,
    pub office: OfficeId,
    pub opened_at: Timestamp,
    pub private: CasePrivate,
}

/// What the store holds sealed under the resident's key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasePrivate {
    pub due_date: Option<Pii<Date>>,
    /// How she may be reached, and how not. Shown wherever the case is.
    pub contact_restriction: Option<ContactRestriction>,
    /// Staff who must not open the case: a relative in the office. No reason is kept or shown.
    pub barred: Vec<UserId>,
}

/// No post, no voice mail, only at certain times, another number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRestriction {
    pub text: Pii<String>,
    pub set_by: UserId,
    pub set_at: Timestamp,
}

/// Why a right in another office's case was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentRefused {
    #[error("an assignment must end after it begins")]
    NoEnd,
    #[error("an assignment gives the role of a nurse or an approver")]
    Role,
    #[error("a person who is barred from a case can't be assigned to it")]
    Barred,
}

impl Case {
    /// Lets somebody of another office into this case, until a moment that has to be named.
    pub fn assign(
        &self,
        id: AssignmentId,
        user: UserId,
        role: Role,
        from: Timestamp,
        ends_at: Timestamp,
    ) -> Result<Assignment, AssignmentRefused> {
        if ends_at <= from {
            return Err(AssignmentRefused::NoEnd);
        }
        if role == Role::Administrator {
            return Err(AssignmentRefused::Role);
        }
        if self.private.barred.contains(&user) {
            return Err(AssignmentRefused::Barred);
        }
        Ok(Assignment {
            id,
            user,
            case: self.id,
            role,
            from,
            ends_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_assignment_has_an_end_and_never_lets_in_who_is_barred() {
        let id = Uuid::from_u128;
        let at = |s| Timestamp::from_second(s).unwrap();
        let [helper, relative] = [1, 2].map(|n| UserId::new(id(n)));
        let case = Case {
            id: CaseId::new(id(3)),
            resident: ResidentId::new(id(4)),
            office: OfficeId::new(id(5)),
            opened_at: at(0),
            private: CasePrivate {
                barred: vec![relative],
                ..CasePrivate::default()
            },
        };
        let assign = |user, role, ends| {
            case.assign(AssignmentId::new(id(6)), user, role, at(10), at(ends))
                .map(|a| a.ends_at)
        };
        assert_eq!(assign(helper, Role::Nurse, 20), Ok(at(20)));
        assert_eq!(
            assign(helper, Role::Nurse, 10),
            Err(AssignmentRefused::NoEnd)
        );
        assert_eq!(
            assign(helper, Role::Administrator, 20),
            Err(AssignmentRefused::Role)
        );
        assert_eq!(
            assign(relative, Role::Nurse, 20),
            Err(AssignmentRefused::Barred)
        );
    }
}
