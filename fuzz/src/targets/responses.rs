//! What a broker sends, as our client reads it: API key and version, then a frame without its length.
//!
//! Memory: `4 x input + 64 KiB`.

use bytes::Bytes;
use millstream_wire::header::ResponseHeader;
use millstream_wire::{Message, Reader, Writer};

use super::messages::{APIS, Schema};
use crate::target::{Target, Trial};

/// See the module.
pub const TARGET: Target = Target {
    name: "responses",
    about: "a frame from a broker: header, then the response of any API and version",
    seeds,
    run,
    longest: 8192,
};

/// The key of ApiVersions, whose response has the oldest header in every version.
const API_VERSIONS: i16 = 18;

fn header_version(key: i16, response: &Schema, version: i16) -> i16 {
    i16::from(response.is_flexible(version) && key != API_VERSIONS)
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (key, (_, response)) in APIS.iter() {
        for version in response.versions.iter() {
            for seed in [0, 1, 2] {
                let Some(body) = (response.sample)(seed, version) else { continue };
                let mut writer = Writer::new();
                let header = ResponseHeader { correlation_id: 7 };
                if header.encode(&mut writer, header_version(*key, response, version)).is_ok() {
                    let head = [key.to_be_bytes(), version.to_be_bytes()].concat();
                    seeds.push([Bytes::from(head), writer.into_bytes(), body].concat());
                }
            }
        }
    }
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some(([k0, k1, v0, v1], frame)) = input.split_first_chunk() else { return Ok(()) };
    let (key, version) = (i16::from_be_bytes([*k0, *k1]), i16::from_be_bytes([*v0, *v1]));
    let Some((_, response)) = APIS.get(&key).filter(|(_, response)| response.versions.contains(version))
    else {
        trial.feature("no such API");
        return Ok(());
    };
    let frame = Bytes::copy_from_slice(frame);
    let mut reader = Reader::new(frame.clone());
    if ResponseHeader::decode(&mut reader, header_version(key, response, version)).is_err() {
        trial.feature("header");
        return Ok(());
    }
    (response.check)(&frame.slice(reader.position()..), version, trial)
}
