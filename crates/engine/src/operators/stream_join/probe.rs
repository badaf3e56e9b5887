//! Rows of one side looking for partners among the other side's state, some pairs at a time.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::take_record_batch;
use datafusion::common::JoinSide as PlanSide;
use datafusion::physical_plan::joins::utils::JoinFilter;

use super::side::{JoinSide, Keys, RowRef};
use crate::EngineError;

/// Pairs that are looked at together: bounds what one step makes, however many rows share a key.
const STEP: usize = 8192;

/// A batch in the middle of its search.
pub(super) struct Probe {
    pub(super) rows: RecordBatch,
    /// For each row, whether it has found a partner.
    pub(super) matched: Vec<bool>,
    keys: Keys,
    row: usize,
    /// How many of the row's candidates have been looked at.
    candidate: usize,
}

/// Pairs that satisfy the whole condition.
pub(super) struct Pairs {
    /// Places in the probing batch.
    pub(super) rows: Vec<u32>,
    /// Rows of the other side's state.
    pub(super) partners: Vec<RowRef>,
}

impl Probe {
    /// Begins the search of `rows`, which have these keys.
    pub(super) fn new(rows: RecordBatch, keys: Keys) -> Self {
        let matched = vec![false; rows.num_rows()];
        Self { rows, matched, keys, row: 0, candidate: 0 }
    }

    /// The join keys of the rows.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The next candidates; none when every row has been through.
    fn candidates(&mut self, other: &JoinSide) -> Option<Pairs> {
        let mut pairs = Pairs { rows: Vec::new(), partners: Vec::new() };
        while self.row < self.rows.num_rows() && pairs.rows.len() < STEP {
            let partners = self.keys.get(self.row).map_or(&[] as &[RowRef], |key| other.matches(key));
            let rest = partners.get(self.candidate..).unwrap_or_default();
            let some = rest.get(..rest.len().min(STEP - pairs.rows.len())).unwrap_or_default();
            let row = u32::try_from(self.row).unwrap_or(u32::MAX);
            pairs.rows.extend(std::iter::repeat_n(row, some.len()));
            pairs.partners.extend_from_slice(some);
            if some.len() < rest.len() {
                self.candidate += some.len();
            } else {
                self.candidate = 0;
                self.row += 1;
            }
        }
        (!pairs.rows.is_empty() || self.row < self.rows.num_rows()).then_some(pairs)
    }

    /// The next pairs that satisfy `filter`, with the partners' rows; none at the end. `side` is the probing one.
    pub(super) fn next(
        &mut self,
        side: PlanSide,
        other: &JoinSide,
        filter: Option<&JoinFilter>,
    ) -> Result<Option<(Pairs, RecordBatch)>, EngineError> {
        let Some(pairs) = self.candidates(other) else { return Ok(None) };
        let partners = other.gather(&pairs.partners)?;
        let (pairs, partners) = match filter {
            None => (pairs, partners),
            Some(filter) => {
                let own = self.rows_at(&pairs)?;
                let passes = evaluate(filter, side, &own, &partners)?;
                let kept = arrow::compute::filter_record_batch(&partners, &passes)?;
                (pairs.only(&passes), kept)
            }
        };
        for row in &pairs.rows {
            if let Some(matched) = usize::try_from(*row).ok().and_then(|row| self.matched.get_mut(row)) {
                *matched = true;
            }
        }
        Ok(Some((pairs, partners)))
    }

    /// The probing rows of pairs, one for each pair.
    pub(super) fn rows_at(&self, pairs: &Pairs) -> Result<RecordBatch, EngineError> {
        Ok(take_record_batch(&self.rows, &UInt32Array::from(pairs.rows.clone()))?)
    }
}

impl Pairs {
    fn only(self, passes: &BooleanArray) -> Self {
        let kept = |place: usize| passes.is_valid(place) && passes.value(place);
        Self {
            rows: self.rows.into_iter().enumerate().filter(|(i, _)| kept(*i)).map(|(_, row)| row).collect(),
            partners: self
                .partners
                .into_iter()
                .enumerate()
                .filter(|(i, _)| kept(*i))
                .map(|(_, at)| at)
                .collect(),
        }
    }
}

/// Which pairs satisfy the condition; `own` are the rows of `side`.
fn evaluate(
    filter: &JoinFilter,
    side: PlanSide,
    own: &RecordBatch,
    partners: &RecordBatch,
) -> Result<BooleanArray, EngineError> {
    let columns: Option<Vec<ArrayRef>> = filter
        .column_indices()
        .iter()
        .map(|at| if at.side == side { own } else { partners }.columns().get(at.index).cloned())
        .collect();
    let columns =
        columns.ok_or_else(|| EngineError::execution("the join's condition names a missing column"))?;
    let options = RecordBatchOptions::new().with_row_count(Some(own.num_rows()));
    let pairs = RecordBatch::try_new_with_options(Arc::clone(filter.schema()), columns, &options)?;
    let passes = filter.expression().evaluate(&pairs)?.into_array(pairs.num_rows())?;
    Ok(passes.as_boolean().clone())
}
