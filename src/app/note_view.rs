//! A note as pages are shown it: the form, what surrounds it, what is left to decide, and the times
//! of the quotes. Composed anew for every answer, so that what was withdrawn is gone from it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::call::record::Track;
use yorisoi_domain::consent::{InEffect, in_effect};
use yorisoi_domain::ids::{InterviewId, UserId};
use yorisoi_domain::interview::{Interview, Kind, Method, State as InterviewState};
use yorisoi_domain::note::compose::{QuoteTime, QuotedField, quotes};
use yorisoi_domain::note::content::{Content, Fields, Verdict};
use yorisoi_domain::note::gate::{Decision, Left, Standing, left_to_submit};
use yorisoi_domain::note::workflow::State;
use yorisoi_domain::participant::{GuestRole, Who};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::risk::flag::State as FlagState;
use yorisoi_domain::risk::item::{ItemId, Tier};
use yorisoi_domain::time::{GestationalAge, Timestamp, age_on};
use yorisoi_store::{FlagRow, NoteEvent, NoteRow, ParticipantRow, Tx};

use super::interviews::WeeksOfPregnancy;
use super::transcripts::party;
use super::withdrawals::withdrawn_seats;
use super::{App, AppError, Loaded, Result};
use crate::crypto::rows;

/// 面談記録票
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct NoteView {
    pub id: Uuid,
    pub state: NoteState,
    /// Goes back with every change.
    pub revision: u32,
    /// 中央-R8-0214
    pub number: Option<String>,
    pub fields: Fields,
    /// `null` until somebody chooses.
    pub verdict: Option<Verdict>,
    /// Who wrote in it last.
    pub author: Option<Person>,
    pub saved_at: Option<Timestamp>,
    /// Submitted last; 0: none.
    pub version: u32,
    pub versions: Vec<NoteVersionLine>,
    /// While it is returned: by whom, and what they wrote. Both are `null` where it came back by
    /// itself, because a flag was added or opened again.
    pub returned: Option<ReturnedLine>,
    pub facts: Facts,
    /// Who took back what they said, in the order in which they did.
    pub withdrawn: Vec<WithdrawnVoice>,
    /// Whether sound of the talk is kept and can be heard.
    pub sound_kept: bool,
    /// What is left before it can be submitted.
    pub gate: Gate,
    /// Where the confirmed flags' quotes were spoken, by field.
    #[schema(value_type = BTreeMap<String, Vec<QuotePlace>>)]
    pub quotes: BTreeMap<QuotedField, Vec<QuotePlace>>,
}

/// 〔撤回〕: what was said by them, and quoted of it, is gone; what was written stays.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct WithdrawnVoice {
    /// `resident`, `companion` or `interpreter`.
    pub party: &'static str,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteState {
    Draft,
    Submitted,
    Returned,
    Approved,
}

