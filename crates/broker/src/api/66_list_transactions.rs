//! ListTransactions: 0-2.
//!
//! Behaviour: the transactional ids, filtered by state, producer id, age and pattern (KIP-664). A state that is not known
//! is told, and finds nothing.
//!
//! Version notes: 1: only transactions that have been open for longer (KIP-994). 2: only ids that match a regular
//! expression as a whole (KIP-1152); one that cannot be read is INVALID_REGULAR_EXPRESSION. Patterns are read by Rust's
//! rules, which have no look-around and no back-references.

use millstream_coordinator::transaction::{ListedTransaction, TransactionState as State};
use millstream_wire::messages::list_transactions::{
    ListTransactionsRequest, ListTransactionsResponse, TransactionState,
};
use millstream_wire::{ErrorCode, Versions};
use regex::{Regex, RegexBuilder};

use super::{Api, Call, Refusal, Reply};
use crate::partition::now_ms;

/// Most bytes that a compiled pattern may take.
const LARGEST_PATTERN: usize = 1 << 20;

pub(crate) struct ListTransactions;

impl Api for ListTransactions {
    type Request = ListTransactionsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: ListTransactionsRequest,
    ) -> Result<Reply<ListTransactionsResponse>, Refusal> {
        let pattern = match request.transactional_id_pattern.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match whole(text) {
                Ok(pattern) => Some(pattern),
                Err(_) => {
                    let error_code = ErrorCode::INVALID_REGULAR_EXPRESSION;
                    return Ok(ListTransactionsResponse { error_code, ..Default::default() }.into());
                }
            },
        };
        let named = |name: &str| State::ALL.into_iter().find(|state| state.name() == name);
        let states: Vec<State> = request.state_filters.iter().filter_map(|name| named(name)).collect();
        let now = now_ms();
        let wanted = |listed: &ListedTransaction| {
            let ids = &request.producer_id_filters;
            let open_for = now.saturating_sub(listed.started_ms);
            (ids.is_empty() || ids.contains(&listed.producer_id))
                && (request.state_filters.is_empty() || states.contains(&listed.state))
                && (request.duration_filter < 0 || open_for > request.duration_filter)
                && pattern.as_ref().is_none_or(|pattern| pattern.is_match(&listed.transactional_id))
        };
        let row = |listed: ListedTransaction| TransactionState {
            transactional_id: listed.transactional_id.into(),
            producer_id: listed.producer_id,
            transaction_state: listed.state.name().into(),
        };
        let listed = call.shared.transactions.list().into_iter();
        let transaction_states = listed.filter(wanted).map(row).collect();
        let unknown_state_filters =
            request.state_filters.iter().filter(|name| named(name).is_none()).cloned().collect();
        Ok(ListTransactionsResponse { unknown_state_filters, transaction_states, ..Default::default() }
            .into())
    }
}

/// A pattern that has to match the whole text.
fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST_PATTERN).build()
}
