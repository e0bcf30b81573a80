//! A whole interview against the whole service: booked, joined, talked and ended through the
//! public interface, and what the records hold of it afterwards.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use yorisoi::call::registry::Registry;
use yorisoi::clock::{Clock, SystemClock, SystemIds};
use yorisoi::demo;
use yorisoi::http::extract::Peer;
use yorisoi::http::origin::Origins;
use yorisoi::http::router::{Service, router};
use yorisoi::http::web::Mark;
use yorisoi::simulate::client::Client;
use yorisoi::simulate::interview::{Setting, Voices, hold};
use yorisoi::simulate::page::{Door, Page, PageError, Resumption};
use yorisoi::simulate::voice;
use yorisoi_domain::call::Limits;
use yorisoi_domain::call::record::{Closed, ClosedWhy};
use yorisoi_domain::ids::InterviewId;
use yorisoi_store::Store;
use yorisoi_store_sqlite::SqliteStore;

use crate::media::{loopback, sound};

struct Running {
    folder: TempDir,
    origin: String,
    sign_in_link: String,
    calls: Registry,
}

async fn service() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let origins = Origins::of_loopback(listener.local_addr().unwrap(), "http");
    let origin = origins.main().to_owned();
    let app = demo::open(&folder.path().join("data"), false, &origin)
        .await
        .unwrap();
    let today = demo::seed(&app).await.unwrap();
    let app = Arc::new(app);
    let records = Some(Arc::clone(&app));
    let ids = Arc::new(SystemIds);
    let calls = Registry::new(
        loopback(),
        &SystemClock,
        ids,
        Limits::default(),
        None,
        records,
    );
    let routes = router(Service {
        app,
        calls: calls.clone(),
        origins,
        mark: Mark::None,
        trusted_proxies: Arc::new([]),
    });
    let service = routes.into_make_service_with_connect_info::<Peer>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Running {
        folder,
        origin,
        sign_in_link: today.sign_in_links[0].1.clone(),
        calls,
    }
}

async fn signed_in(running: &Running) -> (Client, String) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interview_is_held_through_the_public_interface_and_stays_in_the_records() {
    let running = service().await;
    let (mut staff, office) = signed_in(&running).await;
    let packets = voice::packets(&sound(2)).unwrap();
    let voices = Voices {
        nurse: packets.clone(),
        resident: packets,
    };
    let setting = Setting {
        office: &office,
        at: SystemClock.now(),
        network: None,
        seed: 0,
    };
    let outcome = hold(&staff, setting, &loopback(), &voices).await.unwrap();
    for heard in [outcome.nurse, outcome.resident] {
        assert_eq!(
            (heard.received, heard.absent_ms, heard.muted_ms),
            (100, 0, 0)
        );
        assert_eq!(
            (heard.forwarded.packets(), heard.forwarded.missing()),
            (100, 0)
        );
    }

    // The records are written by the time that the calls have stopped.
    running.calls.stop().await;
    let day = staff
        .get(&format!("/api/interviews?office={office}"))
        .await
        .unwrap();
    let all = day["interviews"].as_array().unwrap();
    let ended = all.iter().find(|line| line["state"] == "ended").unwrap();
    let id: InterviewId = ended["id"].as_str().unwrap().parse().unwrap();
    let file = running.folder.path().join("data/yorisoi.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let calls = reader.calls_of(id).await.unwrap();
    assert_eq!(calls.len(), 1);
    assert!(
        matches!(
            calls[0].closed,
            Some(Closed {
                why: ClosedWhy::Ended,
                ..
            })
        ),
        "{calls:?}"
    );
    let tracks = reader.tracks_of(calls[0].id).await.unwrap();
    let packets: Vec<_> = tracks
        .iter()
        .map(|track| track.reception.unwrap().packets)
        .collect();
    assert_eq!(packets, [100, 100]);
    assert!(reader.open_calls().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_opens_for_its_own_page_and_its_own_people_alone() {
    let running = service().await;
    let (mut staff, office) = signed_in(&running).await;
    let at = SystemClock.now().to_string();
    let booking = json!({
        "office": office, "name": "模擬 面談", "kana": "モギ メンダン", "birth_date": "1995-04-01",
        "due_date": null, "weeks": null, "kind": "notification", "method": "online",
        "scheduled_at": at,
    });
    let booked = staff.post("/api/interviews", booking).await.unwrap();
    let path = format!("/api/interviews/{}/socket", booked["id"].as_str().unwrap());
    let own = staff.door(&path);
    let status = |opened: Result<Page, PageError>| match opened {
        Ok(_) => 101,
        Err(PageError::Open(error)) => match *error {
            tokio_tungstenite::tungstenite::Error::Http(answer) => answer.status().as_u16(),
            other => panic!("{other:?}"),
        },
        Err(other) => panic!("{other:?}"),
    };
    let open = async |door: Door| status(Page::open(&door, Resumption::default()).await);
    assert_eq!(open(own.clone()).await, 101);
    let foreign = Door {
        origin: "http://evil.example".to_owned(),
        ..own.clone()
    };
    assert_eq!(open(foreign).await, 403);
    assert_eq!(
        open(Door {
            origin: String::new(),
            ..own.clone()
        })
        .await,
        403
    );
    assert_eq!(
        open(Door {
            cookie: String::new(),
            ..own.clone()
        })
        .await,
        401
    );
    // A resident who has only claimed her link stands before neither door.
    let (origin, secret) = booked["link"].as_str().unwrap().split_once("/r#").unwrap();
    let mut guest = Client::new(origin);
    guest
        .post("/api/join/claim", json!({ "secret": secret }))
        .await
        .unwrap();
    assert_eq!(open(guest.door(&path)).await, 403);
    assert_eq!(open(guest.door("/api/join/socket")).await, 403);
    running.calls.stop().await;
    assert_eq!(open(own).await, 503);
}
