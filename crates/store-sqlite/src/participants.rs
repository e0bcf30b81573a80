//! Seats and what their holders said at the door.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::identity::{IdentityResult, IdentityTry};
use yorisoi_domain::ids::{InterviewId, ParticipantId, UserId};
use yorisoi_domain::participant::{DeviceCheck, Hand, Nearby, Participant, State, Who};
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    ContactRow, ParticipantRow, ReadParticipants, Result, Revision, Sealed, StoreError,
    WriteParticipants,
};

use crate::codes::{bytes32, code, parse, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    role: String,
    user_id: Option<Uuid>,
    invitation_id: Option<Uuid>,
    state: String,
    state_ms: i64,
    state_by: Option<Uuid>,
    asked_to_wait_ms: Option<i64>,
    left_how: Option<String>,
    seat: Option<Vec<u8>>,
    nearby: Option<String>,
    nearby_ms: Option<i64>,
    device_camera: Option<String>,
    device_microphone: Option<String>,
    device_noise: Option<String>,
    device_network: Option<String>,
    device_ms: Option<i64>,
    revision: i64,
}

const DAMAGED: StoreError = StoreError::Corrupt("participants");

impl Row {
    fn read(self) -> Result<ParticipantRow> {
        let who = match (self.user_id, self.invitation_id) {
            (Some(user), None) => Who::Nurse(user.into()),
            (None, Some(link)) => Who::Guest(parse(&self.role, "participants.role")?, link.into()),
            _ => return Err(DAMAGED),
        };
        let seat = self
            .seat
            .as_deref()
            .map(bytes32)
            .transpose()?
            .map(SecretHash::from_bytes);
        let nearby = match (&self.nearby, self.nearby_ms) {
            (Some(nearby), Some(at)) => Some((parse(nearby, "participants.nearby")?, time(at)?)),
            _ => None,
        };
        Ok(ParticipantRow {
            participant: Participant {
                id: self.id.into(),
                interview: self.interview_id.into(),
                who,
                state: self.state()?,
            },
            seat,
            nearby,
            device: self.device()?,
            revision: revision(self.revision)?,
        })
    }

    fn state(&self) -> Result<State> {
        let at = time(self.state_ms)?;
        let by = || self.state_by.map(UserId::new).ok_or(DAMAGED);
        match self.state.as_str() {
            "claimed" => Ok(State::Claimed { at }),
            "identified" => Ok(State::Identified { at }),
            "knocking" => {
                let asked = self.asked_to_wait_ms.map(|at| {
                    Ok(Hand {
                        at: time(at)?,
                        by: by()?,
                    })
                });
                Ok(State::Knocking {
                    since: at,
                    asked_to_wait: asked.transpose()?,
                })
            }
            "admitted" => Ok(State::Admitted { at, by: by()? }),
            "refused" => Ok(State::Refused { at, by: by()? }),
            "left" => {
                let how = self.left_how.as_deref().ok_or(DAMAGED)?;
                Ok(State::Left {
                    at,
                    how: parse(how, "participants.left_how")?,
                })
            }
            _ => Err(DAMAGED),
        }
    }

    fn device(&self) -> Result<Option<(DeviceCheck, Timestamp)>> {
        let Some(at) = self.device_ms else {
            return Ok(None);
        };
        let word = |word: &Option<String>| word.clone().ok_or(DAMAGED);
        let check = DeviceCheck {
            camera: parse(&word(&self.device_camera)?, "participants.device_camera")?,
            microphone: parse(
                &word(&self.device_microphone)?,
                "participants.device_microphone",
            )?,
            noise: parse(&word(&self.device_noise)?, "participants.device_noise")?,
            network: parse(&word(&self.device_network)?, "participants.device_network")?,
        };
        Ok(Some((check, time(at)?)))
    }
}

