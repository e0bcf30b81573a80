//! Bookings from a table: which rows can be booked, and what is wrong in which column of the others.
//! Nothing is kept of a file: the page holds what was read and books it row by row, as one would by hand.

mod days;
pub mod fuzz;
mod table;

use std::collections::HashSet;

use jiff::tz::TimeZone;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{AuditAction, AuditEvent};
use yorisoi_domain::ids::{OfficeId, UserId};
use yorisoi_domain::interview::{Kind, Method, State};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Lookup, Tx};

use self::table::{Row, Unreadable};
use super::booking::{Booking, staff};
use super::input::{FieldCode, FieldProblem};
use super::{App, AppError, Result};
use crate::config::Column;

/// Stands where a row says no time that can be read.
const NO_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// What was read of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingFile {
    /// Columns that it lacks, by the names they are looked for; then there are no rows.
    #[schema(example = json!(["生年月日"]))]
    pub missing: Vec<&'static str>,
    /// Columns that were not read.
    pub unread: Vec<String>,
    pub rows: Vec<BookingRow>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BookingRow {
    /// As a spreadsheet counts.
    pub row: u32,
    /// As it stands in the file.
    #[schema(value_type = String)]
    pub name: Pii<String>,
    /// What is wrong; the row can be booked if this is empty.
    pub problems: Vec<CellProblem>,
    /// What would be booked.
    pub booking: Option<Booking>,
}

/// A cell that can't be taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellProblem {
    /// What the column is called in the file, or would be.
    #[schema(example = "生年月日")]
    pub column: String,
    /// What stands in it.
    #[schema(value_type = String)]
    pub typed: Pii<String>,
    pub code: FieldCode,
}

impl App {
    /// # Errors
    /// Not allowed; no text; too many rows.
    pub async fn read_booking_file(
        &self,
        actor: &Actor,
        office: OfficeId,
        file: &[u8],
    ) -> Result<BookingFile> {
        let tx = self.store.begin().await?;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::BookInterview, &Subject::Office(office))
            .await?;
        let user = staff(actor)?;
        let refuse = |code| {
            let field = "file";
            AppError::Invalid(vec![FieldProblem { field, code }])
        };
        let table = match table::read(file, &self.settings.booking_columns) {
            Ok(table) => table,
            Err(Unreadable::NotText) => return Err(refuse(FieldCode::NotText)),
            Err(Unreadable::TooManyRows) => return Err(refuse(FieldCode::TooLong)),
            Err(Unreadable::Missing(columns)) => {
                let missing = columns.into_iter().map(|column| column.names()[0]);
                let missing = missing.collect();
                return Ok(BookingFile {
                    missing,
                    unread: Vec::new(),
                    rows: Vec::new(),
                });
            }
        };

        let mut seen = HashSet::new();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let (booking, mut wrong) = typed(office.uuid(), row, &self.settings.zone);
            match self.check(&booking) {
                Ok(checked) if wrong.is_empty() => {
                    let born = checked.birth_date.into();
                    let identity = self.lookups.identity(&checked.kana, &born);
                    let at = booking.scheduled_at;
                    if !seen.insert((identity, at))
                        || self
                            .has_interview(&mut *tx, user, office, identity, at)
                            .await?
                    {
                        wrong.push((Column::Day, FieldCode::AlreadyBooked));
                    }
                }
                Ok(_) => {}
                Err(problems) => {
                    // What has no day or time is out of every range.
                    let known = |it: &&FieldProblem| {
                        it.field != "scheduled_at" || booking.scheduled_at != NO_TIME
                    };
                    let problems = problems.iter().filter(known);
                    wrong.extend(problems.map(|it| (column(it.field), it.code)));
                }
            }
            let cell = |column| row.cells.get(&column).cloned().unwrap_or_default();
            let mut problems: Vec<CellProblem> = wrong
                .into_iter()
                .map(|(column, code)| CellProblem {
                    column: table
                        .headers
                        .get(&column)
                        .cloned()
                        .unwrap_or_else(|| column.names()[0].to_owned()),
                    typed: cell(column),
                    code,
                })
                .collect();
            if let Some((column, typed)) = row.open.clone() {
                let code = FieldCode::OpenQuote;
                problems.push(CellProblem {
                    column,
                    typed,
                    code,
                });
            }
            rows.push(BookingRow {
                row: row.number,
                name: cell(Column::Name),
                booking: problems.is_empty().then_some(booking),
                problems,
            });
        }
        let event = AuditEvent {
            office: Some(office),
            count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            ..self.event(by, AuditAction::BookingFileRead)
        };
        self.trail.append(&mut *tx, &event).await?;
        self.commit(tx).await?;
        Ok(BookingFile {
            missing: Vec::new(),
            unread: table.unread,
            rows,
        })
    }

    /// Whether the office has an interview with her at this very time that was not called off. Of
    /// a case that bars whoever asks it says nothing.
    pub(super) async fn has_interview(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
        office: OfficeId,
        identity: Lookup,
        at: Timestamp,
    ) -> Result<bool> {
        let known = tx.residents_by_identity(identity).await?;
        if known.is_empty() {
            return Ok(false);
        }
        let end = at + std::time::Duration::from_secs(1);
        for listed in tx.interviews_of_office(office, at, end).await? {
            let hers = known.iter().any(|row| row.id == listed.resident);
            if !hers || matches!(listed.row.interview.state, State::Cancelled { .. }) {
                continue;
            }
            let case = tx
                .case(listed.row.interview.case)
                .await?
                .ok_or(AppError::NotFound)?;
            match self.opened_case(&case).await {
                Ok(case) if case.private.barred.contains(&user) => {}
                Err(error) if error.is_of_the_past() => {}
                case => return case.map(|_| true),
            }
        }
        Ok(false)
    }
}

