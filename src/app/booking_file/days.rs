//! Days, times and weeks of pregnancy as people write them in a table: of either calendar, in any
//! width, with or without 年月日.

use jiff::civil::{Date, Time, date};
use unicode_normalization::UnicodeNormalization;

use crate::app::booking::Weeks;

/// First year and number of years of each era.
const ERAS: [([&str; 2], i16, i16); 5] = [
    (["令和", "R"], 2019, 80),
    (["平成", "H"], 1989, 31),
    (["昭和", "S"], 1926, 64),
    (["大正", "T"], 1912, 15),
    (["明治", "M"], 1868, 45),
];

/// 2026-11-30, 2026/11/30, 20261130, 令和8年11月30日, R8.11.30; 元年 is the first.
pub(super) fn day(typed: &str) -> Option<Date> {
    let text = plain(typed).to_uppercase().replace("元年", "1年");
    let era = ERAS.iter().find_map(|(names, first, years)| {
        let rest = names.iter().find_map(|name| text.strip_prefix(name))?;
        Some((*first, *years, rest))
    });
    let (first, years, text) = era.map_or((0, 0, &*text), |era| era);
    match *numbers(text, "年月日/.-")? {
        [day] if years == 0 && text.len() == 8 => {
            let part = |value: i32| i8::try_from(value % 100).ok();
            Date::new(
                i16::try_from(day / 10_000).ok()?,
                part(day / 100)?,
                part(day)?,
            )
            .ok()
        }
        [year, month, day] => {
            let mut year = i16::try_from(year).ok()?;
            if years > 0 {
                year = (1..=years).contains(&year).then(|| first + year - 1)?;
            }
            let day = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
            (day >= date(1868, 1, 1)).then_some(day)
        }
        _ => None,
    }
}

/// 9:30, 9時30分, 9時半, 午後1時30分.
pub(super) fn clock(typed: &str) -> Option<Time> {
    let text = plain(typed).replace('半', "30分");
    let (later, text) = match text.strip_prefix("午後") {
        Some(rest) => (12, rest),
        None => (0, text.strip_prefix("午前").unwrap_or(&text)),
    };
    let (hour, minute) = match *numbers(text, "時分秒:")? {
        [hour] if text.ends_with('時') => (hour, 0),
        [hour, minute] | [hour, minute, 0] => (hour, minute),
        _ => return None,
    };
    if later > 0 && hour > 12 {
        return None;
    }
    let hour = if later > 0 { hour % 12 + later } else { hour };
    Time::new(hour.try_into().ok()?, minute.try_into().ok()?, 0, 0).ok()
}

/// 14週2日, 14週, 14w2d, 14-2, 14.
pub(super) fn weeks(typed: &str) -> Option<Weeks> {
    let text = plain(typed).to_lowercase();
    let numbers = numbers(text.strip_prefix("妊娠").unwrap_or(&text), "週日wd-+")?;
    let (weeks, days) = match *numbers {
        [weeks] => (weeks, 0),
        [weeks, days] => (weeks, days),
        _ => return None,
    };
    Some(Weeks {
        weeks: weeks.try_into().ok()?,
        days: days.try_into().ok()?,
    })
}

/// A day, and what stands behind a blank after it: 「2026/11/30 10:00」.
pub(super) fn apart(typed: &str) -> (&str, &str) {
    let (day, time) = typed
        .trim()
        .split_once(char::is_whitespace)
        .unwrap_or((typed, ""));
    (day, time.trim())
}

/// In one width, without blanks and without the day of the week.
fn plain(typed: &str) -> String {
    let text: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let week = ["月", "火", "水", "木", "金", "土", "日"];
    let found = week.iter().find_map(|day| {
        let marked = format!("({day})");
        text.contains(&marked).then(|| text.replace(&marked, ""))
    });
    found.unwrap_or(text)
}

/// The numbers between separators, if nothing else stands there.
fn numbers(text: &str, separators: &str) -> Option<Box<[i32]>> {
    let parts = text.split(|c: char| separators.contains(c));
    parts
        .filter(|part| !part.is_empty())
        .map(|part| {
            let digits = part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn days_of_both_calendars() {
        for typed in [
            "1998-05-12",
            "1998/5/12",
            "１９９８年５月１２日",
            "19980512",
            "平成10年5月12日",
            "H10.5.12",
            "h10/05/12",
            " 平成１０年 5月12日(火)",
        ] {
            assert_eq!(day(typed), Some(date(1998, 5, 12)), "{typed}");
        }
        assert_eq!(day("令和元年5月1日"), Some(date(2019, 5, 1)));
        for typed in [
            "",
            "平成40年5月12日",
            "平成0年1月1日",
            "2026-02-30",
            "98/5/12",
            "12/5/1998",
            "5月12日",
            "平成19980512",
            "不明",
            "1998年5月頃",
            "99999999999999",
        ] {
            assert_eq!(day(typed), None, "{typed}");
        }
    }

    #[test]
    fn times_and_weeks() {
        for typed in [
            "13:30",
            "13:30:00",
            "13時30分",
            "１３時半",
            "午後1時30分",
            "午後 1:30",
        ] {
            assert_eq!(clock(typed), Some(time(13, 30, 0, 0)), "{typed}");
        }
        assert_eq!(clock("午前9時"), Some(time(9, 0, 0, 0)));
        assert_eq!(clock("午後0時15分"), Some(time(12, 15, 0, 0)));
        for typed in ["", "25:00", "9", "9:75", "朝", "午後13時", "10:00:30"] {
            assert_eq!(clock(typed), None, "{typed}");
        }
        for typed in ["14週2日", "１４週２日", "14w2d", "14-2", "妊娠14週2日"] {
            let Weeks { weeks: full, days } = weeks(typed).unwrap();
            assert_eq!((full, days), (14, 2), "{typed}");
        }
        assert!(weeks("もうすぐ").is_none() && weeks("1-2-3").is_none());
        assert_eq!(apart("2026/11/30　10:00"), ("2026/11/30", "10:00"));
    }
}
