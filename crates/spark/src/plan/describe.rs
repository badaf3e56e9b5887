//! `StatDescribe` and `StatSummary`: `df.describe(...)`, `df.summary(...)`: a row a statistic, a column a column, all
//! as text.

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, LogicalPlan, lit};
use millstream_engine as engine;

use super::Planner;
use super::rows::{Cells, batch, plan as plan_of};
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::{StatDescribe, StatSummary};

const DESCRIBED: [&str; 5] = ["count", "mean", "stddev", "min", "max"];
const SUMMARIZED: [&str; 8] = ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"];

pub(super) async fn describe(planner: &mut Planner<'_>, asked: &StatDescribe) -> Result<LogicalPlan> {
    let input = planner.input(asked.input.as_deref()).await?;
    let names: Vec<String> = DESCRIBED.iter().map(|&name| name.to_owned()).collect();
    table(planner, input, &asked.cols, &names).await
}

pub(super) async fn summary(planner: &mut Planner<'_>, asked: &StatSummary) -> Result<LogicalPlan> {
    let input = planner.input(asked.input.as_deref()).await?;
    let all = || SUMMARIZED.iter().map(|&name| name.to_owned()).collect();
    let names = if asked.statistics.is_empty() { all() } else { asked.statistics.clone() };
    table(planner, input, &[], &names).await
}

/// The rows are made now: their order is that of the statistics.
async fn table(
    planner: &Planner<'_>,
    input: LogicalPlan,
    wanted: &[String],
    statistics: &[String],
) -> Result<LogicalPlan> {
    let mut columns = Vec::new();
    for (column, field) in input.schema().columns().into_iter().zip(input.schema().fields()) {
        let asked = wanted.is_empty() || wanted.iter().any(|name| name.eq_ignore_ascii_case(field.name()));
        if asked && (field.data_type().is_numeric() || *field.data_type() == DataType::Utf8) {
            columns.push((Expr::Column(column), field.name().clone(), field.data_type().clone()));
        }
    }
    for name in wanted {
        engine::plan::column(&input, name)?;
    }
    let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); columns.len()];
    for statistic in statistics {
        let exprs = columns.iter().map(|(column, name, kind)| {
            let value = value(statistic, column.clone(), kind)?;
            Ok(engine::functions::cast(value, DataType::Utf8).alias(name))
        });
        let one = engine::plan::aggregate(input.clone(), vec![], exprs.collect::<Result<Vec<_>>>()?)?;
        let (_, rows) = planner.session.engine.collect(one).await?;
        for (at, cells) in cells.iter_mut().enumerate() {
            let column = rows.first().and_then(|rows| rows.columns().get(at));
            let text = column.and_then(|column| column.as_string_opt::<i32>());
            cells.push(text.filter(|text| text.is_valid(0)).map(|text| text.value(0).to_owned()));
        }
    }
    let mut table = vec![("summary", Cells::texts(statistics.iter().map(String::as_str)))];
    table.extend(columns.iter().zip(cells).map(|((_, name, _), cells)| (name.as_str(), Cells::Texts(cells))));
    plan_of(batch(table)?)
}

/// One statistic of one column; a text's mean is that of the numbers that it holds.
fn value(statistic: &str, column: Expr, kind: &DataType) -> Result<Expr> {
    let number = || match kind {
        DataType::Utf8 => engine::functions::cast(column.clone(), DataType::Float64),
        _ => column.clone(),
    };
    let call = |name: &str, args: Vec<Expr>| Ok(engine::functions::call(name, args, false)?.unalias());
    match statistic {
        "count" | "min" | "max" => call(statistic, vec![column]),
        "mean" | "stddev" => call(statistic, vec![engine::functions::cast(number(), DataType::Float64)]),
        "count_distinct" => Ok(engine::functions::call("count", vec![column], true)?.unalias()),
        "approx_count_distinct" => call(statistic, vec![column]),
        percent => {
            let share =
                percent.strip_suffix('%').and_then(|digits| digits.parse::<f64>().ok()).map(|p| p / 100.0);
            let share = share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
                let text = format!("{percent} is not a recognised statistic");
                SparkError::plain(Kind::IllegalArgument, text)
            })?;
            let value = call("percentile_approx", vec![number(), lit(share)])?;
            // A value of the column, not one between two.
            Ok(if *kind == DataType::Utf8 { value } else { engine::functions::cast(value, kind.clone()) })
        }
    }
}
