//! Taking everything back: first the word that nothing more is written, then the keys, then what they
//! sealed. What the nurse wrote herself stays. Whatever fails is finished later under the same number.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::consent::{Agreed, Answer, Choice, Manner, Transcription, YesNo};
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::interview::State;
use yorisoi_domain::participant::{GuestRole, Participant, Who};
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};
use yorisoi_store::{DeletedForms, KeyKind, NewCertificate, Reader, Tx};

use super::audio::tracks_of;
use super::booking::staff;
use super::consent::{EASY, agreed};
use super::forms::is_hers;
use super::notices::Noticed;
use super::{App, AppError, Loaded, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::tombstones::WithdrawalStone;

/// What was promised: nothing more is written, and what there is goes.
#[derive(Debug)]
pub struct Promise {
    /// Of the seat that it was said for: the number that she is shown.
    pub certificate: Certificate,
    /// Of every seat that is hers, this one first, with what is agreed to there now.
    pub seats: Vec<(Certificate, Agreed)>,
}

/// What she is shown once, and nothing of it is kept on her phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithdrawalCertificate {
    /// `D-00872`: the office finds the line by it.
    pub certificate: String,
    /// From then on nothing of hers was written.
    pub at: Timestamp,
}

impl From<&Certificate> for WithdrawalCertificate {
    fn from(it: &Certificate) -> Self {
        Self {
            certificate: it.number.to_string(),
            at: it.at,
        }
    }
}

impl App {
    /// By her own hand. From here on nothing of hers is written; what there is goes with
    /// [`App::finish_withdrawal`]. A second time gives the same certificate.
    ///
    /// # Errors
    /// No seat; identity not proven.
    pub async fn withdraw(&self, actor: &Actor) -> Result<Promise> {
        let (tx, by, it, row) = self.open_seat(actor, Action::Withdraw).await?;
        self.promise(tx, by, &it, row.participant, Manner::Tap)
            .await
    }

    /// Taken down by staff, who have made sure who she is. `manner`: spoken or on paper.
    ///
    /// # Errors
    /// Not allowed; no such interview; no such guest in it.
    pub async fn take_withdrawal(
        &self,
        actor: &Actor,
        id: InterviewId,
        of: ParticipantId,
        manner: Manner,
    ) -> Result<Promise> {
        let (tx, by, it, of) = self
            .open_guest(actor, Action::TakeWithdrawal, id, of)
            .await?;
        staff(actor)?;
        self.promise(tx, by, &it, of, manner).await
    }

    /// For every seat of the same person.
    async fn promise(
        &self,
        mut tx: Box<dyn Tx>,
        by: AuditActor,
        it: &Loaded,
        of: Participant,
        manner: Manner,
    ) -> Result<Promise> {
        let now = self.now();
        let own = self
            .promise_for(&mut *tx, by, it, of.id, (manner, now))
            .await?;
        let (certificate, mut seats) = (own.0.clone(), vec![own]);
        for seat in other_seats(&mut *tx, of).await? {
            let promised = self
                .promise_for(&mut *tx, by, it, seat, (manner, now))
                .await?;
            seats.push(promised);
        }
        self.commit(tx).await?;
        Ok(Promise { certificate, seats })
    }

    async fn promise_for(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
        of: ParticipantId,
        (manner, at): (Manner, Timestamp),
    ) -> Result<(Certificate, Agreed)> {
        if let Some(known) = tx.certificate_of(of).await? {
            let agreed = agreed(tx, of).await?;
            return Ok((known, agreed));
        }
        let taken_by = match by {
            AuditActor::Staff(user, _) => Some(user),
            _ => None,
        };
        for answer in [
            Answer::Transcription(Transcription::None),
            Answer::KeepAudio(YesNo::No),
        ] {
            let text = self.shown(EASY, answer.choice())?.text;
            let manner = if answer.choice() == Choice::KeepAudio {
                Manner::NotAsked
            } else {
                manner
            };
            let taken = (manner, None);
            self.record(tx, by, it, of, answer, text, taken).await?;
        }
        let new = NewCertificate {
            interview: it.row.interview.id,
            participant: of,
            manner,
            taken_by,
            at,
        };
        tx.insert_certificate(new).await?;
        let known = tx.certificate_of(of).await?.ok_or(AppError::NotFound)?;
        let agreed = agreed(tx, of).await?;
        let about = Some(AuditSubject::Participant(of));
        self.note(tx, by, AuditAction::Withdrawn, &it.row, about)
            .await?;
        Ok((known, agreed))
    }

