//! After a crash: sound whose words were not written yet is heard again, then the call that broke off
//! is closed. It happens beside the talks that run, and whatever fails is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use yorisoi_domain::consent::Tap;

use super::registry::Registry;
use super::scribe::Scribe;
use crate::app::broken::{BrokenCall, LeftVoice};
use crate::app::{App, AppError};
use crate::media::tap::{Outlet, TappedVoice, Uttered};

/// Texts on their way to the pages.
const SAID: usize = 64;
/// How long after it failed it is tried again.
const AGAIN: Duration = Duration::from_secs(60);

/// Settles what [`App::find_broken`] found. Pages of a talk that goes on are told what is heard.
pub async fn catch_up(
    app: Arc<App>,
    scribe: Option<Scribe>,
    calls: Registry,
    broken: Vec<BrokenCall>,
) {
    // What is closed at once is closed before anybody waits for a text.
    let (left, bare): (Vec<_>, Vec<_>) = broken.into_iter().partition(|it| !it.voices.is_empty());
    let mut open: Vec<_> = bare.into_iter().chain(left).collect();
    loop {
        open = settle_all(&app, scribe.as_ref(), &calls, open).await;
        if open.is_empty() {
            return;
        }
        let comes = async {
            match scribe.as_ref().filter(|it| !it.hears()) {
                Some(deaf) => deaf.until_it_hears().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = comes => {}
        }
    }
}

/// Returns what could not be settled.
async fn settle_all(
    app: &Arc<App>,
    scribe: Option<&Scribe>,
    calls: &Registry,
    open: Vec<BrokenCall>,
) -> Vec<BrokenCall> {
    let mut failed = Vec::new();
    for mut broken in open {
        if scribe.is_some_and(|it| !it.hears()) {
            // The log says once a minute that there is none.
            match app.give_up_waiting(&mut broken).await {
                Ok(false) => {}
                Ok(true) => {
                    failed.push(broken);
                    continue;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "sound that waited too long is still there");
                    failed.push(broken);
                    continue;
                }
            }
        }
        let interview = broken.call.interview;
        let (outlet, mut said) = mpsc::channel::<Uttered>(SAID);
        let tell = async {
            while let Some((of, _, said)) = said.recv().await {
                calls.said_before(interview, of, said).await;
            }
        };
        let settle = settle(app, scribe, &broken, outlet);
        let (settled, ()) = tokio::join!(Box::pin(settle), tell);
        let call = broken.call.id;
        match settled {
            Ok(true) => tracing::warn!(%call, "a call that a crash broke off is settled"),
            Ok(false) => {
                tracing::error!(%call, "what a crash left is not settled: it is tried again");
                failed.push(broken);
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%call, error, "what a crash left is not settled: it is tried again");
                failed.push(broken);
            }
        }
    }
    failed
}

async fn settle(
    app: &Arc<App>,
    scribe: Option<&Scribe>,
    broken: &BrokenCall,
    outlet: Outlet,
) -> Result<bool, AppError> {
    let interview = broken.call.interview;
    let mut heard = BTreeMap::new();
    let mut failed = None;
    for LeftVoice {
        participant,
        track,
        places,
    } in &broken.voices
    {
        let (participant, track) = (*participant, *track);
        let left = app.left_sound(interview, participant, track, places);
        let left = match left.await {
            Ok(left) => left,
            // One that fails keeps no other.
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        // Without a recognizer its time is over: what it said stays without text.
        let Some(scribe) = scribe.filter(|it| it.hears()) else {
            continue;
        };
        heard.extend(left.until.map(|until| (track, until)));
        let voice = TappedVoice {
            interview,
            participant,
            track,
            allowed: Tap::Text,
            outlet: outlet.clone(),
        };
        for run in left.runs {
            if !scribe.hear_again(voice.clone(), &run).await {
                return Ok(false);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    app.settle_broken(broken, &heard).await?;
    let mut settled = Ok(true);
    for place in broken.voices.iter().flat_map(|voice| &voice.places) {
        // One that fails keeps no other.
        settled = app.settle_left(*place).await.and(settled);
    }
    settled
}
