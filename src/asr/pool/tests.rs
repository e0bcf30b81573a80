//! What the pool promises, against recognizers that break and get stuck.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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

/// Nobody works here.
fn idle() -> Pool {
    let shared = Shared {
        recognizer: parrot().share(),
        slots: 1,
        threads: 1,
        patience: PATIENCE,
        queue: Mutex::default(),
        wake: Condvar::new(),
        look: Condvar::new(),
    };
    Pool {
        shared: Arc::new(shared),
        watch: None,
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
        let pool = idle();
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
                    let begun = pool.shared.next(0).unwrap();
                    let begun = (begun.job.track, begun.job.request);
                    prop_assert_eq!(begun, (track, RequestId(request)));
                }
                Step::Withdraw(_) | Step::Work => {}
            }
        }
    }
}

#[test]
fn a_full_queue_says_so() {
    let (reply, _answers) = mpsc::channel(1);
    let pool = idle();
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

/// Says how loud the first sample was. A silent one breaks it; 0.5 makes it stuck the first time,
/// 0.25 each time.
struct Parrot {
    info: ModelInfo,
    slots: Arc<AtomicU64>,
    stuck: Arc<AtomicBool>,
}

impl Recognizer for Parrot {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn slot(&self, _: u16) -> Result<Box<dyn Slot>, RecognizerError> {
        self.slots.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Beak(Arc::clone(&self.stuck))))
    }

    fn share(&self) -> Arc<dyn Recognizer> {
        Arc::new(Self {
            info: self.info.clone(),
            slots: Arc::clone(&self.slots),
            stuck: Arc::clone(&self.stuck),
        })
    }
}

struct Beak(Arc<AtomicBool>);

impl Slot for Beak {
    fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError> {
        assert!(pcm[0] > 0.0, "a sound that breaks the decode");
        if pcm[0] == 0.25 {
            std::thread::sleep(Duration::from_secs(2));
        }
        if pcm[0] == 0.5 && !self.0.swap(true, Ordering::Relaxed) {
            std::thread::sleep(Duration::from_secs(2));
        }
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
    Parrot {
        info: ModelInfo {
            name: "parrot".to_owned(),
            sha256,
            dims,
        },
        slots: Arc::default(),
        stuck: Arc::default(),
    }
}

#[tokio::test]
async fn a_place_that_is_stuck_is_replaced_and_what_it_held_is_decoded_after_all() {
    let parrot = parrot();
    let patience = Duration::from_millis(100);
    let pool = Pool::patient(&parrot, 1, 1, patience).unwrap();
    let (reply, mut answers) = mpsc::channel(ANSWERS);
    let stuck = Job {
        pcm: vec![0.5],
        ..job(0, 1, Purpose::Final, &reply)
    };
    pool.submit(stuck).unwrap();
    pool.submit(job(1, 2, Purpose::Final, &reply)).unwrap();
    for (request, text) in [(1, "0.5"), (2, "2")] {
        let answer = answers.recv().await.unwrap();
        assert_eq!(answer.request, RequestId(request));
        assert_eq!(answer.result.unwrap().text(), text);
    }
    assert_eq!(parrot.slots.load(Ordering::Relaxed), 2);
    drop((pool, reply));
    // What the stuck one says when it is done at last is nobody's answer.
    assert!(answers.recv().await.is_none());
}

#[tokio::test]
async fn no_more_threads_are_stuck_than_twice_the_places_and_one_that_comes_back_is_one_again() {
    let parrot = parrot();
    let pool = Pool::patient(&parrot, 1, 1, Duration::from_millis(100)).unwrap();
    let (reply, mut answers) = mpsc::channel(ANSWERS);
    let stuck = Job {
        pcm: vec![0.25],
        ..job(0, 1, Purpose::Final, &reply)
    };
    pool.submit(stuck).unwrap();
    let given_up = answers.recv().await.unwrap();
    assert!(matches!(given_up.result, Err(RecognizerError::Broken)));
    assert_eq!(parrot.slots.load(Ordering::Relaxed), 2);
    pool.submit(job(1, 2, Purpose::Final, &reply)).unwrap();
    let next = answers.recv().await.unwrap();
    assert_eq!(next.result.unwrap().text(), "2");
    assert_eq!(parrot.slots.load(Ordering::Relaxed), 3);
}

#[test]
fn what_nobody_waits_for_is_neither_decoded_nor_tried_again() {
    let pool = idle();
    let (reply, answers) = mpsc::channel(1);
    let (other, _others) = mpsc::channel(1);
    pool.submit(job(0, 1, Purpose::Final, &reply)).unwrap();
    pool.submit(job(0, 2, Purpose::Partial, &reply)).unwrap();
    pool.submit(job(1, 3, Purpose::Final, &other)).unwrap();
    drop(answers);
    let begun = pool.shared.next(0).unwrap();
    assert_eq!(begun.job.request, RequestId(3));
    pool.submit(job(1, 4, Purpose::Partial, &other)).unwrap();
    let begun = pool.shared.next(0).unwrap();
    assert_eq!(begun.job.request, RequestId(4));
}

#[tokio::test]
async fn a_decode_that_breaks_is_an_answer_and_takes_no_place_away() {
    let parrot = parrot();
    let pool = Pool::start(&parrot, 1, 1).unwrap();
    let (reply, mut answers) = mpsc::channel(ANSWERS);
    for n in [0, 1] {
        pool.submit(job(0, n, Purpose::Final, &reply)).unwrap();
    }
    let broken = answers.recv().await.unwrap();
    assert!(matches!(broken.result, Err(RecognizerError::Broken)));
    let next = answers.recv().await.unwrap();
    assert_eq!(next.result.unwrap().text(), "1");
    // It was tried twice, each time in memory of its own.
    assert_eq!(parrot.slots.load(Ordering::Relaxed), 3);
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
