//! Does a sentence go on? People pause after 「お酒は」 as long as after a whole sentence. Text cut
//! there reads badly and is recognised worse, so such a pause is given a little longer.

/// Ends of what is not finished: particles, conjunctions and fillers, as they are heard.
const OPEN_ENDS: &[&str] = &[
    "、",
    "て",
    "で",
    "けど",
    "けれど",
    "が",
    "は",
    "を",
    "に",
    "と",
    "の",
    "も",
    "や",
    "へ",
    "から",
    "まで",
    "より",
    "し",
    "ので",
    "のに",
    "たら",
    "れば",
    "なら",
    "とか",
    "って",
    "ながら",
    "えっと",
    "えーと",
    "えー",
    "あの",
    "あのー",
    "その",
    "そのー",
    "まあ",
    "なんか",
];

/// Whether a listener would expect more after these words.
pub fn goes_on(text: &str) -> bool {
    OPEN_ENDS.iter().any(|end| text.trim_end().ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_and_fillers_go_on_and_endings_do_not() {
        for text in [
            "お酒は",
            "やめたいんですけど",
            "えっと",
            "病院に行って",
            "それで、",
        ] {
            assert!(goes_on(text), "{text}");
        }
        for text in [
            "はい",
            "ないです。",
            "吸いますか",
            "わかりました",
            "うん",
            "いいえ",
            "16週ですね。",
            "",
        ] {
            assert!(!goes_on(text), "{text}");
        }
    }
}
