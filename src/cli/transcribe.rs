//! `yorisoi transcribe`: sound files through the same segmenter, recognizer and guards as a call.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::pack::Pack;
use yorisoi_domain::transcript::account::{Account, GapReason, Interval, TimeKind, Totals};
use yorisoi_domain::transcript::segment::repaired;
use yorisoi_domain::transcript::span::{SAMPLES_PER_MS, Span};

use super::Format;
use crate::asr::offline::{self, Found};
use crate::asr::whisper::Whisper;
use crate::asr::{ModelInfo, Recognizer};
use crate::{models, rules, sound};

/// Arguments of `yorisoi transcribe`.
#[derive(Args, Debug)]
pub(crate) struct Transcribe {
    /// Sound files (WAV, FLAC, Ogg Opus). One file is one microphone in the room (`mixed`);
    /// several are tracks that began together, named after their files.
    files: Vec<PathBuf>,
    /// A track by name: nurse, resident, companion, interpreter or mixed.
    #[arg(long = "track", value_name = "NAME=FILE", value_parser = parse_track)]
    tracks: Vec<(String, PathBuf)>,
    /// A model of the manifest, or a ggml file.
    #[arg(long, default_value = "base")]
    model: String,
    #[command(flatten)]
    store: models::StoreArgs,
    /// Cores that decode; by default all, up to four. Fewer where other work runs beside it: threads
    /// that outnumber the free cores slow each other down many times over.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: Option<u16>,
    /// Leaves the text as the recognizer wrote it, without putting in words that sound the same.
    #[arg(long)]
    no_repair: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

const TRACK_NAMES: [&str; 5] = ["nurse", "resident", "companion", "interpreter", "mixed"];

fn parse_track(arg: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = arg.split_once('=').ok_or("write it as NAME=FILE")?;
    if !TRACK_NAMES.contains(&name) {
        return Err(format!(
            "{name}: not a track; it is one of {}",
            TRACK_NAMES.join(", ")
        ));
    }
    Ok((name.to_owned(), PathBuf::from(file)))
}

#[derive(Debug, Serialize)]
struct Report {
    model: ModelInfo,
    seconds: f64,
    segments: Vec<Segment>,
    account_ms: BTreeMap<String, Totals>,
    /// Seconds of work per second of the conversation, all tracks together.
    real_time_factor: f64,
}

#[derive(Debug, Serialize)]
struct Segment {
    track: String,
    start_ms: u64,
    end_ms: u64,
    text: Pii<String>,
    /// As the recognizer wrote it, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<Pii<String>>,
    r#final: bool,
}

impl Transcribe {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let tracks = self.named_tracks()?;
        let mut sounds = Vec::new();
        for (name, file) in &tracks {
            sounds.push((name.as_str(), sound::read(file)?));
        }
        let whisper = Whisper::load(&self.store.resolve(&self.model)?)?;
        let pack = if self.no_repair {
            None
        } else {
            Some(rules::shipped()?)
        };
        let threads = self.threads.unwrap_or_else(cores);
        let report = transcribe(&whisper, threads, &sounds, pack.as_deref())?;
        self.format.print(&report, write_text)
    }

    fn named_tracks(&self) -> anyhow::Result<Vec<(String, PathBuf)>> {
        let mut tracks = self.tracks.clone();
        for file in &self.files {
            let name = if self.files.len() == 1 && tracks.is_empty() {
                "mixed".to_owned()
            } else {
                let stem = file
                    .file_stem()
                    .with_context(|| format!("{}", file.display()))?;
                stem.to_string_lossy().into_owned()
            };
            tracks.push((name, file.clone()));
        }
        if tracks.is_empty() {
            bail!("name at least one sound file");
        }
        for (i, (name, _)) in tracks.iter().enumerate() {
            if tracks[..i].iter().any(|(other, _)| other == name) {
                bail!("two tracks are called {name}; name each with --track");
            }
        }
        Ok(tracks)
    }
}

/// One decode runs at a time, so every core may work on it.
fn cores() -> u16 {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    u16::try_from(cores).unwrap_or(1)
}

fn transcribe(
    recognizer: &dyn Recognizer,
    threads: u16,
    sounds: &[(&str, Vec<f32>)],
    pack: Option<&Pack>,
) -> anyhow::Result<Report> {
    let started = Instant::now();
    let mut slot = recognizer.slot(threads)?;
    let longest = sounds
        .iter()
        .map(|(_, pcm)| pcm.len() as u64)
        .max()
        .unwrap_or(0);
    let total_ms = longest / SAMPLES_PER_MS;

    let mut segments = Vec::new();
    let mut account_ms = BTreeMap::new();
    for (name, pcm) in sounds {
        let mut marks = Vec::new();
        offline::hear(slot.as_mut(), pcm, |found| match found {
            Found::Said(span, hypothesis) => {
                marks.push(mark(span, TimeKind::Speech));
                let heard = hypothesis.text();
                let repairs = pack.map_or_else(Vec::new, |pack| pack.repairs(&heard));
                let text = repaired(&heard, &repairs);
                segments.push(Segment {
                    track: (*name).to_owned(),
                    start_ms: span.from_ms(),
                    end_ms: span.to_ms(),
                    text: text.into(),
                    heard: (!repairs.is_empty()).then(|| heard.into()),
                    r#final: true,
                });
            }
            Found::Gap(span, reason) => marks.push(mark(span, TimeKind::Gap(reason))),
        })?;
        let end = Span::new(pcm.len() as u64, longest);
        marks.push(mark(end, TimeKind::Gap(GapReason::Absent)));
        account_ms.insert(
            (*name).to_owned(),
            Account::settle(total_ms, &marks).totals(),
        );
    }
    segments.sort_by_key(|s: &Segment| (s.start_ms, s.end_ms));

    let seconds = total_ms as f64 / 1_000.0;
    let real_time_factor = started.elapsed().as_secs_f64() / seconds.max(0.001);
    let model = recognizer.model().clone();
    Ok(Report {
        model,
        seconds,
        segments,
        account_ms,
        real_time_factor,
    })
}

fn mark(span: Span, kind: TimeKind) -> Interval {
    Interval {
        from_ms: span.from_ms(),
        to_ms: span.to_ms(),
        kind,
    }
}

fn write_text(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for s in &report.segments {
        writeln!(
            out,
            "{} {:>8}  {}",
            clock(s.start_ms),
            s.track,
            s.text.expose()
        )?;
    }
    writeln!(out)?;
    for (track, totals) in &report.account_ms {
        write!(
            out,
            "{track}: speech {}, silence {}",
            secs(totals.speech),
            secs(totals.silence)
        )?;
        for (reason, ms) in &totals.gaps {
            write!(out, ", {reason:?} {}", secs(*ms))?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "{} · {:.1} s · real-time factor {:.2}",
        report.model.name, report.seconds, report.real_time_factor
    )
}

fn clock(ms: u64) -> String {
    format!(
        "{:02}:{:02}.{}",
        ms / 60_000,
        ms / 1_000 % 60,
        ms % 1_000 / 100
    )
}

fn secs(ms: u64) -> String {
    format!("{:.1} s", ms as f64 / 1_000.0)
}
