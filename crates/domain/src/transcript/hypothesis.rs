//! What a recognizer answers about a stretch of sound.

use serde::{Deserialize, Serialize};

use crate::pii::Pii;

/// A piece of recognised text and how sure the recognizer was of it.
///
/// A piece is the smallest run of tokens that forms whole characters: the recognizer's tokens may
/// end in the middle of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub text: Pii<String>,
    /// Mean probability of its tokens, 0 to 1.
    pub probability: f32,
    /// Milliseconds from the start of the decoded stretch.
    pub from_ms: u64,
    pub to_ms: u64,
}

/// The recognizer's answer to one decode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hypothesis {
    pub pieces: Vec<Piece>,
    /// Mean natural logarithm of the tokens' probabilities; 0 where there are no tokens.
    pub mean_logprob: f32,
    /// The decoder stopped because it ran into its limit, not because it had finished.
    pub hit_token_cap: bool,
}

impl Hypothesis {
    pub fn text(&self) -> String {
        let text: String = self
            .pieces
            .iter()
            .map(|p| p.text.expose().as_str())
            .collect();
        text.trim().to_owned()
    }
}
