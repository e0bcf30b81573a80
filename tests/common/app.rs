//! The real router over a temporary data folder, with a clock that tests move by hand.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi::app::{App, Settings};
use yorisoi::call::registry::Registry;
use yorisoi::clock::{SystemClock, SystemIds};
use yorisoi::config::{Municipality, Retention};
use yorisoi::crypto::kek::Kek;
use yorisoi::data_folder::DataFolder;
use yorisoi::http::origin::Origins;
use yorisoi::http::router::{Service, router};
use yorisoi::http::serve::serve;
use yorisoi::http::web::Mark;
use yorisoi::media::engine::{Engine, MediaSettings};
use yorisoi::simulate::page::{Door, Page, Resumption};
use yorisoi_domain::call::Limits;
use yorisoi_domain::login::LoginLimits;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore};

use super::client::Browser;
use super::time::{TestClock, TestIds};

pub(crate) const ORIGIN: &str = "https://mendan.city.example.jp";
/// The address of a reverse proxy that the service trusts.
pub(crate) const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

/// The service as tests see it.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) folder: DataFolder,
    dir: TempDir,
}

impl TestApp {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(dir.path().join("data"));
        std::fs::create_dir(folder.path()).unwrap();
        Kek::init(&dir.path().join("kek")).unwrap();
        SqliteKeys::migrate(&folder.keys()).await.unwrap();
        SqliteStore::migrate(&folder.database()).await.unwrap();
        Self::open(dir, folder).await
    }

    async fn open(dir: TempDir, folder: DataFolder) -> Self {
        let clock = Arc::new(TestClock::at("2026-11-25T09:50:00+09:00"));
        let settings = Settings {
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
            retention: Retention::default(),
            origin: ORIGIN.to_owned(),
            demo: false,
        };
        let (moved, ids) = (Arc::clone(&clock), Arc::new(TestIds::default()));
        let kek = dir.path().join("kek");
        let app = Arc::new(
            App::open(&folder, &kek, settings, moved, ids)
                .await
                .unwrap(),
        );
        // Nobody comes; that she was called is enough.
        let (practice, called) = mpsc::channel(1);
        std::mem::forget(called);
        let router = router(Service {
            app: Arc::clone(&app),
            calls: Registry::new(
                Engine::new(MediaSettings::default()),
                &SystemClock,
                Arc::new(SystemIds),
                Limits::default(),
                None,
                None,
            ),
            origins: Origins::of_public_url(ORIGIN),
            mark: Mark::None,
            trusted_proxies: Arc::new([PROXY]),
            practice: Some(practice),
        });
        Self {
            app,
            router,
            clock,
            folder,
            dir,
        }
    }

    /// A browser without any cookie.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// The room's socket, opened with what this browser holds.
    pub(crate) async fn room(&self, browser: &Browser, interview: Uuid) -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = self.router.clone();
        tokio::spawn(serve(listener, None, routes, std::future::pending()));
        let pairs = browser.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let door = Door {
            url: format!("ws://{address}/api/interviews/{interview}/socket"),
            origin: ORIGIN.to_owned(),
            cookie: pairs.join("; "),
        };
        Page::open(&door, Resumption::default()).await.unwrap()
    }

    /// The key file, to look into the folder with.
    pub(crate) fn kek(&self) -> Kek {
        Kek::read(&self.dir.path().join("kek")).unwrap()
    }
}
