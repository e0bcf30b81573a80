//! Writing a whisper.cpp ggml file: which tensor goes where, under which name, in which form.
//!
//! [`layout`] is the whole mapping from CTranslate2's names to whisper.cpp's; [`check`] compares it
//! with a model before anything is written; [`Writer`] streams and hashes.

use std::io::{self, Read, Seek, Write};

use half::f16;
use half::slice::HalfFloatSliceExt;
use sha2::Digest;

use super::ct2::{Ct2, Ct2Error};
use super::quantize::{self, BLOCK};
use super::{Form, mel, vocabulary};
use crate::models::inspect::{Dims, MAGIC, QUANT_VERSION_FACTOR};
use crate::models::manifest::Sha256;

/// ggml's `GGML_QNT_VERSION`.
const QUANT_VERSION: i32 = 2;

/// Values read, converted and written at a time; a whole number of blocks.
const CHUNK: usize = BLOCK << 14;

/// Every Whisper model has heads of this width.
const HEAD_WIDTH: usize = 64;

/// large-v3 has 32 layers on each side.
const MAX_LAYERS: usize = 256;

/// One tensor of the output and where its values come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    name: String,
    source: String,
    /// The query, key and value matrices lie in one tensor: rows of the source in all, and the first
    /// that is ours.
    source_rows: usize,
    first_row: usize,
    /// Slowest dimension first; the first one counts our rows.
    shape: Vec<usize>,
    store: Store,
}

impl Record {
    fn values(&self) -> u64 {
        self.shape.iter().map(|dim| *dim as u64).product()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    F32,
    /// f32 with a second dimension of 1, as whisper.cpp wants the biases of its convolutions.
    F32Column,
    F16,
    /// The form of the file.
    Matrix,
}

/// What ended the copying of a tensor.
#[derive(Debug)]
pub(super) enum CopyError {
    Read(Ct2Error),
    Write(io::Error),
}

impl From<Ct2Error> for CopyError {
    fn from(error: Ct2Error) -> Self {
        Self::Read(error)
    }
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Reads the sizes of a model off its tensors.
pub(super) fn dims<R: Read + Seek>(model: &Ct2<R>) -> Result<Dims, Ct2Error> {
    let wanted = |name: &str, expected: &str| Ct2Error::Shape {
        name: name.to_owned(),
        shape: model.shape(name).unwrap_or_default().to_owned(),
        expected: expected.to_owned(),
    };
    let embedding = "decoder/embeddings/weight";
    let (n_vocab, width) = match *model.shape(embedding)? {
        [n_vocab, width]
            if n_vocab > vocabulary::TEXT_TOKENS && width > 0 && width % HEAD_WIDTH == 0 =>
        {
            (n_vocab, width)
        }
        _ => return Err(wanted(embedding, "[over 50257, a multiple of 64]")),
    };
    let conv = "encoder/conv1/weight";
    let [_, n_mels @ (80 | 128), 3] = *model.shape(conv)? else {
        return Err(wanted(conv, "[width, 80 or 128, 3]"));
    };
    let context = |side: &str| {
        let name = format!("{side}/position_encodings/encodings");
        match *model.shape(&name)? {
            [context @ 1..=65_535, _] => Ok(context),
            _ => Err(wanted(&name, "[positions, width]")),
        }
    };
    let layers = |side: &str| {
        let name = |i: usize| format!("{side}/layer_{i}/self_attention/linear_0/weight");
        (0..MAX_LAYERS).take_while(|i| model.has(&name(*i))).count()
    };
    let (audio_layers, text_layers) = (layers("encoder"), layers("decoder"));
    if audio_layers == 0 || text_layers == 0 {
        return Err(Ct2Error::Damaged("the model has no layers"));
    }
    Ok(Dims {
        n_vocab: narrow(n_vocab),
        n_audio_ctx: narrow(context("encoder")?),
        n_audio_state: narrow(width),
        n_audio_head: narrow(width / HEAD_WIDTH),
        n_audio_layer: narrow(audio_layers),
        n_text_ctx: narrow(context("decoder")?),
        n_text_state: narrow(width),
        n_text_head: narrow(width / HEAD_WIDTH),
        n_text_layer: narrow(text_layers),
        n_mels: narrow(n_mels),
    })
}

/// Every tensor of the file, in the order of whisper.cpp's converter for Hugging Face models.
pub(super) fn layout(dims: &Dims) -> Vec<Record> {
    let width = dims.n_audio_state as usize;
    let mut layout = Layout {
        width,
        records: Vec::new(),
    };
    let mels = dims.n_mels as usize;
    let positions = "position_encodings/encodings";
    layout.put(
        "encoder.positional_embedding",
        &format!("encoder/{positions}"),
        &[dims.n_audio_ctx as usize, width],
        Store::F32,
    );
    layout.convolution("conv1", mels);
    layout.convolution("conv2", width);
    for i in 0..dims.n_audio_layer {
        layout.block("encoder", i);
    }
    layout.norm("encoder.ln_post", "encoder/layer_norm");
    layout.put(
        "decoder.positional_embedding",
        &format!("decoder/{positions}"),
        &[dims.n_text_ctx as usize, width],
        Store::F32,
    );
    layout.put(
        "decoder.token_embedding.weight",
        "decoder/embeddings/weight",
        &[dims.n_vocab as usize, width],
        Store::Matrix,
    );
    for i in 0..dims.n_text_layer {
        layout.block("decoder", i);
    }
    layout.norm("decoder.ln", "decoder/layer_norm");
    layout.records
}

/// Compares every record with the model: present, of the right shape, and of float values.
pub(super) fn check<R: Read + Seek>(model: &Ct2<R>, records: &[Record]) -> Result<(), Ct2Error> {
    for record in records {
        let mut expected = record.shape.clone();
        expected[0] = record.source_rows;
        let shape = model.shape(&record.source)?;
        if shape != expected {
            return Err(Ct2Error::Shape {
                name: record.source.clone(),
                shape: shape.to_owned(),
                expected: format!("{expected:?}"),
            });
        }
        model.check_float(&record.source)?;
    }
    // By aliases a small file could name one tensor a thousand times, and fill the disk.
    let values: u64 = records.iter().map(Record::values).sum();
    if values.saturating_mul(2) > model.len() {
        return Err(Ct2Error::Damaged("tensors that lie in each other"));
    }
    Ok(())
}

struct Layout {
    width: usize,
    records: Vec<Record>,
}

impl Layout {
    fn put(&mut self, name: &str, source: &str, shape: &[usize], store: Store) {
        self.records.push(Record {
            name: name.to_owned(),
            source: source.to_owned(),
            source_rows: shape[0],
            first_row: 0,
            shape: shape.to_owned(),
            store,
        });
    }

