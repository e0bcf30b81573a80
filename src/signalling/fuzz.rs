//! What must hold for any text that a page sends: a body for `script/fuzz` and for the property
//! tests. It panics where a promise is broken.

use super::message::{LONGEST, LONGEST_ID, VERSION};
use super::ws::read;

/// A message: read as one of the known ones, or refused under an id that can be answered.
pub fn message(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match read(&text) {
        Ok(message) => {
            assert!(text.len() <= LONGEST && message.v == VERSION);
            assert!((1..=LONGEST_ID).contains(&message.id.len()));
        }
        Err((id, _)) => {
            assert!(id.is_none_or(|id| (1..=LONGEST_ID).contains(&id.len())));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_found_once_is_kept() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/message");
        let mut read_as_messages = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let seed = std::fs::read(file.unwrap().path()).unwrap();
            message(&seed);
            read_as_messages += usize::from(read(&String::from_utf8_lossy(&seed)).is_ok());
        }
        assert!(read_as_messages > 0, "the seeds are messages");
    }

    proptest! {
        #[test]
        fn any_text_is_a_message_or_refused(
            text in "(\\{\"v\":[012],|\"id\":\"[a\\\\\"]{0,70}\",|\"type\":\"(hello|offer|muted|ping|captions)\",|\"data\":|[{}\\[\\],:]|true|null|\"resume\":|\"last_seq\":-?[0-9]{0,22}|\"on\":|.){0,14}"
        ) {
            message(text.as_bytes());
        }

        #[test]
        fn any_id_comes_back_or_none(id in "\\PC{0,80}", v in 0..3_u8, on in any::<bool>()) {
            let whole = serde_json::json!({ "v": v, "id": id, "type": "muted", "data": { "on": on } });
            message(whole.to_string().as_bytes());
        }
    }
}
