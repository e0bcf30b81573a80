//! A hundred thousand random changes of a log by somebody who can write to the database: each is
//! found, or it changed nothing. What one who can also write to the second file does is at the end.

use yorisoi_domain::audit::{AuditAction, AuditActor, AuditEvent, ChainedEvent, Head};
use yorisoi_domain::ids::{InterviewId, ParticipantId};

use super::audit_trail::{
    AuditError, AuditReport, AuditTrail, Noted, noted_form, parse_head, reached,
};
use super::testing::{at, id, kek};

const ATTACKS: usize = 100_000;
const EVENTS: u64 = 16;

/// xorshift64*: the same attacks in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(bits).unwrap() % end
    }
}

/// Few different events, so that rows with the same words, and changes that change nothing, occur.
fn events() -> Vec<AuditEvent> {
    let event = |n: u64| AuditEvent {
        at: at(1_000),
        actor: AuditActor::Participant(ParticipantId::new(id(u128::from(n % 2)))),
        action: AuditAction::PLAIN[usize::try_from(n % 3).unwrap()],
        office: None,
        interview: (!n.is_multiple_of(4)).then(|| InterviewId::new(id(9))),
        subject: None,
        count: 1,
    };
    (0..EVENTS).map(event).collect()
}

fn chained(trail: &AuditTrail, events: &[AuditEvent]) -> Vec<ChainedEvent> {
    let mut head = Head::EMPTY;
    let chain = |event| {
        let row = trail.key.chain(head, event);
        head = Head {
            seq: row.event.seq,
            link: row.link,
        };
        row
    };
    events.iter().map(chain).collect()
}

/// The log, and every head noted as it was written.
fn written(trail: &AuditTrail) -> (Vec<ChainedEvent>, Vec<Noted>) {
    let rows = chained(trail, &events());
    let heads = rows.iter().map(|row| (row.event.seq, row.link)).collect();
    let place = "audit-head.log".into();
    (rows, vec![Noted { place, heads }])
}

fn verify(
    trail: &AuditTrail,
    rows: &[ChainedEvent],
    noted: &[Noted],
) -> Result<AuditReport, AuditError> {
    reached(trail.follow(Head::EMPTY, rows, noted)?, noted)
}

fn renumber(rows: &mut [ChainedEvent]) {
    for (row, seq) in rows.iter_mut().zip(1..) {
        row.event.seq = seq;
    }
}

/// One value of one column becomes another, or, by chance, itself.
fn edit(row: &mut ChainedEvent, dice: &mut Dice) {
    let event = &mut row.event;
    let word = ["", "staff", "participant", "x"][dice.below(4)].to_owned();
    let who = [None, Some(id(0)), Some(id(1)), Some(id(9))][dice.below(4)];
    match dice.below(12) {
        0 => event.at_ms = [1_000_000, 999_999, i64::MIN][dice.below(3)],
        1 => event.actor_kind = word,
        2 => event.actor_id = who,
        3 => event.actor_role = word,
        4 => event.action = word,
        5 => event.office_id = who,
        6 => event.interview_id = who,
        7 => event.subject_kind = word,
        8 => event.subject_id = who,
        9 => event.count = [0, 1, 2, u32::MAX][dice.below(4)],
        10 => row.link[dice.below(32)] ^= u8::try_from(dice.below(256)).unwrap(),
        // A letter from one column into the next: the bytes in a row stay what they were.
        _ => {
            let letter = event.actor_kind.pop();
            event.actor_role.extend(letter);
        }
    }
}

const KINDS: [&str; 13] = [
    "edit",
    "delete",
    "delete and renumber",
    "swap",
    "swap the words, keep numbers and links",
    "turn a stretch around",
    "cut off the end",
    "cut off the beginning",
    "append an old event",
    "insert an old event",
    "put an old event over another",
    "play an old end again",
    "chain anew with the stolen key",
];

fn attack(kind: usize, rows: &mut Vec<ChainedEvent>, dice: &mut Dice, stolen: &AuditTrail) {
    if rows.is_empty() {
        return;
    }
    // Of a log that the first attack made longer, the part that it had.
    let length = rows.len().min(usize::try_from(EVENTS).unwrap());
    let (a, b) = (dice.below(length), dice.below(length));
    let (from, to) = (a.min(b), a.max(b));
    match kind {
        0 => edit(&mut rows[a], dice),
        1 => drop(rows.remove(a)),
        2 => {
            rows.remove(a);
            renumber(rows);
        }
        3 => {
            rows.swap(a, b);
            if dice.below(2) == 0 {
                renumber(rows);
            }
        }
        4 => {
            let (mut one, mut other) = (rows[a].event.clone(), rows[b].event.clone());
            std::mem::swap(&mut one.seq, &mut other.seq);
            (rows[a].event, rows[b].event) = (other, one);
        }
        5 => {
            rows[from..=to].reverse();
            if dice.below(2) == 0 {
                renumber(rows);
            }
        }
        6 => rows.truncate(a),
        7 => {
            rows.drain(..a);
            if dice.below(2) == 0 {
                renumber(rows);
            }
        }
        8 => {
            let mut old = rows[a].clone();
            old.event.seq = rows.len() as u64 + 1;
            rows.push(old);
        }
        9 => {
            rows.insert(b, rows[a].clone());
            renumber(rows);
        }
        10 => {
            let seq = rows[b].event.seq;
            rows[b] = rows[a].clone();
            rows[b].event.seq = seq;
        }
        11 => {
            let old = rows[from..].to_vec();
            rows.truncate(to);
            rows.extend(old);
            renumber(rows);
        }
        _ => {
            let mut events = events();
            match dice.below(3) {
                0 => drop(events.remove(a)),
                1 => events.swap(a, b),
                _ => events[a].count = u32::try_from(dice.below(3)).unwrap(),
            }
            *rows = chained(stolen, &events);
        }
    }
}

