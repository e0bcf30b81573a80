//! What the nurse decides about flags, adds by hand and ticks. Each reading and each change is
//! audited in its own transaction; whoever has changed something must have seen what was there.

pub mod view;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yorisoi_domain::access::{Action, Actor};
use yorisoi_domain::audit::{AuditAction, AuditSubject};
use yorisoi_domain::ids::{AlertId, FlagId, InterviewId, UserId};
use yorisoi_domain::interview::State as InterviewState;
use yorisoi_domain::participant::{GuestRole, LeftHow, Nearby, State as SeatState};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::alert::{Alert, Why};
use yorisoi_domain::risk::coverage::{self, Source};
use yorisoi_domain::risk::finding::Asked;
use yorisoi_domain::risk::flag::{Flag, Ground, Reason, State};
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::second_voice::SecondVoice;
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_store::{CoverageRow, Revision, Tx};

use self::view::{CoverageView, FlagView, Flags, Sight};
use super::booking::staff;
use super::input::{FieldCode, Form};
use super::notices::Noticed;
use super::{App, AppError, Result};
use crate::crypto::rows;

/// Longest text that is written to a flag, in characters.
const WORDS: usize = 1_000;
/// Nobody holds a flag longer.
const LONGEST_HOLD_DAYS: i32 = 365;

/// What a nurse saw herself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFlag {
    pub item: String,
    #[schema(value_type = String)]
    pub seen: Pii<String>,
    /// Milliseconds since the interview began; left out: now.
    pub at_ms: Option<i64>,
}

/// What a decision is made from.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagSeen {
    /// Of the flag as the page shows it.
    pub revision: u32,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismissal {
    pub revision: u32,
    pub reason: Reason,
    /// Required for `other`.
    #[schema(value_type = Option<String>)]
    pub words: Option<Pii<String>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    pub revision: u32,
    #[schema(value_type = String)]
    pub words: Pii<String>,
    /// The last day, `YYYY-MM-DD`; of an immediate flag today.
    #[schema(format = Date)]
    pub until: String,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// `null`: the tick is taken back.
    pub state: Option<Asked>,
}

/// The items of the rules that are in force, with what helps to ask.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleItems {
    pub version: String,
    /// In the order in which they are shown.
    pub items: Vec<RuleItem>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RuleItem {
    #[schema(example = "partner_violence")]
    pub item: String,
    #[schema(example = "パートナーとの安全")]
    pub label: String,
    pub tier: Tier,
    /// Questions in plain words.
    pub ask: Vec<String>,
    /// How to ask, and what to do after a yes.
    pub how: Vec<String>,
    pub services: Vec<String>,
    /// Shows the emergency card.
    pub emergency: bool,
}

