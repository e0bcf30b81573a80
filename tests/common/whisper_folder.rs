//! A small Whisper model in CTranslate2 form with made-up weights, for tests of the importer.

use std::fs;
use std::path::Path;

/// Enough for a Whisper vocabulary: 50257 text tokens and a few special ones.
const N_VOCAB: u32 = 50_260;
const WIDTH: u32 = 64;
const AUDIO_CONTEXT: u32 = 6;
const TEXT_CONTEXT: u32 = 5;

/// CTranslate2's numbers for element types.
const F32: u8 = 0;
const I16: u8 = 2;
const F16: u8 = 4;

/// What the folder is to look like.
#[derive(Debug, Clone)]
pub(crate) struct WhisperFolder {
    pub(crate) version: u32,
    pub(crate) spec: &'static str,
    /// Element type of the weights: 0 is f32, 4 is f16, anything else is one byte wide.
    pub(crate) element: u8,
    pub(crate) mels: u32,
    pub(crate) layers: u32,
    /// `vocabulary.json`, else `vocabulary.txt`.
    pub(crate) json: bool,
}

impl Default for WhisperFolder {
    fn default() -> Self {
        Self {
            version: 6,
            spec: "WhisperSpec",
            element: F16,
            mels: 80,
            layers: 1,
            json: true,
        }
    }
}

impl WhisperFolder {
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(folder.join("model.bin"), self.model()).expect("a writable folder");
        let (name, text) = self.vocabulary();
        fs::write(folder.join(name), text).expect("a writable folder");
    }

    /// The name of the file and what it holds.
    pub(crate) fn vocabulary(&self) -> (&'static str, String) {
        let letters: Vec<char> = "abcdefghijklmnopqrstuvwxyzĠãģĤ".chars().collect();
        let token = |i: usize| {
            let digits = [i % 30, i / 30 % 30, i / 900 % 30, i / 27_000];
            digits
                .map(|digit| letters[digit])
                .iter()
                .collect::<String>()
        };
        let tokens: Vec<String> = (0..N_VOCAB as usize).map(token).collect();
        if self.json {
            (
                "vocabulary.json",
                serde_json::to_string(&tokens).expect("strings are JSON"),
            )
        } else {
            ("vocabulary.txt", tokens.join("\n"))
        }
    }

    /// The bytes of `model.bin`.
    pub(crate) fn model(&self) -> Vec<u8> {
        let tensors = self.tensors();
        let mut out = Vec::new();
        out.extend(self.version.to_le_bytes());
        text(&mut out, self.spec);
        out.extend(3_u32.to_le_bytes());
        out.extend(
            u32::try_from(tensors.len() + 1)
                .expect("a small number")
                .to_le_bytes(),
        );
        for (seed, (name, shape)) in (1_u32..).zip(tensors) {
            self.tensor(&mut out, &name, &shape, seed);
        }
        text(&mut out, "encoder/num_heads");
        out.extend([0, I16, 2, 0, 0, 0, 1, 0]);
        out.extend(1_u32.to_le_bytes());
        text(&mut out, "decoder/projection/weight");
        text(&mut out, "decoder/embeddings/weight");
        out
    }

    fn tensor(&self, out: &mut Vec<u8>, name: &str, shape: &[u32], seed: u32) {
        text(out, name);
        out.push(u8::try_from(shape.len()).expect("a small number"));
        out.extend(shape.iter().flat_map(|dim| dim.to_le_bytes()));
        out.push(self.element);
        let count: u32 = shape.iter().product();
        let size = match self.element {
            F32 => 4,
            F16 => 2,
            _ => 1,
        };
        out.extend((count * size).to_le_bytes());
        let mut state = seed;
        for _ in 0..count {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Multiples of 1/256 below 8: exact in both float forms.
            let step = (state >> 20).cast_signed() - 2_048;
            let value = step as f32 / 256.0;
            match self.element {
                F32 => out.extend(value.to_le_bytes()),
                F16 => out.extend(half::f16::from_f32(value).to_le_bytes()),
                _ => out.push(state.to_le_bytes()[3]),
            }
        }
    }

    fn tensors(&self) -> Vec<(String, Vec<u32>)> {
        let mut tensors = vec![
            ("encoder/conv1/weight".to_owned(), vec![WIDTH, self.mels, 3]),
            ("encoder/conv1/bias".to_owned(), vec![WIDTH]),
            ("encoder/conv2/weight".to_owned(), vec![WIDTH, WIDTH, 3]),
            ("encoder/conv2/bias".to_owned(), vec![WIDTH]),
            (
                "encoder/position_encodings/encodings".to_owned(),
                vec![AUDIO_CONTEXT, WIDTH],
            ),
            (
                "decoder/position_encodings/encodings".to_owned(),
                vec![TEXT_CONTEXT, WIDTH],
            ),
            ("decoder/embeddings/weight".to_owned(), vec![N_VOCAB, WIDTH]),
        ];
        let mut linear = |name: String, rows: u32, columns: u32| {
            tensors.push((format!("{name}/weight"), vec![rows, columns]));
            tensors.push((format!("{name}/bias"), vec![rows]));
        };
        let mut norms = vec![
            "encoder/layer_norm".to_owned(),
            "decoder/layer_norm".to_owned(),
        ];
        for layer in 0..self.layers {
            for side in ["encoder", "decoder"] {
                let at = format!("{side}/layer_{layer}");
                linear(format!("{at}/self_attention/linear_0"), 3 * WIDTH, WIDTH);
                linear(format!("{at}/self_attention/linear_1"), WIDTH, WIDTH);
                norms.push(format!("{at}/self_attention/layer_norm"));
                if side == "decoder" {
                    linear(format!("{at}/attention/linear_0"), WIDTH, WIDTH);
                    linear(format!("{at}/attention/linear_1"), 2 * WIDTH, WIDTH);
                    linear(format!("{at}/attention/linear_2"), WIDTH, WIDTH);
                    norms.push(format!("{at}/attention/layer_norm"));
                }
                linear(format!("{at}/ffn/linear_0"), 4 * WIDTH, WIDTH);
                linear(format!("{at}/ffn/linear_1"), WIDTH, 4 * WIDTH);
                norms.push(format!("{at}/ffn/layer_norm"));
            }
        }
        for norm in norms {
            tensors.push((format!("{norm}/gamma"), vec![WIDTH]));
            tensors.push((format!("{norm}/beta"), vec![WIDTH]));
        }
        tensors
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(
        u16::try_from(text.len() + 1)
            .expect("a small number")
            .to_le_bytes(),
    );
    out.extend(text.as_bytes());
    out.push(0);
}