    /// Destroys everything that was made of the participant's voice. To be called once the running
    /// call knows of the withdrawal.
    ///
    /// # Errors
    /// Something could not be destroyed yet. Once more, by hand or a minute later, goes on where it
    /// stopped.
    pub async fn finish_withdrawal(&self, certificate: &Certificate) -> Result<()> {
        if certificate.done_at.is_some() {
            return Ok(());
        }
        let (of, now) = (certificate.participant, self.now());
        // Also where a law keeps it: a restored backup takes it back again, under its old number.
        self.keyring.note_withdrawal(certificate)?;
        self.expect_not_held(certificate.interview).await?;
        let mut reader = self.store.read().await?;
        let tracks = tracks_of(&mut *reader, certificate.interview).await?;
        // A reader that is held would keep the old pages alive.
        drop(reader);
        let own = tracks.into_iter().filter(|(_, whose)| *whose == of);
        let own: Vec<TrackId> = own.map(|(track, _)| track).collect();
        // An older copy of a key may have to wait for who reads the file; nothing else does.
        let mut destroyed = self.keyring.destroy(KeyKind::Talk, of.uuid(), now).await?;
        let hers = self.forms_go_with(certificate).await?;
        if hers {
            destroyed = destroyed.and(self.destroy_form_keys(certificate.interview).await?);
        }
        destroyed = destroyed.and(self.destroy_sound(of, &own).await?);

        // Nobody reads the talk meanwhile, and what was read of it is forgotten.
        let watch = self.watches.of(certificate.interview, now);
        let mut watch = watch.lock().await;
        *watch = None;
        let mut tx = self.store.begin().await?;
        let row = tx.interview(certificate.interview).await?;
        let row = row.ok_or(AppError::NotFound)?;
        let gone = tx.delete_words_of(of).await?;
        let answers = match hers {
            true => tx.delete_forms_of(certificate.interview).await?,
            false => DeletedForms::default(),
        };
        let about = Some(AuditSubject::Participant(of));
        for (what, count) in [
            (AuditAction::WordsDeleted, gone.segments),
            (AuditAction::FormsDeleted, answers.forms),
        ] {
            if count > 0 {
                self.note_destroyed(&mut *tx, what, &row, about, count)
                    .await?;
            }
        }
        let mut noticed = Noticed::default();
        if gone.segments > 0 || answers.forms > 0 {
            let borne = [gone.quoted_by, answers.borne].concat();
            noticed = self.read_without(&mut *tx, &row, &borne).await?;
        }
        let until = match &row.interview.state {
            State::InProgress(start) => Some((start.at, now)),
            State::Ended { start, at, .. } => Some((start.at, now.min(*at))),
            _ => None,
        };
        if let Some((from, to)) = until.filter(|(from, to)| from < to) {
            // What is gone was not silence.
            let end = InterviewMs(to.as_millisecond() - from.as_millisecond());
            for track in &own {
                let gap = Gap {
                    track: *track,
                    start: InterviewMs(0),
                    end,
                    reason: GapReason::NotConsented,
                };
                tx.insert_gap(&gap).await?;
            }
        }
        self.commit(tx).await?;
        drop(watch);
        self.announce(certificate.interview, noticed).await;
        let swept = self.store.sweep().await?;
        // What was being written when the word came has been written by now.
        destroyed = destroyed.and(self.destroy_sound(of, &own).await?);
        self.expect_destroyed(destroyed)?;
        if !swept {
            return Err(AppError::NotDestroyedYet);
        }

        let mut tx = self.store.begin().await?;
        let known = tx.certificate_of(of).await?;
        if known.is_some_and(|known| known.done_at.is_some()) {
            // Somebody else was at it, and was first.
            return Ok(());
        }
        let about = Some(AuditSubject::Participant(of));
        let system = AuditActor::System;
        self.note(&mut *tx, system, AuditAction::WithdrawalDone, &row, about)
            .await?;
        // The certificate bears the head that says so.
        let head = tx.audit_head().await?;
        tx.finish_certificate(certificate.number, self.now(), head)
            .await?;
        self.commit(tx).await
    }