/// The columns of a state.
struct Evidence {
    state_ms: i64,
    state_by: Option<Uuid>,
    asked_to_wait_ms: Option<i64>,
    left_how: Option<&'static str>,
}

impl Evidence {
    fn of(state: &State) -> Self {
        let (at, by, asked, how) = match *state {
            State::Claimed { at } | State::Identified { at } => (at, None, None, None),
            State::Knocking {
                since,
                asked_to_wait: None,
            } => (since, None, None, None),
            State::Knocking {
                since,
                asked_to_wait: Some(hand),
            } => (since, Some(hand.by), Some(hand.at), None),
            State::Admitted { at, by } | State::Refused { at, by } => (at, Some(by), None, None),
            State::Left { at, how } => (at, None, None, Some(code(how))),
        };
        Self {
            state_ms: at.as_millisecond(),
            state_by: by.map(UserId::uuid),
            asked_to_wait_ms: asked.map(Timestamp::as_millisecond),
            left_how: how,
        }
    }
}

#[async_trait]
impl ReadParticipants for SqliteTx {
    async fn participant(&mut self, id: ParticipantId) -> Result<Option<ParticipantRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(Row, "SELECT * FROM participants WHERE id = ?", id)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn participant_by_seat(&mut self, seat: SecretHash) -> Result<Option<ParticipantRow>> {
        let seat = &seat.as_bytes()[..];
        let row = sqlx::query_as!(Row, "SELECT * FROM participants WHERE seat = ?", seat)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn participants_of(&mut self, interview: InterviewId) -> Result<Vec<ParticipantRow>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM participants WHERE interview_id = ? ORDER BY id",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn contact(&mut self, participant: ParticipantId) -> Result<Option<ContactRow>> {
        let id = participant.uuid();
        let row = sqlx::query!(
            "SELECT callback, place, given_ms, revision FROM contacts WHERE participant_id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let read = row.map(|row| {
            Ok(ContactRow {
                participant,
                callback: Sealed::from_bytes(row.callback),
                place: Sealed::from_bytes(row.place),
                given_at: time(row.given_ms)?,
                revision: revision(row.revision)?,
            })
        });
        read.transpose()
    }

    async fn identity_tries(&mut self, interview: InterviewId) -> Result<Vec<IdentityTry>> {
        let id = interview.uuid();
        let rows = sqlx::query!(
            "SELECT participant_id, at_ms, kana_ok, birth_date_ok, booking_number_ok
             FROM identity_tries WHERE interview_id = ? ORDER BY at_ms, rowid",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(IdentityTry {
                interview,
                participant: row.participant_id.into(),
                at: time(row.at_ms)?,
                result: IdentityResult {
                    kana: row.kana_ok == 1,
                    birth_date: row.birth_date_ok == 1,
                    booking_number: row.booking_number_ok == 1,
                },
            })
        });
        read.collect()
    }
}

