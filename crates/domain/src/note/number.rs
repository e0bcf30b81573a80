//! 記録番号, what people call a record by: office, fiscal year, running number. Names nobody.

use std::fmt;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

/// Fiscal years are counted by the era Reiwa, whose first year was 2019.
const BEFORE_REIWA: i16 = 2018;

/// 中央-R8-0214
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordNumber {
    /// The office's short name.
    pub office: String,
    /// The year in which the fiscal year began.
    pub fiscal_year: i16,
    /// From 1, one series per office and fiscal year.
    pub running: u32,
}

impl RecordNumber {
    /// Reads what people type: `中央-R8-0214`, also with wide letters and without the zeros. Whether
    /// it exists is the store's to say.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
        let mut parts = typed.rsplitn(3, ['-', '−', 'ー', '‐']);
        let (running, year, office) = (parts.next()?, parts.next()?, parts.next()?);
        let fiscal_year = match year.strip_prefix(['R', 'r']) {
            Some(era) => era.parse::<i16>().ok()?.checked_add(BEFORE_REIWA)?,
            None => year.parse().ok()?,
        };
        Some(Self {
            office: office.to_owned(),
            fiscal_year,
            running: running.parse().ok()?,
        })
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            office,
            fiscal_year,
            running,
        } = self;
        match fiscal_year - BEFORE_REIWA {
            era @ 1.. => write!(f, "{office}-R{era}-{running:04}"),
            _ => write!(f, "{office}-{fiscal_year}-{running:04}"),
        }
    }
}

/// The fiscal year (年度) of a day: it begins in April.
pub fn fiscal_year(day: Date) -> i16 {
    day.year() - i16::from(day.month() < 4)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_number_reads_as_people_say_it_and_the_year_begins_in_april() {
        let number = |day, running| {
            RecordNumber {
                office: "中央".to_owned(),
                fiscal_year: fiscal_year(day),
                running,
            }
            .to_string()
        };
        assert_eq!(number(date(2026, 11, 25), 214), "中央-R8-0214");
        assert_eq!(number(date(2027, 3, 31), 12_345), "中央-R8-12345");
        assert_eq!(number(date(2027, 4, 1), 1), "中央-R9-0001");
        assert_eq!(number(date(2019, 3, 31), 1), "中央-2018-0001");
    }

    #[test]
    fn what_people_type_is_the_number_that_they_mean() {
        let number = RecordNumber {
            office: "中央".to_owned(),
            fiscal_year: 2026,
            running: 214,
        };
        for typed in [
            "中央-R8-0214",
            " 中央－Ｒ８－２１４ ",
            "中央-r8-214",
            "中央-2026-0214",
        ] {
            assert_eq!(
                RecordNumber::parse(typed).as_ref(),
                Some(&number),
                "{typed}"
            );
        }
        for nonsense in [
            "",
            "中央",
            "R8-0214",
            "中央-R8-",
            "中央-R99999-1",
            "中央-R8-x",
        ] {
            assert_eq!(RecordNumber::parse(nonsense), None, "{nonsense}");
        }
    }
}
