//! The real router over a temporary data folder, with a clock that tests move by hand.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi::app::backup::restore::Replayed;
use yorisoi::app::{App, Settings};
use yorisoi::call::registry::Registry;
use yorisoi::clock::SystemIds;
use yorisoi::config::{Municipality, Retention, SecondFactor};
use yorisoi::crypto::kek::Kek;
use yorisoi::data_folder::DataFolder;
use yorisoi::http::origin::Origins;
use yorisoi::http::router::{Service, router};
use yorisoi::http::serve::serve;
use yorisoi::http::web::Mark;
use yorisoi::media::engine::{Engine, MediaSettings};
use yorisoi::simulate::page::{Door, Page, PageError, Resumption};
use yorisoi_domain::call::Limits;
use yorisoi_domain::login::LoginLimits;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::client::Browser;
use super::rules::planted;
use super::scenario::Scenario;
use super::time::{TestClock, TestIds};

pub(crate) const ORIGIN: &str = "https://mendan.city.example.jp";
/// The address of a reverse proxy that the service trusts.
pub(crate) const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

/// The service as tests see it.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) clock: Arc<TestClock>,
    ids: Arc<TestIds>,
    pub(crate) folder: DataFolder,
    /// Of the next start.
    pub(crate) settings: Settings,
    dir: Scenario,
}

impl TestApp {
    pub(crate) async fn new() -> Self {
        Self::on(Scenario::new()).await
    }

    /// On a disk of the test's own.
    pub(crate) async fn on(dir: Scenario) -> Self {
        let backups = Some(dir.path().join("backups")).filter(|it| it.is_dir());
        let folder = DataFolder::at(dir.path().join("data")).backed_up_in(backups);
        std::fs::create_dir(folder.path()).unwrap();
        Kek::init(&dir.path().join("kek")).unwrap();
        SqliteKeys::migrate(&folder.keys()).await.unwrap();
        SqliteStore::migrate(&folder.database()).await.unwrap();
        Self::open(dir, folder).await
    }

    async fn open(dir: Scenario, folder: DataFolder) -> Self {
        let clock = Arc::new(TestClock::at("2026-11-25T09:50:00+09:00"));
        let ids = Arc::new(TestIds::default());
        let settings = settings(Retention::default());
        let app = reopened(&folder, dir.path(), planted(), &clock, &ids, &settings).await;
        let router = routes(&app, &clock);
        Self {
            app,
            router,
            clock,
            ids,
            folder,
            settings,
            dir,
        }
    }

    /// A browser without any cookie.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// The service again on the same folder, with nothing in memory.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(planted()).await;
    }

    /// The folder as another process opens it, beside the service.
    pub(crate) async fn reopened(&self) -> Arc<App> {
        let (folder, dir) = (&self.folder, self.dir.path());
        reopened(
            folder,
            dir,
            planted(),
            &self.clock,
            &self.ids,
            &self.settings,
        )
        .await
    }

    /// The same, as another version of the program that ships these rules.
    pub(crate) async fn restart_with(&mut self, rules: Arc<Pack>) {
        let (folder, dir) = (&self.folder, self.dir.path());
        self.app = reopened(folder, dir, rules, &self.clock, &self.ids, &self.settings).await;
        self.router = routes(&self.app, &self.clock);
    }

    /// The room's socket, opened with what this browser holds.
    pub(crate) async fn room(&self, browser: &Browser, interview: Uuid) -> Page {
        self.socket(browser, &format!("/api/interviews/{interview}/socket"))
            .await
    }

    /// A guest's socket, opened with what this phone holds.
    pub(crate) async fn talk(&self, phone: &Browser) -> Page {
        self.socket(phone, "/api/join/socket").await
    }

    /// The microphone's socket at the counter.
    pub(crate) async fn counter(
        &self,
        browser: &Browser,
        interview: Uuid,
    ) -> Result<Page, PageError> {
        self.opened(
            browser,
            &format!("/api/interviews/{interview}/counter/socket"),
        )
        .await
    }

    async fn socket(&self, browser: &Browser, path: &str) -> Page {
        self.opened(browser, path).await.unwrap()
    }

    async fn opened(&self, browser: &Browser, path: &str) -> Result<Page, PageError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = self.router.clone();
        tokio::spawn(serve(listener, None, routes, std::future::pending()));
        let pairs = browser.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let door = Door {
            url: format!("ws://{address}{path}"),
            origin: ORIGIN.to_owned(),
            cookie: pairs.join("; "),
        };
        Page::open(&door, Resumption::default()).await
    }

    /// The service of a restored folder, which nobody has served yet, and what was repeated in it.
    pub(crate) async fn moved(&mut self, folder: DataFolder) -> Replayed {
        self.folder = folder;
        self.restart().await;
        self.app.finish_restore().await.unwrap()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn scenario(&self) -> &Scenario {
        &self.dir
    }

    /// The key file, to look into the folder with.
    pub(crate) fn kek(&self) -> Kek {
        Kek::read(&self.dir.path().join("kek")).unwrap()
    }
}

async fn reopened(
    folder: &DataFolder,
    dir: &Path,
    rules: Arc<Pack>,
    clock: &Arc<TestClock>,
    ids: &Arc<TestIds>,
    settings: &Settings,
) -> Arc<App> {
    let (clock, ids) = (Arc::clone(clock), Arc::clone(ids));
    let kek = dir.join("kek");
    let app = App::open(folder, &kek, settings.clone(), rules, clock, ids);
    Arc::new(app.await.unwrap())
}

pub(crate) fn settings(retention: Retention) -> Settings {
    Settings {
        municipality: Municipality {
            name: "若葉市".to_owned(),
            code: "990001".to_owned(),
            time_zone: "Asia/Tokyo".to_owned(),
            contact_url: Some("https://www.city.example.jp/".to_owned()),
        },
        zone: TimeZone::get("Asia/Tokyo").unwrap(),
        login: LoginLimits {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 60 * 60),
        },
        second_factor: SecondFactor::default(),
        retention,
        booking_columns: BTreeMap::new(),
        origin: ORIGIN.to_owned(),
        demo: false,
    }
}

fn routes(app: &Arc<App>, clock: &Arc<TestClock>) -> Router {
    let clock = Arc::clone(clock);
    // Nobody comes; that she was called is enough.
    let (practice, called) = mpsc::channel(1);
    std::mem::forget(called);
    router(Service {
        app: Arc::clone(app),
        calls: Registry::new(
            Engine::new(MediaSettings::default()),
            clock,
            Arc::new(SystemIds),
            Limits::default(),
            None,
            Some(Arc::clone(app)),
        ),
        origins: Origins::of_public_url(ORIGIN),
        mark: Mark::None,
        trusted_proxies: Arc::new([PROXY]),
        practice: Some(practice),
    })
}
