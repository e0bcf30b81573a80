//! What a call leaves in the records. The call's task hands lines over and never waits for the
//! store; a task of its own writes them in order, and waits for a store that can't take them now:
//! without its call and its tracks no word could be written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Gap;

use super::gaps::Changed;
use crate::app::App;
use crate::app::calls::SettledTrack;

/// Lines waiting for the store: an opening, a handful of voices and what they do, and an end. It
/// can't fill up while the store takes them; if it does, the line is lost and logged.
const LINES: usize = 1_024;
/// How long after a store that could not take a line it is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// A store that does not answer for so long does not hold up the end of a call.
const WRITING: Duration = Duration::from_secs(8);

#[derive(Debug)]
enum Line {
    Opened,
    Track(TrackId, ParticipantId),
    SeatGap(Changed),
    Gap(Gap),
    Closed(ClosedWhy, InterviewMs, Vec<SettledTrack>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct CallLog {
    lines: mpsc::Sender<Line>,
    writer: JoinHandle<()>,
}

impl CallLog {
    pub(super) fn open(app: Arc<App>, id: CallId, interview: InterviewId) -> Self {
        let (lines, mut waiting) = mpsc::channel(LINES);
        let writer = tokio::spawn(async move {
            while let Some(line) = waiting.recv().await {
                loop {
                    let written = match &line {
                        Line::Opened => app.open_call(id, interview).await,
                        Line::Track(track, of) => app.open_track(*track, id, *of).await,
                        Line::SeatGap((of, n, gap)) => app.note_seat_gap(id, *of, *n, *gap).await,
                        Line::Gap(gap) => app.note_gap(gap).await,
                        Line::Closed(why, at, tracks) => {
                            app.close_call(id, interview, (*why, *at), tracks).await
                        }
                    };
                    let Err(error) = written else { break };
                    let passes = error.passes();
                    report(id, passes, &error);
                    if !passes {
                        break;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        });
        let log = Self { lines, writer };
        log.write(Line::Opened);
        log
    }

    pub(super) fn track(&self, id: TrackId, of: ParticipantId) {
        self.write(Line::Track(id, of));
    }

    pub(super) fn seat_gap(&self, changed: Changed) {
        self.write(Line::SeatGap(changed));
    }

    /// Of a voice whose track is written.
    pub(super) fn gap(&self, gap: Gap) {
        self.write(Line::Gap(gap));
    }

    /// Waits until everything is written. `at`: when it ended, on the interview's clock.
    pub(super) async fn close(self, why: ClosedWhy, at: InterviewMs, tracks: Vec<SettledTrack>) {
        self.write(Line::Closed(why, at, tracks));
        drop(self.lines);
        if tokio::time::timeout(WRITING, self.writer).await.is_err() {
            tracing::error!("a call's record was not written in time");
        }
    }

    fn write(&self, line: Line) {
        if let Err(error) = self.lines.try_send(line) {
            tracing::error!(%error, "a line of a call's record was lost");
        }
    }
}

fn report(call: CallId, tried_again: bool, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(%call, tried_again, error, "a call's record is not written");
}
