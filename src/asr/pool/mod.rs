//! The decoding places that all interviews share: few threads, each with its own memory in the one
//! model. Finals go before partials; of a track's partials only the newest waits; a queue that is
//! full says so instead of growing. A place that breaks or is stuck is replaced, and what it was
//! decoding is decoded once more.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yorisoi_domain::transcript::hypothesis::Hypothesis;
use yorisoi_domain::transcript::segmenter::{Purpose, RequestId};

use super::{Recognizer, RecognizerError, Slot};

/// Finals that may wait, over all interviews. At a third of a second each, a queue of this length
/// is already far behind what anybody can use live.
const MAX_FINALS: usize = 128;
/// Room that whoever listens keeps for answers: every final may be theirs, and a partial or two.
pub const ANSWERS: usize = MAX_FINALS + 8;
/// The longest sound takes a tenth of it on the slowest machine: whoever decodes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often somebody looks for who is stuck.
const LOOK: Duration = Duration::from_millis(250);

/// One decode.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose sound it is; unique over all tracks of all calls.
    pub track: u64,
    pub request: RequestId,
    pub purpose: Purpose,
    /// 16 kHz mono.
    pub pcm: Vec<f32>,
    /// Where the answer goes. The one who listens keeps room for as many answers as it has
    /// requests open: an answer that finds no room is lost, and the log says so.
    pub reply: mpsc::Sender<Answer>,
}

/// What became of a job.
#[derive(Debug)]
pub struct Answer {
    pub track: u64,
    pub request: RequestId,
    pub result: Result<Hypothesis, RecognizerError>,
    /// From handing the job over to its answer.
    pub took: Duration,
}

/// The queue has no room: the machine cannot keep up.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recognizer cannot keep up: {MAX_FINALS} utterances are waiting")]
pub struct Overloaded;

/// A handle to the decoding threads; they end when the last handle goes.
pub struct Pool {
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("slots", &self.shared.lock().places.len())
            .finish_non_exhaustive()
    }
}

struct Shared {
    recognizer: Arc<dyn Recognizer>,
    /// How many places there are, and how many threads may be stuck beside them.
    slots: usize,
    /// Cores that work for one place.
    threads: u16,
    patience: Duration,
    queue: Mutex<Queue>,
    wake: Condvar,
    /// For who looks after the places.
    look: Condvar,
}

#[derive(Default)]
struct Queue {
    finals: VecDeque<Waiting>,
    partials: VecDeque<Waiting>,
    /// Every place that can still be used, by its number.
    places: BTreeMap<u64, Place>,
    /// Threads of places that were given up, which run on.
    stuck: usize,
    opened: u64,
    closed: bool,
}

/// A thread, and since when it decodes what.
struct Place {
    thread: Option<JoinHandle<()>>,
    work: Option<(Instant, Arc<Waiting>)>,
}

struct Waiting {
    since: Instant,
    job: Job,
    /// Whether a place broke on it already.
    again: bool,
}

impl Waiting {
    fn answer(&self, result: Result<Hypothesis, RecognizerError>) {
        let answer = Answer {
            track: self.job.track,
            request: self.job.request,
            result,
            took: self.since.elapsed(),
        };
        match self.job.reply.try_send(answer) {
            // The call has ended; nobody waits for the text.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::error!(
                    track = self.job.track,
                    "an answer of the recognizer found no room"
                );
            }
        }
    }
}

impl Pool {
    /// Starts `slots` threads; `threads` cores work for each of them.
    ///
    /// # Errors
    /// [`RecognizerError::Slot`] where memory is short.
    pub fn start(
        recognizer: &dyn Recognizer,
        slots: u16,
        threads: u16,
    ) -> Result<Self, RecognizerError> {
        Self::patient(recognizer, slots, threads, PATIENCE)
    }

    fn patient(
        recognizer: &dyn Recognizer,
        slots: u16,
        threads: u16,
        patience: Duration,
    ) -> Result<Self, RecognizerError> {
        let shared = Arc::new(Shared {
            recognizer: recognizer.share(),
            slots: slots.max(1).into(),
            threads,
            patience,
            queue: Mutex::default(),
            wake: Condvar::new(),
            look: Condvar::new(),
        });
        let mut pool = Self {
            shared,
            watch: None,
        };
        for _ in 0..slots.max(1) {
            open_place(&pool.shared)?;
        }
        let shared = Arc::clone(&pool.shared);
        let watch = std::thread::Builder::new().name("recognizer-watch".to_owned());
        let watch = watch.spawn(move || look_after(&shared));
        pool.watch = Some(watch.map_err(|_| RecognizerError::Slot)?);
        Ok(pool)
    }