impl App {
    /// # Errors
    /// Not signed in as staff.
    pub async fn rule_items(&self, actor: &Actor) -> Result<RuleItems> {
        let tx = self.store.begin().await?;
        let city = yorisoi_domain::access::Subject::Municipality;
        self.authorize(tx, actor, Action::ReadRules, &city).await?;
        let pack = self.packs.in_use();
        let items = pack.items().iter().map(|item| RuleItem {
            item: item.id.to_string(),
            label: item.label.clone(),
            tier: item.tier,
            ask: item.ask.clone(),
            how: item.how.clone(),
            services: item.services.clone(),
            emergency: item.emergency,
        });
        Ok(RuleItems {
            version: pack.version().to_owned(),
            items: items.collect(),
        })
    }

    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_flags(&self, actor: &Actor, id: InterviewId) -> Result<Flags> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadTranscript, id)
            .await?;
        let flags = self.flags_shown(&mut *tx, id, staff(actor)?).await?;
        self.note(&mut *tx, by, AuditAction::FlagsRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(flags)
    }

    /// All flags of a talk and the coverage, as `user` reads them.
    pub(super) async fn flags_shown(
        &self,
        tx: &mut dyn Tx,
        id: InterviewId,
        user: UserId,
    ) -> Result<Flags> {
        let key = self.record_key(id).await?;
        let row = tx.interview(id).await?.ok_or(AppError::NotFound)?;
        let pack = self.pack_ref_of(tx, &row.interview).await?;
        let sight = Sight::of(tx, id).await?;
        let mut flags = Vec::new();
        for row in tx.flags_of(id).await? {
            let flag = rows::open_flag(&key, &row)?;
            let view = self.see_flag(tx, &sight, &flag, row.revision).await?;
            flags.push(view.seen_by(user));
        }
        Ok(Flags {
            pack_version: pack.version,
            flags,
            coverage: self.coverage(tx, id).await?,
        })
    }

    /// What the nurse saw herself; evidence where the item has a flag already.
    ///
    /// # Errors
    /// Not allowed; no such interview or item; it never took place.
    pub async fn add_flag(&self, actor: &Actor, id: InterviewId, new: NewFlag) -> Result<FlagView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::DecideFlag, id).await?;
        let (user, now) = (staff(actor)?, self.now());
        let mut form = Form::default();
        let item = self.known_item(&mut form, &new.item);
        let seen = form.text("seen", &new.seen, WORDS);
        form.done()?;
        let Some((item, tier)) = item else {
            return Err(AppError::NotFound);
        };
        let began = match it.row.interview.state {
            InterviewState::Cancelled { .. }
            | InterviewState::NoShow { .. }
            | InterviewState::Declined { .. } => return Err(AppError::NotReady),
            InterviewState::InProgress(start) | InterviewState::Ended { start, .. } => {
                Some(start.at)
            }
            InterviewState::Scheduled | InterviewState::Waiting { .. } => None,
        };
        let since = |began: Timestamp| now.as_millisecond() - began.as_millisecond();
        let at = new.at_ms.or(began.map(since)).unwrap_or_default().max(0);
        self.note_follows_flag(&mut *tx, &it.row, true).await?;
        let key = self.record_key(id).await?;
        let flags = tx.flags_of(id).await?;
        let (flag, revision) = match flags.iter().find(|row| row.flag.item == item) {
            Some(row) => {
                let flag = rows::open_flag(&key, row)?.also_seen(&seen, user);
                let next = row.revision.next();
                tx.save_flag(&rows::seal_flag(&key, &flag, next)?).await?;
                (flag, next)
            }
            None => {
                let pack = self.pack_ref_of(&mut *tx, &it.row.interview).await?;
                let ground = Ground {
                    interview: id,
                    pack: &pack,
                    heard: &std::collections::BTreeMap::new(),
                    turned: None,
                    now,
                };
                let flag_id = FlagId::new(self.ids.id());
                let flag = Flag::added(flag_id, &ground, item, tier, seen, user, InterviewMs(at));
                let row = rows::seal_flag(&key, &flag, Revision::FIRST)?;
                tx.insert_flag(&row).await?;
                if tier == Tier::Immediate {
                    self.alert_about(&mut *tx, &it.row, flag.id).await?;
                }
                (flag, Revision::FIRST)
            }
        };
        let about = Some(AuditSubject::Flag(flag.id));
        self.note(&mut *tx, by, AuditAction::FlagAdded, &it.row, about)
            .await?;
        self.settle_flag(tx, user, &flag, revision).await
    }

    /// 採用
    ///
    /// # Errors
    /// Not allowed; no such flag; changed since it was seen; decided already.
    pub async fn confirm_flag(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        seen: FlagSeen,
    ) -> Result<FlagView> {
        let now = self.now();
        let step = |flag: Flag, by| Ok(flag.confirm(by, now)?);
        self.decide(
            actor,
            id,
            flag,
            seen.revision,
            AuditAction::FlagConfirmed,
            step,
        )
        .await
    }

    /// 却下
    ///
    /// # Errors
    /// As [`App::confirm_flag`]; `other` without words.
    pub async fn dismiss_flag(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        dismissal: Dismissal,
    ) -> Result<FlagView> {
        let now = self.now();
        let Dismissal {
            revision,
            reason,
            words,
        } = dismissal;
        let step = |flag: Flag, by| {
            let typed = words.filter(|typed| !typed.expose().trim().is_empty());
            let mut form = Form::default();
            let words = typed.map(|typed| form.text("words", &typed, WORDS));
            if reason == Reason::Other && words.is_none() {
                form.refuse("words", FieldCode::Required);
            }
            form.done()?;
            Ok(flag.dismiss(by, now, reason, words)?)
        };
        self.decide(actor, id, flag, revision, AuditAction::FlagDismissed, step)
            .await
    }

    /// 保留: until the end of a day.
    ///
    /// # Errors
    /// As [`App::confirm_flag`]; no reason, no such day, a day that is too far.
    pub async fn hold_flag(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        hold: Hold,
    ) -> Result<FlagView> {
        let (now, today) = (self.now(), self.today());
        let step = |flag: Flag, by| {
            let mut form = Form::default();
            let words = form.text("words", &hold.words, WORDS);
            let longest = jiff::Span::new().days(LONGEST_HOLD_DAYS);
            let last = match flag.tier {
                Tier::Immediate => today,
                _ => today.checked_add(longest).unwrap_or(today),
            };
            let day = form.day("until", &hold.until, today, last);
            form.done()?;
            let (until, day_end) = (self.end_of(day), self.end_of(today));
            Ok(flag.hold(by, now, words, until, day_end)?)
        };
        self.decide(actor, id, flag, hold.revision, AuditAction::FlagHeld, step)
            .await
    }

    /// 変える: nobody has decided any more.
    ///
    /// # Errors
    /// As [`App::confirm_flag`]; nobody had decided.
    pub async fn reopen_flag(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        seen: FlagSeen,
    ) -> Result<FlagView> {
        let step = |flag: Flag, _| Ok(flag.reopen()?);
        self.decide(
            actor,
            id,
            flag,
            seen.revision,
            AuditAction::FlagReopened,
            step,
        )
        .await
    }

    async fn decide(
        &self,
        actor: &Actor,
        id: InterviewId,
        flag: FlagId,
        seen: u32,
        action: AuditAction,
        step: impl FnOnce(Flag, UserId) -> Result<Flag> + Send,
    ) -> Result<FlagView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::DecideFlag, id).await?;
        let user = staff(actor)?;
        let row = tx.flag(flag).await?;
        let row = row.filter(|row| row.flag.interview == id);
        let row = row.ok_or(AppError::NotFound)?;
        if row.revision.number() != seen {
            return Err(AppError::Changed);
        }
        let news = action == AuditAction::FlagReopened;
        self.note_follows_flag(&mut *tx, &it.row, news).await?;
        let key = self.record_key(id).await?;
        let decided = step(rows::open_flag(&key, &row)?, user)?;
        let next = row.revision.next();
        tx.save_flag(&rows::seal_flag(&key, &decided, next)?)
            .await?;
        tx.delete_untold_alerts(flag, Why::HoldOver).await?;
        if let State::Held { until, .. } = decided.state
            && decided.tier == Tier::Immediate
        {
            let alert = AlertId::new(self.ids.id());
            tx.insert_alert(&Alert::hold_over(alert, flag, id, until))
                .await?;
        }
        let about = Some(AuditSubject::Flag(flag));
        self.note(&mut *tx, by, action, &it.row, about).await?;
        self.settle_flag(tx, user, &decided, next).await
    }

    /// Commits, tells the call that runs, and answers.
    async fn settle_flag(
        &self,
        mut tx: Box<dyn Tx>,
        user: UserId,
        flag: &Flag,
        revision: Revision,
    ) -> Result<FlagView> {
        let sight = Sight::of(&mut *tx, flag.interview).await?;
        let view = self.see_flag(&mut *tx, &sight, flag, revision).await?;
        self.commit(tx).await?;
        let noticed = Noticed {
            flags: vec![view.clone()],
            ..Noticed::default()
        };
        self.announce(flag.interview, noticed).await;
        Ok(view.seen_by(user))
    }

    /// The nurse's own tick, which wins over what was read.
    ///
    /// # Errors
    /// Not allowed; no such interview or item.
    pub async fn tick_item(
        &self,
        actor: &Actor,
        id: InterviewId,
        item: &str,
        tick: Tick,
    ) -> Result<CoverageView> {
        let (mut tx, by, it) = self.open_interview(actor, Action::DecideFlag, id).await?;
        let user = staff(actor)?;
        let mut form = Form::default();
        let item = self.known_item(&mut form, item).map(|(item, _)| item);
        let item = item.ok_or(AppError::NotFound)?;
        if tick.state == Some(Asked::NotAsked) {
            form.refuse("state", FieldCode::NotKnown);
        }
        form.done()?;
        match tick.state {
            Some(state) => {
                tx.put_coverage(&CoverageRow {
                    interview: id,
                    item: item.clone(),
                    source: Source::Nurse,
                    state,
                    at: self.now(),
                    by: Some(user),
                })
                .await?;
            }
            None => tx.delete_coverage(id, &item, Source::Nurse).await?,
        }
        self.note(&mut *tx, by, AuditAction::ItemTicked, &it.row, None)
            .await?;
        let all = self.coverage(&mut *tx, id).await?;
        self.commit(tx).await?;
        let view = all.into_iter().find(|it| it.item == item.as_str());
        let view = view.ok_or(AppError::NotFound)?;
        let noticed = Noticed {
            coverage: vec![view.clone()],
            ..Noticed::default()
        };
        self.announce(id, noticed).await;
        Ok(view)
    }

    fn known_item(&self, form: &mut Form, slug: &str) -> Option<(ItemId, Tier)> {
        let id = slug.parse().ok();
        let pack = self.packs.in_use();
        let item = id.and_then(|id| pack.item(&id));
        if item.is_none() {
            form.refuse("item", FieldCode::NotKnown);
        }
        item.map(|item| (item.id.clone(), item.tier))
    }

    /// The first moment of the day after, in the city.
    pub(in crate::app) fn end_of(&self, day: Date) -> Timestamp {
        let next = day.tomorrow().unwrap_or(day);
        next.to_zoned(self.settings.zone.clone())
            .map_or(Timestamp::MAX, |at| at.timestamp())
    }
}

