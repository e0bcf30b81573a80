//! A recognizer that says what it was told to, one text per final utterance, for tests of
//! everything around recognition. The service neither contains it nor can choose it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use yorisoi::asr::{ModelInfo, Recognizer, RecognizerError, Slot};
use yorisoi::models::{Dims, Sha256};
use yorisoi_domain::transcript::hypothesis::{Hypothesis, Piece};

/// A test that has failed does not keep its decode for ever.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Gate {
    held: Mutex<Held>,
    opened: Condvar,
}

#[derive(Default)]
struct Held {
    shut: bool,
    waiting: usize,
}

impl Gate {
    fn pass(&self) {
        let mut held = self.held.lock().unwrap();
        held.waiting += 1;
        let opened = self.opened.wait_timeout_while(held, LONGEST, |it| it.shut);
        opened.unwrap().0.waiting -= 1;
    }
}

/// Recognises every sound as a text that says how long it was, and counts what it was given.
#[derive(Clone)]
pub(crate) struct Scripted {
    info: ModelInfo,
    says: &'static str,
    takes: Duration,
    /// Where decodes wait; open from the first.
    gate: Arc<Gate>,
    /// The sounds that it has broken on, by their length, where each breaks it once.
    breaks: Option<Arc<Mutex<BTreeSet<usize>>>>,
    heard: Arc<Mutex<VecDeque<usize>>>,
}

impl Scripted {
    pub(crate) fn new() -> Self {
        Self::that_says(SAID)
    }

    /// Every text begins so.
    pub(crate) fn that_says(says: &'static str) -> Self {
        let sha256: Sha256 = "5c".repeat(32).parse().unwrap();
        let info = ModelInfo {
            name: "scripted".to_owned(),
            sha256,
            dims: Dims::default(),
        };
        Self {
            info,
            says,
            takes: Duration::ZERO,
            gate: Arc::default(),
            breaks: None,
            heard: Arc::default(),
        }
    }

    /// Every decode takes so long.
    pub(crate) fn that_takes(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    /// No decode ends until [`Scripted::goes_on`].
    pub(crate) fn that_waits(self) -> Self {
        self.gate.held.lock().unwrap().shut = true;
        self
    }

    pub(crate) fn goes_on(&self) {
        self.gate.held.lock().unwrap().shut = false;
        self.gate.opened.notify_all();
    }

    /// Whether a decode is under way and waits.
    pub(crate) fn waits(&self) -> bool {
        self.gate.held.lock().unwrap().waiting > 0
    }

    /// Every sound breaks it the first time.
    pub(crate) fn that_breaks(self) -> Self {
        let breaks = Some(Arc::default());
        Self { breaks, ..self }
    }

    /// Milliseconds of every sound it was given.
    pub(crate) fn heard(&self) -> Vec<usize> {
        self.heard.lock().unwrap().iter().copied().collect()
    }
}

impl Recognizer for Scripted {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn share(&self) -> Arc<dyn Recognizer> {
        Arc::new(self.clone())
    }

    fn slot(&self, _: u16) -> Result<Box<dyn Slot>, RecognizerError> {
        Ok(Box::new(Self::clone(self)))
    }
}

impl Slot for Scripted {
    fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError> {
        let ms = pcm.len() / 16;
        std::thread::sleep(self.takes);
        self.gate.pass();
        if let Some(breaks) = &self.breaks {
            let first = breaks.lock().unwrap().insert(ms);
            assert!(!first, "a recognizer that breaks off");
        }
        self.heard.lock().unwrap().push_back(ms);
        let piece = Piece {
            text: format!("{}{ms}", self.says).into(),
            probability: 0.9,
            from_ms: 0,
            to_ms: ms as u64,
        };
        Ok(Hypothesis {
            pieces: vec![piece],
            mean_logprob: -0.1,
            hit_token_cap: false,
        })
    }
}

/// The text begins so.
pub(crate) const SAID: &str = "お腹の張りはありません";
