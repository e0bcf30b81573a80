//! The bad network of `simulate`, as its options say it.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::simulate::network::{Badness, Stretch};

#[derive(Debug, Args)]
pub(super) struct NetworkArgs {
    /// Percent of the media packets that are lost, in each direction.
    #[arg(long, default_value_t = 0.0, value_name = "PCT", value_parser = percent)]
    loss: f64,
    /// Milliseconds by which every packet is late, in each direction.
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=5_000))]
    delay_ms: u64,
    /// Milliseconds by which a packet may be later still, in each direction.
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=5_000))]
    jitter_ms: u64,
    /// Percent of the media packets that are overtaken by those of the next 60 ms.
    #[arg(long, default_value_t = 0.0, value_name = "PCT", value_parser = percent)]
    reorder: f64,
    /// The resident's network is dark, in seconds of the talk.
    #[arg(long, value_name = "FROM-TO")]
    blackout: Option<Dark>,
    /// From this second of the talk on the resident has another address, as a phone that changes its
    /// network.
    #[arg(long, value_name = "AT", value_parser = second)]
    new_address: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dark(Stretch);

impl FromStr for Dark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text
            .split_once('-')
            .ok_or("FROM-TO is expected, in seconds")?;
        let (from, to) = (second(from)?, second(to)?);
        let lasting = to.checked_sub(from).filter(|lasting| !lasting.is_zero());
        let lasting = lasting.ok_or("FROM must lie before TO")?;
        Ok(Self(Stretch { from, lasting }))
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "a number is expected")?;
    if (0.0..=100.0).contains(&percent) {
        Ok(percent)
    } else {
        Err("0 to 100".to_owned())
    }
}

fn second(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|it| (0.0..=86_400.0).contains(it));
    let seconds = seconds.ok_or_else(|| format!("`{text}` is no number of seconds"))?;
    Ok(Duration::from_secs_f64(seconds))
}

impl NetworkArgs {
    pub(super) fn badness(&self) -> Badness {
        Badness {
            loss_percent: self.loss,
            delay: Duration::from_millis(self.delay_ms),
            jitter: Duration::from_millis(self.jitter_ms),
            reorder_percent: self.reorder,
            blackout: self.blackout.map(|dark| dark.0),
            new_address: self.new_address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blackout_has_a_beginning_and_an_end() {
        let dark: Dark = "8-12.5".parse().unwrap();
        let (from, lasting) = (Duration::from_secs(8), Duration::from_millis(4_500));
        assert_eq!(dark, Dark(Stretch { from, lasting }));
        for wrong in ["8", "8-8", "9-8", "-1-2", "1-NaN", "a-b"] {
            assert!(wrong.parse::<Dark>().is_err(), "{wrong}");
        }
    }
}