#[test]
fn a_hundred_thousand_attacks_on_the_log_are_found_unless_they_changed_nothing() {
    let trail = AuditTrail::new(&kek(), "audit-head.log".into());
    let (rows, noted) = written(&trail);
    assert_eq!(verify(&trail, &rows, &noted).unwrap().head.seq, EVENTS);
    let mut dice = Dice(0x5EED);
    let (mut found, mut nothing) = ([0; KINDS.len()], [0; KINDS.len()]);
    for n in 0..ATTACKS {
        let kind = n % KINDS.len();
        let mut changed = rows.clone();
        attack(kind, &mut changed, &mut dice, &trail);
        // Every fourth is followed by another one, which may also hide the first.
        let second = (n % 4 == 0).then(|| dice.below(KINDS.len()));
        if let Some(second) = second {
            attack(second, &mut changed, &mut dice, &trail);
        }
        let outcome = verify(&trail, &changed, &noted);
        if changed == rows {
            assert!(outcome.is_ok(), "{}: nothing was changed", KINDS[kind]);
            nothing[kind] += 1;
        } else {
            assert!(
                outcome.is_err(),
                "attack {n}, {} and {second:?}, is not found",
                KINDS[kind]
            );
            found[kind] += 1;
        }
    }
    // The attacks were real ones, and of every kind.
    let each = ATTACKS / KINDS.len();
    for kind in 0..KINDS.len() {
        assert!(found[kind] > each / 2, "{}: {found:?}", KINDS[kind]);
    }
    assert_eq!(
        found.iter().sum::<usize>() + nothing.iter().sum::<usize>(),
        ATTACKS
    );
    assert!(nothing[0] > 0 && nothing[3] > 0, "{nothing:?}");
}

/// A log whose beginning was removed three times, by somebody who kept every earlier state of it: the anchor
/// is deleted, an old one is played again, its parts are swapped or changed, with rows that may fit it.
#[test]
fn attacks_on_the_mark_of_a_removed_beginning_are_found_unless_the_whole_truth_is_back() {
    let trail = AuditTrail::new(&kek(), "audit-head.log".into());
    let (full, _) = written(&trail);
    let head = |seq: usize| Head {
        seq: seq as u64,
        link: full[seq - 1].link,
    };
    let ends = [3, 6, 9];
    let ours = ends.map(|end| trail.key.anchor(head(end)));
    let mut dice = Dice(0xA7C4);
    let (mut found, mut whole) = ([0; 5], 0);
    for n in 0..ATTACKS / 4 {
        let kind = n % 5;
        let (one, other) = (dice.below(3), dice.below(3));
        let mut anchor = Some(ours[one]);
        match (kind, &mut anchor) {
            (0, anchor) => *anchor = None,
            (2, Some(anchor)) => anchor.seal = ours[other].seal,
            (3, Some(anchor)) => match dice.below(3) {
                0 => anchor.head.seq = dice.below(12) as u64,
                1 => anchor.head.link[dice.below(32)] ^= 1 << dice.below(8),
                _ => anchor.seal[dice.below(32)] ^= 1 << dice.below(8),
            },
            (4, Some(anchor)) => anchor.head = head(1 + dice.below(full.len())),
            _ => {}
        }
        let start = [0, 3, 6, 9, dice.below(full.len())][dice.below(5)];
        let rows = &full[start..];
        let outcome = trail.anchor_of(anchor.as_ref()).and_then(|from| {
            let (_, mut noted) = written(&trail);
            let noted = [noted.remove(0).from(from)];
            reached(trail.follow(from, rows, &noted)?, &noted)
        });
        let is_true = match &anchor {
            None => start == 0,
            Some(anchor) => ours.contains(anchor) && start as u64 == anchor.head.seq,
        };
        assert_eq!(
            outcome.is_ok(),
            is_true,
            "attack {n}, {kind}: {anchor:?}, {start}"
        );
        found[kind] += usize::from(!is_true);
        whole += usize::from(is_true);
    }
    assert!(found.iter().all(|it| *it > ATTACKS / 40), "{found:?}");
    assert!(whole > 0);
}

/// Who can write to both files cuts both, and what is left agrees with itself. Only a head that was
/// printed and kept elsewhere knows better.
#[test]
fn events_and_heads_cut_off_together_show_by_a_head_that_was_kept_elsewhere() {
    let trail = AuditTrail::new(&kek(), "audit-head.log".into());
    let (rows, mut noted) = written(&trail);
    let kept = verify(&trail, &rows, &noted).unwrap().head;
    let cut = &rows[..10];
    noted[0].heads.retain(|(seq, _)| *seq <= 10);
    assert_eq!(verify(&trail, cut, &noted).unwrap().noted, 10);
    noted.push(Noted {
        place: "--head".into(),
        heads: [(kept.seq, kept.link)].into(),
    });
    let found = verify(&trail, cut, &noted).unwrap_err();
    assert!(
        matches!(
            &found,
            AuditError::Truncated {
                found: 10,
                noted: EVENTS,
                ..
            }
        ),
        "{found}"
    );
    assert!(verify(&trail, &rows, &noted).is_ok());
    assert_eq!(parse_head(&noted_form(kept)), Some(kept));
    assert_eq!(parse_head("16 00"), None);
}
