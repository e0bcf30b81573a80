//! `yorisoi simulate`: holds interviews with simulated participants over real WebRTC and reports
//! what came of every voice.

mod network;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};

use self::network::NetworkArgs;
use self::report::{CaptionDelay, Memory, Model, Report};
use super::Format;
use super::place::runtime;
use super::serve::AsrPlaces;
use crate::clock::{Clock, SystemClock};
use crate::media::engine::{Bind, Engine, MediaSettings};
use crate::simulate::account::{Played, against};
use crate::simulate::client::Client;
use crate::simulate::interview::{Outcome, Setting, Voices, hold};
use crate::simulate::network::Badness;
use crate::simulate::plant::{Plant, in_order};
use crate::simulate::service::Service;
use crate::simulate::text::{Spoken, Text, spoken};
use crate::simulate::voice;
use crate::{models, sound};

/// The records of a call are written when its last socket has closed.
const SETTLED: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// What a participant says: `nurse=FILE` and `resident=FILE` (WAV, FLAC, Ogg Opus).
    #[arg(long = "track", value_name = "WHO=FILE", required = true, value_parser = track)]
    tracks: Vec<(Who, PathBuf)>,
    /// How many interviews at once, all with the same voices.
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=500))]
    interviews: u16,
    #[command(flatten)]
    network: NetworkArgs,
    /// Only the first seconds of the files.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
    /// What is done to the resident's voice, in seconds of the talk, and must stand in the account
    /// under its reason: drop=FROM-TO (her packets are lost), mute=FROM-TO, pause=FROM-TO,
    /// refuse=AT (she takes her consent to text back). May be given several times.
    #[arg(long = "plant", value_name = "WHAT=WHEN")]
    plants: Vec<Plant>,
    /// What the resident answers to being written down.
    #[arg(long, default_value = "transcript", value_parser = ["transcript", "captions_only", "none"])]
    transcription: String,
    /// The speech model of the service: a name of the manifest, or a ggml file.
    #[arg(long, conflicts_with = "url", default_value = "base")]
    model: String,
    #[command(flatten)]
    models: models::StoreArgs,
    #[command(flatten)]
    asr: AsrPlaces,
    /// A service that runs already, such as http://127.0.0.1:8460, instead of one of its own.
    #[arg(long, requires = "sign_in")]
    url: Option<String>,
    /// With --url: a nurse's sign-in link.
    #[arg(long, requires = "url", value_name = "LINK")]
    sign_in: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nurse,
    Resident,
}

fn track(text: &str) -> Result<(Who, PathBuf), String> {
    let (who, file) = text.split_once('=').ok_or("WHO=FILE is expected")?;
    let who = match who {
        "nurse" => Who::Nurse,
        "resident" => Who::Resident,
        _ => return Err("WHO is `nurse` or `resident`".to_owned()),
    };
    Ok((who, PathBuf::from(file)))
}

