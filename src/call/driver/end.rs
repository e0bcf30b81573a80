//! How a call ends: its connections close, its last words are told, its record is written.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yorisoi_domain::call::record::ClosedWhy;

use super::{Command, Driver, tell, view};
use crate::call::News;
use crate::signalling::hub::Close;

/// The last words are recognised by then; the pages of the staff wait for them.
const LAST_WORDS: Duration = Duration::from_secs(125);

impl Driver {
    /// The call is over, or the service stops: `close` says which. While the last words are
    /// recognised they can still be taken back.
    pub(super) async fn end(mut self, close: Close, mut commands: mpsc::Receiver<Command>) {
        let ended = self.clock.at(Instant::now());
        let settled = self.settled(ended);
        let guests: Vec<_> = self.guests().collect();
        self.plane.close_taps();
        self.tell_missing();
        // A connection reports its end to `media`: who waits for it must not be waited for.
        self.media.close();
        self.plane.finish().await;
        for guest in guests {
            self.hub.dismiss(guest, close);
        }
        // Whoever comes now waits for the next call, which begins when this one has gone.
        let mut waiting = Vec::new();
        // The taps hold the last ends of this channel and let go when they have said everything. Without
        // a recognizer nobody knows when that will be, and nobody waits at a page for it.
        let hears = *self.hears.borrow();
        let last_words = tokio::time::sleep(if hears { LAST_WORDS } else { Duration::ZERO });
        tokio::pin!(last_words);
        loop {
            let (now, at_ms) = (self.begun.elapsed(), self.clock.at(Instant::now()).0);
            tokio::select! {
                biased;
                said = self.said.recv() => match said {
                    Some(uttered) if !self.listeners.are_told(&uttered) => {}
                    Some((seat, _, said)) => self.hub.to_staff(now, at_ms, &view::said(seat, said)),
                    None => break,
                },
                Some(noticed) = self.notices.recv() => {
                    let listeners = &self.listeners;
                    tell::notice(&mut self.hub, &self.call, listeners, (now, at_ms), noticed);
                }
                Some(command) = commands.recv() => match command {
                    Command::News { news: News::Withdrawn(seat, _, at), taken } => {
                        self.withdrawn(seat, at);
                        let _ = taken.send(Ok(()));
                    }
                    // Nobody is in the talk any more to whom it would mean something.
                    Command::News { taken, .. } => {
                        let _ = taken.send(Ok(()));
                    }
                    Command::Enter { entered, .. } => waiting.push(entered),
                    // Whoever reads the transcript finds it there.
                    Command::SaidBefore(..) | Command::Stop => {}
                },
                () = &mut last_words => break,
            }
        }
        while let Ok(noticed) = self.notices.try_recv() {
            let now = (self.begun.elapsed(), self.clock.at(Instant::now()).0);
            tell::notice(&mut self.hub, &self.call, &self.listeners, now, noticed);
        }
        self.hub.dismiss_all(close);
        if let Some(log) = self.log {
            let why = self.call.over().map_or(ClosedWhy::Stopped, ClosedWhy::from);
            if self.said.is_closed() && self.said.is_empty() {
                return log.close(why, ended, settled).await;
            }
            // The store does not take the last words yet, or nothing is there to recognise them. Whoever
            // comes is let in; the record closes when they are written, for the account of time counts
            // them. Should the service end before, the next start hears them and closes it.
            tracing::error!("the last words of a call can't be written yet: its record waits");
            let mut said = self.said;
            tokio::spawn(async move {
                while said.recv().await.is_some() {}
                log.close(why, ended, settled).await;
            });
        }
    }
}
