//! The text tokens of a CTranslate2 folder, as bytes.
//!
//! Owns reading `vocabulary.json` or `vocabulary.txt` and undoing the byte alphabet of GPT-2.
//! Special tokens are left out: whisper.cpp adds them itself.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

use super::ImportError;

/// Text tokens of every Whisper model; what follows them is special.
pub(super) const TEXT_TOKENS: usize = 50_257;

/// The longest vocabularies are one megabyte.
const MAX_BYTES: u64 = 16 << 20;

/// What is wrong with a vocabulary, and what to do.
#[derive(Debug, Error)]
pub enum VocabularyError {
    #[error("it is larger than 16 MiB, so it is no Whisper vocabulary: copy the right file")]
    TooLarge,
    #[error("it is no JSON list of tokens: copy the vocabulary that belongs to the model")]
    Json(#[source] serde_json::Error),
    #[error(
        "it has {0} tokens where a Whisper model has at least {TEXT_TOKENS}: copy the vocabulary that belongs to the model"
    )]
    Short(usize),
    #[error(
        "its token {0} holds a character that Whisper's byte alphabet lacks: copy the vocabulary that belongs to the model"
    )]
    Character(usize),
}

/// Reads `vocabulary.json`, else `vocabulary.txt`.
pub(super) fn read(folder: &Path) -> Result<Vec<Vec<u8>>, ImportError> {
    let json = folder.join("vocabulary.json");
    let is_json = json.exists();
    let path = if is_json {
        json
    } else {
        folder.join("vocabulary.txt")
    };
    let text = read_bounded(&path).map_err(|source| ImportError::Open {
        path: path.clone(),
        source,
    })?;
    tokens(&text, is_json).map_err(|source| ImportError::Vocabulary { path, source })
}

/// Reads one byte more than allowed, so that a larger file is noticed without being held.
fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn tokens(text: &str, is_json: bool) -> Result<Vec<Vec<u8>>, VocabularyError> {
    if text.len() as u64 > MAX_BYTES {
        return Err(VocabularyError::TooLarge);
    }
    if is_json {
        let tokens: Vec<String> = serde_json::from_str(text).map_err(VocabularyError::Json)?;
        decode(tokens.iter().map(String::as_str))
    } else {
        decode(text.split('\n'))
    }
}

fn decode<'a>(tokens: impl Iterator<Item = &'a str>) -> Result<Vec<Vec<u8>>, VocabularyError> {
    let alphabet = byte_alphabet();
    let byte_of = |c: char| Some(*alphabet.get(c as usize)?.as_ref()?);
    let tokens = tokens
        .take(TEXT_TOKENS)
        .enumerate()
        .map(|(i, token)| {
            let bytes = token.chars().map(byte_of).collect::<Option<_>>();
            bytes.ok_or(VocabularyError::Character(i))
        })
        .collect::<Result<Vec<_>, _>>()?;
    match tokens.len() {
        TEXT_TOKENS => Ok(tokens),
        short => Err(VocabularyError::Short(short)),
    }
}

/// GPT-2 writes a byte as the character of that number where it can be printed, and the others, in
/// order, as the characters from U+0100 on. Indexed by character.
fn byte_alphabet() -> [Option<u8>; 0x144] {
    let mut byte_of = [None; 0x144];
    let mut next = 0x100;
    for byte in 0..=u8::MAX {
        if matches!(byte, 33..=126 | 161..=172 | 174..=255) {
            byte_of[usize::from(byte)] = Some(byte);
        } else {
            byte_of[next] = Some(byte);
            next += 1;
        }
    }
    byte_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_covers_every_byte_once() {
        let mut bytes: Vec<u8> = byte_alphabet().into_iter().flatten().collect();
        bytes.sort_unstable();
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
        assert_eq!(byte_alphabet()['Ġ' as usize], Some(b' '));
        assert_eq!(byte_alphabet()['Ċ' as usize], Some(b'\n'));
    }

    #[test]
    fn both_files_give_the_same_bytes() {
        let mut words = vec!["a".to_owned(); TEXT_TOKENS + 3];
        words[1] = "Ġthe".to_owned();
        words[2] = "ãģĤ".to_owned();
        let json = tokens(&serde_json::to_string(&words).unwrap(), true).unwrap();
        let text = tokens(&words.join("\n"), false).unwrap();
        assert_eq!(json, text);
        assert_eq!(json.len(), TEXT_TOKENS);
        assert_eq!(json[1], b" the");
        assert_eq!(json[2], "あ".as_bytes());
    }

    #[test]
    fn wrong_vocabularies_are_named() {
        assert!(matches!(tokens("{}", true), Err(VocabularyError::Json(_))));
        assert!(matches!(
            tokens("a\nb", false),
            Err(VocabularyError::Short(2))
        ));
        assert!(matches!(
            tokens("a\n日本", false),
            Err(VocabularyError::Character(1))
        ));
        let large = "a".repeat(17 << 20);
        assert!(matches!(
            tokens(&large, false),
            Err(VocabularyError::TooLarge)
        ));
    }
}
