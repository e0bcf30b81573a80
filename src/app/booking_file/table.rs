//! The table: which text the bytes are, which column is which, and its rows. What the cells mean is
//! not asked here.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};
use unicode_normalization::UnicodeNormalization;
use yorisoi_domain::pii::Pii;

use crate::config::Column;

/// Rows of one file. A file is read into a page and shown there whole.
pub(super) const ROWS: usize = 300;

#[derive(Debug)]
pub(super) struct Table {
    /// What each column is called in this file.
    pub(super) headers: BTreeMap<Column, String>,
    /// Columns that are about nothing we know.
    pub(super) unread: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// As a spreadsheet counts: the header stands in row 1.
    pub(super) number: u32,
    /// What is not empty.
    pub(super) cells: BTreeMap<Column, Pii<String>>,
    /// A cell, by its header and begin, that has taken whole rows into itself.
    pub(super) open: Option<(String, Pii<String>)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Neither UTF-8 nor Shift_JIS nor UTF-16 with its mark: a workbook, or another file.
    NotText,
    TooManyRows,
    Missing(Vec<Column>),
}

pub(super) fn read(bytes: &[u8], own: &BTreeMap<String, Column>) -> Result<Table, Unreadable> {
    let text = text(bytes).ok_or(Unreadable::NotText)?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    // Of text in memory nothing can fail.
    let first = records.next().and_then(Result::ok).unwrap_or_default();
    let headers: Vec<String> = first.iter().map(plain).collect();
    let own = |header: &str| {
        let own = own.iter().find(|(name, _)| plain(name) == header);
        own.map(|(_, column)| *column)
    };
    let mut places = BTreeMap::new();
    for column in Column::ALL {
        // The city's own name before ours, the plainest of ours before the others.
        let by_city = headers.iter().position(|it| own(it) == Some(column));
        let ours = |name: &&str| {
            headers
                .iter()
                .position(|it| it == name && own(it).is_none())
        };
        if let Some(place) = by_city.or_else(|| column.names().iter().find_map(ours)) {
            places.insert(column, (place, first[place].trim().to_owned()));
        }
    }
    let missing: Vec<Column> = Column::NEEDED
        .into_iter()
        .filter(|column| !places.contains_key(column))
        .collect();
    if !missing.is_empty() {
        return Err(Unreadable::Missing(missing));
    }
    let mut rows = Vec::new();
    let mut within = lines_within(&first);
    for record in records.filter_map(Result::ok) {
        // Empty lines before it belong to its place; lines within cells make no row.
        let at = record.position().map_or(0, csv::Position::byte);
        let (before, rest) = text.split_at(usize::try_from(at).unwrap_or(0));
        let empty = rest.len() - rest.trim_start_matches('\n').len();
        let lines = before.matches('\n').count() + empty;
        let number = u32::try_from(1 + lines - within).unwrap_or(u32::MAX);
        within += lines_within(&record);
        let cells: BTreeMap<Column, Pii<String>> = places
            .iter()
            .filter_map(|(column, (place, _))| Some((*column, record.get(*place)?.trim())))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (column, Pii::new(cell.to_owned())))
            .collect();
        if cells.is_empty() {
            continue;
        }
        if rows.len() == ROWS {
            return Err(Unreadable::TooManyRows);
        }
        let open = record.iter().zip(&first).find(|(cell, _)| swallows(cell));
        let open = open.map(|(cell, header)| {
            let begin = cell.lines().next().unwrap_or_default();
            (header.trim().to_owned(), Pii::new(begin.to_owned()))
        });
        rows.push(Row {
            number,
            cells,
            open,
        });
    }
    let read = |place: usize| places.values().any(|(it, _)| *it == place);
    let unread = first.iter().enumerate().filter(|(place, _)| !read(*place));
    let unread = unread.map(|(_, header)| header.trim().to_owned());
    let unread = unread.filter(|header| !header.is_empty()).collect();
    let headers = places.into_iter().map(|(column, (_, name))| (column, name));
    Ok(Table {
        headers: headers.collect(),
        unread,
        rows,
    })
}

/// Whether a quotation mark that nobody closed has made rows of the table a part of this cell. A
/// remark has lines too, but no line of as many cells as every row has.
fn swallows(cell: &str) -> bool {
    let mut lines = cell.lines().skip(1);
    lines.any(|line| line.matches(',').count() >= Column::NEEDED.len() - 1)
}

