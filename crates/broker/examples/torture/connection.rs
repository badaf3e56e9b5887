//! Raw requests over one blocking connection, and what can go wrong with them.
//!
//! An answer counts as soon as its bytes are here, whatever became of the process since. Nothing is tried again here:
//! who sent it knows what may be sent twice.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use millstream_wire::frame::{decode_response, encode_request};
use millstream_wire::{ErrorCode, Request};

/// How long a living broker may take for an answer: long, since who is starved by other work on the machine is not wrong.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long answers are waited for that a dead one may have sent.
const GRACE: Duration = Duration::from_millis(100);
/// How often it is asked whether it is dead.
const GLANCE: Duration = Duration::from_millis(10);

/// Why a step of the load did not come to its end.
#[derive(Debug)]
pub enum Trouble {
    /// The broker is gone: nobody knows what became of what was sent.
    Down,
    /// Something that must not be, in a sentence.
    Wrong(String),
}

/// What a step gives.
pub type Step<T = ()> = Result<T, Trouble>;

/// [`Trouble::Wrong`] unless it is so.
pub fn must(holds: bool, sentence: impl FnOnce() -> String) -> Step {
    if holds { Ok(()) } else { Err(Trouble::Wrong(sentence())) }
}

/// [`Trouble::Wrong`] with this text.
pub fn wrong<T>(text: impl fmt::Display) -> Step<T> {
    Err(Trouble::Wrong(text.to_string()))
}

/// [`Trouble::Wrong`] when it is an error.
pub fn accepted(code: ErrorCode, what: impl FnOnce() -> String) -> Step {
    must(code.is_none(), || format!("{} was answered with {code:?}", what()))
}

/// Where the broker is, and how to learn that it is dead without its telling.
#[derive(Clone)]
pub struct Door {
    /// Its address.
    pub address: SocketAddr,
    /// Whether the process, or the power of its disk, is gone.
    pub is_dead: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// A connection.
pub struct Connection {
    stream: TcpStream,
    door: Door,
    correlation_id: i32,
}

impl Connection {
    /// Connects; a refusal means that there is no broker.
    pub fn open(door: &Door) -> Step<Self> {
        let stream = TcpStream::connect(door.address).map_err(|_| Trouble::Down)?;
        stream.set_nodelay(true).map_err(|_| Trouble::Down)?;
        stream.set_read_timeout(Some(GLANCE)).map_err(|_| Trouble::Down)?;
        Ok(Self { stream, door: door.clone(), correlation_id: 0 })
    }

    /// Asks and waits for the answer.
    pub fn call<R: Request>(&mut self, request: &R, version: i16) -> Step<R::Response> {
        self.send(request, version)?;
        self.receive::<R>(version)
    }

    /// Asks.
    pub fn send<R: Request>(&mut self, request: &R, version: i16) -> Step {
        self.correlation_id += 1;
        let frame = encode_request(request, version, self.correlation_id, Some("torture"));
        let frame = frame.map_err(|error| Trouble::Wrong(error.to_string()))?.into_bytes();
        self.stream.write_all(&frame).map_err(|_| Trouble::Down)
    }

    /// Waits for the next answer.
    pub fn receive<R: Request>(&mut self, version: i16) -> Step<R::Response> {
        let until = Instant::now() + PATIENCE;
        let mut prefix = [0; 4];
        self.fill(&mut prefix, until, R::KEY)?;
        let length = usize::try_from(i32::from_be_bytes(prefix)).unwrap_or(0);
        let mut frame = vec![0; length];
        self.fill(&mut frame, until, R::KEY)?;
        match decode_response::<R>(Bytes::from(frame), version) {
            Ok((_, response)) => Ok(response),
            Err(error) => wrong(format_args!("the answer to {:?} cannot be read: {error}", R::KEY)),
        }
    }

    fn fill(&mut self, into: &mut [u8], mut until: Instant, what: impl fmt::Debug) -> Step {
        let mut filled = 0;
        let mut dead = false;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.stream.read(rest) {
                Ok(0) => return Err(Trouble::Down),
                Ok(count) => filled += count,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if !dead && (self.door.is_dead)() {
                        dead = true;
                        until = until.min(Instant::now() + GRACE);
                    }
                    if Instant::now() >= until {
                        let seconds = PATIENCE.as_secs();
                        return if dead {
                            Err(Trouble::Down)
                        } else {
                            wrong(format_args!("no answer to {what:?} within {seconds} s"))
                        };
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Trouble::Down),
            }
        }
        Ok(())
    }
}