impl App {
    /// What may only be asked of her alone, as it stands now that somebody has come or gone.
    pub(super) async fn asked_alone(&self, tx: &mut dyn Tx, talk: InterviewId) -> Result<Noticed> {
        let mut coverage = self.coverage(tx, talk).await?;
        coverage.retain(|it| coverage::asked_alone(&it.item));
        Ok(Noticed {
            coverage,
            ..Noticed::default()
        })
    }
}

/// Whether somebody is near her: as she last said, as staff noted of a second voice at a microphone,
/// or in a seat of their own.
pub(super) async fn accompanied(tx: &mut dyn Tx, talk: InterviewId) -> Result<bool> {
    let seats = tx.participants_of(talk).await?;
    let said = seats.iter().filter_map(|row| row.nearby);
    let last = said.max_by_key(|(_, at)| *at);
    if matches!(last, Some((Nearby::Someone, _))) {
        return Ok(true);
    }
    for seat in seats.iter().map(|row| &row.participant) {
        // The last words are read when the talk is over.
        let inside = matches!(
            seat.state,
            SeatState::Admitted { .. }
                | SeatState::Left {
                    how: LeftHow::InterviewOver,
                    ..
                }
        );
        let companion = seat.along() == Some(GuestRole::Companion);
        if inside && (companion || SecondVoice::by(&tx.second_voices(seat.id).await?).is_there()) {
            return Ok(true);
        }
    }
    Ok(false)
}
