//! Which calls are running, and the way into them. Starts a call's task when the first socket
//! opens and forgets it when it is over. Who may come in is decided before.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use yorisoi_domain::call::{Limits, Refusal};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_domain::transcript::segment::Said;

use super::driver::{Command, Driver, Held, Surroundings};
use super::time::InterviewClock;
use super::{Entry, News};
use crate::app::App;
use crate::clock::{Clock, IdGen};
use crate::media::engine::Engine;
use crate::media::tap::Taps;
use crate::signalling::hub::{SOCKET_QUEUE, SocketId};
use crate::signalling::ws::{FromSocket, Wires};

/// Use cases and openings waiting for one call; whoever sends waits when it is full.
const COMMANDS: usize = 64;
/// Messages of all pages of one call; a page is not read while it is full.
const MESSAGES: usize = 128;
/// A call that stops has told its pages, closed its connections and written its last words by then.
const STOPPING: Duration = Duration::from_secs(10);
/// An interview whose call has ended has another one by then, or none.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a call does not take somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the service is stopping; connect again in a moment")]
    Stopping,
    #[error("somebody else's browser has this seat")]
    Held,
}

/// See the module.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    surroundings: Surroundings,
    calls: Mutex<Calls>,
    serial: AtomicU64,
}

#[derive(Default)]
struct Calls {
    running: HashMap<InterviewId, Handle>,
    /// Of interviews whose call has ended, and when: the next one goes on by them.
    clocks: HashMap<InterviewId, (InterviewClock, Instant)>,
    tasks: JoinSet<()>,
    stopping: bool,
}

#[derive(Clone)]
struct Handle {
    serial: u64,
    commands: mpsc::Sender<Command>,
    messages: mpsc::Sender<FromSocket>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// `taps`: where consented voices go; without it nothing is tapped. `records`: where calls
    /// are written down.
    #[must_use]
    pub fn new(
        engine: Engine,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGen>,
        limits: Limits,
        taps: Option<Arc<dyn Taps>>,
        records: Option<Arc<App>>,
    ) -> Self {
        Self(Arc::new(Shared {
            surroundings: Surroundings {
                engine,
                taps,
                clock,
                ids,
                limits,
                records,
            },
            calls: Mutex::default(),
            serial: AtomicU64::new(1),
        }))
    }

    /// Takes somebody in and returns the wires of their socket.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn enter(&self, interview: InterviewId, entry: Entry) -> Result<Wires, Refused> {
        loop {
            let handle = self.running(interview, &entry)?;
            let (frames, wired) = mpsc::channel(SOCKET_QUEUE);
            let socket = SocketId(self.serial());
            let (entered, done) = oneshot::channel();
            let wires = Wires {
                seat: entry.seat,
                socket,
                messages: handle.messages,
                frames: wired,
            };
            let command = Command::Enter {
                entry,
                frames,
                wires,
                entered,
            };
            if handle.commands.send(command).await.is_ok()
                && let Ok(entered) = done.await
            {
                return entered.map_err(|Held| Refused::Held);
            }
            // The call ended in this moment; the next one begins.
            self.forget(interview, handle.serial);
        }
    }

    /// Tells a running call what has been committed. Without a call there is nobody to tell, but
    /// whoever hears again what a crash left.
    ///
    /// # Errors
    /// [`Refusal`] when the call can't follow, as when all seats are taken.
    pub async fn tell(&self, interview: InterviewId, news: News) -> Result<(), Refusal> {
        if let (News::Withdrawn(of, ..), Some(taps)) = (&news, &self.0.surroundings.taps) {
            taps.forget(*of);
        }
        let handle = self.lock().running.get(&interview).cloned();
        let Some(handle) = handle else { return Ok(()) };
        let (taken, answer) = oneshot::channel();
        if handle
            .commands
            .send(Command::News { news, taken })
            .await
            .is_err()
        {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }

    /// Tells the pages of a running call what somebody said before a crash. Without a call there is
    /// nobody to tell.
    pub async fn said_before(&self, interview: InterviewId, of: ParticipantId, said: Said) {
        let handle = self.lock().running.get(&interview).cloned();
        if let Some(handle) = handle {
            let _ = handle.commands.send(Command::SaidBefore(of, said)).await;
        }
    }

    /// Ends every call's task: pages are told to come back, connections are closed.
    pub async fn stop(&self) {
        let (handles, mut tasks) = {
            let mut calls = self.lock();
            calls.stopping = true;
            let handles: Vec<_> = calls.running.drain().map(|(_, handle)| handle).collect();
            (handles, std::mem::take(&mut calls.tasks))
        };
        for handle in handles {
            let _ = handle.commands.send(Command::Stop).await;
        }
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOPPING, ended).await.is_err() {
            tracing::warn!("a call did not stop in time");
        }
    }

    fn running(&self, interview: InterviewId, entry: &Entry) -> Result<Handle, Refused> {
        let mut calls = self.lock();
        if calls.stopping {
            return Err(Refused::Stopping);
        }
        if let Some(handle) = calls.running.get(&interview) {
            return Ok(handle.clone());
        }
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (messages, sockets) = mpsc::channel(MESSAGES);
        let handle = Handle {
            serial: self.serial(),
            commands,
            messages,
        };
        calls.running.insert(interview, handle.clone());
        let known = calls.clocks.remove(&interview).map(|(clock, _)| clock);
        let surroundings = self.0.surroundings.clone();
        let clock = match (known, entry.started) {
            (Some(clock), _) => clock,
            (None, Some(began)) => {
                InterviewClock::going_on(began, Instant::now(), surroundings.clock.now())
            }
            (None, None) => InterviewClock::default(),
        };
        let driver = Driver::new(interview, clock, surroundings);
        let (registry, serial) = (self.clone(), handle.serial);
        calls.tasks.spawn(async move {
            let clock = Box::pin(driver.run(inbox, sockets)).await;
            if clock.has_begun() {
                registry.note_clock(interview, clock);
            }
            registry.forget(interview, serial);
        });
        // Collects what has ended since the last time.
        while calls.tasks.try_join_next().is_some() {}
        Ok(handle)
    }

    fn note_clock(&self, interview: InterviewId, clock: InterviewClock) {
        let (mut calls, now) = (self.lock(), Instant::now());
        calls
            .clocks
            .retain(|_, (_, ended)| now.duration_since(*ended) < REMEMBERED);
        calls.clocks.insert(interview, (clock, now));
    }

    /// How long a lost socket is a short break.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.0.surroundings.limits.grace
    }

    fn forget(&self, interview: InterviewId, serial: u64) {
        let mut calls = self.lock();
        if calls
            .running
            .get(&interview)
            .is_some_and(|handle| handle.serial == serial)
        {
            calls.running.remove(&interview);
        }
    }

    fn serial(&self) -> u64 {
        self.0.serial.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
