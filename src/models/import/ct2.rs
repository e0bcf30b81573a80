//! Reading a CTranslate2 `model.bin`, format versions 5 and 6.
//!
//! Owns the tensor index and values as f32. Trusts no size it reads: every tensor must lie inside
//! the file and agree with its own dimensions before a byte of it is read.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use thiserror::Error;

/// large-v3 has about 1200 tensors.
const MAX_TENSORS: u32 = 100_000;

/// What is wrong with a model, and what to do.
#[derive(Debug, Error)]
pub enum Ct2Error {
    #[error(
        "it isn't a CTranslate2 model of format version 5 or 6 (it begins with {0}): convert the model with ct2-transformers-converter"
    )]
    NotCt2(u32),
    #[error("it is a CTranslate2 model of the kind {0:?}, not of a Whisper model (WhisperSpec)")]
    NotWhisper(String),
    #[error("it ends early, or a size in it is wrong: copy or download it again")]
    Truncated,
    #[error("its tensor table is damaged ({0}): copy or download it again")]
    Damaged(&'static str),
    #[error("it has no tensor {0}: it is a Whisper model of a shape this importer doesn't know")]
    MissingTensor(String),
    #[error(
        "its tensor {name} has the shape {shape:?} where {expected} is needed: it is no Whisper model this importer knows"
    )]
    Shape {
        name: String,
        shape: Vec<usize>,
        expected: String,
    },
    #[error(
        "its tensor {name} is stored as {stored}: convert the model again with `--quantization float16`"
    )]
    Stored { name: String, stored: &'static str },
    #[error("reading it failed")]
    Io(#[source] io::Error),
}

impl From<io::Error> for Ct2Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// CTranslate2's numbers for element types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    F32,
    I8,
    I16,
    I32,
    F16,
    Bf16,
}

impl Element {
    fn of(id: u8) -> Result<Self, Ct2Error> {
        Ok(match id {
            0 => Self::F32,
            1 => Self::I8,
            2 => Self::I16,
            3 => Self::I32,
            4 => Self::F16,
            5 => Self::Bf16,
            _ => return Err(Ct2Error::Damaged("an unknown element type")),
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::I8 => 1,
        }
    }
}

#[derive(Debug, Clone)]
struct Tensor {
    shape: Vec<usize>,
    element: Element,
    /// Offset of the first value in the file.
    at: u64,
}

/// An open model: its index is in memory, its values stay in the file.
#[derive(Debug)]
pub(super) struct Ct2<R> {
    from: R,
    len: u64,
    tensors: BTreeMap<String, Tensor>,
    bytes: Vec<u8>,
    halves: Vec<u16>,
}

impl<R: Read + Seek> Ct2<R> {
    /// Reads the index of a model that is `len` bytes long.
    pub(super) fn read(mut from: R, len: u64) -> Result<Self, Ct2Error> {
        let version = u32_of(&mut from)?;
        if !matches!(version, 5 | 6) {
            return Err(Ct2Error::NotCt2(version));
        }
        let spec = text_of(&mut from)?;
        if spec != "WhisperSpec" {
            return Err(Ct2Error::NotWhisper(spec));
        }
        let _revision = u32_of(&mut from)?;
        let mut tensors = BTreeMap::new();
        for _ in 0..count_of(&mut from)? {
            let name = text_of(&mut from)?;
            let tensor = tensor_of(&mut from, len)?;
            tensors.insert(name, tensor);
        }
        for _ in 0..count_of(&mut from)? {
            let (alias, target) = (text_of(&mut from)?, text_of(&mut from)?);
            let tensor: Tensor = tensors
                .get(&target)
                .cloned()
                .ok_or(Ct2Error::MissingTensor(target))?;
            tensors.insert(alias, tensor);
        }
        Ok(Self {
            from,
            len,
            tensors,
            bytes: Vec::new(),
            halves: Vec::new(),
        })
    }

