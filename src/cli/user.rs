//! `yorisoi user`: staff accounts. Passwords are never typed here: a new account gets a sign-in
//! link that works once.

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::pii::Pii;

use super::place::Place;
use super::{Format, office};
use crate::app::users::{NewGrant, NewUser};
use crate::app::{App, AppError};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add an account and print its sign-in link (once, 15 minutes).
    Add {
        #[command(flatten)]
        place: Place,
        /// 職員ID: 3 to 32 of a-z, 0-9, `.`, `_`, `-`.
        staff_id: String,
        /// The name that colleagues read.
        #[arg(long)]
        name: String,
        /// What the person may do; may be given more than once.
        #[arg(long, value_enum, required = true)]
        role: Vec<RoleArg>,
        /// The office's code; may be left out where there is one office only.
        #[arg(long)]
        office: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List the accounts.
    List {
        #[command(flatten)]
        place: Place,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Disable an account; every login of it ends at once, in a running service within a second.
    Disable {
        #[command(flatten)]
        place: Place,
        staff_id: String,
    },
    /// Let a disabled account sign in again.
    Enable {
        #[command(flatten)]
        place: Place,
        staff_id: String,
    },
    /// Sign an account out of every browser.
    SignOut {
        #[command(flatten)]
        place: Place,
        staff_id: String,
    },
    /// Take an account's second factor away, because its phone and recovery codes are gone.
    ResetTotp {
        #[command(flatten)]
        place: Place,
        staff_id: String,
    },
    /// Print a new sign-in link for an account (once, 15 minutes).
    Link {
        #[command(flatten)]
        place: Place,
        staff_id: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// 保健師
    Nurse,
    /// 統括・係長
    Approver,
    Administrator,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Nurse => Self::Nurse,
            RoleArg::Approver => Self::Approver,
            RoleArg::Administrator => Self::Administrator,
        }
    }
}

impl UserCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add { place, staff_id, name, role, office, format } => {
                place.with_app(async move |app: &App| {
                    let office = match office {
                        Some(code) => office::find(app, &code).await?,
                        None => only_office(app).await?,
                    };
                    let grant = |role: RoleArg| NewGrant { office: office.uuid(), role: role.into() };
                    let grants = role.into_iter().map(grant).collect();
                    let new = NewUser { staff_id: staff_id.into(), name: name.into(), grants };
                    let added = match app.add_user(&Actor::Operator, new, None).await {
                        Err(AppError::Taken) => bail!("an account with this staff id exists"),
                        Err(AppError::Invalid(_)) => bail!(
                            "the staff id takes 3 to 32 of a-z, 0-9, `.`, `_`, `-`; the name 1 to 80 characters"
                        ),
                        added => added?,
                    };
                    format.print(&added, |out, added| {
                        writeln!(out, "{}", added.sign_in_link.expose())?;
                        writeln!(out, "works once, until {}", added.link_expires_at)
                    })
                })
            }
            Self::List { place, format } => place.with_app(async move |app: &App| {
                let users = app.list_users(&Actor::Operator).await?;
                format.print(&users, |out, users| {
                    for user in users {
                        let roles = user.grants.iter().map(|grant| {
                            format!("{:?} in {}", grant.role, grant.office_name).to_lowercase()
                        });
                        let roles = roles.collect::<Vec<_>>().join(", ");
                        let (id, name) = (user.staff_id.expose(), user.name.expose());
                        let state = if user.active { "" } else { "\tdisabled" };
                        writeln!(out, "{id}\t{name}\t{roles}{state}")?;
                    }
                    Ok(())
                })
            }),
            Self::Enable { place, staff_id } => place.with_app(async move |app: &App| {
                let user = account(app, staff_id).await?;
                match app.enable_user(&Actor::Operator, user).await {
                    Err(AppError::State(_)) => bail!("the account is not disabled"),
                    done => Ok(done?),
                }
            }),
            Self::SignOut { place, staff_id } => place.with_app(async move |app: &App| {
                let user = account(app, staff_id).await?;
                Ok(app.sign_out_user(&Actor::Operator, user).await?)
            }),
            Self::ResetTotp { place, staff_id } => place.with_app(async move |app: &App| {
                let user = account(app, staff_id).await?;
                match app.reset_second_factor(&Actor::Operator, user, None).await {
                    Err(AppError::NotReady) => bail!("the account has no second factor"),
                    done => Ok(done?),
                }
            }),
            Self::Disable { place, staff_id } => place.with_app(async move |app: &App| {
                let user = account(app, staff_id).await?;
                match app.disable_user(&Actor::Operator, user).await {
                    Err(AppError::State(_)) => bail!("the account is disabled already"),
                    done => Ok(done?),
                }
            }),
            Self::Link { place, staff_id } => place.with_app(async move |app: &App| {
                match app.renew_sign_in_link(&Actor::Operator, &Pii::new(staff_id)).await {
                    Err(AppError::NotFound) => bail!("no active account has this staff id"),
                    link => Format::Text.print(&link?, |out, link| writeln!(out, "{link}")),
                }
            }),
        }
    }
}

async fn account(app: &App, staff_id: String) -> anyhow::Result<yorisoi_domain::ids::UserId> {
    let found = app.user_of_staff_id(&Pii::new(staff_id)).await?;
    found.context("no account has this staff id")
}

async fn only_office(app: &App) -> anyhow::Result<yorisoi_domain::ids::OfficeId> {
    let offices = app.list_offices().await?;
    match offices.as_slice() {
        [] => bail!("there is no office yet: add one with `yorisoi office add`"),
        [(office, _)] => Ok(office.id),
        _ => bail!("there is more than one office: say which with --office CODE"),
    }
}
