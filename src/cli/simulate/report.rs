//! What `simulate` reports: what came of every voice, what was found in the words, and how late.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;
use yorisoi_domain::pii::Pii;

use crate::models::{Dims, Sha256};
use crate::simulate::account::{Compared, Held};
use crate::simulate::interview::{Heard, Outcome};
use crate::simulate::network::Badness;
use crate::simulate::participant::Silence;
use crate::simulate::text::Text;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) interviews: u16,
    /// Of sound, in each interview.
    pub(super) seconds: f64,
    /// `null` for a service that is not ours.
    pub(super) model: Option<Model>,
    pub(super) tracks: Vec<TrackReport>,
    /// The service's account of time against what is known of the talk; a deviation is an error.
    pub(super) account_against_tsv: Vec<HeldReport>,
    pub(super) flags: Vec<Flag>,
    /// How far each item was asked about; in the first interview that has ended.
    pub(super) coverage: BTreeMap<String, String>,
    pub(super) caption_delay_ms: CaptionDelay,
    /// How often text changed after it was confirmed.
    pub(super) rewrites: u64,
    /// Of speech in what was played, over all interviews.
    pub(super) speech_s: f64,
    /// The service's processor time over all interviews; `null` for a service that is not ours.
    pub(super) cpu_s: Option<f64>,
    pub(super) rss_bytes: Option<Memory>,
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) sha256: Sha256,
    pub(super) dims: Dims,
}

/// From the end of an utterance in the file until the nurse's page holds its text.
#[derive(Debug, Default, Serialize)]
pub(super) struct CaptionDelay {
    /// Utterances whose text came, of so many.
    pub(super) n: usize,
    pub(super) utterances: usize,
    pub(super) p50: Option<u64>,
    pub(super) p95: Option<u64>,
    pub(super) max: Option<u64>,
}