    /// Bytes of the file.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Dimensions of a tensor, slowest first.
    pub(super) fn shape(&self, name: &str) -> Result<&[usize], Ct2Error> {
        Ok(&self.tensor(name)?.shape)
    }

    /// Whether the values can be used as weights.
    pub(super) fn check_float(&self, name: &str) -> Result<(), Ct2Error> {
        let stored = match self.tensor(name)?.element {
            Element::F32 | Element::F16 => return Ok(()),
            Element::I8 => "int8",
            Element::I16 => "int16",
            Element::I32 => "int32",
            Element::Bf16 => "bfloat16",
        };
        Err(Ct2Error::Stored {
            name: name.to_owned(),
            stored,
        })
    }

    /// Fills `values` from the tensor, beginning with its value number `first`.
    pub(super) fn values(
        &mut self,
        name: &str,
        first: usize,
        values: &mut [f32],
    ) -> Result<(), Ct2Error> {
        self.check_float(name)?;
        let tensor = self.tensor(name)?;
        let (element, width) = (tensor.element, tensor.element.bytes());
        let offset = tensor.at + first as u64 * width as u64;
        self.bytes.resize(values.len() * width, 0);
        self.from.seek(SeekFrom::Start(offset))?;
        self.from.read_exact(&mut self.bytes)?;
        if element == Element::F32 {
            for (value, bytes) in values.iter_mut().zip(self.bytes.as_chunks().0) {
                *value = f32::from_le_bytes(*bytes);
            }
        } else {
            self.halves.clear();
            let halves = self.bytes.as_chunks().0.iter();
            self.halves
                .extend(halves.map(|bytes| u16::from_le_bytes(*bytes)));
            let halves: &[f16] = self.halves.reinterpret_cast();
            halves.convert_to_f32_slice(values);
        }
        Ok(())
    }

    fn tensor(&self, name: &str) -> Result<&Tensor, Ct2Error> {
        self.tensors
            .get(name)
            .ok_or_else(|| Ct2Error::MissingTensor(name.to_owned()))
    }
}

/// One entry of the table; steps over its values.
fn tensor_of<R: Read + Seek>(from: &mut R, len: u64) -> Result<Tensor, Ct2Error> {
    let [rank] = array_of(from)?;
    let mut shape = Vec::new();
    let mut values = 1_u64;
    for _ in 0..rank {
        let dim = u32_of(from)?;
        values = values.saturating_mul(u64::from(dim));
        shape.push(dim as usize);
    }
    let [id] = array_of(from)?;
    let element = Element::of(id)?;
    let size = u64::from(u32_of(from)?);
    if values.saturating_mul(element.bytes() as u64) != size {
        return Err(Ct2Error::Damaged("a tensor's size and shape differ"));
    }
    let at = from.stream_position()?;
    let end = at + size;
    if end > len {
        return Err(Ct2Error::Truncated);
    }
    from.seek(SeekFrom::Start(end))?;
    Ok(Tensor { shape, element, at })
}

fn count_of(from: &mut impl Read) -> Result<u32, Ct2Error> {
    match u32_of(from)? {
        count if count <= MAX_TENSORS => Ok(count),
        _ => Err(Ct2Error::Damaged("an absurd number of tensors")),
    }
}

fn u32_of(from: &mut impl Read) -> Result<u32, Ct2Error> {
    Ok(u32::from_le_bytes(array_of(from)?))
}

/// A length in two bytes, then the text, which ends with a zero.
fn text_of(from: &mut impl Read) -> Result<String, Ct2Error> {
    let mut text = vec![0; usize::from(u16::from_le_bytes(array_of(from)?))];
    from.read_exact(&mut text)?;
    if text.pop() != Some(0) {
        return Err(Ct2Error::Damaged("a name without its end"));
    }
    String::from_utf8(text).map_err(|_| Ct2Error::Damaged("a name that is no text"))
}

fn array_of<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Ct2Error> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
