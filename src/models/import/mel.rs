//! Slaney mel filters, equal to the table openai-whisper ships, bit for bit.
//!
//! The order of the operations is librosa's: another order rounds differently.

/// Frequencies of a 400-point transform of real input.
pub(super) const BINS: usize = 201;

const RATE_HZ: f64 = 16_000.0;
const N_FFT: f64 = 400.0;

/// `n_mels` filters of [`BINS`] weights each, one after the other.
pub(super) fn filters(n_mels: u32) -> Vec<f32> {
    let centres = centres_hz(n_mels);
    let bin_hz = 1.0 / (N_FFT * (1.0 / RATE_HZ));
    let bins: Vec<f64> = (0_u32..)
        .take(BINS)
        .map(|bin| f64::from(bin) * bin_hz)
        .collect();
    let mut table = Vec::with_capacity(centres.len() * BINS);
    for filter in centres.windows(3) {
        let [low, middle, high] = *filter else {
            continue;
        };
        let area = 2.0 / (high - low);
        for &hz in &bins {
            let rising = -(low - hz) / (middle - low);
            let falling = (high - hz) / (high - middle);
            let ramp = rising.min(falling);
            // Not `max`: the table keeps the sign of a negative zero.
            let weight = narrow(if ramp < 0.0 { 0.0 } else { ramp });
            table.push(narrow(f64::from(weight) * area));
        }
    }
    table
}

/// Edges and centres: linear below 1 kHz, logarithmic above.
fn centres_hz(n_mels: u32) -> Vec<f64> {
    const STEP_HZ: f64 = 200.0 / 3.0;
    const LOG_HZ: f64 = 1000.0;
    const LOG_MEL: f64 = LOG_HZ / STEP_HZ;
    let log_step = 6.4_f64.ln() / 27.0;
    let top = LOG_MEL + (RATE_HZ / 2.0 / LOG_HZ).ln() / log_step;
    let step = top / f64::from(n_mels + 1);
    let hz = |mel: f64| {
        if mel >= LOG_MEL {
            LOG_HZ * (log_step * (mel - LOG_MEL)).exp()
        } else {
            STEP_HZ * mel
        }
    };
    let mels = (0..=n_mels).map(|i| f64::from(i) * step);
    mels.chain([top]).map(hz).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the table is single precision"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use sha2::Digest;

    use super::*;
    use crate::models::manifest::Sha256;

    /// Hashes of `mel_80` and `mel_128` of openai-whisper's own table, as little-endian f32.
    #[test]
    fn tables_equal_openai_whispers() {
        for (n_mels, sha256) in [
            (
                80,
                "4f2701b1d287d74a0dc9871026e9519d98cb76426615f2539b0d151a0ae4ec2e",
            ),
            (
                128,
                "2a5f9822897750e047c85dea37cc268d3be0ecfd23c28a5f10da129d99d05afe",
            ),
        ] {
            let mut hasher = sha2::Sha256::new();
            for weight in filters(n_mels) {
                hasher.update(weight.to_le_bytes());
            }
            assert_eq!(Sha256::from(hasher).to_string(), sha256, "{n_mels} filters");
        }
    }
}
