//! What the nurse's page was told of a talk's text, and how late it was. Ends of utterances come
//! from the file that is played, never from the service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::interview::Outcome;

/// Samples per second.
const RATE: f64 = 16_000.0;
/// Samples that are weighed together: 10 ms.
const WEIGHED: usize = 160;
/// What is quieter than -35 dB of full scale is a pause.
const LOUD: f32 = 0.017_782_8;
/// A pause of so many pieces ends an utterance (300 ms).
const PAUSE: usize = 30;
/// The service ends a voice at its last loud frame; what lies in a file's table may end a little
/// later, after the last sound has died away.
const DYING_AWAY: f64 = 0.3;

/// A stretch of a file in which somebody speaks, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Utterance {
    pub from: f64,
    pub to: f64,
}

/// Who speaks when in a file, and how that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    pub utterances: Vec<Utterance>,
    /// Else by energy, which takes every noise for a voice.
    pub by_table: bool,
}

/// Who speaks when in `sound`, 16 kHz, that was read from `file`: by the table beside it
/// (`FILE.tsv`, or `NAME.tsv` for `NAME.WHO.opus`), else by its energy.
///
/// # Errors
/// The table can't be read.
pub fn spoken(file: &Path, who: &str, sound: &[f32]) -> anyhow::Result<Spoken> {
    let table = table_of(file, who);
    let utterances = match &table {
        Some(table) => read_table(table, who).with_context(|| format!("{}", table.display()))?,
        None => by_energy(sound),
    };
    Ok(Spoken {
        utterances,
        by_table: table.is_some(),
    })
}

fn table_of(file: &Path, who: &str) -> Option<PathBuf> {
    let own = file.with_extension("tsv");
    let stem = own.file_stem()?.to_str()?;
    let shared = stem
        .strip_suffix(who)
        .and_then(|stem| stem.strip_suffix('.'));
    let shared = shared.map(|stem| own.with_file_name(format!("{stem}.tsv")));
    [Some(own.clone()), shared]
        .into_iter()
        .flatten()
        .find(|path| path.exists())
}

/// Lines of `from`, `to`, who and words. Whoever is not the nurse sits at the resident's microphone.
fn read_table(path: &Path, who: &str) -> anyhow::Result<Vec<Utterance>> {
    let mut utterances = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [from, to, speaker, ..] = fields.as_slice() else {
            anyhow::bail!("a line has not the four columns from, to, who, words");
        };
        if (*speaker == "nurse") == (who == "nurse") {
            let seconds = |text: &str| text.parse().with_context(|| format!("`{text}` is no time"));
            utterances.push(Utterance {
                from: seconds(from)?,
                to: seconds(to)?,
            });
        }
    }
    Ok(utterances)
}

fn by_energy(sound: &[f32]) -> Vec<Utterance> {
    let mut utterances: Vec<Utterance> = Vec::new();
    let mut quiet = PAUSE;
    for (n, piece) in sound.chunks(WEIGHED).enumerate() {
        let power = piece.iter().map(|s| s * s).sum::<f32>() / piece.len() as f32;
        if power.sqrt() < LOUD {
            quiet += 1;
            continue;
        }
        let (from, to) = (
            (n * WEIGHED) as f64 / RATE,
            ((n + 1) * WEIGHED) as f64 / RATE,
        );
        match utterances.last_mut() {
            Some(last) if quiet < PAUSE => last.to = to,
            _ => utterances.push(Utterance { from, to }),
        }
        quiet = 0;
    }
    utterances
}

/// Confirmed text as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub start_ms: i64,
    pub end_ms: i64,
    /// As the nurse sees it.
    pub text: String,
    /// As it was recognised, where she sees other words of the same sound.
    pub heard: Option<String>,
    pub at: Instant,
}

/// The text of one talk.
#[derive(Debug, Default)]
pub struct Text {
    /// By `nurse` and `resident`, in the order of time.
    pub shown: BTreeMap<String, Vec<Shown>>,
    /// How often text changed after it was confirmed.
    pub rewrites: u64,
    /// The interview's clock when the voices began to play.
    pub began_ms: i64,
    /// When they did.
    began: Option<Instant>,
}

