//! 承認を待つ記録: an office's notes that are not approved yet, what is most urgent first. Never
//! ranks a person and names no item.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::AuditAction;
use yorisoi_domain::ids::{OfficeId, UserId};
use yorisoi_domain::interview::{Kind, Method};
use yorisoi_domain::note::due::due;
use yorisoi_domain::note::workflow::State;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::flag::State as FlagState;
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{FlagRow, NoteRow, Tx};

use super::alerts::AlertLine;
use super::booking::staff;
use super::note_view::held;
use super::{App, AppError, Result};

/// What an approver's office waits for. Their own interviews are left out: somebody else approves
/// those.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewQueue {
    /// By tier, then by the day they are due.
    pub rows: Vec<QueueRow>,
    /// Due today and not overdue.
    pub today: usize,
    pub overdue: usize,
    /// From the first submission to the approval, of what was approved this month; `null` where
    /// nothing was.
    pub median_days: Option<MedianDays>,
    /// Of immediate flags of this office that have come to the caller.
    pub alerts: Vec<AlertLine>,
}

/// What the caller has still to write.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnNotes {
    /// By tier, then by the day they are due.
    pub rows: Vec<QueueRow>,
}

/// Whose note it is, as seen by who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    Own,
    Others,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QueueRow {
    pub interview: Uuid,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub number: Option<String>,
    pub kind: Kind,
    pub method: Method,
    #[schema(value_type = String)]
    pub interviewer: Pii<String>,
    pub started_at: Timestamp,
    pub state: QueueState,
    /// Of the version that was submitted last.
    pub submitted_at: Option<Timestamp>,
    pub version: u32,
    /// The most urgent of what stands; an immediate flag stands also when it was dismissed, for it
    /// has to be signed.
    pub tier: Option<Tier>,
    /// Of what was not dismissed.
    pub counts: TierCounts,
    /// Weekends are passed over; public holidays are not known.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    pub overdue: bool,
    /// Flags that are put off.
    pub held: usize,
    /// 「連絡の制限あり」
    pub contact_restricted: bool,
    /// The last day of the talk's words where nobody approves, once it is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, required = false)]
    pub words_until: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Not submitted yet.
    Writing,
    Submitted,
    Returned,
    /// Submitted, and a flag is put off: nobody can approve it before it is decided.
    Held,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TierCounts {
    pub immediate: usize,
    pub review: usize,
    pub notice: usize,
    pub care: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct MedianDays {
    /// Calendar days, to a tenth.
    pub value: f64,
    pub n: usize,
}

impl App {
    /// # Errors
    /// Not allowed.
    pub async fn list_review(&self, actor: &Actor, office: OfficeId) -> Result<ReviewQueue> {
        let tx = self.store.begin().await?;
        let subject = Subject::Office(office);
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ListReview, &subject)
            .await?;
        let user = staff(actor)?;
        let mut rows = Vec::new();
        for note in tx.open_notes(office).await? {
            let row = self.queue_row(&mut *tx, &note, user).await?;
            rows.extend(row.and_then(|(hand, row)| (hand == Hand::Others).then_some(row)));
        }
        rows.sort_by_key(urgency);
        let today = self.today();
        let median_days = self.median_days(&mut *tx, office, today).await?;
        let alerts = self.alerts_of(&mut *tx, actor, Some(office)).await?;
        let (action, count) = (AuditAction::ReviewListed, rows.len());
        self.note_city(&mut *tx, by, action, Some(office), None, count)
            .await?;
        self.commit(tx).await?;
        let due_today = |row: &&QueueRow| row.due_on == today && !row.overdue;
        Ok(ReviewQueue {
            today: rows.iter().filter(due_today).count(),
            overdue: rows.iter().filter(|row| row.overdue).count(),
            rows,
            median_days,
            alerts,
        })
    }

    /// What is left for the caller to write: own notes that are not handed in, of whatever day.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn list_own_notes(&self, actor: &Actor, office: OfficeId) -> Result<OwnNotes> {
        let tx = self.store.begin().await?;
        let subject = Subject::Office(office);
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ListInterviews, &subject)
            .await?;
        let user = staff(actor)?;
        let mut rows = Vec::new();
        for note in tx.open_notes(office).await? {
            let row = self.queue_row(&mut *tx, &note, user).await?;
            rows.extend(row.and_then(|(hand, row)| {
                let hers = hand == Hand::Own && row.state != QueueState::Submitted;
                hers.then_some(row)
            }));
        }
        rows.sort_by_key(urgency);
        let (action, count) = (AuditAction::OwnNotesListed, rows.len());
        self.note_city(&mut *tx, by, action, Some(office), None, count)
            .await?;
        self.commit(tx).await?;
        Ok(OwnNotes { rows })
    }

    /// With whether whoever asks has had a hand in it. `None`: they must not see it.
    async fn queue_row(
        &self,
        tx: &mut dyn Tx,
        row: &NoteRow,
        user: UserId,
    ) -> Result<Option<(Hand, QueueRow)>> {
        let id = row.note.interview;
        let it = self.load(tx, id).await?.ok_or(AppError::NotFound)?;
        let interview = &it.row.interview;
        let Some((started_at, ended_at, nurse)) = held(interview) else {
            return Ok(None);
        };
        let words_until = self.words_until(tx, interview).await?;
        // A talk that nobody has ended is listed once its words are about to go.
        let Some(ended_at) = ended_at.or(words_until.map(|_| started_at)) else {
            return Ok(None);
        };
        if it.case.private.barred.contains(&user) {
            return Ok(None);
        }
        let hand = if it.note_authors.contains(&user) {
            Hand::Own
        } else {
            Hand::Others
        };
        let resident = tx
            .resident(it.case.resident)
            .await?
            .ok_or(AppError::NotFound)?;
        let flags = tx.flags_of(id).await?;
        let put_off = |row: &&FlagRow| matches!(row.flag.state, FlagState::Held { .. });
        let held = flags.iter().filter(put_off).count();
        let tier = worst(&flags);
        let zone = &self.settings.zone;
        let due = due(tier, ended_at.to_zoned(zone.clone()).datetime());
        let row = QueueRow {
            interview: id.uuid(),
            name: self.opened_resident(&resident).await?.name,
            number: tx.record_number(id).await?.map(|it| it.to_string()),
            kind: interview.kind,
            method: interview.method,
            interviewer: self.name_of(tx, nurse).await?,
            started_at,
            state: match row.note.state {
                State::Draft => QueueState::Writing,
                State::Returned { .. } => QueueState::Returned,
                State::Submitted(_) if held > 0 => QueueState::Held,
                State::Submitted(_) | State::Approved { .. } => QueueState::Submitted,
            },
            submitted_at: row.note.submission().map(|submission| submission.at),
            version: row.note.version(),
            tier,
            counts: counts(&flags),
            due_on: due.date(),
            overdue: self.now().to_zoned(zone.clone()).datetime() > due,
            held,
            contact_restricted: it.case.private.contact_restriction.is_some(),
            words_until,
        };
        Ok(Some((hand, row)))
    }

    async fn median_days(
        &self,
        tx: &mut dyn Tx,
        office: OfficeId,
        today: Date,
    ) -> Result<Option<MedianDays>> {
        let first = today.first_of_month().to_zoned(self.settings.zone.clone());
        // Only at the calendar's end has a month no begin.
        let from = first.map_or(Timestamp::MIN, |first| first.timestamp());
        let approvals = tx.approvals(office, from, Timestamp::MAX).await?;
        let waited = approvals.iter().map(|approval| {
            let waited = approval.approved_at.duration_since(approval.submitted_at);
            waited.as_secs_f64() / (24.0 * 60.0 * 60.0)
        });
        Ok(median(waited.collect()))
    }
}