#[async_trait]
impl WriteParticipants for SqliteTx {
    async fn insert_participant(&mut self, row: &ParticipantRow) -> Result<()> {
        let participant = &row.participant;
        let (id, interview) = (participant.id.uuid(), participant.interview.uuid());
        let (role, user, link) = match participant.who {
            Who::Nurse(user) => ("nurse", Some(user.uuid()), None),
            Who::Guest(role, link) => (code(role), None, Some(link.uuid())),
        };
        let (state, evidence) = (participant.state.name(), Evidence::of(&participant.state));
        let seat = row.seat.as_ref().map(|seat| &seat.as_bytes()[..]);
        let revision = row.revision.number();
        sqlx::query!(
            "INSERT INTO participants (id, interview_id, role, user_id, invitation_id, state,
                 state_ms, state_by, asked_to_wait_ms, left_how, seat, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            interview,
            role,
            user,
            link,
            state,
            evidence.state_ms,
            evidence.state_by,
            evidence.asked_to_wait_ms,
            evidence.left_how,
            seat,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        if let Some((nearby, at)) = row.nearby {
            self.set_nearby(participant.id, nearby, at).await?;
        }
        if let Some((device, at)) = row.device {
            self.set_device(participant.id, device, at).await?;
        }
        Ok(())
    }

    async fn save_participant(
        &mut self,
        participant: &Participant,
        from: Revision,
    ) -> Result<Revision> {
        let id = participant.id.uuid();
        let role = match participant.who {
            Who::Nurse(_) => "nurse",
            Who::Guest(role, _) => code(role),
        };
        let (state, evidence) = (participant.state.name(), Evidence::of(&participant.state));
        let out = participant.state.is_final();
        let (before, after) = (from.number(), from.next().number());
        let done = sqlx::query!(
            "UPDATE participants SET role = ?, state = ?, state_ms = ?, state_by = ?, asked_to_wait_ms = ?,
                 left_how = ?, seat = CASE WHEN ? THEN NULL ELSE seat END, revision = ?
             WHERE id = ? AND revision = ?",
            role,
            state,
            evidence.state_ms,
            evidence.state_by,
            evidence.asked_to_wait_ms,
            evidence.left_how,
            out,
            after,
            id,
            before
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())?;
        Ok(from.next())
    }

    async fn end_seats(&mut self) -> Result<u32> {
        let done = sqlx::query!("UPDATE participants SET seat = NULL WHERE seat IS NOT NULL")
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
    }

    async fn set_nearby(&mut self, id: ParticipantId, nearby: Nearby, at: Timestamp) -> Result<()> {
        let (id, nearby, at) = (id.uuid(), code(nearby), at.as_millisecond());
        let done = sqlx::query!(
            "UPDATE participants SET nearby = ?, nearby_ms = ? WHERE id = ?",
            nearby,
            at,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn set_device(
        &mut self,
        id: ParticipantId,
        device: DeviceCheck,
        at: Timestamp,
    ) -> Result<()> {
        let (id, at) = (id.uuid(), at.as_millisecond());
        let (camera, microphone) = (code(device.camera), code(device.microphone));
        let (noise, network) = (code(device.noise), code(device.network));
        let done = sqlx::query!(
            "UPDATE participants SET device_camera = ?, device_microphone = ?, device_noise = ?,
                 device_network = ?, device_ms = ?
             WHERE id = ?",
            camera,
            microphone,
            noise,
            network,
            at,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn put_contact(&mut self, row: &ContactRow) -> Result<()> {
        let (id, revision) = (row.participant.uuid(), row.revision.number());
        let (callback, place) = (row.callback.as_bytes(), row.place.as_bytes());
        let given_ms = row.given_at.as_millisecond();
        let done = if row.revision == Revision::FIRST {
            sqlx::query!(
                "INSERT INTO contacts (participant_id, callback, place, given_ms, revision)
                 VALUES (?, ?, ?, ?, ?)",
                id,
                callback,
                place,
                given_ms,
                revision
            )
            .execute(self.conn())
            .await
        } else {
            sqlx::query!(
                "UPDATE contacts SET callback = ?, place = ?, given_ms = ?, revision = ?
                 WHERE participant_id = ? AND revision = ? - 1",
                callback,
                place,
                given_ms,
                revision,
                id,
                revision
            )
            .execute(self.conn())
            .await
        };
        exactly_one(done.map_err(sql)?.rows_affected())
    }

    async fn insert_identity_try(&mut self, one: &IdentityTry) -> Result<()> {
        let (interview, participant) = (one.interview.uuid(), one.participant.uuid());
        let (at, result) = (one.at.as_millisecond(), one.result);
        sqlx::query!(
            "INSERT INTO identity_tries (interview_id, participant_id, at_ms, kana_ok,
                 birth_date_ok, booking_number_ok)
             VALUES (?, ?, ?, ?, ?, ?)",
            interview,
            participant,
            at,
            result.kana,
            result.birth_date,
            result.booking_number
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
