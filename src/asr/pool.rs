//! The decoding places that all interviews share: few threads, each with its own memory in the one
//! model. Finals go before partials; of a track's partials only the newest waits; a queue that is
//! full says so instead of growing.

use std::collections::VecDeque;
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

/// One decode.
#[derive(Debug)]
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
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("slots", &self.threads.len())
            .finish_non_exhaustive()
    }
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    finals: VecDeque<(Instant, Job)>,
    partials: VecDeque<(Instant, Job)>,
    closed: bool,
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
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
        });
        let mut pool = Self {
            shared,
            threads: Vec::new(),
        };
        for n in 0..slots.max(1) {
            let slot = recognizer.slot(threads)?;
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new()
                .name(format!("recognizer-{n}"))
                .spawn(move || work(&shared, slot))
                .map_err(|_| RecognizerError::Slot)?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// Hands a job over. A partial replaces the track's older one that still waits.
    ///
    /// # Errors
    /// [`Overloaded`] for a final that finds no room; it will have no answer.
    pub fn submit(&self, job: Job) -> Result<(), Overloaded> {
        let mut queue = self.shared.lock();
        match job.purpose {
            Purpose::Final => {
                if queue.finals.len() >= MAX_FINALS {
                    return Err(Overloaded);
                }
                queue.finals.push_back((Instant::now(), job));
            }
            Purpose::Partial => {
                queue
                    .partials
                    .retain(|(_, waiting)| waiting.track != job.track);
                queue.partials.push_back((Instant::now(), job));
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
        let other = |(_, job): &(Instant, Job)| job.track != track || job.request != request;
        queue.finals.retain(other);
        queue.partials.retain(other);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            // A panic in a decode was already reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole between any two statements, so a panic elsewhere cannot tear it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; `None` once the pool is closed.
    fn next(&self) -> Option<(Instant, Job)> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue
                .finals
                .pop_front()
                .or_else(|| queue.partials.pop_front())
            {
                return Some(job);
            }
            queue = self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work(shared: &Shared, mut slot: Box<dyn Slot>) {
    while let Some((since, job)) = shared.next() {
        // One sound that breaks a decode must not take the place away from all that come after.
        let decoded = catch_unwind(AssertUnwindSafe(|| slot.decode(&job.pcm)));
        let result = decoded.unwrap_or(Err(RecognizerError::Broken));
        let answer = Answer {
            track: job.track,
            request: job.request,
            result,
            took: since.elapsed(),
        };
        match job.reply.try_send(answer) {
            // The call has ended; nobody waits for the text.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::error!(
                    track = job.track,
                    "an answer of the recognizer found no room"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yorisoi_domain::transcript::hypothesis::Piece;

    use super::*;
    use crate::asr::ModelInfo;

    fn job(track: u64, request: u64, purpose: Purpose, reply: &mpsc::Sender<Answer>) -> Job {
        Job {
            track,
            request: RequestId(request),
            purpose,
            pcm: vec![request as f32],
            reply: reply.clone(),
        }
    }

    fn queue() -> Shared {
        Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Final(u64),
        Partial(u64),
        Withdraw(usize),
        Work,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u64..3).prop_map(Step::Final),
            (0u64..3).prop_map(Step::Partial),
            (0usize..50).prop_map(Step::Withdraw),
            Just(Step::Work),
        ]
    }

    proptest! {
        /// Against a list of everything that was handed over: a partial is begun only when no
        /// final waits, finals in their order, of a track's partials only the newest, and nothing
        /// that was withdrawn.
        #[test]
        fn finals_never_starve_and_stale_jobs_are_never_begun(
            steps in prop::collection::vec(step(), 1..120)
        ) {
            let (reply, _answers) = mpsc::channel(1);
            let pool = Pool { shared: Arc::new(queue()), threads: Vec::new() };
            let mut waiting: Vec<(u64, u64, Purpose)> = Vec::new();
            let mut count = 0;
            for step in steps {
                match step {
                    Step::Final(track) => {
                        count += 1;
                        let full = waiting.iter().filter(|w| w.2 == Purpose::Final).count();
                        let taken = pool.submit(job(track, count, Purpose::Final, &reply));
                        prop_assert_eq!(taken.is_ok(), full < MAX_FINALS);
                        if taken.is_ok() {
                            waiting.push((track, count, Purpose::Final));
                        }
                    }
                    Step::Partial(track) => {
                        count += 1;
                        pool.submit(job(track, count, Purpose::Partial, &reply)).unwrap();
                        waiting.retain(|w| w.2 == Purpose::Final || w.0 != track);
                        waiting.push((track, count, Purpose::Partial));
                    }
                    Step::Withdraw(index) if !waiting.is_empty() => {
                        let (track, request, _) = waiting.remove(index % waiting.len());
                        pool.withdraw(track, RequestId(request));
                    }
                    Step::Work if !waiting.is_empty() => {
                        let first = waiting.iter().position(|w| w.2 == Purpose::Final);
                        let (track, request, _) = waiting.remove(first.unwrap_or(0));
                        let (_, begun) = pool.shared.next().unwrap();
                        prop_assert_eq!((begun.track, begun.request), (track, RequestId(request)));
                    }
                    Step::Withdraw(_) | Step::Work => {}
                }
            }
        }
    }

    #[test]
    fn a_full_queue_says_so() {
        let (reply, _answers) = mpsc::channel(1);
        let pool = Pool {
            shared: Arc::new(queue()),
            threads: Vec::new(),
        };
        for n in 0..MAX_FINALS as u64 {
            pool.submit(job(n, n, Purpose::Final, &reply)).unwrap();
        }
        assert_eq!(
            pool.submit(job(0, 0, Purpose::Final, &reply)),
            Err(Overloaded)
        );
        // A partial is refused to nobody: it waits behind all of them.
        pool.submit(job(0, 500, Purpose::Partial, &reply)).unwrap();
    }

    /// Says how loud the first sample was.
    struct Parrot(ModelInfo);

    impl Recognizer for Parrot {
        fn model(&self) -> &ModelInfo {
            &self.0
        }

        fn slot(&self, _: u16) -> Result<Box<dyn Slot>, RecognizerError> {
            Ok(Box::new(Beak))
        }
    }

    struct Beak;

    impl Slot for Beak {
        fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError> {
            assert!(pcm[0] > 0.0, "a sound that breaks the decode");
            let piece = Piece {
                text: format!("{}", pcm[0]).into(),
                probability: 1.0,
                from_ms: 0,
                to_ms: 1,
            };
            Ok(Hypothesis {
                pieces: vec![piece],
                ..Hypothesis::default()
            })
        }
    }

    fn parrot() -> Parrot {
        let dims: crate::models::Dims = Default::default();
        let sha256 = "0".repeat(64).try_into().unwrap();
        Parrot(ModelInfo {
            name: "parrot".to_owned(),
            sha256,
            dims,
        })
    }

    #[tokio::test]
    async fn a_decode_that_breaks_is_an_answer_and_takes_no_place_away() {
        let pool = Pool::start(&parrot(), 1, 1).unwrap();
        let (reply, mut answers) = mpsc::channel(ANSWERS);
        for n in [0, 1] {
            pool.submit(job(0, n, Purpose::Final, &reply)).unwrap();
        }
        let broken = answers.recv().await.unwrap();
        assert!(matches!(broken.result, Err(RecognizerError::Broken)));
        let next = answers.recv().await.unwrap();
        assert_eq!(next.result.unwrap().text(), "1");
    }

    #[tokio::test]
    async fn every_job_has_its_own_answer_and_the_threads_end_with_the_pool() {
        let pool = Pool::start(&parrot(), 2, 1).unwrap();
        let (reply, mut answers) = mpsc::channel(ANSWERS);
        for n in 1..=40 {
            pool.submit(job(n % 3, n, Purpose::Final, &reply)).unwrap();
        }
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..40 {
            let answer = answers.recv().await.unwrap();
            assert_eq!(answer.result.unwrap().text(), answer.request.0.to_string());
            seen.insert(answer.request);
        }
        assert_eq!(seen.len(), 40);
        drop(pool);
        drop(reply);
        assert!(answers.recv().await.is_none(), "a thread still holds a job");
    }
}
