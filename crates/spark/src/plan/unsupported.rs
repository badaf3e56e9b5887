//! The relations that are not done, by the name that the user typed.

use crate::error::{SparkError, unsupported};
use crate::proto::connect::relation::RelType;

/// The refusal of a relation.
pub(super) fn error(relation: &RelType) -> SparkError {
    unsupported(match relation {
        RelType::AsOfJoin(_) => "the as-of join of pandas-on-Spark",
        RelType::LateralJoin(_) => "DataFrame.lateralJoin",
        RelType::NearestByJoin(_) => "the nearest-by join",
        RelType::ShowString(_) => "DataFrame.show inside of another plan",
        RelType::HtmlString(_) => "the HTML table of a notebook (spark.sql.repl.eagerEval.enabled)",
        RelType::Unpivot(_) => "DataFrame.unpivot / melt",
        RelType::Transpose(_) => "DataFrame.transpose",
        RelType::CollectMetrics(_) => "DataFrame.observe",
        RelType::Parse(_) => "reading JSON or CSV from a DataFrame of text",
        RelType::CachedLocalRelation(_) | RelType::ChunkedCachedLocalRelation(_) => {
            "a local DataFrame of more than spark.sql.session.localRelationCacheThreshold bytes"
        }
        RelType::CommonInlineUserDefinedTableFunction(_) => "a Python table function (UDTF)",
        RelType::CommonInlineUserDefinedDataSource(_) => "a Python data source",
        RelType::UnresolvedTableValuedFunction(_) => "spark.tvf (a table-valued function)",
        RelType::RelationChanges(_) => "reading a table's changes",
        RelType::Crosstab(_) => "DataFrame.stat.crosstab",
        RelType::ApproxQuantile(_) => "DataFrame.stat.approxQuantile",
        RelType::FreqItems(_) => "DataFrame.stat.freqItems",
        RelType::SampleBy(_) => "DataFrame.stat.sampleBy",
        RelType::Extension(_) => "a relation of a Spark Connect plugin",
        _ => "this relation",
    })
}
