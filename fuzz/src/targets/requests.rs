//! What a client sends: a frame without its length. Key and version come from the input.
//!
//! Memory: the header and the message each within `4 x input + 64 KiB`.

use bytes::Bytes;
use millstream_wire::header::RequestHeader;
use millstream_wire::{Message, Reader, Writer, frame};

use super::messages::APIS;
use crate::target::{Target, Trial, ensure, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "requests",
    about: "a frame from a client: header, then the request of any API and version",
    seeds,
    run,
    longest: 8192,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (key, (request, _)) in APIS.iter() {
        for version in request.versions.iter() {
            for seed in [0, 1, 2] {
                let Some(body) = (request.sample)(seed, version) else { continue };
                let header = RequestHeader {
                    request_api_key: *key,
                    request_api_version: version,
                    correlation_id: 7,
                    client_id: (seed > 0).then(|| "c".into()),
                };
                let mut writer = Writer::new();
                let header_version = if request.is_flexible(version) { 2 } else { 1 };
                if header.encode(&mut writer, header_version).is_ok() {
                    seeds.push([writer.into_bytes(), body].concat());
                }
            }
        }
    }
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let bytes = Bytes::copy_from_slice(input);
    let mut reader = Reader::new(bytes.clone());
    let header =
        match trial.bounded("header", input.len(), 0, || frame::decode_request_header(&mut reader))? {
            Ok(header) => header,
            Err(error) => {
                trial.feature(("header", variant(&error)));
                return Ok(());
            }
        };
    let (key, version) = (header.request_api_key, header.request_api_version);
    let Some((request, _)) = APIS.get(&key) else {
        trial.feature("no such API");
        return Ok(());
    };
    if !request.versions.contains(version) {
        trial.feature(("no such version", key));
        return Ok(());
    }
    ensure(reader.position() <= input.len(), || "the header is longer than the frame".to_owned())?;
    (request.check)(&bytes.slice(reader.position()..), version, trial)
}
