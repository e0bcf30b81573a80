//! 練習の相手: a recorded voice that comes by the link as a real participant, through the doors
//! that every phone uses. She knocks, waits to be let in, speaks at her own pace, and stays silent
//! on the line until the interview ends.

use std::io::Cursor;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::mpsc;

use crate::app::practice::PracticeGuest;
use crate::media::engine::{Bind, Engine, MediaSettings};
use crate::simulate::interview::{Invited, knock};
use crate::simulate::page::{Page, Resumption};
use crate::simulate::voice;
use crate::sound;

/// Her half of a talk.
const VOICE: &[u8] = include_bytes!("../../content/demo/practice.resident.opus");
/// Guests that wait to be called at a time; more are refused.
const CALLED: usize = 2;
/// She goes when nobody lets her in for so long.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Waits for being called until the sender is dropped. `door` is the service's origin on this
/// machine: links may name one whose certificate she does not trust.
pub fn start(door: String) -> mpsc::Sender<PracticeGuest> {
    let door = Arc::new(door);
    let (call, mut called) = mpsc::channel::<PracticeGuest>(CALLED);
    tokio::spawn(async move {
        while let Some(guest) = called.recv().await {
            let door = Arc::clone(&door);
            tokio::spawn(async move {
                if let Err(error) = come(&door, guest).await {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "the practice guest could not come");
                }
            });
        }
    });
    call
}

async fn come(door: &str, guest: PracticeGuest) -> anyhow::Result<()> {
    let link = guest.link.expose().split_once("/r#");
    let (_, secret) = link.context("the link has another form")?;
    let client = knock(Invited {
        link: &format!("{door}/r#{secret}"),
        name_kana: guest.name_kana.expose(),
        birth_date: guest.birth_date.expose(),
        booking_number: guest.booking_number.expose(),
        transcription: "transcript",
        keep_audio: true,
    })
    .await?;
    let door = client.door("/api/join/socket");
    let mut page = Page::open(&door, Resumption::default()).await?;
    let packets = tokio::task::spawn_blocking(packets).await??;
    page.told_that(PATIENCE, |event| {
        event["type"] == "place" && event["data"]["place"] == "inside"
    })
    .await
    .context("nobody let her in")?;
    let engine = Engine::new(MediaSettings {
        bind: Bind::Addresses(vec![Ipv4Addr::LOCALHOST.into()]),
        ..MediaSettings::default()
    });
    let mut voice = page.join(&engine).await?;
    let silence = voice::packets(&[0.0; 16_000])?;
    let speak = async {
        voice.play(&packets).await?;
        loop {
            voice.play(&silence).await?;
        }
    };
    let spoken: Result<(), crate::media::peer::PeerError> = tokio::select! {
        spoken = speak => spoken,
        // The end, or a closed socket: either way nobody listens any more.
        _ = page.told_that(PATIENCE * 8, |event| event["type"] == "over") => Ok(()),
    };
    voice.close().await;
    Ok(spoken?)
}

fn packets() -> anyhow::Result<Vec<Bytes>> {
    let samples = sound::read_from(Box::new(Cursor::new(VOICE)), Path::new("practice.opus"))?;
    Ok(voice::packets(&samples)?)
}