    /// Hands a job over. A partial replaces the track's older one that still waits.
    ///
    /// # Errors
    /// [`Overloaded`] for a final that finds no room; it will have no answer.
    pub fn submit(&self, job: Job) -> Result<(), Overloaded> {
        let mut queue = self.shared.lock();
        let waiting = |job| Waiting {
            since: Instant::now(),
            job,
            again: false,
        };
        match job.purpose {
            Purpose::Final => {
                if queue.finals.len() >= MAX_FINALS {
                    return Err(Overloaded);
                }
                queue.finals.push_back(waiting(job));
            }
            Purpose::Partial => {
                queue.partials.retain(|it| it.job.track != job.track);
                queue.partials.push_back(waiting(job));
            }
        }
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Takes back a job that has not begun. One that has begun runs to its end: Whisper's encoder
    /// cannot be interrupted.
    pub fn withdraw(&self, track: u64, request: RequestId) {
        let mut queue = self.shared.lock();
        let other = |it: &Waiting| it.job.track != track || it.job.request != request;
        queue.finals.retain(other);
        queue.partials.retain(other);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
        self.shared.look.notify_all();
        // Until nobody decodes any more, or is given up.
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
        let places = std::mem::take(&mut self.shared.lock().places);
        for thread in places.into_values().filter_map(|place| place.thread) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole between any two statements, so a panic elsewhere cannot tear it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the place's next job; `None` once the pool is closed.
    fn next(&self, place: u64) -> Option<Arc<Waiting>> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            let next = queue.finals.pop_front();
            if let Some(next) = next.or_else(|| queue.partials.pop_front()) {
                if next.job.reply.is_closed() {
                    // Taken back, or its talk is over: nobody may hear it any more.
                    continue;
                }
                let next = Arc::new(next);
                if let Some(place) = queue.places.get_mut(&place) {
                    place.work = Some((Instant::now(), Arc::clone(&next)));
                }
                return Some(next);
            }
            queue = self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the place has not been given up while it decoded.
    fn done(&self, place: u64) -> bool {
        let mut queue = self.lock();
        let place = queue.places.get_mut(&place);
        let known = place.is_some_and(|place| place.work.take().is_some());
        if queue.closed {
            self.look.notify_all();
        }
        known
    }

    /// A thread that was given up has come back. Whether a place is missing that it may take.
    fn came_back(&self) -> bool {
        let mut queue = self.lock();
        queue.stuck = queue.stuck.saturating_sub(1);
        !queue.closed && queue.places.len() < self.slots
    }

    /// A place broke on it: another tries once, if there is one. Only what somebody waits for is
    /// tried again.
    fn broken(&self, waiting: &Waiting) {
        let none = self.lock().places.is_empty();
        if none || waiting.again || waiting.job.purpose == Purpose::Partial {
            return waiting.answer(Err(RecognizerError::Broken));
        }
        let again = Waiting {
            since: waiting.since,
            job: waiting.job.clone(),
            again: true,
        };
        self.lock().finals.push_front(again);
        self.wake.notify_one();
    }
}

fn open_place(shared: &Arc<Shared>) -> Result<(), RecognizerError> {
    let slot = shared.recognizer.slot(shared.threads)?;
    let mut queue = shared.lock();
    queue.opened += 1;
    let number = queue.opened;
    let own = Arc::clone(shared);
    // It finds its place although it may be faster than the next lines: they hold the queue.
    let thread = std::thread::Builder::new()
        .name(format!("recognizer-{number}"))
        .spawn(move || work(&own, number, slot))
        .map_err(|_| RecognizerError::Slot)?;
    let place = Place {
        thread: Some(thread),
        work: None,
    };
    queue.places.insert(number, place);
    Ok(())
}

fn work(shared: &Arc<Shared>, place: u64, mut slot: Box<dyn Slot>) {
    while let Some(waiting) = shared.next(place) {
        // One sound that breaks a decode must not take the place away from all that come after.
        let decoded = catch_unwind(AssertUnwindSafe(|| slot.decode(&waiting.job.pcm)));
        if !shared.done(place) {
            // Somebody else has taken over, unless too many were stuck.
            if shared.came_back()
                && let Err(error) = open_place(shared)
            {
                tracing::error!(%error, "there is a decoding place less");
            }
            return;
        }
        if let Ok(result) = decoded {
            waiting.answer(result);
            continue;
        }
        tracing::error!(track = waiting.job.track, "the recognizer broke off");
        // What it left in its memory is not built upon.
        match shared.recognizer.slot(shared.threads) {
            Ok(fresh) => slot = fresh,
            Err(error) => tracing::error!(%error, "the place that broke is used on"),
        }
        shared.broken(&waiting);
    }
}

/// Replaces places that are stuck, for as long as somebody decodes. Their threads can't be ended: they
/// are left alone, and what they may still say is not heard. Each keeps its memory and its cores, so
/// that no more of them than there are places are replaced before one comes back.
fn look_after(shared: &Arc<Shared>) {
    let mut queue = shared.lock();
    loop {
        if queue.closed && queue.places.values().all(|place| place.work.is_none()) {
            return;
        }
        let stuck = |place: &Place| {
            let since = place.work.as_ref().map(|(since, _)| since.elapsed());
            since.is_some_and(|since| since >= shared.patience)
        };
        let number = queue.places.iter().find(|(_, place)| stuck(place));
        if let Some(number) = number.map(|(number, _)| *number) {
            let place = queue.places.remove(&number);
            queue.stuck += 1;
            let (closed, stuck) = (queue.closed, queue.stuck);
            drop(queue);
            if stuck > shared.slots {
                tracing::error!(
                    place = number,
                    stuck,
                    "a decoding place is stuck: too many are"
                );
            } else {
                tracing::error!(
                    place = number,
                    stuck,
                    "a decoding place is stuck and replaced"
                );
                if !closed && let Err(error) = open_place(shared) {
                    tracing::error!(%error, "there is a decoding place less");
                }
            }
            if let Some((_, waiting)) = place.and_then(|place| place.work) {
                shared.broken(&waiting);
            }
            queue = shared.lock();
            continue;
        }
        let waited = shared.look.wait_timeout(queue, LOOK);
        queue = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

#[cfg(test)]
mod tests;
