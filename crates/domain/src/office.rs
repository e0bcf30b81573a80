//! Offices of the municipality and whom each of them calls in an alert.

use serde::Serialize;

use crate::ids::{OfficeId, UserId};

/// A section that holds interviews: 中央保健センター.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Office {
    pub id: OfficeId,
    pub name: String,
    /// The short name in record numbers: 中央.
    pub code: String,
}

/// Whom alerts and 応援 go to, first first. Never empty: an office without one can't start an
/// interview, because nobody would hear the alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactList(Vec<UserId>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the office has nobody to alert: add people to its contact list first")]
pub struct EmptyContactList;

impl ContactList {
    /// The people in order; who stands twice counts where they stand first.
    pub fn new(people: impl IntoIterator<Item = UserId>) -> Result<Self, EmptyContactList> {
        let mut list = Vec::new();
        for person in people {
            if !list.contains(&person) {
                list.push(person);
            }
        }
        if list.is_empty() {
            Err(EmptyContactList)
        } else {
            Ok(Self(list))
        }
    }

    pub fn people(&self) -> &[UserId] {
        &self.0
    }

    /// Who is told when `person` has not opened the alert. `None` after the last.
    pub fn after(&self, person: UserId) -> Option<UserId> {
        let place = self.0.iter().position(|other| *other == person)?;
        self.0.get(place + 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_list_keeps_its_order_and_knows_its_end() {
        let [a, b, c] = [1, 2, 3].map(|n| UserId::new(Uuid::from_u128(n)));
        let list = ContactList::new([b, a, b]).unwrap();
        assert_eq!(list.people(), [b, a]);
        assert_eq!(list.after(b), Some(a));
        assert_eq!(list.after(a), None);
        assert_eq!(list.after(c), None);
        assert_eq!(ContactList::new([]), Err(EmptyContactList));
    }
}
