//! One event's turn: the time, the rules, the timers, and the effects that gather.

use crate::appends::{Appends, Continuation};
use crate::records::Encoded;
use crate::timers::{Timer, Timers};
use crate::transaction::Producer;
use crate::{AppendFailure, Config, Effect, GroupError, JoinResponse, Response, SyncResponse, WaiterId};

/// What an event's function may use besides the group it works on.
pub(crate) struct Turn<'a> {
    pub(crate) now_ms: i64,
    pub(crate) config: &'a Config,
    pub(crate) timers: &'a mut Timers,
    pub(crate) appends: &'a mut Appends,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    pub(crate) fn respond(&mut self, waiter: WaiterId, response: Response) {
        self.effects.push(Effect::Respond { waiter, response });
    }

    pub(crate) fn join_failed(&mut self, waiter: WaiterId, member_id: &str, error: GroupError) {
        self.respond(waiter, Response::Join(JoinResponse::failed(member_id, error)));
    }

    pub(crate) fn sync(&mut self, waiter: WaiterId, result: Result<SyncResponse, GroupError>) {
        self.respond(waiter, Response::Sync(result));
    }

    /// Asks for records to be written. Records that have no encoding (a text beyond the format's limit) count as an
    /// append that failed.
    pub(crate) fn append(&mut self, group_id: &str, records: Encoded, continuation: Continuation) {
        let token = self.appends.add(group_id, continuation);
        match records {
            Ok(records) => {
                self.effects.push(Effect::Append { token, group_id: group_id.to_owned(), records })
            }
            Err(_) => self.appends.report(token, Err(AppendFailure::TooLarge)),
        }
    }

    /// The same as part of a transaction.
    pub(crate) fn append_in(
        &mut self,
        producer: Producer,
        group_id: &str,
        records: Encoded,
        continuation: Continuation,
    ) {
        let token = self.appends.add(group_id, continuation);
        match records {
            Ok(records) => {
                let group_id = group_id.to_owned();
                self.effects.push(Effect::AppendInTransaction { token, group_id, producer, records });
            }
            Err(_) => self.appends.report(token, Err(AppendFailure::TooLarge)),
        }
    }

    pub(crate) fn schedule(&mut self, timer: Timer, delay_ms: i64) {
        self.timers.schedule(timer, self.now_ms.saturating_add(delay_ms.max(0)));
    }
}