impl Simulate {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let report = runtime()?.block_on(self.report())?;
        self.format
            .print(&report, |out, report| report.write(out))?;
        match report.errors.len() {
            0 => Ok(()),
            errors => bail!("{errors} error(s), listed in the report"),
        }
    }

    async fn report(&self) -> anyhow::Result<Report> {
        if self.url.is_some() && !self.asr.options().is_empty() {
            bail!("--asr-slots and --asr-threads are for a service of our own, not one at --url");
        }
        let (voices, spoken) = self.voices()?;
        let seconds = voices.nurse.len() as f64 / 50.0;
        let plants = in_order(self.plants.clone(), seconds)?;
        if !plants.is_empty() && self.transcription != "transcript" {
            bail!(
                "--plant needs `--transcription transcript`: another answer hides it in the account"
            );
        }
        let model = match &self.url {
            Some(_) => None,
            None => Some(self.models.resolve(&self.model)?),
        };
        let program = std::env::current_exe()?;
        let own = match &self.url {
            Some(_) => None,
            None => Some(Service::start(&program, &self.model, &self.asr.options()).await?),
        };
        let (origin, link) = match (&own, &self.url, &self.sign_in) {
            (Some(own), ..) => (own.origin.clone(), own.sign_in_link.clone()),
            (None, Some(url), Some(link)) => (url.clone(), link.clone()),
            _ => bail!("--url needs --sign-in"),
        };
        if !origin.starts_with("http://") {
            bail!("{origin}: a simulated page speaks plain http to a service of this machine");
        }
        let (staff, office) = sign_in(&origin, &link).await?;
        let idle = own.as_ref().and_then(Service::memory);
        let cpu = own.as_ref().and_then(Service::cpu_seconds);

        let badness = self.network.badness();
        let started = Instant::now();
        let outcomes = self
            .hold_all(
                &staff,
                &office,
                &voices,
                &plants,
                (!badness.is_good()).then_some(badness),
            )
            .await;
        tracing::info!(
            seconds = started.elapsed().as_secs_f64(),
            "all interviews are over"
        );

        let cpu_s = own.as_ref().and_then(Service::cpu_seconds).zip(cpu);
        let peak = own.as_ref().and_then(Service::peak_memory);
        let speech = spoken
            .values()
            .flat_map(|it| &it.utterances)
            .map(|it| it.to - it.from)
            .sum::<f64>();
        let mut report = Report {
            interviews: self.interviews,
            seconds,
            model: model.map(|it| Model {
                name: it.name,
                sha256: it.sha256,
                dims: it.dims,
            }),
            tracks: Vec::new(),
            account_against_tsv: Vec::new(),
            flags: Vec::new(),
            coverage: BTreeMap::new(),
            caption_delay_ms: CaptionDelay::default(),
            rewrites: 0,
            speech_s: speech * f64::from(self.interviews),
            cpu_s: cpu_s.map(|(after, before)| after - before),
            rss_bytes: idle.zip(peak).map(|(idle, peak)| Memory {
                idle,
                peak,
                per_interview: peak.saturating_sub(idle) / u64::from(self.interviews),
            }),
            errors: Vec::new(),
        };
        let (mut delays, mut utterances) = (Vec::new(), 0);
        for (interview, outcome) in outcomes {
            match outcome {
                Ok(outcome) => {
                    let mut text = Text::of(&outcome);
                    for (who, spoken) in &spoken {
                        utterances += spoken.utterances.len();
                        delays.extend(text.delays(who, &spoken.utterances));
                    }
                    report.rewrites += text.rewrites;
                    let found = records(staff.clone(), &outcome.interview).await;
                    let (transcript, flags) = found.unwrap_or_else(|error| {
                        report
                            .errors
                            .push(format!("interview {interview}: {error:#}"));
                        Default::default()
                    });
                    report.check_model(interview, &transcript);
                    report.check_told(interview, &outcome, &flags);
                    let bad = !badness.is_good();
                    let settled = transcript["accounts"].is_array();
                    if settled && self.transcription == "transcript" {
                        for (who, spoken) in &spoken {
                            let played = Played {
                                party: who,
                                spoken: spoken.by_table.then_some(&spoken.utterances[..]),
                                began_ms: text.began_ms,
                            };
                            let held = against(played, &outcome, &transcript);
                            report.add_held(interview, who, held, bad);
                        }
                    }
                    report.add(interview, &outcome, &mut text, &transcript, badness);
                    report.add_flags(interview, &flags);
                }
                Err(error) => report
                    .errors
                    .push(format!("interview {interview}: {error:#}")),
            }
        }
        report.caption_delay_ms = CaptionDelay::of(delays, utterances);
        Ok(report)
    }

    async fn hold_all(
        &self,
        staff: &Client,
        office: &str,
        voices: &Voices,
        plants: &[Plant],
        network: Option<Badness>,
    ) -> BTreeMap<u16, anyhow::Result<Outcome>> {
        let engine = Engine::new(MediaSettings {
            bind: Bind::Addresses(vec![std::net::Ipv4Addr::LOCALHOST.into()]),
            ..MediaSettings::default()
        });
        // Later than now, because the service refuses what is past.
        let at = SystemClock.now() + SignedDuration::from_secs(60);
        let mut running = Vec::new();
        for interview in 0..self.interviews {
            let (staff, office) = (staff.clone(), office.to_owned());
            let transcription = self.transcription.clone();
            let (engine, voices) = (engine.clone(), voices.clone());
            let plants = plants.to_vec();
            let talk = async move {
                let setting = Setting {
                    office: &office,
                    at,
                    network,
                    transcription: &transcription,
                    keep_audio: true,
                    plants: &plants,
                    seed: u64::from(interview),
                };
                Box::pin(hold(&staff, setting, &engine, &voices)).await
            };
            running.push((interview, tokio::spawn(talk)));
        }
        let mut outcomes = BTreeMap::new();
        for (interview, talk) in running {
            let outcome = talk
                .await
                .unwrap_or_else(|broken_off| Err(broken_off.into()));
            outcomes.insert(interview, outcome);
        }
        outcomes
    }

    /// Both voices, as long as the longer one: a microphone goes on when nobody speaks.
    /// Also when each of them speaks.
    fn voices(&self) -> anyhow::Result<(Voices, BTreeMap<&'static str, Spoken>)> {
        let (mut nurse, asked) = self.samples(Who::Nurse)?;
        let (mut resident, answered) = self.samples(Who::Resident)?;
        let longest = nurse.len().max(resident.len());
        nurse.resize(longest, 0.0);
        resident.resize(longest, 0.0);
        let voices = Voices {
            nurse: voice::packets(&nurse)?,
            resident: voice::packets(&resident)?,
        };
        Ok((
            voices,
            BTreeMap::from([("nurse", asked), ("resident", answered)]),
        ))
    }

    fn samples(&self, who: Who) -> anyhow::Result<(Vec<f32>, Spoken)> {
        let files: Vec<&Path> = self
            .tracks
            .iter()
            .filter(|(of, _)| *of == who)
            .map(|(_, file)| file.as_path())
            .collect();
        match files.as_slice() {
            [] => {
                // Who has no file is known to be silent.
                let silent = Spoken {
                    utterances: Vec::new(),
                    by_table: true,
                };
                Ok((Vec::new(), silent))
            }
            [file] => {
                let mut sound = sound::read(file)?;
                let who = if who == Who::Nurse {
                    "nurse"
                } else {
                    "resident"
                };
                let mut spoken = spoken(file, who, &sound)?;
                if let Some(seconds) = self.seconds {
                    let end = usize::try_from(seconds)?.saturating_mul(16_000);
                    sound.truncate(end);
                    spoken.utterances.retain(|it| it.to <= f64::from(seconds));
                }
                Ok((sound, spoken))
            }
            _ => bail!("a participant has one track; join the files first"),
        }
    }
}

