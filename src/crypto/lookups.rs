//! Finding a sealed value again when all of it is known: a keyed hash of its folded form. Equal
//! values of one kind give equal hashes; without the key file nobody can make or guess one.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::Date;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization as _;
use yorisoi_domain::identity::{fold_booking_number, fold_kana};
use yorisoi_domain::ids::UserId;
use yorisoi_domain::pii::Pii;
use yorisoi_store::Lookup;

use super::kek::Kek;

#[derive(Clone)]
pub struct Lookups(Hmac<Sha256>);

impl Lookups {
    pub fn new(kek: &Kek) -> Self {
        // Invariant: HMAC takes keys of every length.
        Self(Hmac::new_from_slice(&*kek.lookup_key()).expect("HMAC takes every key"))
    }

    /// A staff login name, in any case and width.
    pub fn login(&self, name: &Pii<String>) -> Lookup {
        self.hash("login", &[&fold_login(name.expose())])
    }

    /// A resident by her name in kana and her birth date.
    pub fn identity(&self, kana: &Pii<String>, born: &Pii<Date>) -> Lookup {
        self.hash(
            "identity",
            &[&fold_kana(kana.expose()), &born.expose().to_string()],
        )
    }

    pub fn booking(&self, number: &Pii<String>) -> Lookup {
        self.hash("booking", &[&fold_booking_number(number.expose())])
    }

    /// Under which the wrong tries of one account from one address are counted; neither is stored.
    pub fn login_tries(&self, name: &Pii<String>, address: &Pii<String>) -> Lookup {
        self.hash(
            "login tries",
            &[&fold_login(name.expose()), address.expose()],
        )
    }

    /// Under which wrong codes of a secret that is not confirmed yet are counted, by account.
    pub fn enrolment_tries(&self, user: UserId) -> Lookup {
        self.hash("enrolment tries", &[&user.uuid().to_string()])
    }

    fn hash(&self, kind: &str, parts: &[&str]) -> Lookup {
        let mut mac = self.0.clone();
        for part in std::iter::once(&kind).chain(parts) {
            mac.update(&part.len().to_be_bytes());
            mac.update(part.as_bytes());
        }
        Lookup::from_bytes(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

fn fold_login(name: &str) -> String {
    name.trim().nfkc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::testing;
    use super::*;

    #[test]
    fn the_same_person_is_found_in_any_writing_and_no_two_kinds_meet() {
        let lookups = Lookups::new(&testing::kek());
        let text = |text: &str| Pii::new(text.to_owned());
        let born = Pii::new(date(1998, 5, 12));
        assert_eq!(
            lookups.identity(&text("シライシ ヒナタ"), &born),
            lookups.identity(&text("ｼﾗｲｼﾋﾅﾀ"), &born)
        );
        assert_ne!(
            lookups.identity(&text("シライシ ヒナタ"), &born),
            lookups.identity(&text("シライシ ヒナタ"), &Pii::new(date(1998, 12, 5)))
        );
        assert_eq!(
            lookups.login(&text(" Sano")),
            lookups.login(&text("ｓａｎｏ"))
        );
        assert_ne!(
            lookups.login(&text("K7R4M2")),
            lookups.booking(&text("K7R4M2"))
        );
        assert_ne!(
            lookups.login_tries(&text("ab"), &text("c")),
            lookups.login_tries(&text("a"), &text("bc"))
        );
    }
}
