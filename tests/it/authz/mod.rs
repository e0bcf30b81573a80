//! Who may call what: every operation of the interface against everybody of the matrix. The matrix
//! is written by hand from the decisions, never derived from the program's own table. A refused
//! call changes nothing but leaves its audit event; whoever nobody knows leaves none.

mod stage;
mod texts;

use std::collections::BTreeMap;

use axum::http::Method;

use self::stage::Stage;
use crate::common::client::Answer;

/// The columns of the matrix. The subject is always the first interview, of the first office.
const ACTORS: [&str; 14] = [
    "anonymous",
    "nurse of the office",
    "nurse of another office",
    "nurse of another office, assigned",
    "nurse of another office, assignment ended",
    "approver of the office",
    "administrator",
    "nurse barred from the case",
    "guest, identity proven",
    "guest, identity not proven",
    "guest of another interview",
    "guest who has left",
    "disabled nurse",
    "approver at the second step",
];

/// `A` allowed · `x` refused, with its audit event · `.` known to nobody, without one · `s` allowed
/// to them, but not in the state that their seat is in (proving oneself twice).
/// A guest's operations name no interview: whoever is guest of another one acts in that one.
#[rustfmt::skip]
const ACCESS: &[(&str, &str)] = &[
    // operation            anon own oth run end app adm bar prov unpr oth2 left dis half
    ("login",              "A    A   A   A   A   A   A   A   A    A    A    A    A    A"),
    ("sign_in_by_link",    "A    A   A   A   A   A   A   A   A    A    A    A    A    A"),
    ("logout",             ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("me",                 ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("change_password",    ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),

    ("list_sessions",      ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("end_session",        ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("end_other_sessions", ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("begin_own_enrolment",".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("confirm_own_enrolment",".  A   A   A   A   A   A   A   x    x    x    .    .    ."),
    // Nobody is somebody here by a login: the second step has a cookie of its own.
    ("enter_code",         ".    .   .   .   .   .   .   .   .    .    .    .    .    s"),
    ("begin_enrolment",    ".    .   .   .   .   .   .   .   .    .    .    .    .    A"),
    ("confirm_enrolment",  ".    .   .   .   .   .   .   .   .    .    .    .    .    A"),

    ("list_interviews",    ".    A   x   x   x   A   x   A   x    x    x    .    .    ."),
    ("read_booking_file",  ".    A   x   x   x   x   x   A   x    x    x    .    .    ."),
    ("book_interview",     ".    A   x   x   x   x   x   A   x    x    x    .    .    ."),
    ("read_interview",     ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("renew_invitation",   ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("cancel_interview",   ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("call_practice_guest",".   A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("see_door",           ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("admit",              ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("ask_to_wait",        ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("refuse",             ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),

    ("seat_at_counter",    ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("counter_socket",     ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("room_socket",        ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("end_interview",      ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("read_transcript",    ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("play_audio",         ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("pause_talk",         ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("take_withdrawal",    ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("list_withdrawals",   ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("find_certificate",   ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("texts_to_read",      ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("record_consent",     ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("note_second_voice",  ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),

    ("list_items",         ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("read_flags",         ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("add_flag",           ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("confirm_flag",       ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("dismiss_flag",       ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("hold_flag",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("reopen_flag",        ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("give_speaker",       ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("tick_item",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("read_forms",         ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("fill_form",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("list_alerts",        ".    A   A   A   A   A   x   A   x    x    x    .    .    ."),
    ("open_alert",         ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("call_help",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("list_help_calls",    ".    A   A   A   A   A   x   A   x    x    x    .    .    ."),
    ("take_help_call",     ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("take_back_help_call",".    A   x   A   x   x   x   x   x    x    x    .    .    ."),

    ("read_rules",         ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("read_rule",          ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("list_rule_versions", ".    A   A   A   A   A   A   A   x    x    x    .    .    ."),
    ("edit_rule",          ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("discard_rule",       ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("edit_words",         ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("try_rules",          ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("ask_activation",     ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("approve_activation", ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("refuse_activation",  ".    x   x   x   x   A   A   x   x    x    x    .    .    ."),
    ("withdraw_activation",".    x   x   x   x   A   A   x   x    x    x    .    .    ."),

    ("read_note",          ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("save_note",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("submit_note",        ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("read_memo",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("save_memo",          ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),
    ("list_own_notes",     ".    A   x   x   x   A   x   A   x    x    x    .    .    ."),
    ("list_review",        ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("read_review",        ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("sign_flag",          ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("return_note",        ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("approve_note",       ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("read_record",        ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("set_restriction",    ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("read_barred",        ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("bar",                ".    A   x   A   x   A   x   x   x    x    x    .    .    ."),
    ("lift_bar",           ".    x   x   x   x   A   x   x   x    x    x    .    .    ."),
    ("add_addendum",       ".    A   x   A   x   x   x   x   x    x    x    .    .    ."),

    ("list_users",         ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("add_user",           ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("set_grants",         ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("disable_user",       ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("enable_user",        ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("sign_out_user",      ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("reset_second_factor",".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("export_audit",       ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),
    ("read_audit",         ".    x   x   x   x   x   A   x   x    x    x    .    .    ."),

    ("claim_invitation",   "A    A   A   A   A   A   A   A   A    A    A    A    A    A"),
    ("join_state",         ".    x   x   x   x   x   x   x   A    A    A    .    .    ."),
    ("check_identity",     ".    x   x   x   x   x   x   x   s    A    s    .    .    ."),
    ("come_along",         ".    x   x   x   x   x   x   x   s    A    s    .    .    ."),
    ("give_contact",       ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("report_device",      ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("consent_texts",      ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("give_consent",       ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("form_questions",     ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("answer_form",        ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("knock",              ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("say_nearby",         ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("talk_socket",        ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("pause_own_voice",    ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("withdraw",           ".    x   x   x   x   x   x   x   A    x    A    .    .    ."),
    ("leave",              ".    x   x   x   x   x   x   x   A    A    A    .    .    ."),
];

/// One cell that does not hold, in words.
#[derive(Debug, PartialEq, Eq)]
struct Failure(String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_against_everybody() {
    let failures = walk(ACCESS).await;
    assert!(
        failures.is_empty(),
        "{} cells fail:\n{failures:#?}",
        failures.len()
    );
}

/// The test of the test: a walk that could not fail would prove nothing.
#[tokio::test]
async fn a_flipped_cell_and_a_missing_row_fail() {
    for (operation, column, flipped) in [
        ("read_interview", 2, 'A'),
        ("see_door", 1, 'x'),
        ("me", 0, 'A'),
    ] {
        let (_, cells) = ACCESS.iter().find(|(name, _)| *name == operation).unwrap();
        let mut cells: Vec<_> = cells.split_whitespace().map(str::to_owned).collect();
        cells[column] = flipped.to_string();
        let cells = cells.join(" ");
        let mut stage = Stage::set(column).await;
        let failure = stage
            .call(
                operation,
                column,
                cells.split_whitespace().nth(column).unwrap(),
            )
            .await;
        assert!(
            failure.is_some(),
            "a flipped cell of {operation} went unnoticed"
        );
    }
    let short: Vec<_> = ACCESS
        .iter()
        .filter(|(name, _)| *name != "admit")
        .copied()
        .collect();
    let missing = missing_rows(&short);
    assert_eq!(
        missing,
        [Failure(
            "`admit` has no row in tests/it/authz: say there who may call it".to_owned()
        )]
    );
    let mut more = ACCESS.to_vec();
    more.push(("gone", "A A A A A A A A A A A A A A"));
    assert_eq!(missing_rows(&more).len(), 1);
}

async fn walk(access: &[(&str, &str)]) -> Vec<Failure> {
    let mut failures = missing_rows(access);
    if !failures.is_empty() {
        return failures;
    }
    for column in 0..ACTORS.len() {
        let mut stage = Stage::set(column).await;
        // What refuses comes first and changes nothing, so that one stage serves for all of it;
        // what is allowed gets a stage of its own each.
        for (operation, cells) in access {
            let cell = cells.split_whitespace().nth(column).unwrap();
            if cell == "A" {
                continue;
            }
            failures.extend(stage.call(operation, column, cell).await);
        }
        for (operation, cells) in access {
            if cells.split_whitespace().nth(column) == Some("A") {
                let mut own = Stage::set(column).await;
                failures.extend(own.call(operation, column, "A").await);
            }
        }
    }
    failures
}

fn missing_rows(access: &[(&str, &str)]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let operations = operations();
    for operation in operations.keys() {
        if !access.iter().any(|(name, _)| name == operation) {
            failures.push(Failure(format!(
                "`{operation}` has no row in tests/it/authz: say there who may call it"
            )));
        }
    }
    for (name, cells) in access {
        if !operations.contains_key(*name) {
            failures.push(Failure(format!(
                "`{name}` in tests/it/authz is no operation any more"
            )));
        }
        assert_eq!(cells.split_whitespace().count(), ACTORS.len(), "{name}");
    }
    failures
}

/// Method and path of every operation, out of the generated description.
pub(crate) fn operations() -> BTreeMap<String, (Method, String)> {
    let document = serde_json::to_value(yorisoi::http::openapi::document()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = method.to_uppercase().parse().unwrap();
            let before = operations.insert(id, (method, path.clone()));
            assert!(before.is_none());
        }
    }
    operations
}

impl Stage {
    /// Makes the call and holds what came of it against the cell.
    async fn call(&mut self, operation: &str, column: usize, cell: &str) -> Option<Failure> {
        let (method, path) = operations()[operation].clone();
        let path = self.path(operation, &path);
        let body = self.body(operation).await;
        if cell == "A" {
            self.prepare(operation).await;
        }
        let before = self.everything().await;
        let body = (method != Method::GET).then(|| body.to_string().into_bytes());
        // A socket is asked for by GET and is no reading: its Origin is looked at.
        let reads = method == Method::GET && !operation.ends_with("_socket");
        let answer = self.browser.send(method, &path, body).await;
        let after = self.everything().await;
        let say = |what: &str| {
            let actor = ACTORS[column];
            Some(Failure(format!(
                "{operation} by {actor}, which the matrix marks `{cell}`: {what}"
            )))
        };
        let answered = outcome(&answer);
        match (cell, answered) {
            ("A", Outcome::Done) if reads => {
                only_read(&before, &after, &answer).and_then(|what| say(&what))
            }
            ("A", Outcome::Done) => None,
            ("x", Outcome::Refused) => {
                let barred = ACTORS[column] == "nurse barred from the case";
                refused(&before, &after, barred).and_then(|what| say(&what))
            }
            ("s", Outcome::Other(409)) if before == after => None,
            (".", Outcome::Unknown) if before == after => None,
            (".", Outcome::Unknown) => say("somebody whom nobody knows changed something"),
            (_, other) => say(&format!(
                "the answer was {other:?}: {:?}",
                String::from_utf8_lossy(&answer.body)
            )),
        }
    }
}

/// A way that reads leaves its line in the audit and changes nothing else, and begins no session.
fn only_read(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
    answer: &Answer,
) -> Option<String> {
    let cookie = answer.headers.get("set-cookie");
    if let Some(cookie) = cookie {
        return Some(format!("reading has set a cookie: {cookie:?}"));
    }
    let changed = after
        .iter()
        .find(|(table, rows)| *table != "audit_events" && before.get(*table) != Some(*rows));
    changed.map(|(table, _)| format!("reading has changed `{table}`"))
}

#[derive(Debug)]
enum Outcome {
    Done,
    /// Known and not allowed.
    Refused,
    /// Known to nobody.
    Unknown,
    Other(u16),
}

fn outcome(answer: &Answer) -> Outcome {
    match answer.status.as_u16() {
        200..=299 => Outcome::Done,
        401 if answer.problem() == "not-signed-in" => Outcome::Unknown,
        // The operation was carried out: it looked at the password, or at the code.
        401 if ["wrong-credentials", "wrong-code"].contains(&&*answer.problem()) => Outcome::Done,
        // The socket may be opened; this client can't.
        426 => Outcome::Done,
        403 if answer.problem() != "cross-site" => Outcome::Refused,
        status => Outcome::Other(status),
    }
}

/// A refusal adds one audit event that says so, and changes nothing else; of a case that bars who
/// asks, the office is alerted once.
fn refused(
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
    barred: bool,
) -> Option<String> {
    for (table, rows) in after {
        if table == "audit_events" {
            let new: Vec<_> = rows
                .iter()
                .filter(|row| !before[table].contains(row))
                .collect();
            match new.as_slice() {
                [event] if event.contains("denied:") => {}
                other => return Some(format!("the audit has {other:?} more")),
            }
        } else if barred && table == "alerts" {
            let alert = rows.len() - before[table].len();
            let tries = rows.iter().filter(|row| row.contains("barred")).count();
            if alert > 1 || tries > 1 {
                return Some(format!("{alert} alerts more"));
            }
        } else if before[table] != *rows {
            return Some(format!("`{table}` was changed"));
        }
    }
    None
}
