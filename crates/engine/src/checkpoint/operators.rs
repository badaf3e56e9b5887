//! `state/N/_metadata/metadata`: which operator the state is of, so that a changed query is refused and not misread.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Checkpoint, damaged, durable, numbered};
use crate::EngineError;

/// The file, in Spark's form.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    operator_info: Info,
    state_store_info: Vec<Store>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    operator_id: u64,
    operator_name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Store {
    store_name: String,
    num_cols_prefix_key: u32,
    num_partitions: u32,
}

impl Checkpoint {
    /// Compares the query's stateful operators with those that the state is of; a new checkpoint takes them.
    ///
    /// # Errors
    /// They are others, or a file is damaged.
    pub(crate) fn check_operators(&self, names: &[&str], is_new: bool) -> Result<(), EngineError> {
        let Some(state) = self.path("state") else { return Ok(()) };
        let mut known: BTreeMap<u64, String> = BTreeMap::new();
        for id in numbered(&state, "")? {
            let path = state.join(format!("{id}/_metadata/metadata"));
            let Some(text) = durable::read(&path)? else { continue };
            let json =
                text.strip_prefix("v1\n").ok_or_else(|| damaged(&path, "it does not begin with v1"))?;
            let json: Json =
                serde_json::from_str(json).map_err(|error| damaged(&path, &error.to_string()))?;
            known.insert(json.operator_info.operator_id, json.operator_info.operator_name);
        }
        let now: BTreeMap<u64, String> = (0..).zip(names.iter().map(|name| (*name).to_owned())).collect();
        if known == now {
            return Ok(());
        }
        if !is_new {
            return Err(EngineError::other_operators(&listed(&known), &listed(&now)));
        }
        for (id, name) in now {
            let store = Store { store_name: "default".to_owned(), num_cols_prefix_key: 0, num_partitions: 1 };
            let info = Info { operator_id: id, operator_name: name };
            let json = Json { operator_info: info, state_store_info: vec![store] };
            let text = format!("v1\n{}", serde_json::to_string(&json).unwrap_or_default());
            durable::write(&state.join(format!("{id}/_metadata/metadata")), text.as_bytes())?;
        }
        Ok(())
    }
}

fn listed(operators: &BTreeMap<u64, String>) -> String {
    let each = operators.iter().map(|(id, name)| format!("(OperatorId: {id} -> OperatorName: {name})"));
    format!("[{}]", each.collect::<Vec<_>>().join(", "))
}
