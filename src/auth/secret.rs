//! Random secrets: login and seat tokens, the secrets in links, and short codes that people type.
//! A secret leaves only as text for its holder; what is kept is its SHA-256, which is enough for
//! 256 random bits (there is nothing to guess from).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use yorisoi_domain::identity::BOOKING_LETTERS;
use yorisoi_domain::secret::SecretHash;

use crate::clock::IdGen;

/// 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    #[must_use]
    pub fn random(ids: &dyn IdGen) -> Self {
        let mut bytes = [0; 32];
        ids.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads what [`Self::to_text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// 43 characters of base64url, for a cookie or the fragment of a link.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the store keeps and looks up.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{secret}")
    }
}

/// `N` letters that people can read out: the name of a request in the log.
#[must_use]
pub fn short_code<const N: usize>(ids: &dyn IdGen) -> String {
    let mut bytes = [0; N];
    ids.fill(&mut bytes);
    let letter = |byte: u8| char::from(BOOKING_LETTERS[usize::from(byte) % BOOKING_LETTERS.len()]);
    bytes.map(letter).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemIds;

    #[test]
    fn text_and_back() {
        let secret = Secret::random(&SystemIds);
        assert_eq!(secret.to_text().len(), 43);
        assert_eq!(Secret::parse(&secret.to_text()), Some(secret));
    }

    #[test]
    fn other_lengths_and_other_alphabets_are_no_secret() {
        for text in [
            "",
            "AAAA",
            &"A".repeat(44),
            &"+".repeat(43),
            &"あ".repeat(43),
        ] {
            assert_eq!(Secret::parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_debug_output_holds_it() {
        assert_eq!(format!("{:?}", Secret::random(&SystemIds)), "{secret}");
    }
}
