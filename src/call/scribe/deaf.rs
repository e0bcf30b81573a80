//! A voice while the service has no speech model. The talk goes on; what may be kept lies in the spool as
//! always, and is heard once there is a model: here, or at the next start as after a crash. Captions
//! alone are never written, so nothing of them waits. What could not be kept is a gap of its own.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument as _;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

use super::keep::{self, Keep};
use super::writer::Writer;
use super::{Scribe, Taken};
use crate::app::App;
use crate::app::broken::PACKET_MS;
use crate::media::tap::TappedVoice;

/// Packets taken in one go.
const BATCH: usize = 50;
/// How long after the store or the keys failed they are tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// How often it is looked whether it has waited too long.
const LOOK: Duration = Duration::from_secs(1);
/// Lost stretches that lie closer together are one.
const ONE_STRETCH_MS: i64 = 2_000;

/// From the first packet to the end of the last.
type Stretch = (InterviewMs, InterviewMs);

/// What of a voice has come, and what of it lies nowhere and is not written down as lost yet.
#[derive(Default)]
struct Came {
    all: Option<Stretch>,
    since: Option<std::time::Instant>,
    lost: Vec<Stretch>,
    /// When the losses are written down.
    due: Option<Instant>,
}

impl Came {
    fn take(&mut self, batch: &[Taken], drained: Option<Stretch>) {
        for (packet, dropped) in batch {
            let (start, end) = (packet.spoken, InterviewMs(packet.spoken.0 + PACKET_MS));
            let (first, last) = self.all.unwrap_or((start, start));
            if *dropped > 0 {
                self.lose((last.min(start), start));
            }
            self.all = Some((first.min(start), last.max(end)));
        }
        if let Some(drained) = drained {
            self.lose(drained);
        }
    }

    fn lose(&mut self, stretch: Stretch) {
        match self.lost.last_mut() {
            Some(last) if stretch.0.0 <= last.1.0 + ONE_STRETCH_MS && last.0 <= stretch.0 => {
                last.1 = last.1.max(stretch.1);
            }
            _ => self.lost.push(stretch),
        }
        self.due.get_or_insert_with(|| Instant::now() + AGAIN);
    }

    /// Writes down what was lost; what can't be is tried again.
    async fn tell_losses(&mut self, app: &App, voice: &TappedVoice) {
        while let Some(lost) = self.lost.last().copied() {
            if !note(app, voice, lost, GapReason::Overload).await {
                self.due = Some(Instant::now() + AGAIN);
                return;
            }
            self.lost.pop();
        }
        self.due = None;
    }
}

