//! Flags and coverage as the staff's pages read them. Words that were withdrawn are empty.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ParticipantId, SegmentId, UserId};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::alert::Alert;
use yorisoi_domain::risk::coverage::{Said, Source, asked_alone, covered};
use yorisoi_domain::risk::finding::{Asked, Part, Speaker};
use yorisoi_domain::risk::flag::{Flag, FlagQuote, Origin, Reason, State};
use yorisoi_domain::risk::item::Tier;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{KeyKind, Revision, Tx};

use super::super::forms::view::{FlagAnswer, FlagRecord};
use super::super::speakers::{given, named};
use super::super::transcripts::{RepairView, repair_views, voice};
use super::super::withdrawals::withdrawn_seats;
use super::super::{App, AppError, Result};
use crate::crypto::keyring::KeyError;
use crate::crypto::rows;

/// A talk's flags, in the order in which they begin, and how far each item was asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct Flags {
    /// Of the rules that are in force now.
    pub pack_version: String,
    pub flags: Vec<FlagView>,
    /// Every item, in the pack's order.
    pub coverage: Vec<CoverageView>,
}

/// 気づき: an item with its evidence, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Flag)]
pub struct FlagView {
    pub id: Uuid,
    #[schema(example = "partner_violence")]
    pub item: String,
    #[schema(example = "パートナーとの安全")]
    pub label: String,
    pub tier: Tier,
    /// `null`: in writing, or added by hand.
    pub rule: Option<String>,
    /// Of the rules that made it.
    pub pack_version: String,
    /// `null`: added by hand.
    pub how: Option<Origin>,
    /// Where it rests on words that sound alike.
    pub sound: Option<FlagSound>,
    pub state: FlagState,
    /// 聞き取り不確か
    pub unsure: bool,
    /// 話し手 未確認
    pub speaker_unknown: bool,
    /// In the order in which they were spoken.
    pub quotes: Vec<QuoteView>,
    /// What forms say about the item, whether or not the flag rests on it.
    pub answers: Vec<FlagAnswer>,
    /// What the record says, where the flag rests on it.
    pub record: Option<FlagRecord>,
    /// What a nurse wrote when she added it, or to it.
    #[schema(value_type = Option<String>)]
    pub seen: Option<Pii<String>>,
    pub made_at: Timestamp,
    /// The name of who added it; `null`: the rules.
    #[schema(value_type = Option<String>)]
    pub made_by: Option<Pii<String>>,
    pub decided: Option<Decided>,
    /// Of an immediate flag: who is told of it, and when.
    pub alert: Option<FlagAlert>,
    /// Where it begins: milliseconds since the interview began.
    pub at_ms: i64,
    /// Say it when you decide: whoever decides must have seen what is there.
    pub revision: u32,
    /// What it rests on was withdrawn.
    pub withdrawn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagState {
    Suggested,
    Confirmed,
    Dismissed,
    /// Until its day is over; then it waits for a decision again.
    Held,
}

/// How far what was heard lies from the words that a flag rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlagSound {
    /// In quarters of a mora; 0: the same sound.
    pub distance: u8,
    /// In the order in which they were spoken.
    pub words: Vec<SoundAlike>,
}

/// Words as they were heard, and what they sound like: 人心, 妊娠.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SoundAlike {
    #[schema(value_type = String)]
    pub heard: Pii<String>,
    #[schema(value_type = String)]
    pub like: Pii<String>,
}