    fn convolution(&mut self, name: &str, channels: usize) {
        let (to, from) = (format!("encoder.{name}"), format!("encoder/{name}"));
        let weight = [self.width, channels, 3];
        self.put(
            &format!("{to}.weight"),
            &format!("{from}/weight"),
            &weight,
            Store::F16,
        );
        let bias = [self.width];
        self.put(
            &format!("{to}.bias"),
            &format!("{from}/bias"),
            &bias,
            Store::F32Column,
        );
    }

    fn norm(&mut self, name: &str, source: &str) {
        let shape = [self.width];
        self.put(
            &format!("{name}.weight"),
            &format!("{source}/gamma"),
            &shape,
            Store::F32,
        );
        self.put(
            &format!("{name}.bias"),
            &format!("{source}/beta"),
            &shape,
            Store::F32,
        );
    }

    fn weight(&mut self, name: &str, source: &str, rows: usize, columns: usize) {
        let shape = [rows, columns];
        self.put(
            &format!("{name}.weight"),
            &format!("{source}/weight"),
            &shape,
            Store::Matrix,
        );
    }

    fn linear(&mut self, name: &str, source: &str, rows: usize, columns: usize) {
        self.weight(name, source, rows, columns);
        self.put(
            &format!("{name}.bias"),
            &format!("{source}/bias"),
            &[rows],
            Store::F32,
        );
    }

    /// Makes the latest `records` the part number `index` of `parts` equal ones of their source.
    fn part(&mut self, records: usize, index: usize, parts: usize) {
        for record in self.records.iter_mut().rev().take(records) {
            record.first_row = index * record.shape[0];
            record.source_rows = parts * record.shape[0];
        }
    }

