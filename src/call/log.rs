//! What a call leaves in the records. The call's task hands lines over and never waits for the
//! store; a task of its own writes them in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};

use crate::app::App;
use crate::app::calls::SettledTrack;

/// Lines waiting for the store: an opening, a handful of voices and an end. It can't fill up; if
/// it did, the line is lost and logged.
const LINES: usize = 64;
/// A store that does not answer for so long does not hold up the end of a call.
const WRITING: Duration = Duration::from_secs(8);

#[derive(Debug)]
enum Line {
    Opened,
    Track(TrackId, ParticipantId),
    Closed(ClosedWhy, Vec<SettledTrack>),
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
                let written = match line {
                    Line::Opened => app.open_call(id, interview).await,
                    Line::Track(track, of) => app.open_track(track, id, of).await,
                    Line::Closed(why, tracks) => app.close_call(id, interview, why, &tracks).await,
                };
                if let Err(error) = written {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(call = %id, error, "a call's record could not be written");
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

    /// Waits until everything is written.
    pub(super) async fn close(self, why: ClosedWhy, tracks: Vec<SettledTrack>) {
        self.write(Line::Closed(why, tracks));
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
