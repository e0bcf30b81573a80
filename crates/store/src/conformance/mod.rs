//! The test suite of every backend. A backend implements [`Backend`] in its tests and names itself
//! in [`conformance!`](crate::conformance!), which gives it every test by name.

mod alerts;
mod audit;
mod calls;
mod flags;
mod forms;
mod help;
mod interviews;
mod keys;
mod notes;
mod packs;
mod participants;
mod people;
mod seed;
mod transactions;
mod transcripts;
mod withdrawals;

use std::future::Future;
use std::path::Path;

pub use alerts::*;
pub use audit::*;
pub use calls::*;
pub use flags::*;
pub use forms::*;
pub use help::*;
pub use interviews::*;
pub use keys::*;
pub use notes::*;
pub use packs::*;
pub use participants::*;
pub use people::*;
pub use transactions::*;
pub use transcripts::*;
pub use withdrawals::*;

use crate::{Keys, Store};

/// A fresh, migrated, empty store for one test.
pub trait Backend: Sized {
    fn fresh() -> impl Future<Output = Self>;

    fn store(&self) -> &dyn Store;

    fn keys(&self) -> &dyn Keys;

    /// Carries out a statement past the traits, as whoever holds the database could, with the
    /// rules of the schema in force. The message of the refusal, if it is refused.
    fn raw(&self, statement: &'static str) -> impl Future<Output = Result<(), String>>;

    /// The statement that replaces a row by itself, where the backend knows one.
    fn replace(table: &str) -> Option<String>;

    /// As [`Backend::raw`], for a statement made at run time.
    fn raw_built(&self, statement: String) -> impl Future<Output = Result<(), String>>;

    /// The folder that holds everything the store writes.
    fn folder(&self) -> &Path;
}

/// Runs one test to its end on its own thread's runtime.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Invariant: a runtime of one thread needs nothing but memory.
    runtime.expect("a runtime").block_on(test);
}

/// Every test, as a `#[test]` function of its name.
#[macro_export]
macro_rules! conformance {
    ($backend:ty) => {
        $crate::conformance! { $backend:
            a_dropped_transaction_leaves_nothing,
            a_change_and_its_event_are_one_transaction,
            a_reader_sees_one_state_throughout,
            there_is_one_writer_at_a_time,
            offices_and_their_contact_lists,
            accounts_are_found_by_their_login_and_have_one_each,
            roles_and_assignments,
            logins_end_once_and_never_move_back,
            a_sign_in_link_works_once_and_in_time,
            a_second_factor_reads_back_and_its_codes_work_once,
            a_second_step_is_found_until_it_goes,
            wrong_tries_are_counted_per_key,
            residents_are_found_by_who_they_are,
            a_sealed_row_is_changed_only_from_what_was_read,
            every_state_of_an_interview_reads_back,
            a_nurse_is_in_a_talk_while_her_interview_has_an_open_call,
            an_interview_is_changed_only_from_what_was_read,
            who_is_in_talk,
            what_is_over_does_not_change,
            the_list_of_a_day_is_one_offices_and_half_open,
            a_booking_number_finds_one_interview,
            links_are_found_by_secret_and_stay_revoked,
            every_state_of_a_participant_reads_back,
            who_is_out_has_no_seat_and_gets_none,
            what_is_said_at_the_door_reads_back,
            consents_keep_their_order_and_every_answer,
            what_was_said_reads_back_in_the_order_of_time,
            who_speaks_is_said_in_order_and_goes_with_the_words,
            gaps_and_accounts_read_back_and_an_account_adds_up,
            a_withdrawn_voice_has_a_number_and_no_words_ever_again,
            pauses_keep_their_order,
            who_else_speaks_is_noted_in_order_with_what_was_read_to_them,
            every_state_of_a_flag_reads_back,
            an_interview_has_one_flag_per_item_and_it_is_changed_only_from_what_was_read,
            evidence_goes_with_its_segment,
            coverage_keeps_what_each_source_says,
            a_form_reads_back_and_goes_with_what_it_bears,
            no_form_is_written_after_a_withdrawal_and_none_outlives_a_talk_that_was_not,
            an_alert_is_found_until_it_is_opened_and_outlives_its_flag,
            a_call_for_help_stands_until_it_is_answered_and_then_does_not_change,
            calls_are_closed_once_and_found_while_open,
            what_a_call_knows_of_its_seats_goes_when_it_is_closed,
            every_end_of_a_call_reads_back,
            sound_is_due_when_its_last_call_is_long_over,
            a_voice_has_one_track_in_a_call_and_is_settled_once,
            every_state_of_a_note_reads_back,
            an_urgent_open_flag_keeps_a_note_from_being_submitted,
            a_record_needs_another_person_and_their_signature,
            a_held_or_open_flag_keeps_a_note_from_being_approved,
            what_is_approved_stays_as_it_is,
            record_numbers_run_by_office_and_fiscal_year,
            open_notes_are_an_offices_and_not_approved,
            a_memo_is_ones_own_and_changed_only_from_what_was_read,
            a_rule_pack_is_stored_whole_and_for_good,
            what_rule_packs_have_in_common_is_stored_once,
            the_working_copy_is_changed_file_by_file,
            a_rule_pack_is_used_when_two_people_want_it,
            what_became_of_a_rules_flags_is_counted,
            references_hold,
            insert_only_rows_stay_as_they_are,
            the_audit_has_no_gap_and_verifies,
            the_audit_is_found_by_interview_and_person,
            tampering_with_the_audit_shows,
            the_audit_loses_its_beginning_alone,
            a_key_is_found_by_owner_and_kind,
            a_destroyed_key_is_gone_from_the_disk_and_stays_destroyed,
            whole_keys_are_wrapped_anew_together_and_a_copy_has_them,
        }
    };
    ($backend:ty: $($test:ident,)*) => {$(
        #[test]
        fn $test() {
            $crate::conformance::run($crate::conformance::$test::<$backend>());
        }
    )*};
}
