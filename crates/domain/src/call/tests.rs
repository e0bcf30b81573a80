//! What a call must do, told as stories; and what it must never do, whatever it is fed.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::call::pause::Pauses;
use crate::consent::{Agreed, InEffect, Transcription, YesNo};
use crate::ids::{InvitationId, UserId};
use crate::participant::{GuestRole, LeftHow, Who};
use crate::second_voice::SecondVoice;

fn id(n: u8) -> ParticipantId {
    ParticipantId::new(Uuid::from_u128(u128::from(n)))
}

fn who(n: u8) -> Who {
    let guest = |role| Who::Guest(role, InvitationId::new(Uuid::from_u128(100)));
    match n {
        0 => Who::Nurse(UserId::new(Uuid::from_u128(200))),
        1 => guest(GuestRole::Resident),
        2 => guest(GuestRole::Interpreter),
        _ => guest(GuestRole::Companion),
    }
}

fn yes(transcription: Transcription) -> InEffect {
    InEffect {
        interview: Some(YesNo::Yes),
        transcription: Some(transcription),
        keep_audio: Some(YesNo::No),
        sharing: Some(YesNo::Yes),
    }
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn drain(call: &mut Call) -> Vec<Output> {
    std::iter::from_fn(|| call.poll_output()).collect()
}

/// Knocking is the first revision here, and being let in the second.
fn enter(n: u8, door: Door, transcription: Transcription) -> Input {
    let revision = if door == Door::LetIn { 2 } else { 1 };
    read_at(n, door, revision, agreed(transcription, 4))
}

fn read_at(n: u8, door: Door, revision: u32, consent: Agreed) -> Input {
    Input::Entered {
        seat: id(n),
        who: who(n),
        door,
        revision,
        consent,
        pauses: Pauses::default(),
    }
}

fn agreed(transcription: Transcription, entries: usize) -> Agreed {
    Agreed {
        to: yes(transcription),
        entries,
        ..Agreed::default()
    }
}

/// A nurse and a resident, both inside at second 0.
fn talk(transcription: Transcription) -> Call {
    let mut call = Call::new(Limits::default());
    let now = Duration::ZERO;
    call.handle_input(now, enter(0, Door::LetIn, Transcription::None))
        .unwrap();
    call.handle_input(now, enter(1, Door::Waits, transcription))
        .unwrap();
    assert!(!call.may_send(id(1)));
    call.handle_input(now, Input::Admitted(id(1), 2)).unwrap();
    call
}

fn presences(outputs: &[Output], n: u8) -> Vec<Presence> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Seat(state) if state.seat == id(n) => Some(state.presence),
            _ => None,
        })
        .collect()
}

#[test]
fn a_lost_socket_is_a_break_then_an_absence_and_the_seat_is_kept() {
    let mut call = talk(Transcription::Transcript);
    assert_eq!(call.slots(id(0)), [Some(id(1)), None, None]);
    drain(&mut call);

    call.handle_input(secs(10), Input::SocketLost(id(1)))
        .unwrap();
    assert_eq!(presences(&drain(&mut call), 1), [Presence::Interrupted]);
    assert_eq!(call.timeout(), Some(secs(15)));

    call.handle_input(secs(15), Input::Tick).unwrap();
    let outputs = drain(&mut call);
    assert_eq!(presences(&outputs, 1), [Presence::Absent]);
    assert!(outputs.contains(&Output::CloseMedia(id(1))));

    call.handle_input(secs(40), enter(1, Door::LetIn, Transcription::Transcript))
        .unwrap();
    let outputs = drain(&mut call);
    let away = Stretch {
        from: secs(10),
        to: secs(40),
    };
    assert!(
        outputs.contains(&Output::Gap(id(1), GapReason::Absent, away)),
        "{outputs:?}"
    );
    assert_eq!(presences(&outputs, 1), [Presence::Present]);
    assert_eq!(call.slots(id(0)), [Some(id(1)), None, None]);
}

