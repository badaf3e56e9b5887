//! What a server may send, checked before the library sees it: frame sizes, message sizes, nesting of headers.
//!
//! The library reads nested tables by recursion, and any producer can write headers as deep as a frame is long; a body
//! is collected up to the length that its header announces. So both are bounded here, on the bytes as they come. The
//! guard keeps at most one method or header frame; bodies pass by.

/// The longest frame, in bytes: what RabbitMQ itself uses unless told otherwise.
pub(crate) const FRAME_MAX: u32 = 131_072;
/// How deep tables and lists may lie in each other.
const MAX_DEPTH: usize = 32;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;
/// Type, channel and size before a frame's payload.
const PREFIX: usize = 7;
/// Class and method of `connection.start`, the one method of a server that carries a table, and the two bytes of the
/// protocol's version before that.
const CONNECTION_START: [u8; 4] = [0, 10, 0, 10];
const VERSION: usize = 2;

/// What is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A message that is too long.
    #[error("a message of {bytes} bytes, but option maxMessageBytes allows {most}")]
    MessageTooLong {
        /// What its header announces.
        bytes: u64,
        /// What is taken.
        most: u64,
    },
    /// Headers that are nested too deep.
    #[error("a message whose headers are nested deeper than {} levels; remove it from the queue", MAX_DEPTH)]
    TooDeep,
    /// A frame that is longer than agreed.
    #[error("a frame of {bytes} bytes, {} were agreed", FRAME_MAX)]
    FrameTooLong {
        /// Its length.
        bytes: u32,
    },
    /// Bytes that are no frame.
    #[error("what it answers is no AMQP 0.9.1")]
    NoAmqp,
}

/// Follows the frames of one connection.
#[derive(Debug)]
pub(crate) struct FrameGuard {
    most: u64,
    /// The frame at hand, as far as it is needed: its prefix, and the payload of methods and headers.
    frame: Vec<u8>,
    /// Payload and end byte that pass by unread.
    passing: usize,
    started: bool,
}

impl FrameGuard {
    /// A guard for a new connection. `most`: the longest message, in bytes.
    pub(crate) fn new(most: u64) -> Self {
        Self { most, frame: Vec::new(), passing: 0, started: false }
    }

    /// Looks at the next bytes of the connection.
    ///
    /// # Errors
    /// They go beyond a limit: nothing of them may be read.
    pub(crate) fn inspect(&mut self, mut bytes: &[u8]) -> Result<(), Violation> {
        while !bytes.is_empty() {
            if self.passing > 0 {
                let (_, rest) = bytes.split_at(self.passing.min(bytes.len()));
                self.passing -= bytes.len() - rest.len();
                bytes = rest;
                continue;
            }
            let wanted = self.wanted()?;
            let (taken, rest) = bytes.split_at((wanted - self.frame.len()).min(bytes.len()));
            self.frame.extend_from_slice(taken);
            bytes = rest;
            if self.frame.len() == wanted {
                self.advance()?;
            }
        }
        Ok(())
    }

    /// How long the part of the frame is that has to be seen next.
    fn wanted(&self) -> Result<usize, Violation> {
        match self.frame.get(..PREFIX) {
            None => Ok(PREFIX),
            Some(prefix) => Ok(PREFIX + size(prefix)? + 1),
        }
    }

    /// Acts on a prefix or a frame that is complete.
    fn advance(&mut self) -> Result<(), Violation> {
        let kind = self.frame.first().copied().unwrap_or_default();
        if self.frame.len() == PREFIX {
            match kind {
                METHOD | HEADER => {
                    // The payload is wanted too; its size is within the limit.
                    size(&self.frame)?;
                }
                BODY | HEARTBEAT => {
                    self.passing = size(&self.frame)? + 1;
                    self.frame.clear();
                }
                // A server of another version says which one, and closes.
                b'A' if !self.started && self.frame.starts_with(b"AMQP") => {
                    self.passing = 1;
                    self.frame.clear();
                }
                _ => return Err(Violation::NoAmqp),
            }
            self.started = true;
            return Ok(());
        }
        let payload = self.frame.get(PREFIX..self.frame.len() - 1).unwrap_or_default();
        match kind {
            HEADER => check_header(payload, self.most)?,
            _ => {
                if let Some(arguments) = payload.strip_prefix(&CONNECTION_START) {
                    check_table(arguments.get(VERSION..).unwrap_or_default())?;
                }
            }
        }
        self.frame.clear();
        Ok(())
    }
}

