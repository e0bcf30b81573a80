//! A voice while the service has no speech model. The talk goes on; what may be kept lies in the spool as
//! always, and is heard once there is a model: here, or at the next start as after a crash. Captions
//! alone are never written, so nothing of them waits.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument as _;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

use super::keep::{self, Keep};
use super::writer::Writer;
use super::{Scribe, Taken};
use crate::app::App;
use crate::app::broken::LONGEST_WAIT;
use crate::media::tap::TappedVoice;

/// Packets taken in one go.
const BATCH: usize = 50;
/// How long after the store or the keys failed they are tried again.
const AGAIN: Duration = Duration::from_secs(60);

/// Keeps what comes until there is a recognizer; then that is heard, and what comes meanwhile.
pub(super) async fn wait(scribe: Scribe, voice: TappedVoice, mut packets: mpsc::Receiver<Taken>) {
    let mut keep = Keep::nothing(&voice);
    keep.begin(&scribe.0);
    let mut stretch: Option<(InterviewMs, InterviewMs)> = None;
    let (mut batch, mut open) = (Vec::with_capacity(BATCH), true);
    let mut overdue = None;
    while !scribe.hears() {
        if !open && stretch.is_none() {
            return;
        }
        tokio::select! {
            biased;
            () = taken_back(&scribe, voice.participant) => return keep.end(true).await,
            () = scribe.until_it_hears() => {}
            came = packets.recv_many(&mut batch, BATCH), if open && keep.has_room() => {
                open = came > 0;
                keep.store(&batch, 0);
                if let (true, Some((first, _)), Some((last, _))) = (keep.keeps(), batch.first(), batch.last()) {
                    stretch = Some((stretch.map_or(first.spoken, |it| it.0), last.spoken));
                }
                batch.clear();
                let passing = stretch.filter(|_| voice.allowed == Tap::Text);
                overdue = overdue.or_else(|| passing.map(|_| Instant::now() + LONGEST_WAIT));
            }
            made = keep.made() => keep.take(made, 0),
            () = tokio::time::sleep(keep::AGAIN), if keep.waits() => keep.write(0),
            () = sleep_until(overdue) => {
                // Nobody agreed to more: what was said has no text.
                if let (Some(app), Some((start, end))) = (&scribe.0.records, stretch) {
                    give_up(app, &voice, start, end).await;
                }
                return keep.end(false).await;
            }
        }
    }
    let now = async {
        let hearing = scribe.0.hearing.get().cloned();
        let writer = hearing.map(|it| Writer::new(scribe.0.clone(), it, voice.clone()));
        match writer {
            Some(Ok(writer)) => writer.run(packets).in_current_span().await,
            Some(Err(error)) => tracing::error!(%error, "a voice can't be decoded"),
            None => {}
        }
    };
    tokio::join!(
        Box::pin(now),
        Box::pin(hear_what_waited(&scribe, &voice, keep))
    );
}

/// As a crash is heard again, but that the call goes on: its pages are told by the way they listen to.
async fn hear_what_waited(scribe: &Scribe, voice: &TappedVoice, mut keep: Keep) {
    let places = keep.places().await;
    let Some(app) = scribe.0.records.as_ref().filter(|_| !places.is_empty()) else {
        return;
    };
    let (interview, of, track) = (voice.interview, voice.participant, voice.track);
    // The semaphore is never closed.
    let _turn = scribe.0.afterwards.acquire().await;
    let left = loop {
        match app.left_sound(interview, of, track, &places).await {
            Ok(left) => break left,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "what waited of a voice can't be read: it is tried again"
                );
            }
        }
        tokio::time::sleep(AGAIN).await;
    };
    for run in left.runs {
        scribe.hear_again(voice.clone(), run).await;
    }
    let withdrawn = scribe.0.withdrawn.borrow().contains(&of);
    keep.end(withdrawn).await;
}

async fn give_up(app: &App, voice: &TappedVoice, start: InterviewMs, end: InterviewMs) {
    let gap = Gap {
        track: voice.track,
        start,
        end,
        reason: GapReason::Crash,
    };
    if let Err(error) = app.note_gap(&gap).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "a stretch without text is not written down");
    }
    tracing::error!(track = %voice.track, "no speech model came: what a voice said stays without text");
}

async fn taken_back(scribe: &Scribe, of: ParticipantId) {
    let mut withdrawn = scribe.0.withdrawn.subscribe();
    // Its sender lives as long as the scribe.
    let _ = withdrawn.wait_for(|all| all.contains(&of)).await;
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
