//! Looks for texts in bytes and folders, in every form in which a mistake would leave them: as they
//! are, in UTF-16, base64, percent-encoded, escaped as in JSON, in hexadecimal, and as Rust prints bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use yorisoi::clock::{IdGen as _, SystemIds};
use yorisoi::simulate::voice;
use yorisoi::sound;

use super::{data, log};

/// What every simulated resident is called, and where she is called.
const CALLED: [&str; 3] = ["模擬 面談", "モギ メンダン", "090-0000-0000"];
/// A shorter packet may stand somewhere by chance.
const SOUND: usize = 40;

pub(crate) struct Scan {
    finder: AhoCorasick,
    /// The text and the form of each pattern.
    patterns: Vec<(String, &'static str)>,
}

impl Scan {
    pub(crate) fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::with_sound(texts, &[])
    }

    /// Packets too, as a voice sent them.
    fn with_sound<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, sound: &[Bytes]) -> Self {
        let (mut bytes, mut patterns) = (Vec::new(), Vec::new());
        for text in texts {
            let text = text.as_ref();
            assert!(text.len() >= 6, "`{text}` stands everywhere by chance");
            for (form, pattern) in forms(text) {
                bytes.push(pattern);
                patterns.push((text.to_owned(), form));
            }
        }
        for packet in sound {
            bytes.push(packet.to_vec());
            patterns.push(("her voice".to_owned(), "packet"));
        }
        assert!(!patterns.is_empty());
        Self {
            finder: AhoCorasick::new(bytes).unwrap(),
            patterns,
        }
    }

    /// What of it stands in these bytes, as `TEXT (FORM)`.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> BTreeSet<String> {
        let found = self.finder.find_overlapping_iter(bytes);
        found
            .map(|found| {
                let (text, form) = &self.patterns[found.pattern().as_usize()];
                format!("{text} ({form})")
            })
            .collect()
    }

    /// What of it stands in the files under a folder, or in their names, as `PATH: TEXT (FORM)`.
    pub(crate) fn folder(&self, folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        // A service that runs may have removed it, or any of its files.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let named = self.bytes(name.as_bytes());
            let inside = if path.is_dir() {
                self.folder(&path)
            } else {
                self.bytes(&std::fs::read(&path).unwrap_or_default())
            };
            found.extend(
                named
                    .into_iter()
                    .chain(inside)
                    .map(|it| format!("{name}: {it}")),
            );
        }
        found
    }
}

fn forms(text: &str) -> BTreeSet<(&'static str, Vec<u8>)> {
    let units = || text.encode_utf16();
    let each = |write: &dyn Fn(u8) -> String| -> Vec<u8> {
        text.bytes().map(write).collect::<String>().into_bytes()
    };
    let percent = |upper: bool| {
        each(&|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
    };
    let json = |upper: bool| {
        let unit = |unit: u16| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ if upper => format!("\\u{unit:04X}"),
            _ => format!("\\u{unit:04x}"),
        };
        units().map(unit).collect::<String>().into_bytes()
    };
    let printed: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    let mut forms = BTreeSet::from([
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-16le", units().flat_map(u16::to_le_bytes).collect()),
        ("utf-16be", units().flat_map(u16::to_be_bytes).collect()),
        ("percent", percent(true)),
        ("percent", percent(false)),
        ("json", json(true)),
        ("json", json(false)),
        ("hex", each(&|byte| format!("{byte:02x}"))),
        ("hex", each(&|byte| format!("{byte:02X}"))),
        ("bytes", printed.join(", ").into_bytes()),
    ]);
    // Wherever it begins in what was encoded; the digits that its neighbours share are left out.
    for before in 0..3 {
        let whole = [&[0; 2][..before.min(2)], text.as_bytes()].concat();
        let ends = whole.len() / 3 * 4;
        let begins = [0, 2, 3][before];
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let digits = engine.encode(&whole);
            forms.insert(("base64", digits.as_bytes()[begins..ends].to_vec()));
        }
    }
    forms
}

/// Writes the text once in every form, each a file, and returns how many: the control of a scan.
pub(crate) fn plant(folder: &Path, text: &str) -> usize {
    let forms = forms(text);
    for (n, (form, bytes)) in forms.iter().enumerate() {
        let content = [b"before ".as_slice(), bytes, b" after"].concat();
        std::fs::write(folder.join(format!("planted-{n}-{form}")), content).unwrap();
    }
    forms.len()
}

pub(crate) fn unplant(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("planted-") {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// What of these texts, of what everybody is called, and of the sound of `speech/sentence.opus` as it was
/// sent lies anywhere under this folder, whose every file is read, or in what this process logged after
/// its first `logged` bytes. That the scan would see it is shown each time.
pub(crate) fn lies(folder: &Path, logged: usize, said: &[&str]) -> BTreeSet<String> {
    let packets = sentence();
    let scan = Scan::with_sound(said.iter().chain(&CALLED), packets);
    let texts = plant(folder, said[0]);
    std::fs::write(folder.join("planted-sound"), &packets[9]).unwrap();
    let seen = scan.folder(folder);
    let planted = seen.iter().filter(|it| it.starts_with("planted-"));
    assert_eq!(planted.count(), texts + 1, "the scan is blind: {seen:#?}");
    unplant(folder);
    let mut found = scan.folder(folder);

    let (control, told) = (SystemIds.id().to_string(), log::since(logged));
    found.extend(
        scan.bytes(&told)
            .into_iter()
            .map(|it| format!("the log: {it}")),
    );
    tracing::debug!(target: "yorisoi", control, "a scan of the log");
    let control = Scan::of([control]);
    let later = log::since(logged + told.len());
    assert!(control.bytes(&told).is_empty() && !control.bytes(&later).is_empty());
    found
}

/// The packets of a sentence that everybody says.
fn sentence() -> &'static [Bytes] {
    static PACKETS: OnceLock<Vec<Bytes>> = OnceLock::new();
    PACKETS.get_or_init(|| {
        let sentence = sound::read(&data("speech/sentence.opus")).unwrap();
        let packets = voice::packets(&sentence[..24_000]).unwrap().into_iter();
        let packets: Vec<_> = packets.filter(|packet| packet.len() >= SOUND).collect();
        assert!(packets.len() > 20, "the sentence is silence");
        packets
    })
}

#[test]
fn a_text_is_found_in_every_form_and_wherever_it_stands() {
    let scan = Scan::of(["瑠璃香さん"]);
    for before in ["", "あ", "a", "bc"] {
        let whole = format!("{before}瑠璃香さんが");
        assert!(
            !scan
                .bytes(STANDARD_NO_PAD.encode(&whole).as_bytes())
                .is_empty()
        );
        assert!(
            !scan
                .bytes(format!("{:?}", whole.as_bytes()).as_bytes())
                .is_empty()
        );
        let json = serde_json::to_string(&whole).unwrap();
        assert!(!scan.bytes(json.as_bytes()).is_empty());
    }
    assert!(scan.bytes("瑠璃子さん".as_bytes()).is_empty());
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("deep")).unwrap();
    let planted = plant(&dir.path().join("deep"), "瑠璃香さん");
    assert_eq!(scan.folder(dir.path()).len(), planted);
    unplant(&dir.path().join("deep"));
    assert!(scan.folder(dir.path()).is_empty());
}
