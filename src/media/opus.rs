//! Decodes one voice to 16 kHz mono on the RTP clock: what never came is concealed, longer gaps
//! become silence, so that the transcript's time cannot drift from the call's.

use opus::{Channels, Decoder};

use super::jitter::Ordered;

/// Samples per second of everything this module gives out.
pub const SAMPLE_RATE: u32 = 16_000;
/// RTP ticks (48 kHz) per sample.
const TICKS: i64 = 3;
/// The longest Opus packet, 120 ms, in samples.
const MAX_FRAME: usize = 1_920;
/// Opus frames are multiples of 2.5 ms; concealment too.
const GRAIN: usize = 40;
/// Longer gaps are not speech any more: silence instead of invented sound (120 ms).
const MAX_CONCEALED: usize = MAX_FRAME;
/// A jump of the RTP clock beyond this (30 s) is a restart of the sender, not a gap.
const MAX_GAP: usize = 30 * 16_000;

/// The decoder refused a packet or could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the sound could not be decoded")]
pub struct DecodeError(#[from] opus::Error);

/// Decoded sound that follows the previous piece of the same voice without gap or overlap, unless the
/// sender's clock jumped: then it begins anew at the arrival of its packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Pcm {
    pub samples: Vec<f32>,
    /// How many samples at the front were concealed or silent because packets were missing.
    pub made_up: usize,
}

/// The decoder of one SSRC.
#[derive(Debug)]
pub struct VoiceDecoder {
    decoder: Decoder,
    /// RTP timestamp at which the next sample falls.
    due: Option<u32>,
    frame: usize,
}

impl VoiceDecoder {
    /// # Errors
    /// When the decoder cannot be allocated.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self {
            decoder: Decoder::new(SAMPLE_RATE, Channels::Mono)?,
            due: None,
            frame: 320,
        })
    }

    /// Decodes the next packet in order. Never fails for the packet's sake: what cannot be decoded
    /// is concealed.
    pub fn decode(&mut self, ordered: &Ordered) -> Pcm {
        let packet = &ordered.packet;
        let mut samples = Vec::with_capacity(MAX_FRAME);
        if let Some(due) = self.due {
            let gap = ticks_between(due, packet.timestamp) / TICKS;
            if let Ok(gap) = usize::try_from(gap)
                && gap <= MAX_GAP
            {
                self.fill(gap, ordered.lost_before > 0, &packet.payload, &mut samples);
            }
        }
        let made_up = samples.len();
        let mut frame = [0.0; MAX_FRAME];
        let length = match self
            .decoder
            .decode_float(&packet.payload, &mut frame, false)
        {
            // An empty payload asks for concealment of the whole buffer: not a frame.
            Ok(length) if !packet.payload.is_empty() => length,
            _ => {
                frame = [0.0; MAX_FRAME];
                self.frame
            }
        };
        self.frame = length;
        samples.extend_from_slice(&frame[..length]);
        let ticks = u32::try_from(length).unwrap_or_default() * 3;
        self.due = Some(packet.timestamp.wrapping_add(ticks));
        Pcm { samples, made_up }
    }

    /// Fills `gap` samples before a packet: redundancy in that packet for the last frame,
    /// continuation before it, silence for whatever is longer or was never sent.
    fn fill(&mut self, gap: usize, lost: bool, next: &[u8], out: &mut Vec<f32>) {
        let conceal = if lost && gap <= MAX_CONCEALED {
            gap - gap % GRAIN
        } else {
            0
        };
        let silent = gap - conceal;
        out.resize(out.len() + silent, 0.0);

        let mut left = conceal;
        while left > 0 {
            let last = left <= self.frame;
            let length = left.min(self.frame);
            let mut frame = [0.0; MAX_FRAME];
            let payload = if last { next } else { &[] };
            let done = self
                .decoder
                .decode_float(payload, &mut frame[..length], last);
            if done.is_err() {
                frame = [0.0; MAX_FRAME];
            }
            out.extend_from_slice(&frame[..length]);
            left -= length;
        }
    }
}

/// Signed distance on the 32-bit RTP clock.
fn ticks_between(from: u32, to: u32) -> i64 {
    let forward = to.wrapping_sub(from);
    if forward < 0x8000_0000 {
        i64::from(forward)
    } else {
        -i64::from(from.wrapping_sub(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::jitter::Received;
    use bytes::Bytes;
    use opus::{Application, Encoder};
    use std::time::Instant;

    fn tone(frames: usize) -> Vec<Bytes> {
        let mut encoder = Encoder::new(16_000, Channels::Mono, Application::Voip).unwrap();
        encoder.set_inband_fec(true).unwrap();
        encoder.set_packet_loss_perc(20).unwrap();
        (0..frames)
            .map(|frame| {
                let pcm: Vec<f32> = (0..320u16)
                    .map(|i| {
                        let t = f32::from(u16::try_from(frame).unwrap() * 320 + i) / 16_000.0;
                        0.5 * (t * 220.0 * std::f32::consts::TAU).sin()
                    })
                    .collect();
                Bytes::from(encoder.encode_vec_float(&pcm, 1_275).unwrap())
            })
            .collect()
    }

    fn ordered(index: u32, payload: &Bytes, lost_before: u64) -> Ordered {
        Ordered {
            packet: Received {
                sequence: u16::try_from(index).unwrap(),
                timestamp: (u32::MAX - 5_000).wrapping_add(index * 960),
                payload: payload.clone(),
                arrived: Instant::now(),
            },
            lost_before,
        }
    }

    fn energy(samples: &[f32]) -> f32 {
        samples.iter().map(|s| s * s).sum::<f32>() / 320.0
    }

    #[test]
    fn lost_frames_are_rebuilt_and_the_clock_holds() {
        let frames = tone(40);
        let mut voice = VoiceDecoder::new().unwrap();
        let mut total = 0;
        for index in (0..40u32).filter(|index| ![20, 30, 31].contains(index)) {
            let lost = match index {
                21 => 1,
                32 => 2,
                _ => 0,
            };
            let pcm = voice.decode(&ordered(index, &frames[index as usize], lost));
            if lost > 0 {
                assert_eq!(pcm.made_up, 320 * usize::try_from(lost).unwrap());
                assert!(energy(&pcm.samples[..320]) > 0.02, "concealment is silent");
            }
            total += pcm.samples.len();
        }
        assert_eq!(total, 40 * 320);
    }

    #[test]
    fn a_pause_of_the_sender_is_silence_of_its_length() {
        let frames = tone(60);
        let mut voice = VoiceDecoder::new().unwrap();
        voice.decode(&ordered(0, &frames[0], 0));
        let pcm = voice.decode(&ordered(50, &frames[50], 0));
        assert_eq!(pcm.samples.len(), 50 * 320);
        assert!(pcm.samples[..49 * 320].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn a_jumping_clock_restarts_and_garbage_keeps_time() {
        let frames = tone(3);
        let mut voice = VoiceDecoder::new().unwrap();
        voice.decode(&ordered(2, &frames[2], 0));
        let pcm = voice.decode(&ordered(0, &frames[0], 0));
        assert_eq!((pcm.samples.len(), pcm.made_up), (320, 0));
        let pcm = voice.decode(&ordered(1, &Bytes::from_static(&[0xFF; 3]), 0));
        assert_eq!(pcm.samples.len(), 320);
        let pcm = voice.decode(&ordered(2, &Bytes::new(), 0));
        assert_eq!(pcm.samples.len(), 320);
    }
}
