//! The text type of messages.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use lean_string::LeanStr;

/// UTF-8 text that is cheap to clone and to keep: 16 bytes, which hold a text of up to 16 bytes themselves. A longer one
/// is in memory of its own, which clones share.
///
/// Most names and all empty texts, the default of most fields, touch no memory beyond that. It owns its bytes instead of
/// slicing the frame it came from, so a topic name that is kept for a day does not keep a frame of 100 MB alive.
#[derive(Clone, Default)]
pub struct Str(LeanStr);

impl Str {
    /// The longest text, in bytes, that takes no memory of its own.
    const LONGEST_WITHIN: usize = 16;
    /// What stands in front of a text in memory of its own, and what rounds it up.
    const OVERHEAD: usize = 16;

    /// The text as a slice.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The most bytes that a text of `length` bytes takes beside the [`Str`] itself.
    pub(crate) const fn memory(length: usize) -> usize {
        if length <= Self::LONGEST_WITHIN { 0 } else { length.saturating_add(Self::OVERHEAD) }
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

// Texts compare and hash as `str` does, which `Borrow` promises.
impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Str {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Arc<str>> for Str {
    fn from(text: Arc<str>) -> Self {
        text.as_ref().into()
    }
}

impl From<Str> for Arc<str> {
    fn from(text: Str) -> Self {
        text.as_str().into()
    }
}

impl From<Str> for String {
    fn from(text: Str) -> Self {
        text.as_str().into()
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<Str> for &str {
    fn eq(&self, other: &Str) -> bool {
        *self == other.as_str()
    }
}
