//! The second factor: time-based one-time passwords (RFC 6238, SHA-1, six digits, thirty seconds:
//! what every authenticator app knows), and the recovery codes for who lost the phone. Whether a
//! code was used before is the caller's to remember.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use unicode_normalization::UnicodeNormalization as _;

use crate::access::{Grant, Role};
use crate::identity::{BOOKING_LETTERS, fold_booking_number};
use crate::pii::Pii;
use crate::secret::SecretHash;
use crate::time::Timestamp;

/// Seconds for which a code stands.
const STEP_S: i64 = 30;
/// Bytes of a shared secret, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code, of which there are 28²⁴ ≈ 2¹¹⁵: nothing to guess from its hash.
pub const RECOVERY_LETTERS: usize = 24;
/// Of those that were made before; what is left of them works on.
const SHORTER: usize = 16;

/// Whether these roles need a second factor: whoever decides about other people's notes or about
/// accounts.
pub fn is_required(grants: &[Grant]) -> bool {
    let needs = |role| matches!(role, Role::Approver | Role::Administrator);
    grants.iter().any(|grant| needs(grant.role))
}

/// The step of a time, counted from 1970.
pub fn step_at(now: Timestamp) -> u64 {
    u64::try_from(now.as_second().div_euclid(STEP_S)).unwrap_or(0)
}

/// The code of a step: below a million.
pub fn code_of(secret: &[u8], step: u64) -> u32 {
    // Invariant: HMAC takes keys of every length.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let at = usize::from(hash[19] & 0xf);
    let four = [hash[at], hash[at + 1], hash[at + 2], hash[at + 3]];
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
}

/// The step whose code was typed: the present one or a neighbour, for clocks go wrong; never one
/// that is not after `used`, so that what somebody looked at over a shoulder opens nothing.
pub fn accepted(secret: &[u8], typed: &str, now: Timestamp, used: Option<u64>) -> Option<u64> {
    let digits: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code: u32 = digits.parse().ok()?;
    let present = step_at(now);
    let steps = present.saturating_sub(1)..=present + 1;
    let fresh = |step: &u64| used.is_none_or(|used| *step > used);
    steps
        .filter(fresh)
        .find(|step| code_of(secret, *step) == code)
}

/// The secret as people type it: base32 in groups of four.
pub fn secret_text(secret: &[u8]) -> Pii<String> {
    let letters = base32(secret);
    let groups: Vec<_> = letters
        .as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect();
    Pii::new(groups.join(" "))
}

/// What a QR code says to an authenticator app. `issuer` and `account` name the entry in its list.
pub fn uri(secret: &[u8], issuer: &str, account: &Pii<String>) -> Pii<String> {
    let (issuer, account) = (percent(issuer), percent(account.expose()));
    let secret = base32(secret);
    Pii::new(format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}"
    ))
}

/// A recovery code as people read it: `K7R4-M2XQ-9AB3-HJKM-2WNP-T6CX`.
pub fn recovery_code(random: [u8; RECOVERY_LETTERS]) -> Pii<String> {
    let letter = |n: u8| BOOKING_LETTERS[usize::from(n) % BOOKING_LETTERS.len()];
    let letters = random.map(letter);
    let groups: Vec<_> = letters.chunks(4).map(String::from_utf8_lossy).collect();
    Pii::new(groups.join("-"))
}

/// What is kept of a recovery code. `None`: what was typed is none.
pub fn recovery_hash(typed: &str) -> Option<SecretHash> {
    let folded = fold_booking_number(typed);
    matches!(folded.len(), RECOVERY_LETTERS | SHORTER).then(|| SecretHash::of(folded.as_bytes()))
}

/// RFC 4648 without padding, of which 20 bytes have none.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let index = usize::try_from((buffer >> bits) & 31).unwrap_or(0);
            text.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[index]));
        }
        buffer &= (1 << bits) - 1;
    }
    text
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B, SHA-1, the last six of its eight digits.
    #[test]
    fn the_codes_of_the_rfc() {
        for (second, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code_of(SECRET, step_at(at(second))), code, "{second}");
        }
    }

    #[test]
    fn a_code_stands_for_a_step_before_and_after_and_works_once() {
        let now = at(1_111_111_109);
        let typed = |second| format!("{:06}", code_of(SECRET, step_at(at(second))));
        let step = step_at(now);
        for (second, accepted_step) in [
            (1_111_111_109 - 60, None),
            (1_111_111_109 - 30, Some(step - 1)),
            (1_111_111_109, Some(step)),
            (1_111_111_109 + 30, Some(step + 1)),
            (1_111_111_109 + 60, None),
        ] {
            assert_eq!(accepted(SECRET, &typed(second), now, None), accepted_step);
        }
        assert_eq!(
            accepted(SECRET, &typed(1_111_111_109), now, Some(step)),
            None
        );
        assert_eq!(
            accepted(SECRET, &typed(1_111_111_109 + 30), now, Some(step)),
            Some(step + 1)
        );
        // As a Japanese keyboard leaves it, and as an app shows it.
        assert_eq!(accepted(SECRET, "０８１ ８０４", now, None), Some(step));
        for nonsense in [
            "",
            "81804",
            "0818040",
            "08180x",
            "081804 1",
            "-81804",
            "八一八〇四",
        ] {
            assert_eq!(accepted(SECRET, nonsense, now, None), None, "{nonsense}");
        }
    }

    #[test]
    fn the_secret_is_written_as_apps_read_it() {
        assert_eq!(base32(b"foobar"), "MZXW6YTB".to_owned() + "O");
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret_text(SECRET).expose(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        let uri = uri(SECRET, "寄り添い", &Pii::new("sano".to_owned()));
        assert_eq!(
            uri.expose(),
            "otpauth://totp/%E5%AF%84%E3%82%8A%E6%B7%BB%E3%81%84:sano\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%AF%84%E3%82%8A%E6%B7%BB%E3%81%84"
        );
    }

    proptest! {
        #[test]
        fn a_recovery_code_is_known_in_any_writing(random in any::<[u8; RECOVERY_LETTERS]>()) {
            let code = recovery_code(random).into_exposed();
            let hash = recovery_hash(&code);
            prop_assert!(hash.is_some());
            prop_assert_eq!(recovery_hash(&code.to_lowercase().replace('-', " ")), hash);
            prop_assert_eq!(recovery_hash(&code[1..]), None);
            prop_assert!(recovery_hash(&code[..19]).is_some(), "one of before");
        }
    }
}
