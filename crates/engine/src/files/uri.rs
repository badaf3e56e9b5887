//! Paths as Spark writes them in its logs: `file:///tmp/a%20b`.

use std::path::{Path, PathBuf};

/// A path as a URI.
pub(crate) fn to_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'/' | b'-' | b'_' | b'.' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
            | b',' | b';' | b'=' | b':' | b'@' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// The path of a URI, or a plain path as it is.
pub(crate) fn from_uri(uri: &str) -> PathBuf {
    let Some(rest) = uri.strip_prefix("file:") else { return PathBuf::from(uri) };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    PathBuf::from(decoded(path))
}

/// A text without its percent codes.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for path in ["/tmp/a b/ü%25", "/tmp/k=1/part-0.json"] {
            assert_eq!(from_uri(&to_uri(Path::new(path))), Path::new(path), "{path}");
        }
        assert_eq!(to_uri(Path::new("/tmp/a b")), "file:///tmp/a%20b");
        assert_eq!(from_uri("file:/tmp/x"), Path::new("/tmp/x"));
    }
}
