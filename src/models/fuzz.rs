//! What must hold for any bytes that call themselves a model: bodies for `script/fuzz` and for the
//! property tests. Each panics where a promise is broken.

use std::io::Cursor;

use super::import;
use super::inspect::walk;

/// A `model.bin` of CTranslate2: it is imported whole or refused with a sentence, and nothing is
/// allocated that the file itself does not hold.
pub fn ct2(data: &[u8]) {
    if let Ok((written, _)) = import::to_nowhere(data) {
        // Each value has its own bytes in the file, and becomes at most twice as many.
        let most = 2 * data.len() as u64 + (1 << 20);
        assert!(written <= most, "{written} bytes");
    }
}

/// A ggml file: its head is read or it is refused.
pub fn ggml(data: &[u8]) {
    if let Ok(header) = walk(Cursor::new(data), data.len() as u64) {
        assert!(matches!(header.dims.n_mels, 80 | 128));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_found_once_is_kept() {
        for (of, body) in [("ct2", ct2 as fn(&[u8])), ("ggml", ggml)] {
            let folder = format!("{}/fuzz/seeds/{of}", env!("CARGO_MANIFEST_DIR"));
            let mut kept = 0;
            for file in std::fs::read_dir(folder).unwrap() {
                body(&std::fs::read(file.unwrap().path()).unwrap());
                kept += 1;
            }
            assert!(kept > 0, "{of}");
        }
    }

    proptest! {
        #[test]
        fn any_head_of_a_model_is_read_or_refused(
            head in prop_oneof![Just(*b"lmgg"), Just([5, 0, 0, 0]), Just([6, 0, 0, 0])],
            numbers in prop::collection::vec(prop_oneof![0_u32..90, any::<u32>()], 0..40),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut data = head.to_vec();
            data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            data.extend(&rest);
            ggml(&data);
            let mut data = head.to_vec();
            data.extend(b"\x0c\0WhisperSpec\0");
            data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            data.extend(rest);
            ct2(&data);
        }
    }
}
