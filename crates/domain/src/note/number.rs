//! 記録番号, what people call a record by: office, fiscal year, running number. Names nobody.

use std::fmt;

use jiff::civil::Date;

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
}
