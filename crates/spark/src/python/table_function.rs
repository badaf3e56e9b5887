//! Functions of whole tables and of groups without state, as the engine calls them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use millstream_engine::EngineError;
use millstream_engine::plan::{GroupSpan, TableFunction, rows_by_group};
use serde_json::{Value, json};

use super::arrow_stream::{declared, decode, encode};
use super::tasks::TaskFunction;

/// A function that is called once with all rows, or once for each group of its tables.
#[derive(Debug)]
pub(crate) struct PythonTable {
    pub(crate) function: Arc<TaskFunction>,
    pub(crate) name: &'static str,
    pub(crate) schema: SchemaRef,
    /// The places of the keys in each table; none if the function is called with all rows.
    pub(crate) keys: Vec<Vec<usize>>,
}

impl PythonTable {
    /// The tables with each group's rows together, and the groups: in each table, where its rows begin and how many
    /// there are.
    fn grouped(&self, tables: Vec<RecordBatch>) -> Result<(Vec<RecordBatch>, Vec<Value>), EngineError> {
        let count = tables.len();
        let mut sorted = Vec::with_capacity(count);
        let mut groups: BTreeMap<Vec<u8>, Vec<(usize, usize)>> = BTreeMap::new();
        for (place, (table, keys)) in tables.iter().zip(&self.keys).enumerate() {
            let (rows, spans) = rows_by_group(table, keys)?;
            for GroupSpan { key, start, rows } in spans {
                let each = groups.entry(key).or_insert_with(|| vec![(0, 0); count]);
                if let Some(span) = each.get_mut(place) {
                    *span = (start, rows);
                }
            }
            sorted.push(rows);
        }
        Ok((sorted, groups.into_values().map(|spans| json!(spans)).collect()))
    }
}

#[async_trait]
impl TableFunction for PythonTable {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    async fn apply(&self, tables: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, EngineError> {
        let (tables, asked) = if self.keys.is_empty() {
            (tables, json!({}))
        } else {
            let (tables, groups) = self.grouped(tables)?;
            if groups.is_empty() {
                return Ok(Vec::new());
            }
            (tables, json!({ "groups": groups }))
        };
        let zone = self.function.time_zone();
        let tables = tables.iter().map(|table| encode(table, zone)).collect::<Result<Vec<_>, _>>()?;
        let made = self.function.run(&asked, &tables, 1).await?;
        let rows = decode(made.first().map(Vec::as_slice).unwrap_or_default())?;
        declared(rows, &self.schema, self.name)
    }
}