fn size(prefix: &[u8]) -> Result<usize, Violation> {
    let bytes = match prefix {
        [_, _, _, a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    match usize::try_from(bytes) {
        Ok(size) if bytes <= FRAME_MAX => Ok(size),
        _ => Err(Violation::FrameTooLong { bytes }),
    }
}

/// A content header: class, weight, the body's size, flags, and the properties that the flags name.
fn check_header(payload: &[u8], most: u64) -> Result<(), Violation> {
    let mut reader = Reader(payload);
    reader.skip(4);
    let bytes = u64::from_be_bytes(reader.array());
    if bytes > most {
        return Err(Violation::MessageTooLong { bytes, most });
    }
    let flags = u16::from_be_bytes(reader.array());
    // Content type and encoding stand before the headers.
    for flag in [1 << 15, 1 << 14] {
        if flags & flag != 0 {
            reader.skip_short();
        }
    }
    if flags & (1 << 13) != 0 { check_table(reader.0) } else { Ok(()) }
}

/// The depth of a table, counted without recursion. What is damaged beside is for the library to refuse.
fn check_table(bytes: &[u8]) -> Result<(), Violation> {
    let mut reader = Reader(bytes);
    // Of each open table or list: how many bytes remain behind it, and whether its entries have names.
    let mut open = vec![(reader.rest_behind(), true)];
    while let Some((behind, named)) = open.last().copied() {
        if reader.0.len() <= behind {
            open.pop();
            continue;
        }
        if named {
            reader.skip_short();
        }
        let [kind] = reader.array();
        match kind {
            b't' | b'b' | b'B' => reader.skip(1),
            b's' | b'U' | b'u' => reader.skip(2),
            b'I' | b'i' | b'f' => reader.skip(4),
            b'L' | b'l' | b'd' | b'T' => reader.skip(8),
            b'D' => reader.skip(5),
            b'S' | b'x' => {
                let length = reader.length();
                reader.skip(length);
            }
            b'F' | b'A' if open.len() >= MAX_DEPTH => return Err(Violation::TooDeep),
            b'F' | b'A' => open.push((reader.rest_behind(), kind == b'F')),
            b'V' => {}
            _ => return Err(Violation::NoAmqp),
        }
    }
    Ok(())
}

/// Reads from the front; beyond the end everything is zero.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn skip(&mut self, count: usize) {
        self.0 = self.0.get(count..).unwrap_or_default();
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let found = self.0.first_chunk().copied().unwrap_or([0; N]);
        self.skip(N);
        found
    }

    fn length(&mut self) -> usize {
        usize::try_from(u32::from_be_bytes(self.array())).unwrap_or(usize::MAX)
    }

    fn skip_short(&mut self) {
        let [length] = self.array();
        self.skip(usize::from(length));
    }

    /// Reads a length and says how many bytes remain behind what it spans.
    fn rest_behind(&mut self) -> usize {
        let length = self.length();
        self.0.len().saturating_sub(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[kind, 0, 1], &size[..], payload, &[0xCE]].concat()
    }

    /// A content header with a headers table.
    fn header(body: u64, table: &[u8]) -> Vec<u8> {
        let flags = (1_u16 << 13 | 1 << 15).to_be_bytes();
        let length = u32::try_from(table.len()).unwrap().to_be_bytes();
        frame(HEADER, &[&[0, 60, 0, 0], &body.to_be_bytes()[..], &flags, b"\x01t", &length, table].concat())
    }

    /// Tables or lists in each other.
    fn nested(depth: usize, kind: u8) -> Vec<u8> {
        (0..depth).fold(Vec::new(), |inner, _| {
            let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
            let name: &[u8] = if kind == b'F' { b"\x01k" } else { b"" };
            [name, &[kind], &length, &inner].concat()
        })
    }

    fn inspect(bytes: &[u8]) -> Result<(), Violation> {
        FrameGuard::new(1000).inspect(bytes)
    }

    #[test]
    fn limits() {
        let list = |depth| {
            let inner = nested(depth, b'A');
            [b"\x01k", &inner[..]].concat()
        };
        let cases = [
            ("an empty table", header(0, b""), Ok(())),
            (
                "values of all kinds",
                header(1000, b"\x01at\x01\x01bI\0\0\0\x01\x01cS\0\0\0\x02hi\x01dT\0\0\0\0\0\0\0\0\x01eV"),
                Ok(()),
            ),
            ("a long message", header(1001, b""), Err(Violation::MessageTooLong { bytes: 1001, most: 1000 })),
            ("deep enough", header(0, &nested(MAX_DEPTH - 1, b'F')), Ok(())),
            ("too deep", header(0, &nested(MAX_DEPTH, b'F')), Err(Violation::TooDeep)),
            ("as deep as a frame is long", header(0, &list(20_000)), Err(Violation::TooDeep)),
            ("a long frame", vec![BODY, 0, 1, 0, 2, 0, 1], Err(Violation::FrameTooLong { bytes: 131_073 })),
            ("another protocol", b"HTTP/1.1 400 Bad Request".to_vec(), Err(Violation::NoAmqp)),
            ("another version", b"AMQP\x00\x00\x09\x02".to_vec(), Ok(())),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(inspect(&bytes), expected, "{name}");
        }
    }

    #[test]
    fn a_servers_greeting_is_checked_too() {
        let table = nested(20_000, b'A');
        let table = [b"\x01k", &table[..]].concat();
        let length = u32::try_from(table.len()).unwrap().to_be_bytes();
        let start = frame(METHOD, &[&CONNECTION_START[..], &[0, 9], &length, &table].concat());
        assert_eq!(inspect(&start), Err(Violation::TooDeep));
    }

    proptest! {
        /// However the bytes are cut, the verdict is the same, and nothing is kept behind.
        #[test]
        fn cuts_do_not_matter(body in proptest::collection::vec(any::<u8>(), 0..50), cut in 1_usize..20) {
            let frames = [header(body.len() as u64, b"\x01kS\0\0\0\x01v"), frame(BODY, &body), frame(HEARTBEAT, b"")];
            let bytes = frames.concat();
            let mut guard = FrameGuard::new(1000);
            for piece in bytes.chunks(cut) {
                prop_assert_eq!(guard.inspect(piece), Ok(()));
            }
            prop_assert!(guard.frame.is_empty() && guard.passing == 0);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 1_u8..4) {
            let _ = inspect(&bytes);
            let _ = inspect(&frame(kind, &bytes));
        }
    }
}
