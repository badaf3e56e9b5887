//! `GET /api/groups`, `/api/transactions`, `/api/connections`: long lists, a page at a time. The event stream sends the
//! same forms.
//!
//! All take `find` (rows that have this text somewhere), `sort` (a column, `-` before it for the other way), `from`
//! (rows to pass over) and `limit`. So what leaves the server is bounded, however many there are.

mod connections;
mod groups;
mod transactions;

use std::cmp::Ordering;

use axum::{
    extract::{Query, State},
    response::Response,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    api::{App, fresh},
    meter::json,
    model::Model,
};

/// Rows of a page, if nobody says.
const ROWS: usize = 100;
/// Rows that one request may ask for.
const MOST: usize = 1_000;
/// Characters of a text beside the name of a row.
const TEXT: usize = 200;

/// The lists there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum List {
    Groups,
    Transactions,
    Connections,
}

impl List {
    /// The name of its events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Transactions => "transactions",
            Self::Connections => "connections",
        }
    }

    /// The part that is asked for, as JSON.
    pub(crate) fn part(self, model: &dyn Model, ask: &Ask) -> Bytes {
        match self {
            Self::Groups => json(&groups::part(model, ask)),
            Self::Transactions => json(&transactions::part(model, ask)),
            Self::Connections => json(&connections::part(model, ask)),
        }
    }
}

/// What can be asked.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Ask {
    pub(crate) find: Option<String>,
    pub(crate) sort: Option<String>,
    pub(crate) from: Option<usize>,
    pub(crate) limit: Option<usize>,
}

/// A row of a list.
trait Listed {
    /// Whether one of its texts passes.
    fn has(&self, passes: impl Fn(&str) -> bool) -> bool;

    /// The order by a column; by a name that is none, the order in which to show the list.
    fn by(column: &str, a: &Self, b: &Self) -> Ordering;

    /// Shortens what somebody may have made very long.
    fn bound(&mut self) {}
}

/// A part of a list.
#[derive(Debug, Serialize)]
struct Page<T> {
    /// How many there are.
    total: usize,
    /// How many of them have the text.
    found: usize,
    /// How many were passed over.
    from: usize,
    /// How many are asked for.
    limit: usize,
    rows: Vec<T>,
}

impl<T: Listed> Page<T> {
    fn of(mut rows: Vec<T>, ask: &Ask) -> Self {
        let total = rows.len();
        if let Some(find) = ask.find.as_deref().map(str::to_lowercase).filter(|find| !find.is_empty()) {
            rows.retain(|row| row.has(|text| text.to_lowercase().contains(&find)));
        }
        let found = rows.len();
        let sort = ask.sort.as_deref().unwrap_or_default();
        match sort.strip_prefix('-') {
            Some(column) => rows.sort_by(|a, b| T::by(column, b, a)),
            None => rows.sort_by(|a, b| T::by(sort, a, b)),
        }
        let limit = ask.limit.unwrap_or(ROWS).clamp(1, MOST);
        let from = ask.from.unwrap_or(0).min(found.saturating_sub(1) / limit * limit);
        let mut rows: Vec<T> = rows.into_iter().skip(from).take(limit).collect();
        rows.iter_mut().for_each(T::bound);
        Self { total, found, from, limit, rows }
    }
}

/// A text of at most [`TEXT`] characters.
pub(crate) fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(TEXT) {
        text.truncate(end);
        text.push('…');
    }
}

/// Answers `GET /api/groups`.
pub(crate) async fn groups(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    fresh(List::Groups.part(&*app.model, &ask))
}

/// Answers `GET /api/transactions`.
pub(crate) async fn transactions(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    fresh(List::Transactions.part(&*app.model, &ask))
}

/// Answers `GET /api/connections`.
pub(crate) async fn connections(State(app): State<App>, Query(ask): Query<Ask>) -> Response {
    fresh(List::Connections.part(&*app.model, &ask))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Listed for u32 {
        fn has(&self, passes: impl Fn(&str) -> bool) -> bool {
            passes(&self.to_string())
        }

        fn by(column: &str, a: &Self, b: &Self) -> Ordering {
            if column == "last" { (a % 10).cmp(&(b % 10)).then(a.cmp(b)) } else { a.cmp(b) }
        }
    }

    #[test]
    fn a_page_is_found_sorted_and_bounded() {
        let ask = |find: &str, sort: &str, from, limit| Ask {
            find: Some(find.into()),
            sort: Some(sort.into()),
            from: Some(from),
            limit: Some(limit),
        };
        for (ask, expected) in [
            (Ask::default(), (10_000, 0, 0, 99)),
            (ask("", "-", 0, 2), (10_000, 0, 9_999, 9_998)),
            (ask("77", "", 0, 3), (280, 0, 77, 277)),
            (ask("", "last", 0, 2), (10_000, 0, 0, 10)),
            (ask("", "", 9_998, 5), (10_000, 9_995, 9_995, 9_999)),
            (ask("", "", usize::MAX, 1_000_000), (10_000, 9_000, 9_000, 9_999)),
        ] {
            let page = Page::of((0..10_000_u32).collect(), &ask);
            let (first, last) = (page.rows[0], page.rows[page.rows.len() - 1]);
            assert_eq!((page.found, page.from, first, last), expected, "{ask:?}");
        }
        let none = Page::of(vec![1_u32, 2], &ask("x", "", 50, 10));
        assert_eq!((none.total, none.found, none.from, none.rows.len()), (2, 0, 0, 0));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut text = "é".repeat(1_000);
        cut(&mut text);
        assert_eq!(text.chars().count(), TEXT + 1);
    }
}