#[test]
fn sent_back_to_the_door_nothing_of_theirs_goes_on() {
    let mut call = talk(Transcription::Transcript);
    call.handle_input(secs(1), Input::Sharing(id(1), true))
        .unwrap();
    call.handle_input(secs(2), Input::Muted(id(1), true))
        .unwrap();
    drain(&mut call);
    call.handle_input(secs(5), Input::SentOut(id(1), 3))
        .unwrap();
    let outputs = drain(&mut call);
    for output in [
        Output::CloseMedia(id(1)),
        Output::Screen(None),
        Output::Tap(id(1), Tap::Closed),
        Output::Gap(
            id(1),
            GapReason::Muted,
            Stretch {
                from: secs(2),
                to: secs(5),
            },
        ),
        Output::Slots(id(0), [None; SLOTS]),
    ] {
        assert!(
            outputs.contains(&output),
            "{output:?} is not in {outputs:?}"
        );
    }
    assert_eq!(presences(&outputs, 1), [Presence::Waiting]);
    assert_eq!(
        call.handle_input(secs(6), Input::Muted(id(1), false)),
        Err(Refusal::NotAdmitted)
    );
    // The door's word holds also when the page comes back and claims nothing.
    call.handle_input(secs(7), enter(1, Door::Waits, Transcription::Transcript))
        .unwrap();
    assert!(!call.may_send(id(1)));
}

#[test]
fn her_no_to_transcription_closes_every_tap_and_the_nurses_too() {
    let mut call = talk(Transcription::None);
    let taps = |outputs: &[Output]| outputs.iter().any(|o| matches!(o, Output::Tap(..)));
    assert!(!taps(&drain(&mut call)));
    call.handle_input(
        secs(1),
        Input::Consented(id(1), agreed(Transcription::CaptionsOnly, 5)),
    )
    .unwrap();
    let outputs = drain(&mut call);
    assert!(
        outputs.contains(&Output::Tap(id(0), Tap::MemoryOnly)),
        "{outputs:?}"
    );
    assert!(
        outputs.contains(&Output::Tap(id(1), Tap::MemoryOnly)),
        "{outputs:?}"
    );
    // An interpreter's no is her own matter.
    call.handle_input(secs(2), enter(2, Door::LetIn, Transcription::None))
        .unwrap();
    assert!(!taps(&drain(&mut call)));
    call.handle_input(
        secs(3),
        Input::Consented(id(1), agreed(Transcription::None, 6)),
    )
    .unwrap();
    let outputs = drain(&mut call);
    assert!(
        outputs.contains(&Output::Tap(id(0), Tap::Closed)),
        "{outputs:?}"
    );
}

#[test]
fn her_no_to_keeping_the_sound_binds_the_nurses_track_too() {
    let mut call = talk(Transcription::Transcript);
    let outputs = drain(&mut call);
    for n in [0, 1] {
        assert!(
            outputs.contains(&Output::Tap(id(n), Tap::Text)),
            "{outputs:?}"
        );
    }
    let keeps = |answer, entries| {
        let mut agreed = agreed(Transcription::Transcript, entries);
        agreed.to.keep_audio = Some(answer);
        Input::Consented(id(1), agreed)
    };
    for (answer, entries, tap) in [
        (YesNo::Yes, 5, Tap::TextAndAudio),
        (YesNo::No, 6, Tap::Text),
    ] {
        call.handle_input(secs(1), keeps(answer, entries)).unwrap();
        let outputs = drain(&mut call);
        for n in [0, 1] {
            assert!(outputs.contains(&Output::Tap(id(n), tap)), "{outputs:?}");
        }
    }
}

#[test]
fn what_is_paused_is_not_tapped_and_a_pause_is_no_consent() {
    let mut call = talk(Transcription::Transcript);
    let taps = |call: &mut Call| -> Vec<Output> {
        let all = drain(call).into_iter();
        all.filter(|output| matches!(output, Output::Tap(..)))
            .collect()
    };
    taps(&mut call);
    let said = |all, own, entries| Pauses { all, own, entries };
    let own = Input::Paused(Some(id(1)), said(false, true, 1));
    call.handle_input(secs(1), own).unwrap();
    assert_eq!(taps(&mut call), [Output::Tap(id(1), Tap::Paused)]);
    call.handle_input(secs(2), Input::Paused(None, said(true, false, 2)))
        .unwrap();
    assert_eq!(taps(&mut call), [Output::Tap(id(0), Tap::Paused)]);
    // An older word that comes late changes nothing.
    call.handle_input(secs(3), Input::Paused(Some(id(1)), said(false, false, 0)))
        .unwrap();
    assert_eq!(taps(&mut call), []);
    call.handle_input(secs(4), Input::Paused(None, said(false, false, 3)))
        .unwrap();
    assert_eq!(taps(&mut call), [Output::Tap(id(0), Tap::Text)]);
    // She comes back with another page: what she paused stays paused.
    let again = Input::Entered {
        seat: id(1),
        who: who(1),
        door: Door::LetIn,
        revision: 2,
        consent: agreed(Transcription::Transcript, 4),
        pauses: said(false, true, 3),
    };
    call.handle_input(secs(5), again).unwrap();
    assert_eq!(taps(&mut call), []);
    let no = Input::Consented(id(1), agreed(Transcription::None, 5));
    call.handle_input(secs(6), no).unwrap();
    assert!(taps(&mut call).contains(&Output::Tap(id(1), Tap::Closed)));
    call.handle_input(secs(7), Input::Paused(Some(id(1)), said(false, false, 4)))
        .unwrap();
    assert_eq!(taps(&mut call), []);
}

