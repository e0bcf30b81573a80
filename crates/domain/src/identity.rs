//! The identity check at the door: name in kana, birth date, booking number. Compares what she
//! typed with what is on file and says which of the three agree; keeps nothing of what was typed.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::ids::{InterviewId, ParticipantId};
use crate::pii::Pii;
use crate::time::Timestamp;
use crate::tries::Tries;

/// Both sides of the check have this shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    pub kana: Pii<String>,
    pub birth_date: Pii<Date>,
    pub booking_number: Pii<String>,
}

/// Which of the three agree. For the nurse's eyes; she who typed hears only yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityResult {
    pub kana: bool,
    pub birth_date: bool,
    pub booking_number: bool,
}

impl IdentityResult {
    pub const fn passed(self) -> bool {
        self.kana && self.birth_date && self.booking_number
    }
}

/// One try at the door, right or wrong, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityTry {
    pub interview: InterviewId,
    pub participant: ParticipantId,
    pub at: Timestamp,
    pub result: IdentityResult,
}

pub fn check(typed: &IdentityFacts, on_file: &IdentityFacts) -> IdentityResult {
    let same = |a: &Pii<String>, b: &Pii<String>, fold: fn(&str) -> String| {
        let (a, b) = (fold(a.expose()), fold(b.expose()));
        !a.is_empty() && a == b
    };
    IdentityResult {
        kana: same(&typed.kana, &on_file.kana, fold_kana),
        birth_date: typed.birth_date == on_file.birth_date,
        booking_number: same(
            &typed.booking_number,
            &on_file.booking_number,
            fold_booking_number,
        ),
    }
}

/// The wrong tries of one seat: what others get wrong costs them, and keeps nobody else out.
pub fn own_wrong_tries(tries: &[IdentityTry], seat: ParticipantId) -> Tries {
    wrong_tries(tries.iter().filter(|one| one.participant == seat))
}

/// The wrong tries at an interview's door, over all its seats.
/// A right answer wipes nothing out, or one household member could reset it for another.
pub fn wrong_tries<'a>(tries: impl IntoIterator<Item = &'a IdentityTry>) -> Tries {
    let wrong = tries.into_iter().filter(|one| !one.result.passed());
    wrong.fold(Tries::default(), |before, one| Tries {
        wrong: before.wrong.saturating_add(1),
        last_wrong_at: before.last_wrong_at.max(Some(one.at)),
    })
}

/// The name in kana as it is compared: half and full width, hiragana and katakana are one; spaces,
/// middle dots, hyphens and long vowel marks are nothing, because phones offer one for the other.
pub fn fold_kana(name: &str) -> String {
    name.nfkc()
        .filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation())
        .filter(|c| !matches!(c, '・' | '、' | 'ー' | '‐' | '−' | '―' | '—' | '–' | '─'))
        .map(|c| match c {
            'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
            other => other,
        })
        // Once more: a voicing mark typed by itself was a space and a mark, and joins now.
        .nfkc()
        .collect()
}

/// The booking number as it is compared: `k7r 4m2` and `Ｋ７Ｒ－４Ｍ２` are K7R-4M2.
pub fn fold_booking_number(number: &str) -> String {
    number
        .nfkc()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// The letters of booking numbers: none that is mistaken for another on paper or by telephone.
pub const BOOKING_LETTERS: &[u8; 28] = b"23456789ABCDEFGHJKMNPQRTUWXY";
/// Letters in a booking number, of which there are 28⁶ ≈ 480 million.
pub const BOOKING_LENGTH: usize = 6;

/// A booking number as people see it, from that many random numbers: `K7R-4M2`.
pub fn booking_number(random: [u8; BOOKING_LENGTH]) -> Pii<String> {
    let letter = |n: u8| char::from(BOOKING_LETTERS[usize::from(n) % BOOKING_LETTERS.len()]);
    let mut number: String = random.map(letter).iter().collect();
    number.insert(BOOKING_LENGTH / 2, '-');
    Pii::new(number)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn facts(kana: &str, number: &str) -> IdentityFacts {
        IdentityFacts {
            kana: Pii::new(kana.to_owned()),
            birth_date: Pii::new(date(1998, 5, 12)),
            booking_number: Pii::new(number.to_owned()),
        }
    }

    #[test]
    fn the_same_name_in_any_writing_passes() {
        let on_file = facts("シライシ ヒナタ", "K7R-4M2");
        for kana in [
            "しらいし　ひなた",
            "ｼﾗｲｼﾋﾅﾀ",
            "シライシ・ヒナタ",
            "しらいし ヒナタ",
        ] {
            for number in ["k7r4m2", "Ｋ７Ｒ－４Ｍ２", " K7R 4M2 "] {
                assert!(
                    check(&facts(kana, number), &on_file).passed(),
                    "{kana} {number}"
                );
            }
        }
        assert_eq!(fold_kana("ｶﾞｰﾈｯﾄ"), fold_kana("ガ-ネット"));
        assert_ne!(fold_kana("カネット"), fold_kana("ガネット"));
        assert_eq!(fold_kana("カ゛ネット"), fold_kana("ガネット"));
    }

    #[test]
    fn each_of_the_three_can_fail_alone() {
        let on_file = facts("シライシヒナタ", "K7R-4M2");
        let result = check(&facts("シライシヒナ", "K7R-4M2"), &on_file);
        assert_eq!(
            (result.kana, result.birth_date, result.booking_number),
            (false, true, true)
        );
        let other_day = IdentityFacts {
            birth_date: Pii::new(date(1998, 12, 5)),
            ..on_file.clone()
        };
        assert!(!check(&other_day, &on_file).birth_date);
        assert!(!check(&facts("シライシヒナタ", "K7R-4M3"), &on_file).passed());
    }

    #[test]
    fn nothing_is_no_match_for_nothing() {
        assert!(!check(&facts(" ", "-"), &facts("", "")).kana);
        assert!(!check(&facts(" ", "-"), &facts("", "")).booking_number);
    }

    #[test]
    fn wrong_tries_count_over_every_seat_and_outlive_a_right_one() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let one = |seat, second, right| IdentityTry {
            interview: InterviewId::new(Uuid::from_u128(1)),
            participant: ParticipantId::new(Uuid::from_u128(seat)),
            at: at(second),
            result: IdentityResult {
                kana: true,
                birth_date: right,
                booking_number: true,
            },
        };
        let tries = wrong_tries(&[one(1, 5, false), one(2, 9, false), one(1, 30, true)]);
        assert_eq!(
            tries,
            Tries {
                wrong: 2,
                last_wrong_at: Some(at(9))
            }
        );
        assert_eq!(wrong_tries(&[one(1, 5, true)]), Tries::default());
        let seat = ParticipantId::new(Uuid::from_u128(1));
        let own = own_wrong_tries(&[one(1, 5, false), one(2, 9, false)], seat);
        assert_eq!((own.wrong, own.last_wrong_at), (1, Some(at(5))));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,24}") {
            let once = fold_kana(&text);
            prop_assert_eq!(fold_kana(&once), once);
            let once = fold_booking_number(&text);
            prop_assert_eq!(fold_booking_number(&once), once);
        }

        #[test]
        fn a_booking_number_reads_as_itself(random in any::<[u8; BOOKING_LENGTH]>()) {
            let number = booking_number(random);
            let folded = fold_booking_number(number.expose());
            prop_assert_eq!(folded.len(), BOOKING_LENGTH);
            prop_assert!(folded.bytes().all(|letter| BOOKING_LETTERS.contains(&letter)));
        }
    }
}