fn lines_within(record: &csv::StringRecord) -> usize {
    record.iter().map(|cell| cell.matches('\n').count()).sum()
}

fn text(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    let decode = |encoding: &'static Encoding, bytes| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    let text = match decode(encoding, &bytes[mark..]) {
        None if mark == 0 => decode(SHIFT_JIS, bytes)?,
        text => text?,
    };
    // A workbook that was only renamed would pass as Shift_JIS here and there.
    (!text.contains('\0')).then(|| text.into_owned())
}

fn plain(header: &str) -> String {
    header.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "氏名,氏名カナ,生年月日,面談日,時刻\n";

    fn rows(bytes: &[u8]) -> Result<Vec<(u32, String)>, Unreadable> {
        let table = read(bytes, &BTreeMap::new())?;
        let name = |row: Row| {
            (
                row.number,
                row.cells
                    .get(&Column::Name)
                    .map(|name| name.expose().clone()),
            )
        };
        let rows = table.rows.into_iter().map(name);
        Ok(rows
            .map(|(n, name)| (n, name.unwrap_or_default()))
            .collect())
    }

    #[test]
    fn what_excel_writes_is_read() {
        let text = format!(
            "{HEAD}白石 ひなた,シライシ ヒナタ,H10.5.12,2026/12/1,10:00\r\n\r\n,,,,\r\n\"髙橋,\n愛\",タカハシ アイ\r\n佐藤,,,,"
        );
        let expected = vec![
            (2, "白石 ひなた".to_owned()),
            (5, "髙橋,\n愛".to_owned()),
            (6, "佐藤".to_owned()),
        ];
        let (shift_jis, _, lost) = SHIFT_JIS.encode(&text);
        assert!(!lost);
        let utf_16: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), marked.as_bytes(), &shift_jis, &utf_16] {
            assert_eq!(rows(bytes), Ok(expected.clone()));
        }
    }

    #[test]
    fn what_is_no_table_of_bookings_is_named() {
        assert_eq!(
            rows(b"PK\x03\x04\0\0\xff\xfe\x81"),
            Err(Unreadable::NotText)
        );
        let missing = Err(Unreadable::Missing(vec![Column::Kana, Column::BirthDate]));
        assert_eq!(rows("氏名,面談日\n".as_bytes()), missing);
        assert_eq!(rows(HEAD.as_bytes()), Ok(Vec::new()));
        let long = format!("{HEAD}{}", "白石,,,,\n".repeat(ROWS + 1));
        assert_eq!(rows(long.as_bytes()), Err(Unreadable::TooManyRows));
    }

    #[test]
    fn a_quotation_mark_that_nobody_closed_hides_no_row() {
        let head = HEAD.replace('\n', ",備考\n");
        let table = |text: &str| read(text.as_bytes(), &BTreeMap::new()).unwrap().rows;
        let rows = table(&format!(
            "{head}白石,,,,,\"要\n連絡、夜\"\n髙橋,,,,,\"要連絡\n佐藤,,,,,\n倉持,,,,,"
        ));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].open, None);
        let open = ("備考".to_owned(), Pii::new("要連絡".to_owned()));
        assert_eq!(rows[1].open, Some(open));
    }

    #[test]
    fn the_day_of_the_talk_is_never_the_day_of_the_booking() {
        let text = "予約日,面談日時,面談日,氏名,氏名カナ,生年月日\n1,2,3,白石,,\n";
        let table = read(text.as_bytes(), &BTreeMap::new()).unwrap();
        assert_eq!(table.rows[0].cells[&Column::Day].expose(), "3");
        assert_eq!(table.unread, ["予約日", "面談日時"]);
    }

    #[test]
    fn a_city_calls_its_columns_as_it_likes() {
        let own = BTreeMap::from([("よみ ".to_owned(), Column::Kana)]);
        let text = "妊婦 氏名,よみ,生年月日,予約日時\n白石,シライシ,,\n";
        let table = read(text.as_bytes(), &own).unwrap();
        assert_eq!(table.headers[&Column::Kana], "よみ");
        assert_eq!(table.headers[&Column::Name], "妊婦 氏名");
        assert_eq!(table.rows[0].cells[&Column::Kana].expose(), "シライシ");
    }
}
