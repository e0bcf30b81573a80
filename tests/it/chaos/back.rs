//! A service that is killed while it destroys what she took back: at the latest when she asks once more, all
//! of it is gone, under the one number, and nobody else's words are.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yorisoi::simulate::voice;
use yorisoi::sound;

use super::left::check_accounts;
use super::talk::{Begun, Ears, again, begun, list, settled, text};
use super::{Chance, Promises, Survived};
use crate::common::data;
use crate::voice::withdrawal::{files_with, traces};

/// What waits for a start is done by then.
const SOON: Duration = Duration::from_secs(15);

pub(super) async fn killed(mut chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    let keep_audio = chance.below(3) > 0;
    let begun = Box::pin(begun(Ears::Hear, seed, "transcript", keep_audio)).await?;
    let Begun {
        dir,
        folder,
        port,
        service,
        mut staff,
        mut administrator,
        mut live,
        ..
    } = begun;
    let sentence = sound::read(&data("speech/sentence.opus"))?;
    let packets = voice::packets(&[&sentence[..], &[0.0; 24_000]].concat())?;
    let (a, b) = tokio::join!(live.nurse.play(&packets), live.resident.play(&packets));
    a.and(b)?;
    let she = live.resident_id.clone();
    let hers = |it: &Value| it["type"] == "segment" && it["data"]["participant"] == she.as_str();
    live.nurse_page.told_that(SOON, hers).await?;
    let before = traces(&folder, &live.interview, &she).await;
    anyhow::ensure!(!before.sealed_words.is_empty(), "nothing was written");

    // She speaks on while she takes it back.
    let after = Duration::from_micros(chance.below(80_000));
    let mut guest = live.guest.clone();
    let asks = tokio::spawn(async move { guest.post("/api/join/withdraw", json!({})).await });
    tokio::select! {
        () = tokio::time::sleep(after) => {}
        _ = live.resident.play(&packets) => {}
    }
    let service = tokio::task::spawn_blocking(move || drop(service));
    service.await?;
    let told = asks.await?;

    let restarted = Instant::now();
    let service = again(Ears::Hear, &folder, port).await?;
    let back = restarted.elapsed();
    let mut promises = Promises(Vec::new());
    let path = format!("/api/interviews/{}", live.interview);
    let lines = staff.get(&format!("{path}/withdrawals")).await?;
    let mut own = list(&lines).iter();
    let own = own.find(|it| it["participant"] == she.as_str());
    let recorded = own.is_some_and(|it| it["certificate"].is_object());
    promises.hold(recorded || told.is_err(), || {
        "it was told and is forgotten".to_owned()
    });
    let left = || {
        let traces = before.all().filter(|it| !it.is_empty());
        traces
            .map(|it| files_with(&folder, it).len())
            .sum::<usize>()
    };
    if recorded {
        // Before anything is served, and without being asked for again.
        let left = left();
        promises.hold(left == 0, || {
            format!("{left} files hold what she took back")
        });
    }
    let once_more = live.guest.post("/api/join/withdraw", json!({})).await?;
    promises.hold(once_more["certificate"] == "D-00001", || {
        format!("another number: {once_more}")
    });
    let gone = left();
    promises.hold(gone == 0, || {
        format!("{gone} files hold what she took back, asked twice")
    });
    staff.post(&format!("{path}/end"), json!({})).await?;
    let transcript = settled(&mut staff, &live.interview, &folder).await?;
    let texts = |of: &str| {
        let all = list(&transcript["segments"]).iter();
        all.filter(|it| text(&it["party"]) == of).count()
    };
    let (hers, nurses) = (texts("resident"), texts("nurse"));
    promises.hold(hers == 0 && nurses > 0, || {
        format!("{hers} of her texts and {nurses} of the nurse's are there")
    });
    check_accounts(&mut promises, &transcript, &live.interview, &folder).await?;
    let audit = administrator.get("/api/audit").await?;
    promises.hold(audit["chain"]["holds"] == true, || {
        "the audit's chain".to_owned()
    });
    drop(service);
    promises.nothing_lies(&dir);
    Ok(Survived {
        killed: format!("withdrawal after {} ms", after.as_millis()),
        kind: "a withdrawal",
        lost_ms: None,
        found: format!(
            "recorded {recorded}, told {}; back in {:.1} s",
            told.is_ok(),
            back.as_secs_f64()
        ),
        broken: promises.0,
    })
}
