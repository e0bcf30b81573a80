//! Whisper, through whisper.cpp. Owns the parameters that were measured to work (short audio
//! contexts, greedy, no prompt, no temperature fallback) and the step from tokens to whole
//! characters. Decides nothing about what is believed: that is the guard's part.

use std::fmt;
use std::sync::{Arc, Once};

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperSegment,
    WhisperState,
};
use yorisoi_domain::transcript::guard;
use yorisoi_domain::transcript::hypothesis::{Hypothesis, Piece};
use yorisoi_domain::transcript::span::RATE;

use super::{ModelInfo, Recognizer, RecognizerError, Slot};
use crate::models::Resolved;

/// Samples per position of the encoder.
const SAMPLES_PER_POSITION: usize = 320;
/// Tighter contexts make Whisper repeat whole sentences; see `docs/decisions`.
const SPARE_POSITIONS: usize = 128;
const MIN_POSITIONS: usize = 384;
const MAX_POSITIONS: usize = 1_500;
/// A sound that sends Whisper into a loop is heard once more with so many positions in addition.
const MORE_POSITIONS: usize = 256;
/// Whisper refuses less than 100 ms; 200 are safe.
const MIN_SAMPLES: usize = RATE / 5;
/// The fastest speech measured stays below ten tokens a second; what needs more is a loop.
const TOKENS_PER_SECOND: usize = 12;
const SPARE_TOKENS: usize = 16;

/// The weights, loaded once.
#[derive(Clone)]
pub struct Whisper {
    context: Arc<WhisperContext>,
    info: ModelInfo,
}

impl fmt::Debug for Whisper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whisper")
            .field("model", &self.info.name)
            .finish_non_exhaustive()
    }
}

impl Whisper {
    /// Loads a file that was checked.
    ///
    /// # Errors
    /// [`RecognizerError::Load`] where whisper.cpp cannot read it.
    pub fn load(model: &Resolved) -> Result<Self, RecognizerError> {
        static QUIET: Once = Once::new();
        QUIET.call_once(whisper_rs::install_logging_hooks);

        let mut params = WhisperContextParameters::new();
        params.use_gpu(false).flash_attn(false);
        let context = WhisperContext::new_with_params(&model.path, params).map_err(|_| {
            RecognizerError::Load {
                path: model.path.display().to_string(),
            }
        })?;
        let info = ModelInfo {
            name: model.name.clone(),
            sha256: model.sha256.clone(),
            dims: model.dims,
        };
        Ok(Self {
            context: Arc::new(context),
            info,
        })
    }
}

impl Recognizer for Whisper {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn share(&self) -> Arc<dyn Recognizer> {
        Arc::new(self.clone())
    }

    fn slot(&self, threads: u16) -> Result<Box<dyn Slot>, RecognizerError> {
        let state = self
            .context
            .create_state()
            .map_err(|_| RecognizerError::Slot)?;
        // Built once and cloned: setting the language leaks a little memory each time.
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_n_threads(i32::from(threads.max(1)));
        params.set_language(Some("ja"));
        params.set_no_context(true);
        params.set_single_segment(true);
        params.set_suppress_nst(true);
        params.set_token_timestamps(true);
        params.set_temperature_inc(0.0);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        params.set_print_special(false);
        Ok(Box::new(WhisperSlot {
            state,
            params,
            first_special: self.context.token_eot(),
        }))
    }
}

struct WhisperSlot {
    state: WhisperState,
    params: FullParams<'static, 'static>,
    /// Tokens from here on are marks, not text.
    first_special: i32,
}

impl Slot for WhisperSlot {
    fn decode(&mut self, pcm: &[f32]) -> Result<Hypothesis, RecognizerError> {
        let mut padded;
        let pcm = if pcm.len() < MIN_SAMPLES {
            padded = pcm.to_vec();
            padded.resize(MIN_SAMPLES, 0.0);
            &padded[..]
        } else {
            pcm
        };
        let positions = pcm.len().div_ceil(SAMPLES_PER_POSITION) + SPARE_POSITIONS;
        let positions = positions.clamp(MIN_POSITIONS, MAX_POSITIONS);
        let hypothesis = self.decode_within(pcm, positions)?;
        if guard::loops(&hypothesis) && positions < MAX_POSITIONS {
            return self.decode_within(pcm, (positions + MORE_POSITIONS).min(MAX_POSITIONS));
        }
        Ok(hypothesis)
    }
}

impl WhisperSlot {
    fn decode_within(
        &mut self,
        pcm: &[f32],
        positions: usize,
    ) -> Result<Hypothesis, RecognizerError> {
        let cap = SPARE_TOKENS + TOKENS_PER_SECOND * pcm.len() / RATE;

        let mut params = self.params.clone();
        params.set_audio_ctx(i32::try_from(positions).unwrap_or(i32::MAX));
        params.set_max_tokens(i32::try_from(cap).unwrap_or(i32::MAX));
        self.state
            .full(params, pcm)
            .map_err(|e| RecognizerError::Decode {
                code: format!("{e:?}"),
            })?;

        let mut reading = Reading::default();
        for segment in self.state.as_iter() {
            reading.read(&segment, self.first_special);
        }
        Ok(reading.finish(cap))
    }
}

/// Tokens on their way to whole characters.
#[derive(Default)]
struct Reading {
    pieces: Vec<Piece>,
    /// Tokens that do not yet end with a whole character.
    bytes: Vec<u8>,
    from_ms: Option<u64>,
    probabilities: Vec<f32>,
    tokens: usize,
    logprob: f32,
}

impl Reading {
    fn read(&mut self, segment: &WhisperSegment<'_>, first_special: i32) {
        for i in 0..segment.n_tokens() {
            let Some(token) = segment.get_token(i) else {
                continue;
            };
            let data = token.token_data();
            if data.id >= first_special {
                continue;
            }
            let Ok(bytes) = token.to_bytes() else {
                continue;
            };
            self.tokens += 1;
            self.logprob += data.plog;
            self.bytes.extend_from_slice(bytes);
            self.probabilities.push(data.p);
            // Whisper counts in hundredths of a second.
            let ms = |t: i64| u64::try_from(t).unwrap_or(0) * 10;
            let from_ms = *self.from_ms.get_or_insert(ms(data.t0));
            if let Ok(text) = std::str::from_utf8(&self.bytes) {
                let text = text.to_owned();
                self.push(text, from_ms, ms(data.t1));
            }
        }
    }

    fn push(&mut self, text: String, from_ms: u64, to_ms: u64) {
        let n = self.probabilities.len().max(1) as f32;
        let probability = self.probabilities.iter().sum::<f32>() / n;
        let to_ms = to_ms.max(from_ms);
        self.pieces.push(Piece {
            text: text.into(),
            probability,
            from_ms,
            to_ms,
        });
        self.bytes.clear();
        self.probabilities.clear();
        self.from_ms = None;
    }

    fn finish(mut self, cap: usize) -> Hypothesis {
        if !self.bytes.is_empty() {
            let text = String::from_utf8_lossy(&self.bytes).into_owned();
            let from_ms = self.from_ms.unwrap_or(0);
            self.push(text, from_ms, from_ms);
        }
        Hypothesis {
            pieces: self.pieces,
            mean_logprob: self.logprob / self.tokens.max(1) as f32,
            hit_token_cap: self.tokens >= cap,
        }
    }
}