#[test]
fn a_second_voice_closes_the_track_it_is_on_and_no_other() {
    let mut call = talk(Transcription::Transcript);
    let taps = |call: &mut Call| -> Vec<Output> {
        let all = drain(call).into_iter();
        all.filter(|output| matches!(output, Output::Tap(..)))
            .collect()
    };
    taps(&mut call);
    let beside = |second_voice, entries| {
        let agreed = Agreed {
            second_voice,
            ..agreed(Transcription::Transcript, entries)
        };
        Input::Consented(id(1), agreed)
    };
    for (second_voice, entries, tap) in [
        (SecondVoice::NotAsked, 5, Tap::SecondVoice),
        (SecondVoice::Agreed, 6, Tap::Text),
        (SecondVoice::NotAsked, 7, Tap::SecondVoice),
    ] {
        call.handle_input(secs(1), beside(second_voice, entries))
            .unwrap();
        assert_eq!(taps(&mut call), [Output::Tap(id(1), tap)]);
    }
    // A pause over it changes nothing, nor does its end, nor an older word.
    for all in [true, false] {
        let pause = Pauses {
            all,
            own: false,
            entries: 1,
        };
        call.handle_input(secs(2), Input::Paused(None, pause))
            .unwrap();
        assert!(
            taps(&mut call)
                .iter()
                .all(|it| *it != Output::Tap(id(1), Tap::Text))
        );
    }
    call.handle_input(secs(3), beside(SecondVoice::Nobody, 4))
        .unwrap();
    assert_eq!(taps(&mut call), []);
    call.handle_input(secs(4), beside(SecondVoice::Refused, 8))
        .unwrap();
    assert_eq!(taps(&mut call), []);
    // What she takes back is closed for good, whoever speaks.
    let no = Input::Consented(id(1), agreed(Transcription::None, 9));
    call.handle_input(secs(5), no).unwrap();
    assert!(taps(&mut call).contains(&Output::Tap(id(1), Tap::Closed)));
}

#[test]
fn a_quick_exit_is_told_as_one_and_the_fifth_finds_no_seat() {
    let mut call = talk(Transcription::Transcript);
    for n in 2..4 {
        call.handle_input(secs(1), enter(n, Door::LetIn, Transcription::Transcript))
            .unwrap();
    }
    call.handle_input(secs(1), enter(4, Door::Waits, Transcription::Transcript))
        .unwrap();
    assert_eq!(
        call.handle_input(secs(1), Input::Admitted(id(4), 2)),
        Err(Refusal::Full)
    );
    drain(&mut call);
    call.handle_input(secs(2), Input::Left(id(1), LeftHow::QuickExit))
        .unwrap();
    assert_eq!(presences(&drain(&mut call), 1), [Presence::LeftQuickly]);
    assert_eq!(
        call.handle_input(secs(2), Input::Admitted(id(1), 2)),
        Err(Refusal::NoSeat)
    );
    call.handle_input(secs(3), Input::Admitted(id(4), 2))
        .unwrap();
    assert_eq!(call.slots(id(0))[0], Some(id(4)));
}

#[test]
fn an_empty_call_and_an_endless_one_end_by_themselves() {
    let mut call = talk(Transcription::Transcript);
    call.handle_input(secs(10), Input::SocketLost(id(0)))
        .unwrap();
    call.handle_input(secs(10), Input::SocketLost(id(1)))
        .unwrap();
    call.handle_input(secs(15), Input::Tick).unwrap();
    assert_eq!(call.timeout(), Some(secs(615)));
    call.handle_input(secs(615), Input::Tick).unwrap();
    assert_eq!(call.over(), Some(Why::NobodyLeft));
    assert_eq!(
        call.handle_input(secs(616), Input::Tick),
        Err(Refusal::Over)
    );

    let mut call = talk(Transcription::Transcript);
    call.handle_input(secs(6 * 3_600), Input::Tick).unwrap();
    assert_eq!(call.over(), Some(Why::LongestReached));
    assert_eq!(
        drain(&mut call).last(),
        Some(&Output::Over(Why::LongestReached))
    );
}