impl From<&State> for NoteState {
    fn from(state: &State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Submitted(_) => Self::Submitted,
            State::Returned { .. } => Self::Returned,
            State::Approved { .. } => Self::Approved,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    #[schema(value_type = String)]
    pub name: Pii<String>,
    /// Whoever asks.
    pub me: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NoteVersionLine {
    pub number: u32,
    pub submitted_at: Timestamp,
    #[schema(value_type = String)]
    pub submitted_by: Pii<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnedLine {
    #[schema(value_type = Option<String>)]
    pub by: Option<Pii<String>>,
    pub at: Timestamp,
    #[schema(value_type = Option<String>)]
    pub comment: Option<Pii<String>>,
}

/// What the program knows of the interview, for the head of the form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Facts {
    pub interview: InterviewFacts,
    #[schema(value_type = String)]
    pub interviewer: Pii<String>,
    /// `companion`, `interpreter`: whoever else was in the talk.
    pub company: Vec<String>,
    /// Name, birth date and booking number agreed at the door.
    pub identity_checked: bool,
    pub consent: ConsentFacts,
    /// On the day of the interview.
    #[schema(value_type = Option<WeeksOfPregnancy>)]
    pub weeks: Option<GestationalAge>,
    #[schema(value_type = Option<String>, format = Date)]
    pub due_date: Option<Pii<Date>>,
    /// In years, on the day of the interview.
    pub age: Option<u16>,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    /// How she may be reached, and how not.
    #[schema(value_type = Option<String>)]
    pub contact_restriction: Option<Pii<String>>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InterviewFacts {
    pub kind: Kind,
    pub method: Method,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What the resident agreed to; `null`: not answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsentFacts {
    pub transcription: Option<yorisoi_domain::consent::Transcription>,
    pub keep_audio: Option<yorisoi_domain::consent::YesNo>,
    pub sharing: Option<yorisoi_domain::consent::YesNo>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Gate {
    pub open: bool,
    pub left: Vec<LeftLine>,
}

/// Something that has to be done first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LeftLine {
    /// Decide about it.
    Flag(LeftFlag),
    /// Its day has come (to submit), or has not yet (to approve).
    Held(LeftFlag),
    /// Sign it.
    Signature(LeftFlag),
    Verdict,
    Text,
    NotSubmitted,
    OwnNote,
    /// Sound of the talk waits for its text.
    WordsToCome,
    /// Whoever asks is no approver of this office.
    NotApprover,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftFlag {
    pub flag: Uuid,
    #[schema(value_type = String)]
    pub item: ItemId,
    pub label: String,
    pub tier: Tier,
}

/// A place in the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuotePlace {
    pub segment: Uuid,
    /// Milliseconds since the interview began.
    pub start_ms: i64,
}

pub(super) fn standing(row: &FlagRow) -> Standing {
    let decision = match &row.flag.state {
        FlagState::Suggested => Decision::Undecided,
        FlagState::Confirmed(_) | FlagState::Dismissed { .. } => Decision::Made,
        FlagState::Held { until, .. } => Decision::Held { until: *until },
    };
    Standing {
        flag: row.flag.id,
        item: row.flag.item.clone(),
        tier: row.flag.tier,
        revision: row.revision.number(),
        decision,
    }
}

/// When an interview began and, once it is over, ended.
pub(super) fn held(interview: &Interview) -> Option<(Timestamp, Option<Timestamp>, UserId)> {
    match interview.state {
        InterviewState::InProgress(start) => Some((start.at, None, start.nurse)),
        InterviewState::Ended { start, at, .. } => Some((start.at, Some(at), start.nurse)),
        _ => None,
    }
}

impl App {
    pub(super) async fn note_view(
        &self,
        tx: &mut dyn Tx,
        it: &Loaded,
        row: &NoteRow,
        content: Content,
        reader: UserId,
    ) -> Result<NoteView> {
        let interview = it.row.interview.id;
        let note = &row.note;
        let flags = tx.flags_of(interview).await?;
        let standing: Vec<_> = flags.iter().map(standing).collect();
        let left = left_to_submit(&content, &standing, self.now());
        let author = match note.written {
            Some(hand) => Some(Person {
                name: self.name_of(tx, hand.by).await?,
                me: hand.by == reader,
            }),
            None => None,
        };
        let mut versions = Vec::new();
        for version in tx.note_versions(note.id).await? {
            versions.push(NoteVersionLine {
                number: version.submission.version,
                submitted_at: version.submission.at,
                submitted_by: self.name_of(tx, version.submission.by).await?,
            });
        }
        Ok(NoteView {
            id: note.id.uuid(),
            state: (&note.state).into(),
            revision: row.revision.number(),
            number: tx.record_number(interview).await?.map(|it| it.to_string()),
            fields: content.fields,
            verdict: content.verdict,
            author,
            saved_at: note.written.map(|hand| hand.at),
            version: note.version(),
            versions,
            returned: self.returned(tx, row).await?,
            facts: self.facts(tx, it).await?,
            withdrawn: withdrawn_voices(tx, interview).await?,
            sound_kept: self.sound_kept(tx, interview).await?,
            gate: Gate {
                open: left.is_empty(),
                left: self.left_lines(&left, &standing),
            },
            quotes: by_field(&self.confirmed_quotes(tx, interview, &flags).await?),
        })
    }

    async fn returned(&self, tx: &mut dyn Tx, row: &NoteRow) -> Result<Option<ReturnedLine>> {
        if !matches!(row.note.state, State::Returned { .. }) {
            return Ok(None);
        }
        let events = tx.note_events(row.note.id).await?;
        let Some(event) = events.into_iter().next_back() else {
            return Ok(None);
        };
        let (by, comment) = match &event.what {
            NoteEvent::Returned(by, words) => {
                let key = self.record_key(row.note.interview).await?;
                let comment = rows::open_comment(&key, event.id, words)?;
                (Some(self.name_of(tx, *by).await?), Some(comment))
            }
            _ => (None, None),
        };
        Ok(Some(ReturnedLine {
            by,
            at: event.at,
            comment,
        }))
    }

    /// What the head of the form says.
    pub(super) async fn facts(&self, tx: &mut dyn Tx, it: &Loaded) -> Result<Facts> {
        let interview = &it.row.interview;
        let (started_at, ended_at, nurse) = held(interview).ok_or(AppError::NotReady)?;
        let resident = tx
            .resident(it.case.resident)
            .await?
            .ok_or(AppError::NotFound)?;
        let resident = self.opened_resident(&resident).await?;
        let on = started_at.to_zoned(self.settings.zone.clone()).date();
        let tries = tx.identity_tries(interview.id).await?;
        let identity_checked = tries
            .iter()
            .any(|one| one.result.kana && one.result.birth_date && one.result.booking_number);
        let tracks = self.tracks(tx, interview.id).await?;
        let rows = tx.participants_of(interview.id).await?;
        let consent = match resident_seat(&rows, &tracks) {
            Some(row) => in_effect(&tx.consents(row.participant.id).await?),
            None => InEffect::default(),
        };
        let private = &it.case.private;
        Ok(Facts {
            interview: InterviewFacts {
                kind: interview.kind,
                method: interview.method,
                started_at,
                ended_at,
            },
            interviewer: self.name_of(tx, nurse).await?,
            company: company(&rows, &tracks),
            identity_checked,
            consent: ConsentFacts {
                transcription: consent.transcription,
                keep_audio: consent.keep_audio,
                sharing: consent.sharing,
            },
            weeks: private
                .due_date
                .as_ref()
                .and_then(|due| GestationalAge::on(on, *due.expose())),
            due_date: private.due_date.clone(),
            age: age_on(on, *resident.birth_date.expose()),
            name: resident.name,
            contact_restriction: private
                .contact_restriction
                .as_ref()
                .map(|restriction| restriction.text.clone()),
        })
    }

    async fn tracks(&self, tx: &mut dyn Tx, interview: InterviewId) -> Result<Vec<Track>> {
        let mut tracks = Vec::new();
        for call in tx.calls_of(interview).await? {
            tracks.extend(tx.tracks_of(call.id).await?);
        }
        Ok(tracks)
    }

    /// Where the quotes of the confirmed flags were spoken.
    pub(super) async fn confirmed_quotes(
        &self,
        tx: &mut dyn Tx,
        interview: InterviewId,
        flags: &[FlagRow],
    ) -> Result<Vec<(QuotedField, QuoteTime)>> {
        let segments = tx.segments_of(interview).await?;
        let withdrawn = withdrawn_seats(tx, interview).await?;
        let starts: BTreeMap<_, _> = segments
            .iter()
            .filter(|(of, _)| !withdrawn.contains(of))
            .map(|(_, segment)| (segment.id, segment.start))
            .collect();
        let confirmed = flags
            .iter()
            .filter(|row| matches!(row.flag.state, FlagState::Confirmed(_)));
        let places = confirmed.flat_map(|row| {
            let quoted = row.flag.quotes.iter();
            quoted.filter_map(|quote| {
                let start = *starts.get(&quote.segment)?;
                let segment = quote.segment;
                Some((&row.flag.item, QuoteTime { start, segment }))
            })
        });
        Ok(quotes(places))
    }

    pub(super) fn left_lines(&self, left: &[Left], flags: &[Standing]) -> Vec<LeftLine> {
        let of = |id: &yorisoi_domain::ids::FlagId| {
            flags
                .iter()
                .find(|flag| flag.flag == *id)
                .map(|flag| LeftFlag {
                    flag: flag.flag.uuid(),
                    item: flag.item.clone(),
                    label: self.item_label(&flag.item),
                    tier: flag.tier,
                })
        };
        let lines = left.iter().filter_map(|left| match left {
            Left::Undecided(flag) => of(flag).map(LeftLine::Flag),
            Left::Held(flag) => of(flag).map(LeftLine::Held),
            Left::Signature(flag) => of(flag).map(LeftLine::Signature),
            Left::Verdict => Some(LeftLine::Verdict),
            Left::Text => Some(LeftLine::Text),
            Left::NotSubmitted => Some(LeftLine::NotSubmitted),
            Left::OwnNote => Some(LeftLine::OwnNote),
            Left::WordsToCome => Some(LeftLine::WordsToCome),
        });
        lines.collect()
    }

    /// 気づき as people read it. An item that the present pack has no more keeps its name.
    pub(super) fn item_label(&self, item: &ItemId) -> String {
        let pack = self.packs.in_use();
        pack.item(item)
            .map_or_else(|| item.as_str().to_owned(), |item| item.label.clone())
    }
}

pub(super) fn by_field(
    places: &[(QuotedField, QuoteTime)],
) -> BTreeMap<QuotedField, Vec<QuotePlace>> {
    let mut fields: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (field, quote) in places {
        fields.entry(*field).or_default().push(QuotePlace {
            segment: quote.segment.uuid(),
            start_ms: quote.start.0,
        });
    }
    fields
}

/// One line a person, although she had several seats.
async fn withdrawn_voices(tx: &mut dyn Tx, interview: InterviewId) -> Result<Vec<WithdrawnVoice>> {
    let mut voices: Vec<WithdrawnVoice> = Vec::new();
    for certificate in tx.certificates_of(interview).await? {
        let seat = tx.participant(certificate.participant).await?;
        let party = seat.map_or("", |row| party(row.participant.who));
        let at = certificate.at;
        if voices.iter().all(|it| (it.party, it.at) != (party, at)) {
            voices.push(WithdrawnVoice { party, at });
        }
    }
    Ok(voices)
}

/// Who was heard: a seat with a track, or one that is in the talk now.
fn was_in(row: &ParticipantRow, tracks: &[Track]) -> bool {
    let admitted = yorisoi_domain::participant::State::name(&row.participant.state) == "admitted";
    admitted
        || tracks
            .iter()
            .any(|track| track.participant == row.participant.id)
}

/// The seat that the resident talked from, the last one if there were several; else the last one
/// that she took.
fn resident_seat<'a>(rows: &'a [ParticipantRow], tracks: &[Track]) -> Option<&'a ParticipantRow> {
    let own =
        |row: &&ParticipantRow| matches!(row.participant.who, Who::Guest(GuestRole::Resident, _));
    let mut seats = rows.iter().filter(own);
    let heard = seats.clone().rev().find(|row| was_in(row, tracks));
    heard.or_else(|| seats.next_back())
}

fn company(rows: &[ParticipantRow], tracks: &[Track]) -> Vec<String> {
    let mut labels: Vec<_> = rows
        .iter()
        .filter(|row| was_in(row, tracks))
        .filter_map(|row| match row.participant.who {
            Who::Guest(GuestRole::Companion, _) => Some("companion"),
            Who::Guest(GuestRole::Interpreter, _) => Some("interpreter"),
            Who::Guest(GuestRole::Resident, _) | Who::Nurse(_) => None,
        })
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels.into_iter().map(str::to_owned).collect()
}
