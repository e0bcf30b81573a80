//! Sound files as 16 kHz mono: WAV, FLAC and Ogg Opus. Calls do not pass here, their packets are
//! decoded as they arrive; this is for `transcribe`, `simulate` and recordings that are brought in.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, well_known};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::packet::Packet;
use yorisoi_domain::transcript::span::RATE;

/// The longest Opus packet, 120 ms.
const OPUS_MAX_SAMPLES: usize = RATE * 120 / 1_000;
/// Longer files are refused: an interview is an hour, and the sound is held in memory.
const MAX_SECONDS: usize = 4 * 3_600;

/// Why a sound file cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    #[error("cannot open the sound file {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{}: not a WAV, FLAC or Ogg Opus file; convert it to one of these", path.display())]
    Format { path: PathBuf },
    #[error("{}: the file is damaged after {seconds:.1} s; copy it again from its origin", path.display())]
    Damaged { path: PathBuf, seconds: f64 },
    #[error("{}: the file holds no sound", path.display())]
    Empty { path: PathBuf },
    #[error("{}: longer than four hours; cut it into interviews first", path.display())]
    TooLong { path: PathBuf },
}

/// Reads a sound file, mixes its channels and brings it to 16 kHz; samples lie in -1..=1.
///
/// # Errors
/// See [`SoundError`].
pub fn read(path: &Path) -> Result<Vec<f32>, SoundError> {
    let file = File::open(path).map_err(|source| SoundError::Open {
        path: path.to_owned(),
        source,
    })?;
    read_from(Box::new(file), path)
}

/// As [`read`], from a file that is open or in memory; `path` names it in errors.
///
/// # Errors
/// See [`SoundError`].
pub fn read_from(source: Box<dyn MediaSource>, path: &Path) -> Result<Vec<f32>, SoundError> {
    let unusable = || SoundError::Format {
        path: path.to_owned(),
    };
    let stream = MediaSourceStream::new(source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .map_err(|_| unusable())?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(unusable)?;
    let id = track.id;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(unusable)?
        .clone();
    let skip = track.delay.unwrap_or(0) as usize;

    let mut decoder = Decoder::new(&params, skip).ok_or_else(unusable)?;
    let mut mono = Vec::new();
    let rate = decoder.rate();
    while let Some(packet) = next_packet(format.as_mut()).map_err(|_| damaged(path, &mono, rate))? {
        if packet.track_id == id {
            decoder
                .decode(&packet, &mut mono)
                .ok_or_else(|| damaged(path, &mono, rate))?;
        }
        if mono.len() > MAX_SECONDS * rate {
            return Err(SoundError::TooLong {
                path: path.to_owned(),
            });
        }
    }
    if mono.is_empty() {
        return Err(SoundError::Empty {
            path: path.to_owned(),
        });
    }
    if rate == RATE {
        Ok(mono)
    } else {
        resample(&mono, rate).ok_or_else(unusable)
    }
}

fn damaged(path: &Path, mono: &[f32], rate: usize) -> SoundError {
    SoundError::Damaged {
        path: path.to_owned(),
        seconds: mono.len() as f64 / rate as f64,
    }
}

/// A file that simply stops is read to where it stops; a WAV header that promises more is common.
fn next_packet(format: &mut dyn FormatReader) -> Result<Option<Packet>, SymphoniaError> {
    match format.next_packet() {
        Err(SymphoniaError::IoError(e)) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        other => other,
    }
}

/// libopus for Opus, which decodes to 16 kHz mono by itself; symphonia for the rest.
enum Decoder {
    Opus {
        decoder: opus::Decoder,
        skip: usize,
    },
    Other {
        decoder: Box<dyn AudioDecoder>,
        rate: usize,
        samples: Vec<f32>,
    },
}

impl Decoder {
    fn new(params: &AudioCodecParameters, delay_48k: usize) -> Option<Self> {
        if params.codec == well_known::CODEC_ID_OPUS {
            let decoder =
                opus::Decoder::new(u32::try_from(RATE).ok()?, opus::Channels::Mono).ok()?;
            return Some(Self::Opus {
                decoder,
                skip: delay_48k / 3,
            });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &Default::default())
            .ok()?;
        let rate = usize::try_from(params.sample_rate?)
            .ok()
            .filter(|r| (4_000..=384_000).contains(r))?;
        Some(Self::Other {
            decoder,
            rate,
            samples: Vec::new(),
        })
    }

    fn rate(&self) -> usize {
        match self {
            Self::Opus { .. } => RATE,
            Self::Other { rate, .. } => *rate,
        }
    }

    fn decode(&mut self, packet: &Packet, mono: &mut Vec<f32>) -> Option<()> {
        match self {
            Self::Opus { decoder, skip } => {
                let mut pcm = [0.0; OPUS_MAX_SAMPLES];
                let n = decoder.decode_float(&packet.data, &mut pcm, false).ok()?;
                let dropped = n.min(*skip);
                *skip -= dropped;
                mono.extend_from_slice(&pcm[dropped..n]);
            }
            Self::Other {
                decoder, samples, ..
            } => {
                let buffer = decoder.decode(packet).ok()?;
                let channels = buffer.num_planes().max(1);
                buffer.copy_to_vec_interleaved(samples);
                let scale = 1.0 / channels as f32;
                mono.extend(
                    samples
                        .chunks_exact(channels)
                        .map(|f| f.iter().sum::<f32>() * scale),
                );
            }
        }
        Some(())
    }
}

fn resample(mono: &[f32], rate: usize) -> Option<Vec<f32>> {
    let mut resampler = Fft::<f32>::new(rate, RATE, 1_024, 1, FixedSync::Input).ok()?;
    let input = InterleavedSlice::new(mono, 1, mono.len()).ok()?;
    let output = resampler.process_all(&input, mono.len(), None).ok()?;
    Some(output.take_data())
}
