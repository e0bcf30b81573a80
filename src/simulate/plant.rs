//! What is done to the resident's voice in mid-talk so that its reason must stand in the account:
//! packets that a network swallows, a mute, a pause, a refusal. Remembers when it was really done.

use std::ops::Range;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;
use yorisoi_domain::transcript::account::GapReason;

use super::client::Client;
use super::interview::answer;
use super::page::Page;

const PACKETS_PER_SECOND: f64 = 50.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Her packets are sent and do not arrive.
    Drop,
    /// By her microphone button.
    Mute,
    /// By her pause of the transcription.
    Pause,
    /// She takes back that she is written down, from then on.
    Refuse,
}

impl What {
    /// Under what it must stand in the account.
    #[must_use]
    pub fn reason(self) -> GapReason {
        match self {
            Self::Drop => GapReason::Network,
            Self::Mute => GapReason::Muted,
            Self::Pause => GapReason::Paused,
            Self::Refuse => GapReason::NotConsented,
        }
    }
}

/// One of them, in seconds since the voices began. A refusal lasts to the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plant {
    pub what: What,
    pub from: f64,
    pub to: Option<f64>,
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "drop=FROM-TO, mute=FROM-TO, pause=FROM-TO or refuse=AT is expected, in seconds";
        let seconds = |text: &str| match text.parse() {
            Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
            _ => Err(format!("`{text}` is no number of seconds; {form}")),
        };
        let (what, when) = text.split_once('=').ok_or(form)?;
        let what = match what {
            "drop" => What::Drop,
            "mute" => What::Mute,
            "pause" => What::Pause,
            "refuse" => {
                return Ok(Self {
                    what: What::Refuse,
                    from: seconds(when)?,
                    to: None,
                });
            }
            _ => return Err(form.to_owned()),
        };
        let (from, to) = when.split_once('-').ok_or(form)?;
        let (from, to) = (seconds(from)?, seconds(to)?);
        if from >= to {
            return Err("FROM must lie before TO".to_owned());
        }
        Ok(Self {
            what,
            from,
            to: Some(to),
        })
    }
}

/// In the order of time.
///
/// # Errors
/// Two of them at once would hide each other in the account, and what lies beyond the talk's
/// `seconds` would never happen.
pub fn in_order(mut plants: Vec<Plant>, seconds: f64) -> anyhow::Result<Vec<Plant>> {
    plants.sort_by(|a, b| a.from.total_cmp(&b.from));
    for plant in &plants {
        anyhow::ensure!(
            plant.to.unwrap_or(plant.from) <= seconds,
            "what is planted must lie within the talk of {seconds:.1} s"
        );
    }
    for pair in plants.windows(2) {
        anyhow::ensure!(
            pair[0].to.is_some_and(|to| to <= pair[1].from),
            "what is planted must lie one after the other, and a refusal last"
        );
    }
    Ok(plants)
}

/// What was planted, in milliseconds since the voices began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    pub what: What,
    pub from_ms: i64,
    /// `None`: to the interview's end.
    pub to_ms: Option<i64>,
}

/// Which packets do not arrive.
pub(super) fn dropped(plants: &[Plant]) -> Vec<Range<usize>> {
    let drops = plants.iter().filter(|plant| plant.what == What::Drop);
    let packet = |seconds: f64| as_whole(seconds * PACKETS_PER_SECOND);
    drops
        .map(|plant| packet(plant.from)..packet(plant.to.unwrap_or(plant.from)))
        .collect()
}

fn as_whole(number: f64) -> usize {
    // Invariant: `Plant` is read from numbers between 0 and a day.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a day has four million packets"
    )]
    let whole = number.round() as usize;
    whole
}

/// Does what her page has to do, each at its time. `began` is when the voices did.
pub(super) async fn act(
    plants: &[Plant],
    began: Instant,
    page: &mut Page,
    guest: &mut Client,
) -> anyhow::Result<Vec<Planted>> {
    let mut planted = Vec::new();
    for Plant { what, from, to } in plants.iter().copied() {
        let from_ms = switch(what, true, began, from, page, guest).await?;
        let to_ms = match to {
            Some(to) => Some(switch(what, false, began, to, page, guest).await?),
            None => None,
        };
        planted.push(Planted {
            what,
            from_ms,
            to_ms,
        });
    }
    Ok(planted)
}

/// Returns when it was done, in milliseconds since `began`.
async fn switch(
    what: What,
    on: bool,
    began: Instant,
    at: f64,
    page: &mut Page,
    guest: &mut Client,
) -> anyhow::Result<i64> {
    let due = Duration::from_secs_f64(at);
    tokio::time::sleep_until((began + due).into()).await;
    let switch = json!({ "on": on });
    match what {
        // The packets themselves are the participant's: theirs is the time on their track.
        What::Drop => return Ok(i64::try_from(due.as_millis())?),
        What::Mute => drop(page.ask("muted", switch).await.context("the mute")?),
        What::Pause => drop(guest.post("/api/join/pause", switch).await?),
        What::Refuse => {
            let texts = guest.get("/api/join/consent").await?;
            answer(guest, &texts, "transcription", "none").await?;
        }
    }
    Ok(i64::try_from(began.elapsed().as_millis())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planted_is_read_and_kept_apart() {
        let read = |text: &str| text.parse::<Plant>();
        let mute = read("mute=2-4.5").unwrap();
        assert_eq!(
            (mute.what, mute.from, mute.to),
            (What::Mute, 2.0, Some(4.5))
        );
        let refuse = read("refuse=9").unwrap();
        assert_eq!((refuse.what, refuse.to), (What::Refuse, None));
        for wrong in [
            "mute",
            "mute=3",
            "mute=4-4",
            "mute=-1-2",
            "drop=1-NaN",
            "cut=1-2",
            "refuse=1-2",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let ordered = in_order(vec![refuse, mute], 9.0).unwrap();
        assert_eq!(ordered, [mute, refuse]);
        assert!(in_order(vec![refuse], 8.9).is_err());
        assert!(in_order(vec![mute, read("drop=4-5").unwrap()], 9.0).is_err());
        assert!(in_order(vec![refuse, read("drop=10-11").unwrap()], 20.0).is_err());
    }

    #[test]
    fn a_drop_swallows_the_packets_of_its_time() {
        let plants = ["mute=1-2", "drop=2-2.5"].map(|text| text.parse().unwrap());
        assert_eq!(dropped(&plants).first(), Some(&(100..125)));
    }
}
