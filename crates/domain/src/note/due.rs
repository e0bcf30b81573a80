//! Until when a note is waited for, from the end of its interview. Saturdays and Sundays are no
//! working days; public holidays are not known here, so a due day may fall on one.

use jiff::civil::{Date, DateTime, Weekday, time};

use crate::risk::item::Tier;

/// The office closes.
const CLOSING: jiff::civil::Time = time(17, 15, 0, 0);
const REVIEW_DAYS: u8 = 3;
const OTHER_DAYS: u8 = 5;

/// The moment, in the city's zone: an immediate flag the same day at 17:15, by midnight if the
/// interview ended later; `review` after three working days, everything else after five, 17:15.
pub fn due(worst: Option<Tier>, ended: DateTime) -> DateTime {
    let days = match worst {
        Some(Tier::Immediate) if ended.time() < CLOSING => {
            return ended.date().to_datetime(CLOSING);
        }
        Some(Tier::Immediate) => return ended.date().to_datetime(time(23, 59, 59, 0)),
        Some(Tier::Review) => REVIEW_DAYS,
        Some(Tier::Notice | Tier::Care) | None => OTHER_DAYS,
    };
    working_days_after(ended.date(), days).to_datetime(CLOSING)
}

fn working_days_after(day: Date, days: u8) -> Date {
    let (mut day, mut left) = (day, days);
    while left > 0 {
        // At the calendar's end it stands still.
        day = day.tomorrow().unwrap_or(day);
        if day == Date::MAX || !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weekends_are_passed_over() {
        let wednesday = date(2026, 11, 25).at(10, 31, 0, 0);
        let due = |tier| due(tier, wednesday);
        assert_eq!(
            due(Some(Tier::Immediate)),
            date(2026, 11, 25).at(17, 15, 0, 0)
        );
        assert_eq!(due(Some(Tier::Review)), date(2026, 11, 30).at(17, 15, 0, 0));
        for tier in [Some(Tier::Notice), Some(Tier::Care), None] {
            assert_eq!(due(tier), date(2026, 12, 2).at(17, 15, 0, 0));
        }
        let evening = date(2026, 11, 25).at(17, 15, 0, 0);
        assert_eq!(
            super::due(Some(Tier::Immediate), evening).date(),
            evening.date()
        );
        assert!(super::due(Some(Tier::Immediate), evening) > evening);
        let end = Date::MAX.at(0, 0, 0, 0);
        assert_eq!(super::due(None, end).date(), Date::MAX);
    }

    proptest! {
        #[test]
        fn the_more_urgent_is_never_due_later(offset in 0i32..20_000, hour in 0i8..24) {
            let day = date(1990, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
            let ended = day.at(hour, 0, 0, 0);
            let dues = [Some(Tier::Immediate), Some(Tier::Review), Some(Tier::Notice)].map(|tier| due(tier, ended));
            prop_assert!(dues.is_sorted());
            prop_assert!(dues[0] > ended);
            for due in &dues[1..] {
                prop_assert!(!matches!(due.weekday(), Weekday::Saturday | Weekday::Sunday));
            }
        }
    }
}