/// What her taps are after these words, told in this order.
fn tap_after(words: &[Input]) -> Option<Tap> {
    let mut call = talk(Transcription::Transcript);
    for word in words {
        let _ = call.handle_input(secs(1), *word);
    }
    let mut taps = drain(&mut call)
        .into_iter()
        .filter_map(|output| match output {
            Output::Tap(seat, tap) if seat == id(1) => Some(tap),
            _ => None,
        });
    taps.next_back()
}

#[test]
fn a_no_that_was_overtaken_by_an_older_yes_stays_a_no() {
    let no = Input::Consented(id(1), agreed(Transcription::None, 6));
    let yes = Input::Consented(id(1), agreed(Transcription::Transcript, 5));
    let reload = read_at(1, Door::LetIn, 2, agreed(Transcription::Transcript, 4));
    for overtaken in [yes, reload] {
        assert_eq!(tap_after(&[no, overtaken]), Some(Tap::Closed));
        assert_eq!(tap_after(&[overtaken, no]), Some(Tap::Closed));
    }
    // Told before her first socket was: the call knows of no seat yet, and remembers.
    let mut call = Call::new(Limits::default());
    let now = Duration::ZERO;
    call.handle_input(now, enter(0, Door::LetIn, Transcription::None))
        .unwrap();
    assert_eq!(call.handle_input(now, no), Err(Refusal::NoSeat));
    call.handle_input(now, reload).unwrap();
    assert!(call.may_send(id(1)));
    assert!(
        !drain(&mut call)
            .iter()
            .any(|o| matches!(o, Output::Tap(..)))
    );
}

#[test]
fn a_socket_that_was_read_before_she_was_let_in_does_not_take_her_out() {
    let mut call = talk(Transcription::Transcript);
    drain(&mut call);
    call.handle_input(secs(1), enter(1, Door::Waits, Transcription::Transcript))
        .unwrap();
    assert!(call.may_send(id(1)));
    assert!(!drain(&mut call).contains(&Output::CloseMedia(id(1))));
    // Nor does one that was read before she was sent out bring her back.
    call.handle_input(secs(2), Input::SentOut(id(1), 3))
        .unwrap();
    for older in [
        enter(1, Door::LetIn, Transcription::Transcript),
        Input::Admitted(id(1), 2),
    ] {
        call.handle_input(secs(3), older).unwrap();
        assert!(!call.may_send(id(1)));
    }
    call.handle_input(secs(4), Input::Admitted(id(1), 4))
        .unwrap();
    assert!(call.may_send(id(1)));
}

