//! Tables that bookings are read from: what their columns are about, and how a city calls them.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct BookingFile {
    /// The city's own names beside those that are known anyway.
    pub columns: BTreeMap<String, Column>,
}

/// What a column is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Name,
    Kana,
    BirthDate,
    DueDate,
    Weeks,
    Kind,
    Method,
    Day,
    Time,
}

impl Column {
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Kana,
        Self::BirthDate,
        Self::DueDate,
        Self::Weeks,
        Self::Kind,
        Self::Method,
        Self::Day,
        Self::Time,
    ];
    /// Without these nobody can be booked. The time may stand behind the day.
    pub const NEEDED: [Self; 4] = [Self::Name, Self::Kana, Self::BirthDate, Self::Day];

    /// What it is called, the plainest first.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["氏名", "妊婦氏名", "名前", "氏名(漢字)"],
            Self::Kana => &[
                "氏名カナ",
                "カナ氏名",
                "フリガナ",
                "ふりがな",
                "氏名(カナ)",
                "妊婦氏名カナ",
            ],
            Self::BirthDate => &["生年月日"],
            Self::DueDate => &["出産予定日", "分娩予定日"],
            Self::Weeks => &["週数", "妊娠週数"],
            Self::Kind => &["面談種別", "種別", "種類", "面談の種類"],
            Self::Method => &["方法", "面談方法", "面談の方法"],
            Self::Day => &["面談日", "面談日時", "予約日時"],
            Self::Time => &["時刻", "面談時刻", "予約時刻", "開始時刻"],
        }
    }
}
