//! The resident: who she is. Her pregnancies are cases, her talks interviews.

use jiff::civil::Date;

use crate::ids::ResidentId;
use crate::pii::Pii;

/// What the office knows of her. The store holds it sealed under her own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    pub id: ResidentId,
    pub name: Pii<String>,
    /// As she writes it; compared folded ([`crate::identity::fold_kana`]).
    pub kana: Pii<String>,
    pub birth_date: Pii<Date>,
}
