//! One microphone in a room: parts a segment into runs of one voice, and says whose a run is. Decides
//! by how the sentences sound and by what was just said; never by who may have meant what.

use std::ops::Range;

use super::analysis::Role;

/// Halves of a point, as in the grammar's cues. Changing the voice inside a segment without a question
/// before it costs this much.
const CHANGES: i32 = 8;
/// A question inside a segment speaks for the other voice behind it by so much.
const INVITES: i32 = 4;
/// After a question most likely the other speaks,
const AFTER_QUESTION: i32 = -6;
/// after the nurse's other words a little more likely too,
const AFTER_NURSE: i32 = -2;
/// and after hers the nurse.
const AFTER_OTHER: i32 = 3;

/// Sentences of one voice, as far as they tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Indices of sentences.
    pub(super) sentences: Range<usize>,
    /// How much they sound like a nurse together.
    pub(super) lean: i32,
}

/// Parts sentences into runs so that they sound most alike. `leans`: of each sentence how much it sounds
/// like a nurse; `asks`: whether it asks.
pub(super) fn runs(leans: &[i32], asks: &[bool]) -> Vec<Run> {
    // The best score of a path that ends with the nurse, or with the other, and where it came from.
    let mut came: Vec<[bool; 2]> = Vec::new();
    let mut best = [0, 0];
    for (at, lean) in leans.iter().enumerate() {
        // A question invites the other, unless she asks on.
        let to_other = match at.checked_sub(1).map(|last| asks[last]) {
            Some(true) if asks[at] => 0,
            Some(true) => -INVITES,
            _ => CHANGES,
        };
        let stays = |nurse: bool| if nurse { best[0] } else { best[1] };
        let turns = [best[1] - CHANGES, best[0] - to_other];
        let from_nurse = [stays(true) >= turns[0], turns[1] > stays(false)];
        best = [
            stays(true).max(turns[0]) + lean,
            stays(false).max(turns[1]) - lean,
        ];
        came.push(from_nurse);
    }
    let mut nurse = best[0] >= best[1];
    let mut voices = vec![nurse; leans.len()];
    for at in (1..leans.len()).rev() {
        nurse = came[at][usize::from(!nurse)];
        voices[at - 1] = nurse;
    }
    let mut runs: Vec<Run> = Vec::new();
    for (at, lean) in leans.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if voices[at - 1] == voices[at] => {
                run.sentences.end = at + 1;
                run.lean += lean;
            }
            _ => runs.push(Run {
                sentences: at..at + 1,
                lean: *lean,
            }),
        }
    }
    runs
}

/// Who spoke last on the one microphone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    role: Option<Role>,
    asked: bool,
}

impl Before {
    /// Whose a run is. Where nothing tells, it is not the nurse's: what she may have said is looked at.
    pub(super) fn role(self, lean: i32) -> Role {
        let before = match self.role {
            Some(Role::Nurse) if self.asked => AFTER_QUESTION,
            Some(Role::Nurse) => AFTER_NURSE,
            Some(_) => AFTER_OTHER,
            None => 0,
        };
        if lean + before > 0 {
            Role::Nurse
        } else {
            Role::Resident
        }
    }

    /// Whether what stands before can change whose a run is.
    pub(super) fn may_be(lean: i32) -> (bool, bool) {
        (lean + AFTER_OTHER > 0, lean + AFTER_QUESTION <= 0)
    }

    pub(super) fn speaks(&mut self, role: Role, asked: bool) {
        *self = Self {
            role: Some(role),
            asked,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(leans: &[i32], asks: &[bool]) -> Vec<Range<usize>> {
        let runs = runs(leans, asks);
        runs.into_iter().map(|run| run.sentences).collect()
    }

    #[test]
    fn an_answer_behind_a_question_is_another_voice() {
        assert_eq!(parts(&[6, -4], &[true, false]), [0..1, 1..2]);
    }

    #[test]
    fn a_sentence_that_tells_nothing_belongs_to_those_around_it() {
        assert_eq!(parts(&[8, 0, -1, 8], &[false; 4]), vec![0..4; 1]);
        assert_eq!(parts(&[-6, 1, -6], &[false; 3]), vec![0..3; 1]);
    }

    #[test]
    fn no_sentences_are_no_runs() {
        assert!(parts(&[], &[]).is_empty());
    }

    #[test]
    fn a_short_yes_after_a_question_is_the_others_and_after_her_words_the_nurses() {
        let mut before = Before::default();
        before.speaks(Role::Nurse, true);
        assert_eq!(before.role(-2), Role::Resident);
        before.speaks(Role::Resident, false);
        assert_eq!(before.role(-2), Role::Nurse);
    }
}
