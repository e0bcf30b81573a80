//! What was committed about a talk's flags, on its way to the call that runs. Where no call runs
//! nobody is told: pages read it when they open.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi_domain::ids::InterviewId;

use super::App;
use super::flags::view::{CoverageView, FlagView};
use super::speakers::GivenSpeaker;

/// On their way to one call. When it is full whoever has committed waits; a call takes them at once.
const NOTICES: usize = 64;

/// What changed in one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Made or changed, as they are now.
    pub flags: Vec<FlagView>,
    /// Nobody had decided about them, and what was read has gone.
    pub gone: Vec<Uuid>,
    pub coverage: Vec<CoverageView>,
    /// Told before what follows from it.
    pub speaker: Option<GivenSpeaker>,
}

impl Noticed {
    fn is_empty(&self) -> bool {
        self.flags.is_empty()
            && self.gone.is_empty()
            && self.coverage.is_empty()
            && self.speaker.is_none()
    }
}

/// Who listens to which talk.
#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<HashMap<InterviewId, Vec<mpsc::Sender<Noticed>>>>);

impl App {
    /// Everything that is committed about this talk's flags from now on.
    pub fn listen(&self, talk: InterviewId) -> mpsc::Receiver<Noticed> {
        let (sender, receiver) = mpsc::channel(NOTICES);
        let mut all = self
            .notices
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, listening| {
            listening.retain(|it| !it.is_closed());
            !listening.is_empty()
        });
        all.entry(talk).or_default().push(sender);
        receiver
    }

    /// Tells whoever listens. For what was committed, and never before.
    pub async fn announce(&self, talk: InterviewId, noticed: Noticed) {
        if noticed.is_empty() {
            return;
        }
        let listening = {
            let all = self
                .notices
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.get(&talk).cloned().unwrap_or_default()
        };
        for one in listening {
            // A call that has just ended needs no news.
            let _ = one.send(noticed.clone()).await;
        }
    }
}
