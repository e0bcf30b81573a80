//! What every text of every body must refuse, so that a new operation can't forget it.

use axum::http::Method;
use serde_json::Value;

use super::stage::Stage;
use super::{ACCESS, operations};

/// Texts that may hold anything: a password is taken exactly as it was typed.
const ANYTHING: &[(&str, &str)] = &[
    ("change_password", "/new"),
    ("change_password", "/current"),
    ("login", "/password"),
    ("end_session", "/password"),
    ("end_other_sessions", "/password"),
    ("begin_own_enrolment", "/password"),
    ("add_user", "/password"),
    ("set_grants", "/password"),
    ("reset_second_factor", "/password"),
];

/// Where texts stand in a body.
fn texts(body: &Value, at: &str, found: &mut Vec<String>) {
    match body {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(all) => {
            for (n, one) in all.iter().enumerate() {
                texts(one, &format!("{at}/{n}"), found);
            }
        }
        Value::Object(all) => {
            for (name, one) in all {
                texts(one, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_any_operation_may_hold_what_can_not_be_shown() {
    let (mut tried, mut taken) = (0, Vec::new());
    for (operation, (method, path)) in operations() {
        let (_, cells) = ACCESS.iter().find(|(name, _)| *name == operation).unwrap();
        // Not the first column where another can: who is signed in gets furthest.
        let allowed = |cell: &&str| **cell == *"A";
        let column = cells
            .split_whitespace()
            .skip(1)
            .position(|cell| allowed(&cell));
        let Some(column) = column.filter(|_| method != Method::GET) else {
            continue;
        };
        let mut stage = Stage::set(column + 1).await;
        let path = stage.path(&operation, &path);
        let body = stage.body(&operation).await;
        let mut places = Vec::new();
        texts(&body, "", &mut places);
        if places.is_empty() {
            continue;
        }
        stage.prepare(&operation).await;
        for place in places {
            if ANYTHING.contains(&(operation.as_str(), place.as_str())) {
                continue;
            }
            let mut body = body.clone();
            let text = body.pointer_mut(&place).unwrap();
            let was = text.as_str().unwrap_or_default().to_owned();
            for hidden in ["\u{0}", "\u{1b}[2J", "\u{202e}"] {
                *body.pointer_mut(&place).unwrap() = format!("{was}{hidden}").into();
                let sent = Some(body.to_string().into_bytes());
                let answer = stage.browser.send(method.clone(), &path, sent).await;
                tried += 1;
                if !(400..500).contains(&answer.status.as_u16()) {
                    let status = answer.status;
                    taken.push(format!("{operation} {place} {hidden:?}: {status}"));
                }
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    assert!(tried > 90, "{tried}");
}