#[test]
fn who_is_gone_is_gone_whatever_is_said_later() {
    for how in [LeftHow::Closed, LeftHow::QuickExit] {
        let mut call = talk(Transcription::Transcript);
        call.handle_input(secs(1), Input::Left(id(1), how)).unwrap();
        // The same before their first socket was told of.
        assert_eq!(
            call.handle_input(secs(1), Input::Left(id(2), how)),
            Err(Refusal::NoSeat)
        );
        for n in [1, 2] {
            for door in [Door::LetIn, Door::Waits] {
                assert_eq!(
                    call.handle_input(secs(2), enter(n, door, Transcription::Transcript)),
                    Err(Refusal::NoSeat)
                );
            }
            assert_eq!(
                call.handle_input(secs(2), Input::Admitted(id(n), 9)),
                Err(Refusal::NoSeat)
            );
            assert!(!call.may_send(id(n)));
        }
        let here = call.states().find(|state| state.seat == id(1)).unwrap();
        assert!(matches!(
            here.presence,
            Presence::Left | Presence::LeftQuickly
        ));
        assert!(!call.states().any(|state| state.seat == id(2)));
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let seat = || (0u8..6).prop_map(id);
    let transcription = || {
        prop_oneof![
            Just(Transcription::None),
            Just(Transcription::CaptionsOnly),
            Just(Transcription::Transcript),
        ]
    };
    let said = || (transcription(), 0usize..8).prop_map(|(t, entries)| agreed(t, entries));
    let door = prop_oneof![Just(Door::LetIn), Just(Door::Waits)];
    let entered = (0u8..6, door, 1u32..8, said())
        .prop_map(|(n, door, revision, said)| read_at(n, door, revision, said));
    let how = prop_oneof![Just(LeftHow::Closed), Just(LeftHow::QuickExit)];
    prop_oneof![
        4 => entered,
        2 => seat().prop_map(Input::SocketLost),
        2 => (seat(), 1u32..8).prop_map(|(seat, revision)| Input::Admitted(seat, revision)),
        1 => (seat(), 1u32..8).prop_map(|(seat, revision)| Input::SentOut(seat, revision)),
        1 => (seat(), how).prop_map(|(seat, how)| Input::Left(seat, how)),
        1 => (seat(), said()).prop_map(|(seat, said)| Input::Consented(seat, said)),
        1 => (seat(), any::<bool>()).prop_map(|(seat, on)| Input::Muted(seat, on)),
        1 => (seat(), any::<bool>()).prop_map(|(seat, on)| Input::CameraOff(seat, on)),
        1 => (seat(), any::<bool>()).prop_map(|(seat, on)| Input::Sharing(seat, on)),
        2 => Just(Input::Tick),
    ]
}

proptest! {
    #[test]
    fn nobody_is_let_in_tapped_or_shown_without_right_and_every_call_ends(
        steps in proptest::collection::vec((any_input(), 0u64..400_000), 1..120)
    ) {
        let mut call = Call::new(Limits::default());
        // A model of the records, told apart from the call's own: the newest word of each.
        let mut doors = BTreeMap::new();
        let mut gone = std::collections::BTreeSet::new();
        let mut resident = Agreed::default();
        let mut now = Duration::ZERO;
        let mut taps = BTreeMap::new();
        for (input, gap_ms) in steps {
            now += Duration::from_millis(gap_ms);
            let taken = call.handle_input(now, input);
            let door = match &input {
                Input::Entered { seat, door, revision, .. } => Some((*seat, *revision, *door)),
                Input::Admitted(seat, revision) => Some((*seat, *revision, Door::LetIn)),
                Input::SentOut(seat, revision) => Some((*seat, *revision, Door::Waits)),
                _ => None,
            };
            if let Some((seat, revision, door)) = door {
                let newest = doors.entry(seat).or_insert((revision, door));
                if revision >= newest.0 {
                    *newest = (revision, door);
                }
            }
            match &input {
                Input::Left(seat, _) => { gone.insert(*seat); }
                Input::Entered { seat, consent, .. } | Input::Consented(seat, consent)
                    if *seat == id(1) && consent.entries >= resident.entries
                        && taken != Err(Refusal::Over) && !gone.contains(seat) =>
                {
                    resident = *consent;
                }
                _ => {}
            }
            for output in drain(&mut call) {
                match output {
                    Output::Tap(seat, tap) => { taps.insert(seat, tap); }
                    Output::Gap(_, _, stretch) => {
                        prop_assert!(stretch.from <= stretch.to && stretch.to <= now);
                    }
                    _ => {}
                }
            }
            for n in 0..6 {
                if call.may_send(id(n)) {
                    let let_in = doors.get(&id(n)).is_some_and(|it| it.1 == Door::LetIn);
                    prop_assert!(let_in, "{n} was not let in");
                    prop_assert!(!gone.contains(&id(n)), "{n} is back");
                }
                let seen: Vec<_> = call.slots(id(n)).into_iter().flatten().collect();
                prop_assert!(seen.iter().all(|seat| *seat != id(n) && call.may_send(*seat)
                    || call.over().is_some()));
                let open = taps.get(&id(n)).is_some_and(|tap| *tap != Tap::Closed);
                if open {
                    prop_assert!(call.may_send(id(n)));
                    prop_assert!(resident.to.tap() != Tap::Closed);
                }
            }
            prop_assert!(call.sharer().is_none_or(|seat| call.may_send(seat) || call.over().is_some()));
        }
        // Everybody goes away: the timers alone bring the end.
        for n in 0..6 {
            let _ = call.handle_input(now, Input::SocketLost(id(n)));
        }
        for _ in 0..16 {
            if let Some(due) = call.timeout() {
                now = now.max(due);
                let _ = call.handle_input(now, Input::Tick);
            }
        }
        prop_assert!(call.over().is_some());
        prop_assert!(call.timeout().is_none());
    }
}
