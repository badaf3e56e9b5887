//! One epoch of a stream-stream join, a batch of output at a time.

use std::sync::Arc;

use arrow::array::{BooleanArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::{filter_record_batch, take_record_batch};
use datafusion::common::{JoinSide as PlanSide, JoinType};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;
use std::time::Instant;

use super::StreamJoin;
use super::probe::Probe;
use super::side::{JoinSide, RowRef};
use crate::EngineError;

/// Where the epoch stands.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Left,
    Right,
    Expire(PlanSide),
    End,
}

/// The epoch.
pub(super) struct Run {
    join: Arc<StreamJoin>,
    left: SendableRecordBatchStream,
    right: SendableRecordBatchStream,
    stage: Stage,
    probe: Option<Probe>,
}

impl Run {
    pub(super) fn new(
        join: Arc<StreamJoin>,
        left: SendableRecordBatchStream,
        right: SendableRecordBatchStream,
    ) -> Self {
        Self { join, left, right, stage: Stage::Left, probe: None }
    }

    /// The next rows; none at the end of the epoch.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let made = match self.stage {
                Stage::Left => self.input(PlanSide::Left, Stage::Right).await?,
                Stage::Right => self.input(PlanSide::Right, Stage::Expire(PlanSide::Left)).await?,
                Stage::Expire(side) => {
                    self.stage =
                        if side == PlanSide::Left { Stage::Expire(PlanSide::Right) } else { Stage::End };
                    self.join.expire(side)?
                }
                Stage::End => return Ok(None),
            };
            if let Some(rows) = made.filter(|rows| rows.num_rows() > 0) {
                return Ok(Some(rows));
            }
        }
    }

    /// One step of a side's input; goes to the stage `then` when the input is at its end.
    async fn input(&mut self, side: PlanSide, then: Stage) -> Result<Option<RecordBatch>> {
        if let Some(probe) = &mut self.probe {
            let made = self.join.step(side, probe)?;
            if made.is_none()
                && let Some(probe) = self.probe.take()
            {
                self.join.keep(side, probe)?;
            }
            return Ok(made);
        }
        let input = if side == PlanSide::Left { &mut self.left } else { &mut self.right };
        match input.next().await.transpose()? {
            Some(batch) => {
                let batch = self.join.on_time(side, batch)?;
                let keys = self.join.side(side).keys_of(&batch)?;
                self.probe = Some(Probe::new(batch, keys));
            }
            None => self.stage = then,
        }
        Ok(None)
    }
}

fn other(side: PlanSide) -> PlanSide {
    if side == PlanSide::Left { PlanSide::Right } else { PlanSide::Left }
}

impl StreamJoin {
    /// The next pairs of a probing batch as output; none when it is through.
    fn step(&self, side: PlanSide, probe: &mut Probe) -> Result<Option<RecordBatch>, EngineError> {
        let mut state = self.side(other(side));
        if self.kind == JoinType::LeftSemi {
            return self.semi_step(side, probe, &mut state);
        }
        let Some((pairs, partners)) = probe.next(side, &state, self.filter.as_ref())? else {
            return Ok(None);
        };
        if self.is_outer(other(side)) {
            let firsts: Vec<RowRef> =
                pairs.partners.iter().copied().filter(|at| state.mark_matched(*at)).collect();
            state.rewrite(&firsts)?;
        }
        drop(state);
        self.joined(side, &probe.rows_at(&pairs)?, Some(&partners)).map(Some)
    }

    /// Left rows that find their first partner now.
    fn semi_step(
        &self,
        side: PlanSide,
        probe: &mut Probe,
        state: &mut JoinSide,
    ) -> Result<Option<RecordBatch>, EngineError> {
        let before = probe.matched.clone();
        let Some((pairs, _)) = probe.next(side, state, self.filter.as_ref())? else { return Ok(None) };
        let rows = if side == PlanSide::Left {
            let news = before.iter().zip(&probe.matched).map(|(before, now)| Some(*now && !*before));
            filter_record_batch(&probe.rows, &news.collect::<BooleanArray>())?
        } else {
            let firsts: Vec<RowRef> =
                pairs.partners.iter().copied().filter(|at| state.mark_matched(*at)).collect();
            state.rewrite(&firsts)?;
            state.gather(&firsts)?
        };
        let count = rows.num_rows();
        self.projected(rows.columns().to_vec(), count).map(Some)
    }

    /// Keeps the rows of a batch that has been through, as far as they may find more partners.
    fn keep(&self, side: PlanSide, probe: Probe) -> Result<(), EngineError> {
        let mut own = self.side(side);
        let began = Instant::now();
        let times = own.times_of(&probe.rows, probe.keys())?;
        let limit_us = self.limit_ms(&own).map(|ms| ms.saturating_mul(1000));
        let wanted: Vec<u32> = (0_u32..)
            .zip(&probe.matched)
            .enumerate()
            .filter(|(row, (_, matched))| self.is_kept(side, goes(times.as_ref(), *row, limit_us), **matched))
            .map(|(_, (place, _))| place)
            .collect();
        let matched =
            wanted.iter().filter_map(|row| probe.matched.get(usize::try_from(*row).ok()?).copied()).collect();
        let rows = take_record_batch(&probe.rows, &UInt32Array::from(wanted))?;
        own.append(rows, matched)?;
        own.spent_updating(began.elapsed());
        Ok(())
    }

    /// A left row is kept even if it goes at the end of this epoch: right rows of this epoch may match it. A right
    /// row has met everyone, unless it has to come out alone.
    fn is_kept(&self, side: PlanSide, goes_now: bool, matched: bool) -> bool {
        match side {
            PlanSide::Left => self.kind != JoinType::LeftSemi || !matched,
            _ => !goes_now || (self.is_outer(side) && !matched),
        }
    }

    fn limit_ms(&self, side: &JoinSide) -> Option<i64> {
        Some(side.bound.as_ref()?.limit_ms(self.operator.eviction_watermark_ms()?))
    }

    /// Removes what the watermark lets go; gives those rows of an outer side that found no partner.
    fn expire(&self, side: PlanSide) -> Result<Option<RecordBatch>, EngineError> {
        let mut own = self.side(side);
        let Some(limit_ms) = self.limit_ms(&own) else { return Ok(None) };
        let began = Instant::now();
        let gone = own.expired(limit_ms);
        let alone = if self.is_outer(side) {
            let alone: Vec<RowRef> = gone.iter().copied().filter(|at| !own.is_matched(*at)).collect();
            Some(own.gather(&alone)?)
        } else {
            None
        };
        own.remove(&gone)?;
        own.spent_removing(began.elapsed());
        drop(own);
        alone.map(|rows| self.joined(side, &rows, None)).transpose()
    }
}

fn goes(times: Option<&Int64Array>, row: usize, limit_us: Option<i64>) -> bool {
    use arrow::array::Array as _;
    match (times, limit_us) {
        (Some(times), Some(limit)) => times.is_valid(row) && times.value(row) <= limit,
        _ => false,
    }
}
