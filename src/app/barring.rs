//! Staff who must not open a case: a relative in the office. The list is sealed, no reason is kept,
//! and who is on it learns of it from nothing but that the case is not there. Any nurse of the case
//! can bar, for it has to be possible at once; lifting it takes an approver.

use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Role, allowed};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::case::CasePrivate;
use yorisoi_domain::ids::{AlertId, InterviewId, OfficeId, UserId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::alert::Alert;
use yorisoi_store::{Reader, Tx};

use super::{App, AppError, Loaded, Result};

/// A page that goes on asking is one try.
const ONE_TRY: SignedDuration = SignedDuration::from_hours(1);

/// Everybody of the office, and whether the case bars them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Barring {
    pub people: Vec<Colleague>,
    /// Whoever asks may also lift it.
    pub may_lift: bool,
    /// Somebody is left who can approve the note. Where not, the case is barred all the same: she
    /// comes first, and an administrator can give the role to another.
    pub approver_left: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Colleague {
    pub user: Uuid,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub barred: bool,
    pub me: bool,
}

impl App {
    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_barred(&self, actor: &Actor, id: InterviewId) -> Result<Barring> {
        let (mut tx, by, it) = self.open_interview(actor, Action::ReadBarred, id).await?;
        let me = super::booking::staff(actor)?;
        let (mut people, mut approver_left) = (Vec::new(), false);
        for (user, roles) in colleagues(&mut *tx, it.row.interview.office, &it).await? {
            let barred = it.case.private.barred.contains(&user);
            approver_left |= !barred && roles.contains(&Role::Approver);
            people.push(Colleague {
                user: user.uuid(),
                name: self.name_of(&mut *tx, user).await?,
                barred,
                me: user == me,
            });
        }
        let may_lift = allowed(actor, Action::LiftBar, &it.subject(), self.now()).is_allowed();
        let about = Some(AuditSubject::Case(it.case.id));
        self.note(&mut *tx, by, AuditAction::BarredRead, &it.row, about)
            .await?;
        self.commit(tx).await?;
        Ok(Barring {
            people,
            may_lift,
            approver_left,
        })
    }

    /// From now on this case, and every other of hers, is not there for this colleague. Barring twice
    /// is barring once.
    ///
    /// # Errors
    /// Not allowed; no such interview or colleague.
    pub async fn bar(&self, actor: &Actor, id: InterviewId, user: UserId) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::Bar, id).await?;
        let people = colleagues(&mut *tx, it.row.interview.office, &it).await?;
        if !people.iter().any(|(person, _)| *person == user) {
            return Err(AppError::NotFound);
        }
        let bar = |private: &mut CasePrivate| {
            if !private.barred.contains(&user) {
                private.barred.push(user);
            }
        };
        self.handle(&mut *tx, by, &it, AuditAction::StaffBarred, bar)
            .await?;
        self.commit(tx).await?;
        self.rights_changed();
        Ok(())
    }

    /// Open rooms ask at once who may stay.
    pub(super) fn rights_changed(&self) {
        self.bars.fetch_add(1, Ordering::SeqCst);
    }

    /// Another number than before: somebody was barred or has other roles, and open rooms ask again
    /// who may stay.
    #[must_use]
    pub fn bars(&self) -> u64 {
        self.bars.load(Ordering::SeqCst)
    }

    /// As [`App::bar`], the other way.
    ///
    /// # Errors
    /// Not allowed; no such interview; nobody of this id is barred.
    pub async fn lift_bar(&self, actor: &Actor, id: InterviewId, user: UserId) -> Result<()> {
        let (mut tx, by, it) = self.open_interview(actor, Action::LiftBar, id).await?;
        if !it.case.private.barred.contains(&user) {
            return Err(AppError::NotFound);
        }
        let lift = |private: &mut CasePrivate| private.barred.retain(|person| *person != user);
        self.handle(&mut *tx, by, &it, AuditAction::BarLifted, lift)
            .await?;
        self.commit(tx).await
    }

    /// Whoever the case bars has tried to open it: the office is told, once for each who tries until
    /// somebody has taken notice, and then not again within the hour.
    pub(super) async fn alert_of_barred(
        &self,
        tx: &mut dyn Tx,
        talk: InterviewId,
        by: UserId,
    ) -> Result<()> {
        let now = self.now();
        let known = tx.alerts_of(talk).await?.into_iter().any(|alert| {
            let fresh = alert.opened.is_none_or(|it| it.at + ONE_TRY > now);
            alert.tried_by == Some(by) && fresh
        });
        if !known {
            let id = AlertId::new(self.ids.id());
            tx.insert_alert(&Alert::barred(id, talk, by, now)).await?;
        }
        Ok(())
    }
}

/// Who works in the office, with their roles there, in the order in which they came; and who is
/// barred without working there any more.
async fn colleagues(
    reader: &mut dyn Reader,
    office: OfficeId,
    it: &Loaded,
) -> Result<Vec<(UserId, Vec<Role>)>> {
    let assigned: Vec<_> = reader.assignments_to(it.case.id).await?;
    let mut people = Vec::new();
    for row in reader.users().await? {
        let user = row.user.id;
        let grants = reader.grants(user).await?.into_iter();
        let here = grants.filter(|grant| grant.office == office);
        let roles: Vec<_> = here.map(|grant| grant.role).collect();
        let helps = assigned.iter().any(|one| one.user == user);
        let works = row.user.is_active() && (!roles.is_empty() || helps);
        if works || it.case.private.barred.contains(&user) {
            people.push((
                user,
                if row.user.is_active() {
                    roles
                } else {
                    Vec::new()
                },
            ));
        }
    }
    Ok(people)
}
