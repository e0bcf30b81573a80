//! Every operation refused in every way that its form allows, each with words in the wrong place:
//! torn JSON, another type, an unknown field or choice, too much, another kind of body, foreign
//! origin, words in the address.

use serde_json::Value;

use super::people::{ASTRAY, NAME};
use super::recorder::{Odd, Recorder};

const OPENAPI: &str = include_str!("../../../web/src/lib/api/openapi.json");

/// Method, path and whether it takes a body.
fn operations() -> Vec<(String, String, bool)> {
    let all: Value = serde_json::from_str(OPENAPI).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in all["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = operation["requestBody"].is_object();
            operations.push((method.to_uppercase(), path.clone(), body));
        }
    }
    assert!(operations.len() > 50);
    operations
}

fn bodies() -> Vec<String> {
    vec![
        format!("{{\"name\": \"{NAME}\", \"text\": \"{ASTRAY}"),
        format!("[\"{ASTRAY}\", \"{NAME}\"]"),
        format!("\"{ASTRAY}\""),
        format!("{{\"{ASTRAY}\": 1}}"),
        every_field(&format!("\"{ASTRAY}\"")),
        every_field(&format!("{{\"{NAME}\": \"{ASTRAY}\"}}")),
        format!("{{\"name\": \"{}\"}}", ASTRAY.repeat(4_000)),
    ]
}

/// One value wherever a field could be.
fn every_field(value: &str) -> String {
    let all: Value = serde_json::from_str(OPENAPI).unwrap();
    let schemas = all["components"]["schemas"].as_object().unwrap();
    let fields = schemas
        .values()
        .filter_map(|it| it["properties"].as_object());
    let names: std::collections::BTreeSet<_> = fields.flat_map(|it| it.keys()).collect();
    let fields: Vec<_> = names
        .iter()
        .map(|it| format!("\"{it}\": {value}"))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

fn refuse(browser: &mut Recorder, wanted: impl Fn(&str) -> bool, interview: Option<&str>) {
    let json = Odd {
        content_type: "application/json",
        origin: None,
        forget_address: false,
    };
    let astray = format!("words={ASTRAY}");
    let words: String = ASTRAY.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (method, path, takes_body) in operations() {
        if !wanted(&path) {
            continue;
        }
        let id = interview.and_then(|path| path.rsplit('/').next());
        let right = path.replacen("{id}", id.unwrap_or_default(), 1);
        let right = right.split('{').next().unwrap().to_owned();
        if takes_body {
            for body in bodies() {
                browser.send(&method, &right, Some(body), json);
            }
            let form = Odd {
                content_type: "application/x-www-form-urlencoded",
                ..json
            };
            browser.send(&method, &right, Some(astray.clone()), form);
            let foreign = Odd {
                origin: Some("https://karasu.example"),
                ..json
            };
            browser.send(&method, &right, Some(bodies()[4].clone()), foreign);
        }
        let lost = Odd {
            forget_address: true,
            ..json
        };
        // Words where an id, a query or a page of ours would be.
        let odd = path.replace('{', "").replace('}', &words);
        let odd = format!("{odd}?office={words}&before={words}&track={words}&from_ms={words}");
        if takes_body || path.contains('{') {
            browser.send(&method, &odd, takes_body.then(|| bodies()[4].clone()), lost);
        }
    }
    for (method, path) in [
        ("GET", format!("/{words}")),
        ("GET", format!("/api/{words}?name={words}")),
        ("DELETE", format!("/api/interviews/{words}")),
        ("GET", format!("/r?{words}")),
        ("GET", format!("/assets/{words}.js")),
    ] {
        let lost = Odd {
            forget_address: true,
            ..json
        };
        browser.send(method, &path, None, lost);
    }
}

/// As a phone at the door, whose answers are none.
pub(super) fn of_a_guest(phone: &mut Recorder) {
    refuse(phone, |path| path.starts_with("/api/join/"), None);
}

/// As somebody with a browser in an office, or beside it.
pub(super) fn of_staff(browser: &mut Recorder, interview: &str) {
    refuse(
        browser,
        |path| !path.starts_with("/api/join/"),
        Some(interview),
    );
}
