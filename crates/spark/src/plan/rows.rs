//! Small tables that the server itself makes: answers of the catalog and of statements.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, UNNAMED_TABLE};

use crate::error::Result;

/// A column of such a table.
pub(crate) enum Cells {
    /// Texts, or nulls.
    Texts(Vec<Option<String>>),
    /// Yes or no.
    Flags(Vec<bool>),
}

impl Cells {
    /// A column of texts.
    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Texts(texts.into_iter().map(|text| Some(text.into())).collect())
    }
}

/// The table.
pub(crate) fn batch(columns: Vec<(&str, Cells)>) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (name, cells) in columns {
        match cells {
            Cells::Texts(texts) => {
                fields.push(Field::new(name, DataType::Utf8, true));
                arrays.push(Arc::new(StringArray::from(texts)));
            }
            Cells::Flags(flags) => {
                fields.push(Field::new(name, DataType::Boolean, false));
                arrays.push(Arc::new(BooleanArray::from(flags)));
            }
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

/// The plan that reads it.
pub(crate) fn plan(batch: RecordBatch) -> Result<LogicalPlan> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    Ok(LogicalPlanBuilder::scan(UNNAMED_TABLE, provider_as_source(Arc::new(table)), None)?.build()?)
}