/// What the records hold of an interview that has ended, once its account is settled: what was
/// said, and what was found in it.
async fn records(mut staff: Client, id: &str) -> anyhow::Result<(Value, Value)> {
    let due = Instant::now() + SETTLED;
    loop {
        let transcript = staff
            .get(&format!("/api/interviews/{id}/transcript"))
            .await?;
        if transcript["accounts"]
            .as_array()
            .is_some_and(|accounts| !accounts.is_empty())
        {
            let flags = staff.get(&format!("/api/interviews/{id}/flags")).await?;
            return Ok((transcript, flags));
        }
        if Instant::now() > due {
            bail!(
                "the account of time was not settled within {} s",
                SETTLED.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A nurse's browser, and the office it books in.
async fn sign_in(origin: &str, link: &str) -> anyhow::Result<(Client, String)> {
    let (_, secret) = link
        .split_once('#')
        .context("the sign-in link has no secret")?;
    let mut staff = Client::new(origin);
    staff
        .post("/api/login/link", json!({ "secret": secret }))
        .await?;
    let me = staff.get("/api/me").await?;
    let grants = me["grants"].as_array();
    let nurse = grants.and_then(|all| all.iter().find(|grant| grant["role"] == "nurse"));
    let office = nurse.and_then(|grant| grant["office"].as_str());
    let office = office.context("the sign-in link is not a nurse's")?;
    Ok((staff, office.to_owned()))
}
