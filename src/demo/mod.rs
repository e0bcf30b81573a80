//! The demo: a deployment in a folder of its own, with an office, three people and interviews of
//! today, made by the same use cases as every other. Touches no folder that it did not make.

mod past;
pub mod phones;
pub mod practice;

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Serialize;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{OfficeId, UserId};
use yorisoi_domain::interview::{Kind, Method};
use yorisoi_domain::login::LoginLimits;
use yorisoi_domain::pii::Pii;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use self::past::Then;
use crate::app::booking::{Booking, Weeks};
use crate::app::interviews::InterviewState;
use crate::app::users::{NewGrant, NewUser};
use crate::app::{App, Settings};
use crate::asr::Recognizer;
use crate::clock::{Clock, SystemClock, SystemIds};
use crate::config::{Login, Municipality, Retention};
use crate::crypto::kek::Kek;
use crate::data_folder::DataFolder;
use crate::rules;

/// Says that a demo made the folder, and that it may be removed.
const MARK: &str = "made-by-yorisoi-demo";
/// The demo's key lies with its data, which every other deployment forbids.
const KEK: &str = "demo.kek";

const OFFICE: (&str, &str) = ("中央保健センター", "中央");
const PEOPLE: [(&str, &str, Role); 3] = [
    ("sano", "佐野", Role::Nurse),
    ("miura", "三浦", Role::Approver),
    ("kanri", "管理者", Role::Administrator),
];

/// What a start of the demo prints.
#[derive(Debug, Serialize)]
pub struct Today {
    pub sign_in_links: Vec<(&'static str, String)>,
    /// The link for a resident, and what she would type.
    pub join_link: String,
    pub name_kana: Pii<String>,
    pub birth_date: String,
    pub booking_number: Pii<String>,
}

impl Today {
    /// # Errors
    /// Nothing reads the output any more.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "職員のサインイン(1回だけ、15分以内):")?;
        for (name, link) in &self.sign_in_links {
            writeln!(out, "  {name}\t{link}")?;
        }
        writeln!(out, "妊婦さんの入口:\n  {}", self.join_link)?;
        let (kana, number) = (self.name_kana.expose(), self.booking_number.expose());
        writeln!(
            out,
            "  名前 {kana}、生まれた日 {}、予約番号 {number}",
            self.birth_date
        )
    }
}

/// `$XDG_DATA_HOME/yorisoi/demo`, or where that would be.
///
/// # Errors
/// The environment names no home.
pub fn default_folder() -> anyhow::Result<PathBuf> {
    let base = match env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => {
            let home = env::var_os("HOME").context("no HOME is set: pass --data DIR")?;
            PathBuf::from(home).join(".local/share")
        }
    };
    Ok(base.join("yorisoi/demo"))
}

/// The demo's folder and its key.
#[derive(Debug)]
pub struct Demo {
    files: DataFolder,
    kek: PathBuf,
}

/// Makes the demo's folder where there is none.
///
/// # Errors
/// The folder holds something that no demo made; it can't be written; it is of another version.
pub async fn prepare(folder: &Path, reset: bool) -> anyhow::Result<Demo> {
    let mark = folder.join(MARK);
    let used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used && !mark.exists() {
        bail!(
            "`{}` was not made by a demo and is left alone: pass another folder with --data",
            folder.display()
        );
    }
    if reset && mark.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("can't remove `{}`", folder.display()))?;
    }
    let files = DataFolder::at(folder);
    let kek = folder.join(KEK);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("can't make `{}`", folder.display()))?;
    fs::write(&mark, "").with_context(|| format!("can't write `{}`", mark.display()))?;
    if !kek.exists() {
        Kek::init(&kek)?;
    }
    SqliteKeys::migrate(&files.keys()).await?;
    SqliteStore::migrate(&files.database()).await?;
    Ok(Demo { files, kek })
}

impl Demo {
    /// # Errors
    /// The folder can't be opened.
    pub async fn open(&self, origin: &str) -> anyhow::Result<App> {
        self.open_at(Arc::new(SystemClock), origin).await
    }

    /// By this clock.
    ///
    /// # Errors
    /// The folder can't be opened.
    pub async fn open_at(&self, clock: Arc<dyn Clock>, origin: &str) -> anyhow::Result<App> {
        let (settings, ids) = (settings(origin), Arc::new(SystemIds));
        let pack = rules::shipped()?;
        Ok(App::open(&self.files, &self.kek, settings, pack, clock, ids).await?)
    }

    /// Where nobody works yet: lets the recognizer hear the interview of the past, makes the people
    /// and holds it. Nothing is written before everything is heard, so that a start that is broken
    /// off meanwhile is begun anew.
    ///
    /// # Errors
    /// The store or the recognizer failed.
    pub async fn remember(
        &self,
        app: &App,
        recognizer: &dyn Recognizer,
        threads: u16,
    ) -> anyhow::Result<()> {
        if !app.list_offices().await?.is_empty() {
            return Ok(());
        }
        let heard = past::hear(recognizer, threads)?;
        let Settings { zone, origin, .. } = app.settings();
        let then = Arc::new(Then::last_working_day(SystemClock.now(), zone)?);
        // What stands in the records and in the audit is of that day, and so is its clock.
        let clock = Arc::clone(&then) as Arc<dyn Clock>;
        let app = self.open_at(clock, origin).await?;
        let (office, _) = people(&app).await?;
        let nurse = nurse(&app, office).await?;
        past::hold(&app, &then, &nurse, office, heard).await
    }
}

