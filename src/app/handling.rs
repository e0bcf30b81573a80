//! How she is to be handled: how she may be reached, and who must not open what is hers. Each booking
//! makes a case of its own, so a change goes to all of them and never to one alone.

use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, AuditSubject};
use yorisoi_domain::case::{Case, CasePrivate};
use yorisoi_domain::resident::Resident;
use yorisoi_store::{CaseRow, KeyKind, Lookup, Reader, Tx};

use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

impl App {
    /// As it was when she was here last: she is not asked a second time, and would not think that it
    /// is forgotten. Of two people of one name and birth date both are handled so, which costs nobody
    /// anything.
    pub(super) async fn handling(
        &self,
        reader: &mut dyn Reader,
        resident: &Resident,
    ) -> Result<CasePrivate> {
        let identity = self.lookups.identity(&resident.kana, &resident.birth_date);
        let mut handling = CasePrivate::default();
        for (_, case) in self.cases_like(reader, identity).await? {
            handling.contact_restriction = case.private.contact_restriction;
            for user in case.private.barred {
                if !handling.barred.contains(&user) {
                    handling.barred.push(user);
                }
            }
        }
        Ok(handling)
    }

    /// Changes it in this case and in every other of hers, earlier ones and booked ones, of whichever
    /// office. The audit says it of each that changed.
    pub(super) async fn handle(
        &self,
        tx: &mut dyn Tx,
        by: AuditActor,
        it: &Loaded,
        action: AuditAction,
        change: impl Fn(&mut CasePrivate) + Send + Sync,
    ) -> Result<()> {
        let resident = tx.resident(it.case.resident).await?;
        let identity = resident.ok_or(AppError::NotFound)?.identity;
        for (row, mut case) in self.cases_like(tx, identity).await? {
            let before = case.private.clone();
            change(&mut case.private);
            let this = case.id == it.case.id;
            if !this && case.private == before {
                continue;
            }
            let owner = case.resident.uuid();
            let key = self.keyring.get(KeyKind::Person, owner).await?;
            let next = row.revision.next();
            tx.update_case(&rows::seal_case(&key, &case, next)?).await?;
            // The case and not the colleague: who is barred stands in the sealed list alone.
            let event = AuditEvent {
                office: Some(case.office),
                interview: this.then_some(it.row.interview.id),
                subject: Some(AuditSubject::Case(case.id)),
                ..self.event(by, action)
            };
            self.trail.append(tx, &event).await?;
        }
        Ok(())
    }

    /// Every case of everybody with this name and birth date that still opens, the oldest first.
    async fn cases_like(
        &self,
        reader: &mut dyn Reader,
        identity: Lookup,
    ) -> Result<Vec<(CaseRow, Case)>> {
        let mut cases = Vec::new();
        for known in reader.residents_by_identity(identity).await? {
            for row in reader.cases_of(known.id).await? {
                match self.opened_case(&row).await {
                    // Her last record's time was over.
                    Err(error) if error.is_of_the_past() => {}
                    case => cases.push((row, case?)),
                }
            }
        }
        cases.sort_by_key(|(_, case)| case.opened_at);
        Ok(cases)
    }
}