impl Text {
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let mut text = Self {
            began: Some(outcome.began),
            ..Self::default()
        };
        let parties = parties(outcome);
        let mut confirmed = BTreeMap::new();
        let mut began_ms = i64::MIN;
        for (at, event) in &outcome.told {
            let since = at.saturating_duration_since(outcome.began).as_millis();
            let since = i64::try_from(since).unwrap_or(i64::MAX);
            // The message that was on its way for the shortest time says it best.
            began_ms = began_ms.max(event["at_ms"].as_i64().unwrap_or_default() - since);
            let (kind, data) = (event["type"].as_str().unwrap_or_default(), &event["data"]);
            let words = data["text"].as_str().unwrap_or_default();
            if !matches!(kind, "partial" | "segment") {
                continue;
            }
            let id = data["id"].as_str().unwrap_or_default();
            match confirmed.get(id) {
                Some(before) if *before != words => text.rewrites += 1,
                Some(_) => {}
                None if kind == "segment" => {
                    confirmed.insert(id, words);
                    let of = data["participant"].as_str().unwrap_or_default();
                    let party = parties.get(of).cloned().unwrap_or_default();
                    let repaired = repaired(words, &data["repairs"]);
                    text.shown.entry(party).or_default().push(Shown {
                        start_ms: data["start_ms"].as_i64().unwrap_or_default(),
                        end_ms: data["end_ms"].as_i64().unwrap_or_default(),
                        heard: repaired.is_some().then(|| words.to_owned()),
                        text: repaired.unwrap_or_else(|| words.to_owned()),
                        at: *at,
                    });
                }
                None => {}
            }
        }
        text.began_ms = began_ms;
        for shown in text.shown.values_mut() {
            shown.sort_by_key(|it| (it.start_ms, it.end_ms));
        }
        text
    }

    /// How long after each utterance its text was there; utterances without text are left out.
    #[must_use]
    pub fn delays(&self, party: &str, utterances: &[Utterance]) -> Vec<Duration> {
        let shown = self.shown.get(party).map(Vec::as_slice).unwrap_or_default();
        let Some(began) = self.began else {
            return Vec::new();
        };
        let delay = |utterance: &Utterance| {
            let on_clock = |seconds: f64| self.began_ms as f64 + seconds * 1_000.0;
            let covers = |it: &&Shown| {
                (it.start_ms as f64) < on_clock(utterance.to)
                    && it.end_ms as f64 >= on_clock(utterance.to - DYING_AWAY)
            };
            let first = shown.iter().filter(covers).map(|it| it.at).min()?;
            let spoken = began + Duration::from_secs_f64(utterance.to);
            Some(first.saturating_duration_since(spoken))
        };
        utterances.iter().filter_map(delay).collect()
    }
}

/// A text with the words that are shown in place of what was heard; `None` where there are none.
fn repaired(heard: &str, repairs: &Value) -> Option<String> {
    let repairs = repairs.as_array().filter(|all| !all.is_empty())?;
    let units: Vec<u16> = heard.encode_utf16().collect();
    let (mut shown, mut at) = (Vec::new(), 0);
    for repair in repairs {
        let unit = |n: usize| usize::try_from(repair["at"][n].as_u64()?).ok();
        shown.extend_from_slice(units.get(at..unit(0)?)?);
        shown.extend(repair["now"].as_str()?.encode_utf16());
        at = unit(1)?;
    }
    shown.extend_from_slice(units.get(at..)?);
    String::from_utf16(&shown).ok()
}

/// Whose id is which party, as the end of the talk names them.
fn parties(outcome: &Outcome) -> BTreeMap<String, String> {
    let over = outcome
        .told
        .iter()
        .find(|(_, event)| event["type"] == "over");
    let tracks = over.and_then(|(_, over)| over["data"]["tracks"].as_array());
    let name = |track: &Value, key: &str| track[key].as_str().unwrap_or_default().to_owned();
    let tracks = tracks.into_iter().flatten();
    tracks
        .map(|track| (name(track, "participant"), name(track, "party")))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nurse_sees_the_words_of_the_same_sound() {
        let repairs = json!([{ "at": [0, 2], "now": "妊娠" }, { "at": [4, 5], "now": "張り" }]);
        let shown = repaired("人心𠮷針が", &repairs);
        assert_eq!(shown.as_deref(), Some("妊娠𠮷張りが"));
        assert_eq!(repaired("人心", &json!([])), None);
        assert_eq!(
            repaired("人心", &json!([{ "at": [1, 9], "now": "妊娠" }])),
            None
        );
    }

    #[test]
    fn a_table_counts_before_the_energy_and_the_companion_is_on_her_track() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.resident.opus");
        let pause = vec![0.0; 16_000];
        let loud = vec![0.1; 16_000];
        let sound = [&pause[..], &loud, &pause[..4_000], &loud, &pause].concat();
        let heard = spoken(&file, "resident", &sound).unwrap();
        assert!(!heard.by_table);
        assert_eq!(
            heard.utterances,
            [Utterance {
                from: 1.0,
                to: 3.25
            }]
        );
        std::fs::write(
            dir.path().join("a.tsv"),
            "0.5\t1.0\tnurse\tはい\n1.5\t2.5\tresident\tはい\n3.0\t4.0\tcompanion\tええ\n",
        )
        .unwrap();
        let said = spoken(&file, "resident", &sound).unwrap();
        assert!(said.by_table);
        assert_eq!(
            said.utterances,
            [
                Utterance { from: 1.5, to: 2.5 },
                Utterance { from: 3.0, to: 4.0 }
            ]
        );
        std::fs::write(dir.path().join("a.tsv"), "x\t1.0\tnurse\tはい\n").unwrap();
        assert!(spoken(&dir.path().join("a.nurse.opus"), "nurse", &sound).is_err());
    }
}
