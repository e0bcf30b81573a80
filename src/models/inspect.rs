//! What a ggml Whisper file says of itself: dimensions, form, and whether it is whole.
//!
//! Walks the file without loading weights, so that a truncated or foreign file is told apart with a
//! sentence before the recognizer sees it. Never compares hashes: that is the manifest's business.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;

pub(super) const MAGIC: u32 = 0x6767_6d6c;

/// ggml stores its quantisation version as thousands of the file type.
pub(super) const QUANT_VERSION_FACTOR: i32 = 1000;

/// Sizes of a Whisper model, by whisper.cpp's names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Dims {
    pub n_vocab: u32,
    pub n_audio_ctx: u32,
    pub n_audio_state: u32,
    pub n_audio_head: u32,
    pub n_audio_layer: u32,
    pub n_text_ctx: u32,
    pub n_text_state: u32,
    pub n_text_head: u32,
    pub n_text_layer: u32,
    pub n_mels: u32,
}

/// The head of a whole ggml file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Header {
    pub dims: Dims,
    /// How the matrices are stored: `f16`, `q8_0`, `q4_0`, `q5_1`, …
    pub form: String,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) enum Flaw {
    /// It isn't a ggml Whisper model; the text says what it looks like.
    Foreign(String),
    /// It ends before its last tensor does.
    Truncated,
    Io(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// Reads the header of `path` and walks every tensor to the end of the file.
pub(super) fn inspect(path: &Path) -> Result<Header, Flaw> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    walk(file, len)
}

/// As [`inspect`], of what is `len` bytes long.
pub(super) fn walk<R: Read + Seek>(from: R, len: u64) -> Result<Header, Flaw> {
    let mut walk = Walk {
        from: BufReader::new(from),
        at: 0,
        len,
    };
    walk.model()
}

struct Walk<R> {
    from: BufReader<R>,
    at: u64,
    len: u64,
}

impl<R: Read + Seek> Walk<R> {
    fn model(&mut self) -> Result<Header, Flaw> {
        let magic = self.u32()?;
        if magic != MAGIC {
            return Err(Flaw::Foreign(guess(magic).to_owned()));
        }
        let mut next = || self.u32();
        let dims = Dims {
            n_vocab: next()?,
            n_audio_ctx: next()?,
            n_audio_state: next()?,
            n_audio_head: next()?,
            n_audio_layer: next()?,
            n_text_ctx: next()?,
            n_text_state: next()?,
            n_text_head: next()?,
            n_text_layer: next()?,
            n_mels: next()?,
        };
        let form = form_name(self.u32()?.cast_signed() % QUANT_VERSION_FACTOR)?;
        if !matches!(dims.n_mels, 80 | 128) || dims.n_audio_state == 0 || dims.n_text_state == 0 {
            let what = "a ggml file, but not of a Whisper model";
            return Err(Flaw::Foreign(what.to_owned()));
        }

        let filters = u64::from(self.u32()?) * u64::from(self.u32()?);
        self.skip(filters.saturating_mul(4))?;
        for _ in 0..self.u32()? {
            let bytes = self.u32()?;
            self.skip(u64::from(bytes))?;
        }
        // Every Whisper model has these tensors and no others, so one that was cut off between two
        // of them is noticed as well.
        let (audio, text) = (dims.n_audio_layer, dims.n_text_layer);
        let expected = 11 + 15 * u64::from(audio) + 24 * u64::from(text);
        let mut tensors = 0;
        while self.at < self.len {
            self.tensor()?;
            tensors += 1;
        }
        match tensors.cmp(&expected) {
            Ordering::Less => Err(Flaw::Truncated),
            Ordering::Equal => Ok(Header { dims, form }),
            Ordering::Greater => Err(damaged()),
        }
    }

    fn tensor(&mut self) -> Result<(), Flaw> {
        let (rank, name_bytes, kind) = (self.u32()?, self.u32()?, self.u32()?);
        if !(1..=4).contains(&rank) {
            return Err(damaged());
        }
        let mut values = 1_u64;
        for _ in 0..rank {
            values = values.saturating_mul(u64::from(self.u32()?));
        }
        let (block_values, block_bytes) = block_of(kind)?;
        self.skip(u64::from(name_bytes))?;
        self.skip(values.div_ceil(block_values).saturating_mul(block_bytes))
    }

    fn u32(&mut self) -> Result<u32, Flaw> {
        let mut bytes = [0; 4];
        self.from.read_exact(&mut bytes)?;
        self.at += 4;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Seeking past the end would succeed, so the length is what tells a truncated file.
    fn skip(&mut self, bytes: u64) -> Result<(), Flaw> {
        if bytes > self.len.saturating_sub(self.at) {
            return Err(Flaw::Truncated);
        }
        self.at += bytes;
        match i64::try_from(bytes) {
            Ok(step) => self.from.seek_relative(step)?,
            Err(_) => drop(self.from.seek(SeekFrom::Start(self.at))?),
        }
        Ok(())
    }
}

fn damaged() -> Flaw {
    Flaw::Foreign("a ggml file with a damaged tensor table".to_owned())
}

fn guess(magic: u32) -> &'static str {
    match &magic.to_le_bytes() {
        b"GGUF" => "a GGUF file; the recognizer reads whisper.cpp's older ggml form",
        [b'P', b'K', ..] => "a zip archive or a PyTorch checkpoint",
        [b'<', ..] => "a web page, perhaps an error page saved under this name",
        [5 | 6, 0, 0, 0] => "a CTranslate2 model; turn its folder into ggml with `models import`",
        _ => "not a ggml file",
    }
}

/// File types of ggml that whisper.cpp loads.
fn form_name(ftype: i32) -> Result<String, Flaw> {
    let name = match ftype {
        0 => "f32",
        1 => "f16",
        2 => "q4_0",
        3 => "q4_1",
        7 => "q8_0",
        8 => "q5_0",
        9 => "q5_1",
        10 => "q2_k",
        11 => "q3_k",
        12 => "q4_k",
        13 => "q5_k",
        14 => "q6_k",
        _ => {
            let what = format!("a ggml file of the unknown type {ftype}");
            return Err(Flaw::Foreign(what));
        }
    };
    Ok(name.to_owned())
}

/// Values and bytes of one block of a tensor type.
fn block_of(kind: u32) -> Result<(u64, u64), Flaw> {
    Ok(match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => {
            let what = format!("a ggml file with tensors of the unknown type {kind}");
            return Err(Flaw::Foreign(what));
        }
    })
}
