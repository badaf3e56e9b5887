//! `StatCorr` and `StatCov`: `df.stat.corr(...)`, `df.stat.cov(...)`: one number.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::{StatCorr, StatCov};

pub(super) async fn corr(planner: &mut Planner<'_>, asked: &StatCorr) -> Result<LogicalPlan> {
    let method = asked.method();
    if !matches!(method, "" | "pearson") {
        let text = format!(
            "Currently only the calculation of the Pearson Correlation coefficient is supported, not {method}."
        );
        return Err(SparkError::plain(Kind::IllegalArgument, text));
    }
    let input = planner.input(asked.input.as_deref()).await?;
    of_two(input, "corr", &asked.col1, &asked.col2, "corr")
}

pub(super) async fn cov(planner: &mut Planner<'_>, asked: &StatCov) -> Result<LogicalPlan> {
    let input = planner.input(asked.input.as_deref()).await?;
    of_two(input, "covar_samp", &asked.col1, &asked.col2, "cov")
}

fn of_two(input: LogicalPlan, function: &str, first: &str, second: &str, name: &str) -> Result<LogicalPlan> {
    let columns = vec![engine::plan::column(&input, first)?, engine::plan::column(&input, second)?];
    let number = engine::functions::call(function, columns, false)?.unalias().alias(name);
    Ok(engine::plan::aggregate(input, vec![], vec![number])?)
}