    /// A withdrawal that a restored backup does not know of: promised again under its old number. False: it is known, or the backup is older than the talk.
    ///
    /// # Errors
    /// The store or the keys.
    pub(super) async fn withdraw_again(&self, stone: &WithdrawalStone) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        if tx.certificate_of(stone.participant).await?.is_some() {
            return Ok(false);
        }
        if let Some(number) = stone.number {
            tx.lose_certificates(number).await?;
        }
        let it = match tx.participant(stone.participant).await? {
            Some(row) => match self.load(&mut *tx, row.participant.interview).await {
                // Her case is over, and nothing of it can be read.
                Err(AppError::Key(KeyError::Destroyed { .. })) => None,
                it => Some(it?.ok_or(AppError::NotFound)?),
            },
            None => None,
        };
        let Some(it) = it else {
            if let Some(CertificateNumber(number)) = stone.number {
                // Somebody holds it, and nobody else may get it.
                tx.lose_certificates(CertificateNumber(number.saturating_add(1)))
                    .await?;
                tx.commit().await?;
            }
            return Ok(false);
        };
        let by = match stone.taken_by {
            Some(user) => AuditActor::Staff(user, None),
            None => AuditActor::System,
        };
        let promised = (stone.manner, stone.at);
        self.promise_for(&mut *tx, by, &it, stone.participant, promised)
            .await?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Whether it was the resident herself who took everything back: what was answered in writing
    /// is hers, in whichever seat.
    async fn forms_go_with(&self, certificate: &Certificate) -> Result<bool> {
        let mut reader = self.store.read().await?;
        let row = reader.participant(certificate.participant).await?;
        Ok(row.is_some_and(|row| is_hers(row.participant.who)))
    }

    /// Finishes what could not be finished at once; to be called before anything is served, and then
    /// from minute to minute. Says how many there were.
    ///
    /// # Errors
    /// As [`App::finish_withdrawal`], of the last that failed; the others are finished.
    pub async fn finish_withdrawals(&self) -> Result<usize> {
        let mut reader = self.store.read().await?;
        let (open, held) = (reader.open_certificates().await?, reader.holds().await?);
        drop(reader);
        let (kept, open): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|it| held.iter().any(|hold| hold.interview == it.interview));
        if !kept.is_empty() {
            // Where a crash came between the word and its line in the list.
            let listed = self.keyring.to_replay()?.withdrawals;
            let of =
                |it: &Certificate| listed.iter().any(|line| line.participant == it.participant);
            for certificate in kept.iter().filter(|it| !of(it)) {
                self.keyring.note_withdrawal(certificate)?;
            }
        }
        let mut finished = Ok(());
        for certificate in &open {
            if let Err(error) = self.finish_withdrawal(certificate).await {
                finished = Err(error);
            }
        }
        finished.map(|()| open.len())
    }

    /// # Errors
    /// `Withdrawn`, once they took everything back.
    pub(super) async fn expect_not_withdrawn(&self, of: ParticipantId) -> Result<()> {
        match self.store.read().await?.certificate_of(of).await? {
            Some(_) => Err(AppError::Withdrawn),
            None => Ok(()),
        }
    }
}

/// Whose words nobody reads or hears any more, although they may not be destroyed yet.
pub(super) async fn withdrawn_seats(
    tx: &mut dyn Reader,
    id: InterviewId,
) -> Result<BTreeSet<ParticipantId>> {
    let certificates = tx.certificates_of(id).await?.into_iter();
    Ok(certificates.map(|it| it.participant).collect())
}

/// The seats that are known to be the same resident's: after a quick exit, on every other phone and at
/// the counter she has another. Whoever only speaks for her or sits beside her has one.
async fn other_seats(tx: &mut dyn Tx, of: Participant) -> Result<Vec<ParticipantId>> {
    let tries = tx.identity_tries(of.interview).await?.into_iter();
    let mut proven: BTreeSet<_> = tries
        .filter(|one| one.result.passed())
        .map(|one| one.participant)
        .collect();
    let rows = tx.participants_of(of.interview).await?;
    // At the counter nobody types who she is: it is known by her consent, which only who is known gives.
    for row in &rows {
        if !tx.consents(row.participant.id).await?.is_empty() {
            proven.insert(row.participant.id);
        }
    }
    let hers = |it: &Participant| {
        matches!(it.who, Who::Guest(GuestRole::Resident, _)) && proven.contains(&it.id)
    };
    if !hers(&of) {
        return Ok(Vec::new());
    }
    let seats = rows.into_iter().map(|row| row.participant);
    let others = seats.filter(|it| it.id != of.id && hers(it));
    Ok(others.map(|it| it.id).collect())
}
