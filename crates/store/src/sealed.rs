//! What personal columns hold. The store carries these bytes; it can neither make nor open them.

use std::fmt;

/// Sealed bytes of a personal column.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{sealed, {} bytes}}", self.0.len())
    }
}

/// A keyed hash by which a sealed value is found again when all of it is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lookup([u8; 32]);

impl Lookup {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{lookup}")
    }
}

/// How often a row's sealed columns were written, from 1. Every sealed value is bound to the
/// revision it was sealed for, and a change names the revision it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u32);

impl Revision {
    pub const FIRST: Self = Self(1);

    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 {
            None
        } else {
            Some(Self(number))
        }
    }

    pub const fn number(self) -> u32 {
        self.0
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