impl CaptionDelay {
    pub(super) fn of(mut delays: Vec<Duration>, utterances: usize) -> Self {
        delays.sort_unstable();
        let at = |share: usize| {
            let index = (delays.len() * share).div_ceil(100).checked_sub(1)?;
            u64::try_from(delays.get(index)?.as_millis()).ok()
        };
        Self {
            n: delays.len(),
            utterances,
            p50: at(50),
            p95: at(95),
            max: at(100),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Segment {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) text: Pii<String>,
    /// As the recognizer wrote it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) heard: Option<Pii<String>>,
    pub(super) r#final: bool,
}

/// What was found in what was said.
#[derive(Debug, Serialize)]
pub(super) struct Flag {
    interview: u16,
    item: String,
    tier: String,
    rule: Option<String>,
    /// Of its first quote.
    start_ms: i64,
    quote: Pii<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct TrackReport {
    pub(super) interview: u16,
    pub(super) track: &'static str,
    /// The interview's clock when the voices began to play.
    pub(super) began_ms: i64,
    pub(super) segments: Vec<Segment>,
    pub(super) packets: Packets,
    /// The longest time in which the other side received nothing of this voice.
    pub(super) longest_silence_ms: Option<u64>,
    /// From when the network was whole again until the other side heard this voice again; `null`
    /// where nothing broke its path.
    pub(super) back_after_ms: Option<u64>,
    /// New connections that it took.
    pub(super) rejoins: usize,
    pub(super) account_ms: Account,
}

#[derive(Debug, Serialize)]
pub(super) struct HeldReport {
    interview: u16,
    track: &'static str,
    #[serde(flatten)]
    held: Held,
}

#[derive(Debug, Serialize)]
pub(super) struct Packets {
    pub(super) sent: u64,
    /// By the service.
    pub(super) received: u64,
    /// Of these, by the other side.
    pub(super) forwarded: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Account {
    pub(super) speech: u64,
    pub(super) silence: u64,
    pub(super) gaps: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Memory {
    pub(super) idle: u64,
    pub(super) peak: u64,
    pub(super) per_interview: u64,
}

impl Report {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for track in &self.tracks {
            let Packets {
                sent,
                received,
                forwarded,
            } = track.packets;
            writeln!(
                out,
                "interview {} {}: {sent} packets sent, {received} received, {forwarded} forwarded",
                track.interview, track.track
            )?;
            for segment in &track.segments {
                let seconds = segment.start_ms as f64 / 1_000.0;
                writeln!(out, "  {seconds:7.2} s  {}", segment.text.expose())?;
            }
        }
        let delay = &self.caption_delay_ms;
        if let (Some(p50), Some(p95), Some(max)) = (delay.p50, delay.p95, delay.max) {
            writeln!(
                out,
                "text after {p50} ms (p50), {p95} ms (p95), {max} ms at most; {} of {} utterances",
                delay.n, delay.utterances
            )?;
        }
        if let Some(cpu) = self.cpu_s {
            writeln!(
                out,
                "processor: {cpu:.2} s for {:.1} s of talk",
                self.seconds
            )?;
        }
        if let Some(memory) = &self.rss_bytes {
            writeln!(
                out,
                "memory: {} bytes, {} at most",
                memory.idle, memory.peak
            )?;
        }
        for flag in &self.flags {
            let seconds = flag.start_ms as f64 / 1_000.0;
            writeln!(
                out,
                "interview {} {seconds:7.2} s  {} ({}): {}",
                flag.interview,
                flag.item,
                flag.tier,
                flag.quote.expose()
            )?;
        }
        for error in &self.errors {
            writeln!(out, "error: {error}")?;
        }
        Ok(())
    }

    /// The records must name the weights that we told the service to load.
    pub(super) fn check_model(&mut self, interview: u16, transcript: &Value) {
        let Some(model) = &self.model else { return };
        let right = model.sha256.to_string();
        let segments = transcript["segments"].as_array().into_iter().flatten();
        if segments
            .into_iter()
            .any(|it| it["model_sha256"] != right.as_str())
        {
            self.errors.push(format!(
                "interview {interview}: a text was written by other weights"
            ));
        }
    }

    pub(super) fn add(
        &mut self,
        interview: u16,
        outcome: &Outcome,
        text: &mut Text,
        records: &Value,
        badness: Badness,
    ) {
        let bad = !badness.is_good();
        let whole = badness.whole_again().map(|at| outcome.began + at);
        for (track, heard) in [("nurse", outcome.nurse), ("resident", outcome.resident)] {
            let Heard {
                sent,
                received,
                forwarded,
                silence,
                ..
            } = heard;
            let forwarded = forwarded.packets();
            if !bad && (received != sent || forwarded != sent) {
                self.errors.push(format!(
                    "interview {interview} {track}: of {sent} packets {received} were received and {forwarded} forwarded"
                ));
            }
            let accounts = records["accounts"].as_array().into_iter().flatten();
            let account = accounts
                .into_iter()
                .find(|account| account["party"] == track);
            let number = |value: &Value| value.as_u64().unwrap_or_default();
            let account = account.unwrap_or(&Value::Null);
            let gaps = account["gaps_ms"].as_object().into_iter().flatten();
            let gaps = gaps
                .map(|(reason, ms)| (reason.clone(), number(ms)))
                .collect();
            let shown = text.shown.remove(track).unwrap_or_default();
            let segments = shown.into_iter().map(|it| Segment {
                start_ms: it.start_ms,
                end_ms: it.end_ms,
                text: it.text.into(),
                heard: it.heard.map(Into::into),
                r#final: true,
            });
            self.tracks.push(TrackReport {
                interview,
                track,
                began_ms: text.began_ms,
                segments: segments.collect(),
                packets: Packets {
                    sent,
                    received,
                    forwarded,
                },
                longest_silence_ms: silence.map(|it| ms(it.lasting)),
                back_after_ms: whole.map(|whole| silence.map_or(0, |it| back_after(it, whole))),
                rejoins: if track == "resident" {
                    outcome.rejoins
                } else {
                    0
                },
                account_ms: Account {
                    speech: number(&account["speech_ms"]),
                    silence: number(&account["silence_ms"]),
                    gaps,
                },
            });
        }
    }

    /// How the account of one track compares; where it does not hold, that is an error.
    /// Over a bad network it is no error: that words are lost there is what is measured.
    pub(super) fn add_held(
        &mut self,
        interview: u16,
        track: &'static str,
        held: Held,
        bad_network: bool,
    ) {
        let speech = held.speech.iter().map(|it| ("speech".to_owned(), it));
        let planted = held.planted.iter().map(|it| {
            let reason = serde_json::to_value(it.reason).unwrap_or_default();
            (reason.as_str().unwrap_or_default().to_owned(), &it.compared)
        });
        let broken = speech
            .chain(planted)
            .filter(|(_, it)| !it.holds && !bad_network);
        for (what, compared) in broken {
            let Compared {
                expected_ms,
                found_ms,
                ..
            } = compared;
            self.errors.push(format!(
                "interview {interview} {track}: the account does not hold: {what} for {found_ms} ms where {expected_ms} ms were played"
            ));
        }
        self.account_against_tsv.push(HeldReport {
            interview,
            track,
            held,
        });
    }

    /// What the nurse's page was told of flags while the talk lasted must be what the records hold.
    pub(super) fn check_told(&mut self, interview: u16, outcome: &Outcome, flags: &Value) {
        let mut told = BTreeMap::new();
        for (_, event) in &outcome.told {
            let data = &event["data"];
            let id = data["id"].as_str().unwrap_or_default();
            match event["type"].as_str() {
                Some("flag") => drop(told.insert(id, data["item"].as_str().unwrap_or_default())),
                Some("flag_gone") => drop(told.remove(id)),
                _ => {}
            }
        }
        let kept = flags["flags"].as_array().into_iter().flatten();
        let kept = kept.map(|flag| {
            let text = |name: &str| flag[name].as_str().unwrap_or_default();
            (text("id"), text("item"))
        });
        if told != kept.collect() {
            self.errors.push(format!(
                "interview {interview}: the nurse's page was told of other flags than the records hold"
            ));
        }
    }

    /// The words that were found, a question before its answer.
    pub(super) fn add_flags(&mut self, interview: u16, flags: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for flag in flags["flags"].as_array().into_iter().flatten() {
            self.flags.push(Flag {
                interview,
                item: text(&flag["item"]),
                tier: text(&flag["tier"]),
                rule: flag["rule"].as_str().map(str::to_owned),
                start_ms: flag["at_ms"].as_i64().unwrap_or_default(),
                quote: marked(&flag["quotes"]).into(),
            });
        }
        if self.coverage.is_empty() {
            let coverage = flags["coverage"].as_array().into_iter().flatten();
            self.coverage = coverage
                .map(|it| (text(&it["item"]), text(&it["state"])))
                .collect();
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A path that came back without a pause that anybody hears was never away.
fn back_after(silence: Silence, whole: Instant) -> u64 {
    if silence.lasting < Duration::from_millis(200) {
        return 0;
    }
    ms(silence.ended.into_std().saturating_duration_since(whole))
}

fn marked(quotes: &Value) -> String {
    let quotes = quotes.as_array().into_iter().flatten();
    let words: Vec<_> = quotes.filter_map(|it| it["marked"].as_str()).collect();
    words.join(" … ")
}
