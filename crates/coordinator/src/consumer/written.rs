//! A consumer group's records on their way to the disk.
//!
//! The group has changed already: the next heartbeat must see it. Whoever asked is answered when it is durable; when
//! it never will be, the changes are taken back, and the ones made on top of them.

use super::change::Change;
use super::group::ConsumerGroup;
use crate::group::Group;
use crate::timers::Timer;
use crate::{GroupError, JoinResponse, Refused, Response, WaiterId};

/// What becomes of an append of a consumer group.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Who is answered, and what, if all goes well.
    pub(crate) answer: Option<(WaiterId, Response)>,
    pub(crate) undo: Undo,
    /// What is tried again if it goes wrong.
    pub(crate) retry: Option<Timer>,
    /// The group's regular expressions are looked up next.
    pub(crate) resolve: bool,
    /// The group's offsets are gone, too.
    pub(crate) offsets_gone: bool,
}

/// How a change is taken back.
#[derive(Debug, Default)]
pub(crate) struct Undo {
    /// What took the changes back, in the order of the changes.
    pub(crate) changes: Vec<Change>,
    pub(crate) before: Before,
}

/// What was there before.
#[derive(Debug, Default)]
pub(crate) enum Before {
    /// The same group.
    #[default]
    Same,
    /// No group.
    Nothing,
    /// A classic group.
    Classic(Box<Group>),
    /// A consumer group that is not there any more.
    Consumer(Box<ConsumerGroup>),
}

/// The answer that refuses what this would have granted.
pub(crate) fn refusal(response: Response, error: GroupError) -> Response {
    match response {
        Response::Join(answer) => Response::Join(JoinResponse::failed(&answer.member_id, error)),
        Response::Sync(_) => Response::Sync(Err(error)),
        Response::Leave(_) => Response::Leave(Err(error)),
        Response::DeleteGroup(_) => Response::DeleteGroup(Err(error)),
        Response::ConsumerHeartbeat(_) => Response::ConsumerHeartbeat(Err(Refused::from(error))),
        other => other,
    }
}
