//! The front end, embedded from `web/dist` (read from disk in debug builds): three shells and their
//! hashed assets. It decides which shell an address gets and nothing else; pages draw themselves.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Dist;

/// The link that residents get, and the neutral page they flee to.
pub const JOIN_PATH: &str = "/r";
const NEUTRAL_PATH: &str = "/info";

/// Whether pages say デモ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `own_certificate`: one that nobody vouches for, by which iPhones come into no talk.
    Demo {
        own_certificate: bool,
    },
    None,
}

/// Answers everything that is not the API.
pub async fn page(
    State(mark): State<Mark>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found().into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::method_not_allowed().into_response();
    }
    let name = path.trim_start_matches('/');
    let ours = !name.ends_with(".html") && !name.starts_with('.');
    if ours && let Some(file) = Dist::get(name) {
        return asset(name, &file, &headers);
    }
    if name.contains('.') {
        return Problem::not_found().into_response();
    }
    let shell = match path {
        JOIN_PATH => "resident.html",
        NEUTRAL_PATH => "info.html",
        _ => "staff.html",
    };
    match Dist::get(shell) {
        Some(file) => html(&String::from_utf8_lossy(&file.data), mark),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The front end is not built: run `npm ci` and `npm run build` in web/.\n",
        )
            .into_response(),
    }
}

fn html(shell: &str, mark: Mark) -> Response {
    let text = marked(shell, mark);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Pages say what stands in this attribute of the root element.
fn marked(shell: &str, mark: Mark) -> String {
    let own_certificate = match mark {
        Mark::None => return shell.to_owned(),
        Mark::Demo { own_certificate } => own_certificate,
    };
    let more = if own_certificate {
        " data-own-certificate"
    } else {
        ""
    };
    shell.replacen("<html", &format!("<html data-demo=\"デモ\"{more}"), 1)
}

fn asset(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    // What stands in `assets/` has the hash of its content in its name.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let meta = [
        (header::CONTENT_TYPE, kind(name).to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, tag),
    ];
    if known {
        (StatusCode::NOT_MODIFIED, meta).into_response()
    } else {
        (meta, file.data.clone().into_owned()).into_response()
    }
}

/// The media types of what our build makes; anything else is bytes.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demo_is_marked() {
        let shell = "<!doctype html>\n<html lang=\"ja\"><body></body></html>";
        assert_eq!(marked(shell, Mark::None), shell);
        let demo = |own_certificate| marked(shell, Mark::Demo { own_certificate });
        let html = demo(false);
        assert!(
            html.contains("<html data-demo=\"デモ\" lang=\"ja\">"),
            "{html}"
        );
        let html = demo(true);
        assert!(
            html.contains(" data-own-certificate lang=\"ja\">"),
            "{html}"
        );
    }

    #[test]
    fn what_the_build_makes_has_its_media_type() {
        assert_eq!(
            kind("assets/index-B1a2.js"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(kind("assets/style.css"), "text/css; charset=utf-8");
        assert_eq!(kind("assets/unknown"), "application/octet-stream");
    }
}
