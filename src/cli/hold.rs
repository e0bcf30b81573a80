//! `yorisoi hold`: what a law or an order keeps beyond its time. Off unless the configuration allows it.

use anyhow::bail;
use clap::Subcommand;
use uuid::Uuid;

use super::Format;
use super::place::Place;
use crate::app::{App, AppError};

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Keep an interview from being destroyed, whatever its time and whatever is withdrawn.
    Set {
        #[command(flatten)]
        place: Place,
        /// The interview's id, as the audit shows it.
        interview: Uuid,
        /// The law or the order that asks for it. Name nobody here.
        #[arg(long)]
        basis: String,
    },
    /// End it: what is due or withdrawn goes within the hour.
    Lift {
        #[command(flatten)]
        place: Place,
        interview: Uuid,
    },
    /// What is held.
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

impl HoldCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Set {
                place,
                interview,
                basis,
            } => place.with_app(async move |app: &App| {
                match app.set_hold(interview.into(), &basis).await {
                    Err(AppError::NotReady) => bail!(
                        "holds are off: a lawyer of the city decides, and `legal_hold = true` in [retention] says so to every resident"
                    ),
                    Err(AppError::Taken) => bail!("interview {interview} is held already"),
                    Err(AppError::NotFound) => bail!("there is no interview {interview}"),
                    done => Ok(done?),
                }
            }),
            Self::Lift { place, interview } => place.with_app(async move |app: &App| {
                match app.lift_hold(interview.into()).await {
                    Err(AppError::NotFound) => bail!("interview {interview} is not held"),
                    done => Ok(done?),
                }
            }),
            Self::List { place, format } => place.with_app(async move |app: &App| {
                let holds = app.list_holds().await?;
                format.print(&holds, |out, holds| {
                    for hold in holds {
                        let basis = hold.basis.expose();
                        writeln!(out, "{}\t{}\t{basis}", hold.interview, hold.set_at)?;
                    }
                    Ok(())
                })
            }),
        }
    }
}
