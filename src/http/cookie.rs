//! The three cookies: who is signed in, who waits at the second step of signing in, and which seat
//! a participant holds. All are `__Host-`
//! cookies: never for another host, never without TLS (browsers count loopback as safe), never
//! readable by script, never sent along with a request that another site starts.

use axum::http::{HeaderMap, HeaderValue, header};
use yorisoi_domain::participant::LeftHow;

use crate::auth::secret::Secret;

/// What her page writes beside the seat in the moment in which she leaves, for it may be a dead line
/// on which nothing else of hers arrives. The one cookie that a script writes; it says only how.
const LEFT: &str = "__Host-end";

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    Login,
    Step,
    Seat,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Login => "__Host-login",
            Self::Step => "__Host-step",
            Self::Seat => "__Host-seat",
        }
    }

    /// The secret that the request carries, if there is exactly one of the right form.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<Secret> {
        let mut found = pairs(headers).filter(|(name, _)| *name == self.name());
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Secret::parse(value),
            _ => None,
        }
    }

    /// The header that hands the secret to the browser. Without an age: it goes when the browser
    /// does, and earlier when the store says so.
    #[must_use]
    pub fn set(self, secret: &Secret) -> HeaderValue {
        self.header(&secret.to_text(), "")
    }

    /// Whether this header of an answer is about it.
    #[must_use]
    pub fn is_set_by(self, header: &HeaderValue) -> bool {
        let text = header.to_str().unwrap_or_default();
        text.split_once('=')
            .is_some_and(|(name, _)| name == self.name())
    }

    /// The header that takes it away.
    #[must_use]
    pub fn clear(self) -> HeaderValue {
        self.header("", "; Max-Age=0")
    }

    fn header(self, value: &str, more: &str) -> HeaderValue {
        let text = format!(
            "{}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{more}",
            self.name()
        );
        // Invariant: names, base64url and the attributes are visible ASCII.
        HeaderValue::try_from(text).expect("a cookie is visible ASCII")
    }
}

/// How the holder of the seat has left, where the page could not say it.
#[must_use]
pub fn left_how(headers: &HeaderMap) -> Option<LeftHow> {
    let (_, value) = pairs(headers).find(|(name, _)| *name == LEFT)?;
    Some(match value {
        "0" => LeftHow::Closed,
        _ => LeftHow::QuickExit,
    })
}

/// The header that takes the mark away.
#[must_use]
pub fn clear_left() -> HeaderValue {
    let text = format!("{LEFT}=; Path=/; Secure; SameSite=Strict; Max-Age=0");
    // Invariant: as for `Cookie::header`.
    HeaderValue::try_from(text).expect("a cookie is visible ASCII")
}

/// Takes the seat out of a request. Whatever else its browser holds stays in it.
pub fn forget_seat(headers: &mut HeaderMap) {
    let others: Vec<_> = pairs(headers)
        .filter(|(name, _)| *name != Cookie::Seat.name())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    match HeaderValue::try_from(others.join("; ")) {
        Ok(others) => _ = headers.insert(header::COOKIE, others),
        Err(_) => _ = headers.remove(header::COOKIE),
    }
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).into_iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemIds;

    fn read(cookie: &str) -> Option<Secret> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        Cookie::Login.read(&headers)
    }

    #[test]
    fn what_is_set_can_be_read_among_others() {
        let secret = Secret::random(&SystemIds);
        let set = Cookie::Login.set(&secret);
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(read(&format!("a=b; {pair}; c=d")), Some(secret));
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(set.to_str().unwrap().contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn two_of_one_name_or_a_broken_one_are_none() {
        let one = Secret::random(&SystemIds).to_text();
        let two = Secret::random(&SystemIds).to_text();
        assert_eq!(
            read(&format!("__Host-login={one}; __Host-login={two}")),
            None
        );
        assert_eq!(read("__Host-login=short"), None);
        assert_eq!(read(&format!("__Host-seat={one}")), None);
    }
}
