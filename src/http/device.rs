//! The kind of device that a browser says it runs on. Only the two words are kept, never what it
//! said: enough for people to know their own browsers apart.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use yorisoi_domain::login::{Browser, Device, System};

/// Browsers name others that they want to be taken for, so the first match counts.
const SYSTEMS: [(&str, System); 8] = [
    ("iPhone", System::Ios),
    ("iPad", System::Ios),
    ("Android", System::Android),
    ("CrOS", System::ChromeOs),
    ("Windows", System::Windows),
    ("Mac OS X", System::Mac),
    ("Macintosh", System::Mac),
    ("Linux", System::Linux),
];
const BROWSERS: [(&str, Browser); 7] = [
    ("Edg", Browser::Edge),
    ("Firefox/", Browser::Firefox),
    ("FxiOS/", Browser::Firefox),
    ("CriOS/", Browser::Chrome),
    ("Chrome/", Browser::Chrome),
    ("Chromium/", Browser::Chrome),
    ("Safari/", Browser::Safari),
];

/// What the request's `User-Agent` says.
#[derive(Clone, Copy, Debug)]
pub struct From(pub Device);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let said = parts.headers.get(header::USER_AGENT);
        let said = said.and_then(|value| value.to_str().ok());
        Ok(Self(device(said.unwrap_or_default())))
    }
}

fn device(said: &str) -> Device {
    fn first<T: Copy>(said: &str, among: &[(&str, T)], other: T) -> T {
        let found = among.iter().find(|(word, _)| said.contains(word));
        found.map_or(other, |(_, kind)| *kind)
    }
    Device {
        system: first(said, &SYSTEMS, System::Other),
        browser: first(said, &BROWSERS, Browser::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_municipal_machines_and_phones_say_of_themselves() {
        for (said, system, browser) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                System::Windows,
                Browser::Edge,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                System::Mac,
                Browser::Safari,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1",
                System::Ios,
                Browser::Chrome,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                System::Android,
                Browser::Chrome,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                System::Linux,
                Browser::Firefox,
            ),
            ("curl/8.5.0", System::Other, Browser::Other),
            ("", System::Other, Browser::Other),
        ] {
            assert_eq!(device(said), Device { system, browser }, "{said}");
        }
    }
}
