//! Who may not be in the talk any more hears nothing of it, whatever their page does.

use std::sync::Arc;

use yorisoi::clock::SystemClock;
use yorisoi::media::layout::Line;
use yorisoi::simulate::participant::Participant;
use yorisoi_domain::access::Actor;
use yorisoi_domain::call::Limits;
use yorisoi_domain::ids::UserId;

use super::*;
use crate::demonstration::{Under, service_under};

fn heard(at: &Participant) -> u64 {
    at.received()
        .get(&Line::Audio0)
        .map_or(0, |it| it.packets())
}

async fn goes_on(at: &Participant) {
    let before = heard(at);
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if heard(at) > before + 20 {
            return;
        }
    }
    panic!("nothing comes");
}

async fn stops(at: &Participant) {
    for _ in 0..15 {
        let before = heard(at);
        tokio::time::sleep(Duration::from_secs(1)).await;
        if heard(at) == before {
            return;
        }
    }
    panic!("it still comes");
}

/// The voice has a connection of its own: it outlasts a socket that is lost for as long as that is a short
/// break, here a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_hears_no_packet_more_also_where_the_socket_closed_itself_before() {
    for closed in [false, true] {
        let under = Under {
            clock: Arc::new(SystemClock),
            limits: Limits {
                grace: Duration::from_secs(60),
                ..Limits::default()
            },
        };
        let running = service_under(under, &Scripted::new()).await;
        let mut talk = live(&running, false).await;
        let me = talk.staff.get("/api/me").await.unwrap();
        let me: UserId = me["user"].as_str().unwrap().parse().unwrap();
        let (mut resident, long) = (talk.resident, vec![sentence(); 20].concat());
        let speaking = tokio::spawn(async move { resident.play(&long).await });
        goes_on(&talk.nurse).await;
        let she = talk.resident_id.clone();
        if closed {
            drop(talk.nurse_page);
            let gone = |event: &Value| {
                let other = event["type"] == "participant" && event["data"]["id"] != she.as_str();
                other && event["data"]["presence"] == "interrupted"
            };
            talk.resident_page.told_that(SOON, gone).await.unwrap();
            // The positive control.
            goes_on(&talk.nurse).await;
        }
        let operator = Actor::Operator;
        running.app.disable_user(&operator, me).await.unwrap();
        stops(&talk.nurse).await;
        assert!(!speaking.is_finished());
        speaking.abort();
        running.calls.stop().await;
    }
}
