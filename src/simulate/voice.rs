//! Turns 16 kHz samples into the Opus packets of 20 ms that a browser would send. Reading files
//! is not its business.

use bytes::Bytes;
use opus::{Application, Bitrate, Channels, Encoder};

use crate::media::opus::SAMPLE_RATE;

/// Samples in one packet: 20 ms.
pub const FRAME: usize = SAMPLE_RATE as usize / 50;

/// Opus packets of 20 ms with in-band redundancy, as a browser sends them. The last one is filled
/// up with silence.
///
/// # Errors
/// When the encoder fails.
pub fn packets(samples: &[f32]) -> Result<Vec<Bytes>, opus::Error> {
    let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
    encoder.set_bitrate(Bitrate::Bits(32_000))?;
    encoder.set_inband_fec(true)?;
    encoder.set_packet_loss_perc(5)?;
    let mut packets = Vec::with_capacity(samples.len().div_ceil(FRAME));
    let mut frame = [0.0; FRAME];
    for piece in samples.chunks(FRAME) {
        frame[..piece.len()].copy_from_slice(piece);
        frame[piece.len()..].fill(0.0);
        packets.push(Bytes::from(encoder.encode_vec_float(&frame, 1_275)?));
    }
    Ok(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_last_as_long_as_the_sound() {
        assert_eq!(packets(&vec![0.1; 16_000 + 1]).unwrap().len(), 51);
        assert!(packets(&[]).unwrap().is_empty());
    }
}
