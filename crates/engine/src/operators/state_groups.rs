//! An index of a state store by some of its key columns: which sessions a group has.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::row::{RowConverter, Rows, SortField};

use crate::EngineError;

/// The keys of each group.
#[derive(Debug)]
pub(super) struct StateGroups {
    columns: Vec<usize>,
    converter: RowConverter,
    keys: HashMap<Box<[u8]>, Vec<Arc<[u8]>>>,
}

impl StateGroups {
    /// An index by these columns of the key.
    pub(super) fn new(keys: &Schema, columns: Vec<usize>) -> Result<Self, EngineError> {
        let fields = keys.project(&columns)?;
        let fields = fields.fields().iter().map(|f| SortField::new(f.data_type().clone())).collect();
        Ok(Self { columns, converter: RowConverter::new(fields)?, keys: HashMap::new() })
    }

    /// The groups of the rows of a batch whose first columns are the key.
    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<Rows, EngineError> {
        Ok(self.converter.convert_columns(batch.project(&self.columns)?.columns())?)
    }

    pub(super) fn add(&mut self, group: &[u8], key: &Arc<[u8]>) {
        match self.keys.get_mut(group) {
            Some(keys) => keys.push(Arc::clone(key)),
            None => {
                self.keys.insert(Box::from(group), vec![Arc::clone(key)]);
            }
        }
    }

    pub(super) fn remove(&mut self, group: &[u8], key: &[u8]) {
        if let Some(keys) = self.keys.get_mut(group) {
            keys.retain(|other| other.as_ref() != key);
            if keys.is_empty() {
                self.keys.remove(group);
            }
        }
    }

    /// Removes a group and gives its keys.
    pub(super) fn take(&mut self, group: &[u8]) -> Vec<Arc<[u8]>> {
        self.keys.remove(group).unwrap_or_default()
    }
}
