//! Whom alerts and 応援 of an interview go to, and who stands where in that order. Whoever the case
//! bars and whoever works here no more is passed over at once, not waited for.

use yorisoi_domain::access::{Grant, Role, Staff};
use yorisoi_domain::ids::UserId;
use yorisoi_store::Reader;

use super::{App, Loaded, Result};

/// The people of the office's contact list who can be told of this interview, first first.
pub(super) struct OnCall(Vec<UserId>);

impl OnCall {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The same without whoever calls for the others.
    pub(super) fn without(mut self, user: UserId) -> Self {
        self.0.retain(|person| *person != user);
        self
    }

    /// Where somebody stands: an approver of the office first, whoever is on no list nowhere.
    pub(super) fn place(&self, caller: &Staff, it: &Loaded) -> Option<usize> {
        if it.case.private.barred.contains(&caller.user) {
            return None;
        }
        let office = it.row.interview.office;
        let mut grants = caller.grants.iter();
        if grants.any(|grant| grant.office == office && grant.role == Role::Approver) {
            return Some(0);
        }
        self.0.iter().position(|person| *person == caller.user)
    }
}

impl App {
    pub(super) async fn on_call(&self, reader: &mut dyn Reader, it: &Loaded) -> Result<OnCall> {
        let office = it.row.interview.office;
        let list = reader.contact_list(office).await?;
        let mut people = Vec::new();
        for person in list.iter().flat_map(|list| list.people()) {
            let barred = it.case.private.barred.contains(person);
            let active = reader.user(*person).await?;
            let active = active.is_some_and(|row| row.user.is_active());
            let mut grants = reader.grants(*person).await?.into_iter();
            let works = |grant: Grant| grant.office == office && opens_cases(grant.role);
            if !barred && active && grants.any(works) {
                people.push(*person);
            }
        }
        Ok(OnCall(people))
    }
}

/// Whoever only administers opens no alert, and would be waited for in vain.
const fn opens_cases(role: Role) -> bool {
    matches!(role, Role::Nurse | Role::Approver)
}
