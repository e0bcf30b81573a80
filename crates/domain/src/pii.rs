//! [`Pii`]: personal words as a type. It prints as a mark and never as its content; the only way
//! to the content is [`Pii::expose`], which a reviewer can search for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something a person said, or something that names a person.
///
/// Serialises as its content, because rows, sockets and answers are made of it; `Debug` and
/// `Display`, which logs and error messages are made of, show only that something is there.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    pub const fn expose(&self) -> &T {
        &self.0
    }

    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{personal}")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{personal}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_display_shows_the_content() {
        let said = Pii::new("夫が物を投げる".to_owned());
        assert_eq!(format!("{said:?} {said}"), "{personal} {personal}");
        assert_eq!(said.expose(), "夫が物を投げる");
    }
}