/// Keeps what comes until there is a recognizer; then that is heard, and what comes meanwhile.
pub(super) async fn wait(scribe: Scribe, voice: TappedVoice, mut packets: mpsc::Receiver<Taken>) {
    let mut keep = Keep::nothing(&voice);
    keep.begin(&scribe.0);
    let mut came = Came::default();
    let (mut batch, mut open) = (Vec::with_capacity(BATCH), true);
    let mut look = tokio::time::interval(LOOK);
    // Nothing of what may not be kept is missed afterwards.
    let records = scribe.0.records.clone().filter(|_| keep.keeps());
    while !scribe.hears() {
        if !open && !keep.waits() {
            // It may wait for weeks: neither its file nor a key stays open for that.
            keep.close().await;
            if came.all.is_none() || records.is_none() {
                return keep.end(false).await;
            }
        }
        tokio::select! {
            biased;
            () = taken_back(&scribe, voice.participant) => return keep.end(true).await,
            () = scribe.until_it_hears() => {}
            got = packets.recv_many(&mut batch, BATCH), if open && keep.has_room() => {
                open = got > 0;
                let drained = keep.store(&batch, 0);
                came.take(&batch, drained);
                batch.clear();
                if let (None, Some(app), true) = (came.since, &records, open) {
                    came.since = Some(app.monotonic());
                }
                if !open && !came.lost.is_empty() {
                    came.due = Some(Instant::now());
                }
            }
            made = keep.made() => keep.take(made, 0),
            () = tokio::time::sleep(keep::AGAIN), if keep.waits() => keep.write(0),
            _ = look.tick() => {
                let Some(app) = &records else { continue };
                if came.due.is_some_and(|due| due <= Instant::now()) {
                    came.tell_losses(app, &voice).await;
                }
                let over = came.since.zip(keep.stay());
                let waited = |since| app.monotonic().saturating_duration_since(since);
                if over.is_some_and(|(since, stay)| waited(since) >= app.longest_wait(stay)) {
                    return give_up(&scribe, app, &voice, keep, came).await;
                }
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
        Box::pin(hear_what_waited(&scribe, &voice, keep, came))
    );
}

/// As a crash is heard again, but that the call goes on: its pages are told by the way they listen to.
/// Nothing of it goes before it is heard and what is missing is written down.
async fn hear_what_waited(scribe: &Scribe, voice: &TappedVoice, mut keep: Keep, mut came: Came) {
    let Some(app) = scribe.0.records.as_ref().filter(|_| keep.keeps()) else {
        return;
    };
    let (interview, of, track) = (voice.interview, voice.participant, voice.track);
    let places = keep.places().await;
    if let Some(unkept) = keep.unkept() {
        came.lose(unkept);
    }
    while !came.lost.is_empty() && !is_withdrawn(scribe, of) {
        came.tell_losses(app, voice).await;
        if !came.lost.is_empty() {
            pause(scribe, of).await;
        }
    }
    // The semaphore is never closed.
    let _turn = scribe.0.afterwards.acquire().await;
    while !is_withdrawn(scribe, of) {
        match app.left_sound(interview, of, track, &places).await {
            Ok(left) => {
                for run in left.runs {
                    while !scribe.hear_again(voice.clone(), &run).await && !is_withdrawn(scribe, of)
                    {
                        pause(scribe, of).await;
                    }
                }
                break;
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "what waited of a voice can't be read: it is tried again"
                );
            }
        }
        pause(scribe, of).await;
    }
    keep.end(is_withdrawn(scribe, of)).await;
}

/// Nobody agreed to a longer time: what was said has no text. It goes when that is written down.
async fn give_up(scribe: &Scribe, app: &App, voice: &TappedVoice, mut keep: Keep, came: Came) {
    tracing::error!(track = %voice.track, "no speech model came: what a voice said stays without text");
    let of = voice.participant;
    let losses = came.lost.into_iter().map(|it| (it, GapReason::Overload));
    let all = came.all.into_iter().map(|it| (it, GapReason::Crash));
    for (stretch, reason) in losses.chain(all) {
        while !is_withdrawn(scribe, of) && !note(app, voice, stretch, reason).await {
            pause(scribe, of).await;
        }
    }
    // Kept sound too goes as if it were taken back: a law may hold it.
    keep.end(true).await;
}

/// Whether the store took it.
async fn note(app: &App, voice: &TappedVoice, (start, end): Stretch, reason: GapReason) -> bool {
    let gap = Gap {
        track: voice.track,
        start,
        end,
        reason,
    };
    let noted = app.note_gap(&gap).await;
    if let Err(error) = &noted {
        let error = error as &dyn std::error::Error;
        tracing::error!(error, "a stretch without text is not written down yet");
    }
    noted.is_ok()
}

fn is_withdrawn(scribe: &Scribe, of: ParticipantId) -> bool {
    scribe.0.withdrawn.borrow().contains(&of)
}

/// Until it is tried again, or she took it back.
async fn pause(scribe: &Scribe, of: ParticipantId) {
    tokio::select! {
        () = tokio::time::sleep(AGAIN) => {}
        () = taken_back(scribe, of) => {}
    }
}

async fn taken_back(scribe: &Scribe, of: ParticipantId) {
    let mut withdrawn = scribe.0.withdrawn.subscribe();
    // Its sender lives as long as the scribe.
    let _ = withdrawn.wait_for(|all| all.contains(&of)).await;
}