fn settings(origin: &str) -> Settings {
    let municipality = Municipality {
        name: "ひだまり市".to_owned(),
        code: "990001".to_owned(),
        time_zone: "Asia/Tokyo".to_owned(),
        contact_url: None,
    };
    let login = Login::default();
    let minutes = |n: u64| std::time::Duration::from_secs(n * 60);
    Settings {
        zone: TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC),
        municipality,
        login: LoginLimits {
            idle: minutes(login.idle_minutes.into()),
            absolute: minutes(u64::from(login.absolute_hours) * 60),
        },
        second_factor: login.second_factor,
        retention: Retention::default(),
        booking_columns: BTreeMap::new(),
        origin: origin.to_owned(),
        demo: true,
    }
}

/// Makes people where there are none, today's interviews where there are none of today, and new
/// links at every start.
///
/// # Errors
/// The store failed.
pub async fn seed(app: &App) -> anyhow::Result<Today> {
    let (office, sign_in_links) = people(app).await?;
    let nurse = nurse(app, office).await?;
    let (join_link, booked) = interviews(app, &nurse, office).await?;
    let detail = app.read_interview(&nurse, booked.into()).await?;
    Ok(Today {
        sign_in_links,
        join_link,
        name_kana: detail.kana,
        birth_date: detail.birth_date.expose().to_string(),
        booking_number: detail.booking_number,
    })
}

/// The office and its people, with a new sign-in link for each.
async fn people(app: &App) -> anyhow::Result<(OfficeId, Vec<(&'static str, String)>)> {
    let operator = Actor::Operator;
    let office = match app.list_offices().await?.first() {
        Some((office, _)) => office.id,
        None => app.add_office(&operator, OFFICE.0, OFFICE.1).await?.id,
    };
    let mut sign_in_links = Vec::new();
    for (staff_id, name, role) in PEOPLE {
        let typed = Pii::new(staff_id.to_owned());
        let link = if app.user_of_staff_id(&typed).await?.is_some() {
            app.renew_sign_in_link(&operator, &typed).await?
        } else {
            let grants = vec![NewGrant {
                office: office.uuid(),
                role,
            }];
            let new = NewUser {
                staff_id: typed,
                name: name.to_owned().into(),
                grants,
            };
            app.add_user(&operator, new, None)
                .await?
                .sign_in_link
                .into_exposed()
        };
        sign_in_links.push((name, link));
    }
    let approver = known(app, "miura").await?;
    app.set_contact_list(&operator, office, [approver]).await?;
    Ok((office, sign_in_links))
}

async fn nurse(app: &App, office: OfficeId) -> anyhow::Result<Actor> {
    let grants = vec![Grant {
        office,
        role: Role::Nurse,
    }];
    Ok(Actor::Staff(Staff {
        user: known(app, "sano").await?,
        grants,
        assignments: Vec::new(),
    }))
}

async fn known(app: &App, staff_id: &str) -> anyhow::Result<UserId> {
    let found = app.user_of_staff_id(&Pii::new(staff_id.to_owned())).await?;
    found.context("the demo's folder lacks a person: start again with --reset")
}

/// The link and the id of an online interview of today that is not over.
async fn interviews(
    app: &App,
    nurse: &Actor,
    office: OfficeId,
) -> anyhow::Result<(String, uuid::Uuid)> {
    let today = app.list_interviews(nurse, office, None).await?;
    let open = today.interviews.iter().find(|line| {
        let before = matches!(
            line.state,
            InterviewState::Scheduled | InterviewState::Waiting
        );
        before && line.method == Method::Online
    });
    if let Some(line) = open {
        return Ok((
            app.renew_invitation(nurse, line.id.into())
                .await?
                .link
                .into_exposed(),
            line.id,
        ));
    }
    let at = |hour, minute| {
        let time = Time::constant(hour, minute, 0, 0);
        let zoned = today.day.at(time.hour(), time.minute(), 0, 0);
        anyhow::Ok(zoned.to_zoned(app.settings().zone.clone())?.timestamp())
    };
    let booking = |name: &str, kana: &str, born: &str, weeks, kind, method, scheduled_at| Booking {
        office: office.uuid(),
        name: name.to_owned().into(),
        kana: kana.to_owned().into(),
        birth_date: born.to_owned().into(),
        due_date: None,
        weeks: Some(weeks),
        kind,
        method,
        scheduled_at,
        once: false,
    };
    let weeks = |weeks, days| Weeks { weeks, days };
    let first = booking(
        "白石 ひなた",
        "シライシ ヒナタ",
        "1998-05-12",
        weeks(14, 2),
        Kind::Notification,
        Method::Online,
        at(10, 0)?,
    );
    let others = [
        booking(
            "グルン スニタ",
            "グルン スニタ",
            "2001-02-03",
            weeks(11, 0),
            Kind::Notification,
            Method::InPerson,
            at(11, 0)?,
        ),
        booking(
            "倉持 あかね",
            "クラモチ アカネ",
            "1994-10-30",
            weeks(12, 5),
            Kind::Notification,
            Method::Online,
            at(13, 30)?,
        ),
        booking(
            "真鍋 さくら",
            "マナベ サクラ",
            "2000-07-19",
            weeks(31, 1),
            Kind::EighthMonth,
            Method::Telephone,
            at(15, 0)?,
        ),
    ];
    let booked = app.book_interview(nurse, first).await?;
    for other in others {
        app.book_interview(nurse, other).await?;
    }
    Ok((booked.link.link.into_exposed(), booked.id))
}
