//! Certificates of withdrawal as staff read them: by the number that she was shown, and of one interview
//! with everybody who could take something back. Reading them is audited; nothing of what was said is here.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::consent::Manner;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::participant::Who;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};
use yorisoi_store::Tx;

use super::transcripts::party;
use super::{App, AppError, Result};

/// One line of the withdrawals.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Certificate)]
pub struct CertificateView {
    /// `D-00872`
    pub certificate: String,
    pub interview: Uuid,
    pub interview_at: Timestamp,
    /// 中央-R8-0214, once there is one.
    pub record_number: Option<String>,
    /// `resident`, `companion` or `interpreter`.
    pub party: &'static str,
    pub manner: Manner,
    /// From then on nothing of theirs was written.
    pub at: Timestamp,
    /// Who took it down; `null`: by their own hand.
    #[schema(value_type = Option<String>)]
    pub taken_by: Option<Pii<String>>,
    /// When the last of it was destroyed; `null`: under way.
    pub done_at: Option<Timestamp>,
    /// The number of the line in the audit that says so.
    pub audit_number: Option<u64>,
    /// The head of the audit at that line, hexadecimal: no shorter audit can have it.
    pub audit_head: Option<String>,
}

/// Somebody whose voice or answers may be kept, and what they took back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Withdrawable {
    pub participant: Uuid,
    /// `resident`, `companion` or `interpreter`.
    pub party: &'static str,
    /// What they took back; `null`: nothing.
    pub certificate: Option<CertificateView>,
}

impl App {
    /// By the number, as people write it down.
    ///
    /// # Errors
    /// Not allowed; there is no such certificate.
    pub async fn find_certificate(&self, actor: &Actor, number: &str) -> Result<CertificateView> {
        if *actor == Actor::Anonymous {
            return Err(AppError::Unknown);
        }
        let number: CertificateNumber = number.parse().map_err(|_| AppError::NotFound)?;
        let found = self.store.read().await?.certificate(number).await?;
        let found = found.ok_or(AppError::NotFound)?;
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadCertificates, found.interview)
            .await?;
        let view = self.see_certificate(&mut *tx, &found).await?;
        self.note(&mut *tx, by, AuditAction::CertificatesRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(view)
    }

    /// Every guest of an interview who proved who they are, the last seat of each first.
    ///
    /// # Errors
    /// Not allowed; no such interview.
    pub async fn withdrawable(&self, actor: &Actor, id: InterviewId) -> Result<Vec<Withdrawable>> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadCertificates, id)
            .await?;
        let mut lines = Vec::new();
        for row in tx.participants_of(id).await?.into_iter().rev() {
            let seat = row.participant;
            let guest = matches!(seat.who, Who::Guest(..));
            // Without an answer nobody was written down.
            if !guest || tx.consents(seat.id).await?.is_empty() {
                continue;
            }
            let certificate = match tx.certificate_of(seat.id).await? {
                Some(found) => Some(self.see_certificate(&mut *tx, &found).await?),
                None => None,
            };
            lines.push(Withdrawable {
                participant: seat.id.uuid(),
                party: party(seat.who),
                certificate,
            });
        }
        self.note(&mut *tx, by, AuditAction::CertificatesRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(lines)
    }

    pub(super) async fn see_certificate(
        &self,
        tx: &mut dyn Tx,
        it: &Certificate,
    ) -> Result<CertificateView> {
        let interview = tx.interview(it.interview).await?;
        let interview = interview.ok_or(AppError::NotFound)?.interview;
        let seat = tx.participant(it.participant).await?;
        let seat = seat.ok_or(AppError::NotFound)?.participant;
        let number = tx.record_number(it.interview).await?;
        Ok(CertificateView {
            certificate: it.number.to_string(),
            interview: it.interview.uuid(),
            interview_at: interview.scheduled_at,
            record_number: number.map(|number| number.to_string()),
            party: party(seat.who),
            manner: it.manner,
            at: it.at,
            taken_by: match it.taken_by {
                Some(user) => Some(self.name_of(tx, user).await?),
                None => None,
            },
            done_at: it.done_at,
            audit_number: it.audit.map(|head| head.seq),
            audit_head: it.audit.map(|head| head.hex()),
        })
    }
}
