//! Records and blobs of every schema that is no request: which one and in which version comes from the input.
//!
//! Memory: `4 x input + 64 KiB`.

use bytes::Bytes;
use millstream_wire::coordinator_records::CoordinatorKey;
use millstream_wire::metadata::MetadataRecord;
use millstream_wire::transaction_records::TransactionLogKey;

use super::messages::RECORDS;
use crate::target::{Target, Trial, ensure, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "records",
    about: "records of __cluster_metadata, __consumer_offsets, __transaction_state, control records, headers",
    seeds,
    run,
    longest: 4096,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (schema, number) in RECORDS.iter().zip(0_u8..) {
        for version in schema.versions.iter() {
            for seed in [0, 1, 2] {
                let Some(body) = (schema.sample)(seed, version) else { continue };
                let [_, low] = version.to_be_bytes();
                seeds.push([&[number, low], &body[..]].concat());
            }
        }
    }
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some(([number, version], body)) = input.split_first_chunk() else { return Ok(()) };
    let body = Bytes::copy_from_slice(body);
    framed(&body, trial)?;
    let Some(schema) = RECORDS.get(usize::from(*number)) else { return Ok(()) };
    (schema.check)(&body, i16::from(*version), trial)
}

/// The same bytes as what carries its own type.
fn framed(body: &Bytes, trial: &mut Trial) -> Result<(), String> {
    let key = trial.bounded("key", body.len(), 0, || CoordinatorKey::decode(body.clone()))?;
    if let Ok(key) = key {
        let again = key.encode().map_err(|error| format!("{key:?} cannot be encoded: {error}"))?;
        let second = CoordinatorKey::decode(again);
        ensure(second.as_ref() == Ok(&key), || format!("{key:?} became {second:?}"))?;
    }
    if let Ok(Some(key)) = TransactionLogKey::from_record(body.clone()) {
        let again = key.to_record().map_err(|error| format!("{key:?} cannot be encoded: {error}"))?;
        let second = TransactionLogKey::from_record(again);
        ensure(second.as_ref() == Ok(&Some(key.clone())), || format!("{key:?} became {second:?}"))?;
    }
    match trial.bounded("metadata record", body.len(), 0, || MetadataRecord::decode(body.clone()))? {
        Err(error) => trial.feature(("metadata record", variant(&error))),
        Ok(record) => trial.feature(("metadata record", record.id())),
    }
    Ok(())
}
