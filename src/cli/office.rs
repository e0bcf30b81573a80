//! `yorisoi office`: the municipality's offices and whom each of them calls.

use anyhow::{Context, bail};
use clap::Subcommand;
use serde::Serialize;
use yorisoi_domain::access::Actor;
use yorisoi_domain::pii::Pii;

use super::Format;
use super::place::Place;
use crate::app::{App, AppError};

#[derive(Debug, Subcommand)]
pub(crate) enum OfficeCommand {
    /// Add an office.
    Add {
        #[command(flatten)]
        place: Place,
        /// Its name, such as 中央保健センター.
        #[arg(long)]
        name: String,
        /// Its short name in record numbers, such as 中央.
        #[arg(long)]
        code: String,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List the offices.
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Say whom an office calls in an alert, first first. Without anybody no interview can start.
    Contacts {
        #[command(flatten)]
        place: Place,
        /// The office's code.
        #[arg(long)]
        office: String,
        /// Staff ids, in order.
        #[arg(required = true)]
        staff_ids: Vec<String>,
    },
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    name: String,
    code: String,
    contacts: usize,
}

impl OfficeCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add {
                place,
                name,
                code,
                format,
            } => place.with_app(async move |app: &App| {
                let added = app.add_office(&Actor::Operator, &name, &code).await;
                let office = match added {
                    Err(AppError::Taken) => bail!("an office of this name or code exists"),
                    Err(AppError::Invalid(_)) => {
                        bail!("--name takes 1 to 80 characters on one line, --code 1 to 8")
                    }
                    added => added?,
                };
                let id = office.id.to_string();
                let line = Line {
                    id,
                    name: office.name,
                    code: office.code,
                    contacts: 0,
                };
                format.print(&line, |out, line| {
                    writeln!(out, "added {} ({})", line.name, line.code)
                })
            }),
            Self::List { place, format } => place.with_app(async move |app: &App| {
                let lines = app.list_offices().await?.into_iter();
                let lines = lines.map(|(office, contacts)| Line {
                    id: office.id.to_string(),
                    name: office.name,
                    code: office.code,
                    contacts,
                });
                format.print(&lines.collect::<Vec<_>>(), |out, lines| {
                    for line in lines {
                        let people = match line.contacts {
                            0 => "nobody to alert yet".to_owned(),
                            n => format!("{n} to alert"),
                        };
                        writeln!(out, "{}\t{}\t{people}", line.code, line.name)?;
                    }
                    Ok(())
                })
            }),
            Self::Contacts {
                place,
                office,
                staff_ids,
            } => place.with_app(async move |app: &App| {
                let office = find(app, &office).await?;
                let mut people = Vec::new();
                for staff_id in staff_ids {
                    let found = app.user_of_staff_id(&Pii::new(staff_id.clone())).await?;
                    people
                        .push(found.with_context(|| {
                            format!("no account has the staff id `{staff_id}`")
                        })?);
                }
                Ok(app
                    .set_contact_list(&Actor::Operator, office, people)
                    .await?)
            }),
        }
    }
}

/// The office with this code.
pub(super) async fn find(app: &App, code: &str) -> anyhow::Result<yorisoi_domain::ids::OfficeId> {
    let offices = app.list_offices().await?;
    let found = offices.iter().find(|(office, _)| office.code == code);
    let known: Vec<_> = offices
        .iter()
        .map(|(office, _)| office.code.as_str())
        .collect();
    let (office, _) = found.with_context(|| match known.as_slice() {
        [] => "there is no office yet: add one with `yorisoi office add`".to_owned(),
        known => format!(
            "no office has the code `{code}`; there are {}",
            known.join(", ")
        ),
    })?;
    Ok(office.id)
}
