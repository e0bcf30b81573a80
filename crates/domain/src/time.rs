//! The times of the records: instants in UTC, the interview's own clock, and weeks of pregnancy.
//! Never asks what time it is.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use jiff::Timestamp;

/// Milliseconds since the interview began, on the one clock that all its tracks share.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct InterviewMs(pub i64);

/// Days from the first day of the last period to the due date: 40 weeks.
const TERM_DAYS: i32 = 280;
/// A pregnancy that is said to last longer is a slip of the pen.
const LONGEST_DAYS: i32 = 45 * 7;

/// How far a pregnancy is, in completed weeks and days: 妊娠14週2日.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GestationalAge {
    pub weeks: u8,
    /// 0 to 6.
    pub days: u8,
}

impl GestationalAge {
    /// `None` if `days` is not 0 to 6 or the sum is beyond 45 weeks.
    pub fn new(weeks: u8, days: u8) -> Option<Self> {
        let total = i32::from(weeks) * 7 + i32::from(days);
        (days < 7 && total <= LONGEST_DAYS).then_some(Self { weeks, days })
    }

    /// The age on a day, from the due date. `None` before the first day and beyond 45 weeks:
    /// there is no age to show then.
    pub fn on(day: Date, due: Date) -> Option<Self> {
        let to_go = (due - day).get_days();
        let total = TERM_DAYS - to_go;
        if !(0..=LONGEST_DAYS).contains(&total) {
            return None;
        }
        Some(Self {
            weeks: u8::try_from(total / 7).ok()?,
            days: u8::try_from(total % 7).ok()?,
        })
    }

    /// The due date of a pregnancy that has this age on that day. `None` only where the calendar ends.
    pub fn due_date(self, on: Date) -> Option<Date> {
        let total = i32::from(self.weeks) * 7 + i32::from(self.days);
        on.checked_add(jiff::Span::new().days(TERM_DAYS - total))
            .ok()
    }
}

/// Completed years on a day. `None` if the day is before birth.
pub fn age_on(day: Date, born: Date) -> Option<u16> {
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    let years = day.year() - born.year() - i16::from(!had_birthday);
    u16::try_from(years).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weeks_follow_the_due_date() {
        let due = date(2027, 5, 24);
        let age = |day| GestationalAge::on(day, due);
        assert_eq!(age(date(2026, 11, 25)), GestationalAge::new(14, 2));
        assert_eq!(age(due), GestationalAge::new(40, 0));
        assert_eq!(age(date(2026, 8, 17)), GestationalAge::new(0, 0));
        assert_eq!(age(date(2026, 8, 16)), None);
        assert_eq!(age(date(2027, 6, 29)), None);
        assert_eq!(GestationalAge::new(12, 7), None);
    }

    #[test]
    fn a_birthday_counts_from_its_day() {
        let born = date(2004, 2, 29);
        assert_eq!(age_on(date(2026, 2, 28), born), Some(21));
        assert_eq!(age_on(date(2026, 3, 1), born), Some(22));
        assert_eq!(age_on(date(2003, 1, 1), born), None);
    }

    proptest! {
        #[test]
        fn age_and_due_date_are_each_others_inverse(weeks in 0u8..45, days in 0u8..7, offset in 0i32..20_000) {
            let on = date(1990, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
            let age = GestationalAge::new(weeks, days).unwrap();
            let due = age.due_date(on).unwrap();
            prop_assert_eq!(GestationalAge::on(on, due), Some(age));
        }
    }
}