/// What a row says, as it would be typed by hand, and what of it says nothing.
fn typed(office: Uuid, row: &Row, zone: &TimeZone) -> (Booking, Vec<(Column, FieldCode)>) {
    let mut wrong = Vec::new();
    let cell = |column| {
        row.cells
            .get(&column)
            .map_or("", |cell| cell.expose().as_str())
    };
    let iso =
        |typed: &str| days::day(typed).map_or_else(|| typed.to_owned(), |day| day.to_string());
    let (day, behind) = days::apart(cell(Column::Day));
    let time = match cell(Column::Time) {
        "" => behind,
        time => time,
    };
    let day = days::day(day);
    let clock = days::clock(time);
    if day.is_none() {
        let empty = cell(Column::Day).is_empty();
        wrong.push((
            Column::Day,
            if empty {
                FieldCode::Required
            } else {
                FieldCode::NotADate
            },
        ));
    }
    if clock.is_none() {
        wrong.push((
            Column::Time,
            if time.is_empty() {
                FieldCode::Required
            } else {
                FieldCode::NotATime
            },
        ));
    }
    let at = day
        .zip(clock)
        .and_then(|(day, clock)| day.to_datetime(clock).to_zoned(zone.clone()).ok())
        .map_or(NO_TIME, |at| at.timestamp());
    let weeks = days::weeks(cell(Column::Weeks));
    if weeks.is_none() && !cell(Column::Weeks).is_empty() {
        wrong.push((Column::Weeks, FieldCode::OutOfRange));
    }
    let due = cell(Column::DueDate);
    let kind = kind(cell(Column::Kind));
    if kind.is_none() {
        wrong.push((Column::Kind, FieldCode::NotKnown));
    }
    let method = method(cell(Column::Method));
    if method.is_none() {
        wrong.push((Column::Method, FieldCode::NotKnown));
    }
    let booking = Booking {
        office,
        name: cell(Column::Name).to_owned().into(),
        kana: cell(Column::Kana).to_owned().into(),
        birth_date: iso(cell(Column::BirthDate)).into(),
        due_date: (!due.is_empty()).then(|| iso(due).into()),
        // A table may have both; the day is the surer one.
        weeks: weeks.filter(|_| due.is_empty()),
        kind: kind.unwrap_or(Kind::Notification),
        method: method.unwrap_or(Method::Online),
        scheduled_at: at,
        once: true,
    };
    (booking, wrong)
}

/// Where nothing is said it is the talk at the notification.
fn kind(typed: &str) -> Option<Kind> {
    match word(typed).as_str() {
        "" | "届出" | "届出時" | "妊娠届出" | "妊娠届出時" | "初回" => {
            Some(Kind::Notification)
        }
        "8か月" | "妊娠8か月" | "妊娠8か月頃" => Some(Kind::EighthMonth),
        "出生後" | "出産後" | "産後" => Some(Kind::AfterBirth),
        "随時" => Some(Kind::AnyTime),
        _ => None,
    }
}

/// Where nothing is said it is online.
fn method(typed: &str) -> Option<Method> {
    match word(typed).as_str() {
        "" | "オンライン" | "ビデオ" | "ビデオ通話" => Some(Method::Online),
        "対面" | "来所" | "来庁" | "窓口" => Some(Method::InPerson),
        "電話" | "TEL" => Some(Method::Telephone),
        _ => None,
    }
}

/// A whole word in one writing: 「妊娠８ヶ月面談」 is 妊娠8か月, and 「オンライン不可」 is no method.
fn word(typed: &str) -> String {
    let text: String = typed.nfkc().filter(|c| !c.is_whitespace()).collect();
    let text = text
        .to_uppercase()
        .replace(['ヶ', 'ヵ', 'カ', 'ケ', '箇'], "か");
    text.strip_suffix("面談").unwrap_or(&text).to_owned()
}

/// The column that a field of a booking comes from.
fn column(field: &str) -> Column {
    match field {
        "name" => Column::Name,
        "kana" => Column::Kana,
        "birth_date" => Column::BirthDate,
        "due_date" => Column::DueDate,
        "weeks" => Column::Weeks,
        _ => Column::Day,
    }
}
