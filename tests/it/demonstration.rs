//! A demonstration served in this process, as the program serves it, on a folder of the test's own; and
//! its nurse's browser.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use yorisoi::app::App;
use yorisoi::asr::Recognizer;
use yorisoi::call::again::catch_up;
use yorisoi::call::registry::Registry;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{Clock, SystemClock, SystemIds};
use yorisoi::demo;
use yorisoi::http::origin::Origins;
use yorisoi::http::router::{Service, router};
use yorisoi::http::serve::serve;
use yorisoi::http::web::Mark;
use yorisoi::media::tap::Taps;
use yorisoi::simulate::client::Client;
use yorisoi_domain::call::Limits;

use crate::common::scenario::Scenario;
use crate::media::loopback;

pub(crate) struct Running {
    pub(crate) folder: Scenario,
    pub(crate) origin: String,
    sign_in_link: String,
    pub(crate) calls: Registry,
    pub(crate) app: Arc<App>,
}

impl Running {
    pub(crate) async fn closes(&self) {
        self.calls.stop().await;
    }
}

pub(crate) async fn service_that_hears(recognizer: Option<&dyn Recognizer>) -> Running {
    demonstration(recognizer, None).await
}

/// `past`: who hears the interview of the past; without it there is none.
pub(crate) async fn demonstration(
    recognizer: Option<&dyn Recognizer>,
    past: Option<&dyn Recognizer>,
) -> Running {
    demonstration_in(Scenario::new(), recognizer, past).await
}

/// On a disk of the test's own.
pub(crate) async fn demonstration_in(
    folder: Scenario,
    recognizer: Option<&dyn Recognizer>,
    past: Option<&dyn Recognizer>,
) -> Running {
    let served = serve_demo(&folder.path().join("data"), 0, recognizer, past).await;
    served.on(folder)
}

/// What a service runs under.
pub(crate) struct Under {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

impl Default for Under {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }
}

pub(crate) async fn service_under(under: Under, recognizer: &dyn Recognizer) -> Running {
    let folder = Scenario::new();
    let data = folder.path().join("data");
    let served = serve_tapped(&data, 0, None, under, |app| {
        that_hears(app, Some(recognizer))
    });
    served.await.on(folder)
}

/// `taps`: who is handed the voices.
pub(crate) async fn tapped_by(
    past: Option<&dyn Recognizer>,
    taps: impl FnOnce(&Arc<App>) -> Option<Arc<dyn Taps>>,
) -> Running {
    let folder = Scenario::new();
    let data = folder.path().join("data");
    let under = Under::default();
    let served = serve_tapped(&data, 0, past, under, |app| (None, taps(app))).await;
    served.on(folder)
}

/// A service whose speech model is missing, and what becomes of it once that is there.
pub(crate) async fn service_that_is_deaf() -> (Running, Scribe) {
    let folder = Scenario::new();
    let (served, scribe) = serve_deaf(&folder.path().join("data"), 0).await;
    (served.on(folder), scribe)
}

pub(crate) async fn serve_deaf(data: &Path, port: u16) -> (Served, Scribe) {
    let mut deaf = None;
    let served = serve_tapped(data, port, None, Under::default(), |app| {
        let scribe = Scribe::deaf(Arc::new(SystemIds), Some(Arc::clone(app)));
        deaf = Some(scribe.clone());
        (
            Some(scribe.clone()),
            Some(Arc::new(scribe) as Arc<dyn Taps>),
        )
    });
    (served.await, deaf.unwrap())
}

/// A service that goes on until its runtime ends.
pub(crate) struct Served {
    origin: String,
    pub(crate) sign_in_links: Vec<(&'static str, String)>,
    calls: Registry,
    pub(crate) app: Arc<App>,
}

impl Served {
    fn on(self, folder: Scenario) -> Running {
        Running {
            folder,
            origin: self.origin,
            sign_in_link: self.sign_in_links[0].1.clone(),
            calls: self.calls,
            app: self.app,
        }
    }
}

/// As the program starts it: what an earlier run left is found before anything is served.
pub(crate) async fn serve_demo(
    data: &Path,
    port: u16,
    recognizer: Option<&dyn Recognizer>,
    past: Option<&dyn Recognizer>,
) -> Served {
    let taps = |records: &Arc<App>| that_hears(records, recognizer);
    serve_tapped(data, port, past, Under::default(), taps).await
}

fn that_hears(
    records: &Arc<App>,
    recognizer: Option<&dyn Recognizer>,
) -> (Option<Scribe>, Option<Arc<dyn Taps>>) {
    let records = Some(Arc::clone(records));
    let start = |it| Scribe::start(it, 1, 1, Arc::new(SystemIds), records).unwrap();
    let scribe = recognizer.map(start);
    let taps = scribe.clone().map(|it| Arc::new(it) as Arc<dyn Taps>);
    (scribe, taps)
}

async fn serve_tapped(
    data: &Path,
    port: u16,
    past: Option<&dyn Recognizer>,
    under: Under,
    taps: impl FnOnce(&Arc<App>) -> (Option<Scribe>, Option<Arc<dyn Taps>>),
) -> Served {
    let Under { clock, limits } = under;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
        .unwrap();
    let origins = Origins::of_loopback(listener.local_addr().unwrap(), "http");
    let origin = origins.main().to_owned();
    let demo = demo::prepare(data, false).await.unwrap();
    let app = demo.open_at(Arc::clone(&clock), &origin).await.unwrap();
    if let Some(past) = past {
        demo.remember(&app, past, 1).await.unwrap();
    }
    let today = demo::seed(&app).await.unwrap();
    let broken = app.find_broken().await.unwrap();
    app.finish_withdrawals().await.unwrap();
    let app = Arc::new(app);
    let records = Some(Arc::clone(&app));
    let own = Arc::clone(&app);
    let ids = Arc::new(SystemIds);
    let (scribe, taps) = taps(&app);
    let calls = Registry::new(loopback(), clock, ids, limits, taps, records);
    let again = catch_up(Arc::clone(&app), scribe, calls.clone(), broken);
    tokio::spawn(again);
    let routes = router(Service {
        app,
        calls: calls.clone(),
        origins,
        mark: Mark::None,
        trusted_proxies: Arc::new([]),
        practice: None,
    });
    tokio::spawn(serve(listener, None, routes, std::future::pending()));
    Served {
        origin,
        sign_in_links: today.sign_in_links,
        calls,
        app: own,
    }
}

pub(crate) async fn signed_in(running: &Running) -> (Client, String) {
    let mut staff = Client::new(&running.origin);
    let (_, secret) = running.sign_in_link.split_once('#').unwrap();
    staff
        .post("/api/login/link", json!({ "secret": secret }))
        .await
        .unwrap();
    let me = staff.get("/api/me").await.unwrap();
    let office = me["grants"][0]["office"].as_str().unwrap().to_owned();
    (staff, office)
}