fn median(mut days: Vec<f64>) -> Option<MedianDays> {
    days.sort_by(f64::total_cmp);
    let n = days.len();
    let upper = *days.get(n / 2)?;
    let lower = if n.is_multiple_of(2) {
        days[n / 2 - 1]
    } else {
        upper
    };
    let value = ((lower + upper) / 2.0 * 10.0).round() / 10.0;
    Some(MedianDays { value, n })
}

fn rank(tier: Tier) -> usize {
    let place = Tier::ALL.iter().position(|other| *other == tier);
    place.unwrap_or(Tier::ALL.len())
}

fn is_dismissed(row: &FlagRow) -> bool {
    matches!(row.flag.state, FlagState::Dismissed { .. })
}

fn worst(flags: &[FlagRow]) -> Option<Tier> {
    let stands = |row: &&FlagRow| row.flag.tier == Tier::Immediate || !is_dismissed(row);
    flags.iter().filter(stands).map(|row| row.flag.tier).min()
}

fn counts(flags: &[FlagRow]) -> TierCounts {
    let mut counts = TierCounts::default();
    for row in flags.iter().filter(|row| !is_dismissed(row)) {
        let count = match row.flag.tier {
            Tier::Immediate => &mut counts.immediate,
            Tier::Review => &mut counts.review,
            Tier::Notice => &mut counts.notice,
            Tier::Care => &mut counts.care,
        };
        *count += 1;
    }
    counts
}

/// The most urgent first.
fn urgency(row: &QueueRow) -> (usize, Date, Timestamp) {
    let tier = row.tier.map_or(usize::MAX, rank);
    (tier, row.due_on, row.started_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let of = |days: &[f64]| median(days.to_vec());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[1.24]), Some(MedianDays { value: 1.2, n: 1 }));
        assert_eq!(
            of(&[9.0, 1.0, 2.0, 0.5]),
            Some(MedianDays { value: 1.5, n: 4 })
        );
    }
}