/// A segment's whole text in three pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FlagQuote)]
pub struct QuoteView {
    pub segment: Uuid,
    pub participant: Option<Uuid>,
    /// Who speaks, by the track or as a nurse has said it: `nurse`, `resident`, `companion`,
    /// `interpreter` or, where that is open, `mixed`; empty where it is not known any more.
    pub party: &'static str,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
    pub part: Part,
    #[schema(value_type = String)]
    pub before: Pii<String>,
    #[schema(value_type = String)]
    pub marked: Pii<String>,
    #[schema(value_type = String)]
    pub after: Pii<String>,
    /// Words that are shown in place of what was heard, in the whole text of the three pieces.
    pub repairs: Vec<RepairView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decided {
    #[schema(value_type = String)]
    pub by: Pii<String>,
    /// By whoever reads this.
    pub by_me: bool,
    pub at: Timestamp,
    pub reason: Option<Reason>,
    #[schema(value_type = Option<String>)]
    pub words: Option<Pii<String>>,
    /// Of a held flag: the last day, `YYYY-MM-DD`.
    pub until: Option<String>,
    #[serde(skip)]
    pub(crate) user: UserId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlagAlert {
    pub due_at: Timestamp,
    pub told_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
}

/// How far an item was asked about, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Coverage)]
pub struct CoverageView {
    pub item: String,
    pub state: Asked,
    /// `null`: nobody says anything.
    pub source: Option<Source>,
    /// What was read in the talk, and what a form says: where they differ both are shown.
    pub talk: Option<Asked>,
    pub form: Option<Asked>,
}

impl FlagView {
    /// As this member of staff reads it.
    #[must_use]
    pub fn seen_by(mut self, user: UserId) -> Self {
        if let Some(decided) = &mut self.decided {
            decided.by_me = decided.user == user;
        }
        self
    }
}

/// What every flag of a talk is shown with.
pub(in crate::app) struct Sight {
    seats: BTreeMap<ParticipantId, &'static str>,
    given: BTreeMap<SegmentId, Option<Speaker>>,
    alerts: Vec<Alert>,
    /// Who took their words back; else what is gone went because its time was over.
    withdrawn: BTreeSet<ParticipantId>,
}

impl Sight {
    pub(in crate::app) async fn of(tx: &mut dyn Tx, talk: InterviewId) -> Result<Self> {
        let held = tx.interview(talk).await?.ok_or(AppError::NotFound)?;
        let method = held.interview.method;
        let seats = tx.participants_of(talk).await?.into_iter();
        Ok(Self {
            seats: seats
                .map(|row| (row.participant.id, voice(row.participant.who, method)))
                .collect(),
            given: given(tx, talk).await?,
            alerts: tx.alerts_of(talk).await?,
            withdrawn: withdrawn_seats(tx, talk).await?,
        })
    }
}

impl App {
    pub(in crate::app) async fn see_flag(
        &self,
        tx: &mut dyn Tx,
        sight: &Sight,
        flag: &Flag,
        revision: Revision,
    ) -> Result<FlagView> {
        let mut quotes = Vec::new();
        for quote in &flag.quotes {
            quotes.push(self.see_quote(tx, sight, quote).await?);
        }
        quotes.sort_by_key(|quote| quote.start_ms);
        let (answers, record) = self.written_about(tx, flag).await?;
        let gone = |quote: &QuoteView| quote.participant.is_none();
        let pack = self.packs.in_use();
        let item = pack.item(&flag.item);
        let mut alerts = sight.alerts.iter();
        let alert = alerts.rfind(|alert| alert.flag == Some(flag.id));
        let found = flag.found.as_ref();
        let sound = match found.and_then(|it| it.sound) {
            Some(distance) => Some(FlagSound {
                distance,
                words: self.sound_alikes(tx, flag, &quotes).await?,
            }),
            None => None,
        };
        Ok(FlagView {
            id: flag.id.uuid(),
            item: flag.item.to_string(),
            label: item.map_or_else(|| flag.item.to_string(), |item| item.label.clone()),
            tier: flag.tier,
            rule: found.map(|it| it.rule.clone()),
            pack_version: flag.pack.version.clone(),
            how: flag.origin(),
            sound,
            state: match flag.state {
                State::Suggested => FlagState::Suggested,
                State::Confirmed(_) => FlagState::Confirmed,
                State::Dismissed { .. } => FlagState::Dismissed,
                State::Held { .. } => FlagState::Held,
            },
            unsure: found.is_some_and(|it| it.unsure),
            speaker_unknown: found.is_some_and(|it| it.speaker_unknown),
            withdrawn: !sight.withdrawn.is_empty()
                && found.is_some()
                && flag.written.is_empty()
                && quotes.iter().all(gone),
            quotes,
            answers,
            record,
            seen: flag.seen.clone(),
            made_at: flag.made_at,
            made_by: match flag.made_by {
                Some(user) => Some(self.name_of(tx, user).await?),
                None => None,
            },
            decided: self.see_decision(tx, flag).await?,
            alert: alert.map(|it| FlagAlert {
                due_at: it.due_at,
                told_at: it.told_at,
                opened_at: it.opened.map(|opened| opened.at),
            }),
            at_ms: flag.at.0,
            revision: revision.number(),
        })
    }

    async fn see_decision(&self, tx: &mut dyn Tx, flag: &Flag) -> Result<Option<Decided>> {
        let Some(decision) = flag.decision() else {
            return Ok(None);
        };
        let (reason, words, until) = match &flag.state {
            State::Suggested | State::Confirmed(_) => (None, None, None),
            State::Dismissed { reason, words, .. } => (Some(*reason), words.clone(), None),
            State::Held { words, until, .. } => (None, Some(words.clone()), Some(*until)),
        };
        // A hold ends with the end of a day, which is the next one's begin.
        let day = |until: Timestamp| {
            let last = until.to_zoned(self.settings.zone.clone()).date();
            last.yesterday().unwrap_or(last).to_string()
        };
        Ok(Some(Decided {
            by: self.name_of(tx, decision.by).await?,
            by_me: false,
            at: decision.at,
            reason,
            words,
            until: until.map(day),
            user: decision.by,
        }))
    }

    async fn see_quote(
        &self,
        tx: &mut dyn Tx,
        sight: &Sight,
        quote: &FlagQuote,
    ) -> Result<QuoteView> {
        let mut view = QuoteView {
            segment: quote.segment.uuid(),
            participant: None,
            party: "",
            start_ms: 0,
            part: quote.part,
            before: Pii::default(),
            marked: Pii::default(),
            after: Pii::default(),
            repairs: Vec::new(),
        };
        let revision = Revision::new(quote.revision).unwrap_or(Revision::FIRST);
        let Some((of, row)) = tx.segment(quote.segment, revision).await? else {
            return Ok(view);
        };
        if sight.withdrawn.contains(&of) {
            return Ok(view);
        }
        view.start_ms = row.start.0;
        let key = match self.keyring.get(KeyKind::Talk, of.uuid()).await {
            Err(KeyError::Destroyed { .. }) => return Ok(view),
            found => found?,
        };
        let segment = rows::open_segment(&key, &row)?;
        view.repairs = repair_views(&segment);
        let text = segment.text.into_exposed();
        let (from, to) = (quote.span.start, quote.span.end);
        let piece = |range: std::ops::Range<usize>| -> Pii<String> {
            text.get(range).unwrap_or_default().to_owned().into()
        };
        view.participant = Some(of.uuid());
        let given = sight
            .given
            .get(&quote.segment)
            .copied()
            .flatten()
            .map(named);
        view.party = given.unwrap_or_else(|| sight.seats.get(&of).copied().unwrap_or_default());
        view.before = piece(0..from);
        view.marked = piece(from..to);
        view.after = piece(to..text.len());
        Ok(view)
    }

    /// Which of the quoted words sound like others, by the rules that the talk is read by.
    async fn sound_alikes(
        &self,
        tx: &mut dyn Tx,
        flag: &Flag,
        quotes: &[QuoteView],
    ) -> Result<Vec<SoundAlike>> {
        let row = tx.interview(flag.interview).await?;
        let talk = row.ok_or(AppError::NotFound)?.interview;
        let pack = self.pack_of(tx, &talk).await?;
        let mut alike = Vec::new();
        for QuoteView {
            before,
            marked,
            after,
            ..
        } in quotes
        {
            let [before, marked, after] = [before, marked, after].map(Pii::expose);
            let (from, to) = (before.len(), before.len() + marked.len());
            let text = format!("{before}{marked}{after}");
            for like in pack.likes(&text) {
                if like.span.start < to && from < like.span.end {
                    alike.push(SoundAlike {
                        heard: text.get(like.span).unwrap_or_default().to_owned().into(),
                        like: like.word,
                    });
                }
            }
        }
        Ok(alike)
    }

    /// How far every item of the pack was asked about.
    pub(in crate::app) async fn coverage(
        &self,
        tx: &mut dyn Tx,
        talk: InterviewId,
    ) -> Result<Vec<CoverageView>> {
        let accompanied = super::accompanied(tx, talk).await?;
        let mut said: BTreeMap<_, Said> = BTreeMap::new();
        for row in tx.coverage_of(talk).await? {
            *said.entry(row.item).or_default().by(row.source) = Some(row.state);
        }
        let pack = self.packs.in_use();
        let items = pack.items().iter();
        let view = items.map(|item| {
            let said = said.get(&item.id).copied().unwrap_or_default();
            let now = covered(&item.id, said, accompanied);
            // Beside somebody no answer counts, so none is shown either.
            let alone = !accompanied || !asked_alone(item.id.as_str());
            let shown = |it: &Asked| alone && *it != Asked::NotAsked;
            CoverageView {
                item: item.id.to_string(),
                state: now.state,
                source: now.source,
                talk: said.engine.filter(shown),
                form: said.form.filter(shown),
            }
        });
        Ok(view.collect())
    }

    pub(in crate::app) async fn name_of(
        &self,
        tx: &mut dyn Tx,
        user: UserId,
    ) -> Result<Pii<String>> {
        match tx.user(user).await? {
            Some(row) => Ok(self.opened_names(&row).await?.name),
            None => Ok(Pii::default()),
        }
    }
}