    fn block(&mut self, side: &str, i: u32) {
        let width = self.width;
        let (name, source) = (format!("{side}.blocks.{i}"), format!("{side}/layer_{i}"));
        let own = format!("{source}/self_attention");
        let fused = format!("{own}/linear_0");
        self.linear(&format!("{name}.attn.query"), &fused, width, width);
        self.part(2, 0, 3);
        // Whisper's keys have no bias; CTranslate2 stores zeros there.
        self.weight(&format!("{name}.attn.key"), &fused, width, width);
        self.part(1, 1, 3);
        self.linear(&format!("{name}.attn.value"), &fused, width, width);
        self.part(2, 2, 3);
        self.linear(
            &format!("{name}.attn.out"),
            &format!("{own}/linear_1"),
            width,
            width,
        );
        self.norm(&format!("{name}.attn_ln"), &format!("{own}/layer_norm"));
        if side == "decoder" {
            let cross = format!("{source}/attention");
            let to = format!("{name}.cross_attn");
            let fused = format!("{cross}/linear_1");
            self.linear(
                &format!("{to}.query"),
                &format!("{cross}/linear_0"),
                width,
                width,
            );
            self.weight(&format!("{to}.key"), &fused, width, width);
            self.part(1, 0, 2);
            self.linear(&format!("{to}.value"), &fused, width, width);
            self.part(2, 1, 2);
            self.linear(
                &format!("{to}.out"),
                &format!("{cross}/linear_2"),
                width,
                width,
            );
            self.norm(&format!("{to}_ln"), &format!("{cross}/layer_norm"));
        }
        let ffn = format!("{source}/ffn");
        self.linear(
            &format!("{name}.mlp.0"),
            &format!("{ffn}/linear_0"),
            4 * width,
            width,
        );
        self.linear(
            &format!("{name}.mlp.2"),
            &format!("{ffn}/linear_1"),
            width,
            4 * width,
        );
        self.norm(&format!("{name}.mlp_ln"), &format!("{ffn}/layer_norm"));
    }
}

/// Writes the file from its head to its last tensor, hashing as it goes.
pub(super) struct Writer<W> {
    to: W,
    form: Form,
    hasher: sha2::Sha256,
    bytes: u64,
    values: Vec<f32>,
    halves: Vec<f16>,
    packed: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(to: W, form: Form) -> Self {
        Self {
            to,
            form,
            hasher: sha2::Sha256::new(),
            bytes: 0,
            values: Vec::new(),
            halves: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Magic, sizes, mel filters and tokens.
    pub(super) fn head(&mut self, dims: &Dims, tokens: &[Vec<u8>]) -> io::Result<()> {
        let quantized = QUANT_VERSION * QUANT_VERSION_FACTOR;
        let file_type = match self.form {
            Form::F16 => 1,
            Form::Q8_0 => 7 + quantized,
            Form::Q4_0 => 2 + quantized,
        };
        self.numbers(&[
            MAGIC,
            dims.n_vocab,
            dims.n_audio_ctx,
            dims.n_audio_state,
            dims.n_audio_head,
            dims.n_audio_layer,
            dims.n_text_ctx,
            dims.n_text_state,
            dims.n_text_head,
            dims.n_text_layer,
            dims.n_mels,
            file_type.cast_unsigned(),
        ])?;
        self.numbers(&[dims.n_mels, narrow(mel::BINS)])?;
        for weight in mel::filters(dims.n_mels) {
            self.raw(&weight.to_le_bytes())?;
        }
        self.numbers(&[narrow(tokens.len())])?;
        for token in tokens {
            self.numbers(&[narrow(token.len())])?;
            self.raw(token)?;
        }
        Ok(())
    }

    /// Copies one tensor from `model`, converting it on the way.
    pub(super) fn tensor<R: Read + Seek>(
        &mut self,
        model: &mut Ct2<R>,
        record: &Record,
    ) -> Result<(), CopyError> {
        let kind = match (record.store, self.form) {
            (Store::F32 | Store::F32Column, _) => 0,
            (Store::F16, _) | (Store::Matrix, Form::F16) => 1,
            (Store::Matrix, Form::Q4_0) => 2,
            (Store::Matrix, Form::Q8_0) => 8,
        };
        let mut shape = record.shape.clone();
        if record.store == Store::F32Column {
            shape.push(1);
        }
        self.numbers(&[narrow(shape.len()), narrow(record.name.len()), kind])?;
        for dim in shape.iter().rev() {
            self.numbers(&[narrow(*dim)])?;
        }
        self.raw(record.name.as_bytes())?;

        let row: usize = record.shape[1..].iter().product();
        let first = record.first_row * row;
        let end = first + record.shape[0] * row;
        let mut at = first;
        while at < end {
            let mut values = std::mem::take(&mut self.values);
            values.resize(CHUNK.min(end - at), 0.0);
            model.values(&record.source, at, &mut values)?;
            at += values.len();
            self.pack(kind, &values);
            self.values = values;
            let packed = std::mem::take(&mut self.packed);
            self.raw(&packed)?;
            self.packed = packed;
        }
        Ok(())
    }

    /// Flushes, and gives the size and hash of what was written.
    pub(super) fn finish(mut self) -> io::Result<(u64, Sha256)> {
        self.to.flush()?;
        Ok((self.bytes, self.hasher.into()))
    }

    fn pack(&mut self, kind: u32, values: &[f32]) {
        let out = &mut self.packed;
        out.clear();
        match kind {
            0 => out.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            2 => quantize::q4_0(values, out),
            8 => quantize::q8_0(values, out),
            _ => {
                self.halves.resize(values.len(), f16::ZERO);
                self.halves.convert_from_f32_slice(values);
                out.extend(self.halves.iter().flat_map(|half| half.to_le_bytes()));
            }
        }
    }

    fn numbers(&mut self, numbers: &[u32]) -> io::Result<()> {
        numbers
            .iter()
            .try_for_each(|number| self.raw(&number.to_le_bytes()))
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.to.write_all(bytes)
    }
}

/// Sizes in both formats have 32 bits.
fn narrow(size: usize) -> u32 {
    // Invariant: every size here was read as a u32, or is a length of a checked vocabulary.
    u32::try_from(size).expect("a size of 32 bits")
}
