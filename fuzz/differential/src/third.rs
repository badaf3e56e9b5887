//! The crate `kafka-protocol`.

use std::panic::{self, AssertUnwindSafe};

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use kafka_protocol::records::RecordBatchDecoder;

use crate::cases::{Case, Kind};
use crate::ours::{Verdict, put_bytes, put_start};

/// It reserves room for as many elements as a count says, before it has seen one: a count of two thousand million
/// ends the process. So it is asked only about what we take, where every count has been found to be right.
pub fn may_be_asked(ours: &Verdict) -> bool {
    matches!(ours, Verdict::Accepted { .. })
}

/// Its panics are answers, not for the terminal.
pub fn quiet() {
    panic::set_hook(Box::new(|_| {}));
}

fn refused(reason: String) -> Verdict {
    Verdict::Refused { reason, good: Bytes::new() }
}

/// Its answer to a message.
pub fn message(case: &Case) -> Verdict {
    let Ok(key) = ApiKey::try_from(case.key) else { return Verdict::Unknown };
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut bytes = case.bytes.clone();
        let mut out = BytesMut::new();
        let written = if case.kind == Kind::Request {
            RequestKind::decode(key, &mut bytes, case.version).map(|m| m.encode(&mut out, case.version))
        } else {
            ResponseKind::decode(key, &mut bytes, case.version).map(|m| m.encode(&mut out, case.version))
        };
        written
            .map(|written| (bytes.len(), written.is_ok().then(|| out.freeze())))
            .map_err(|e| format!("{e:#}"))
    }));
    let Ok(decoded) = decoded else { return refused("it panics".to_owned()) };
    match decoded {
        Ok((left, canonical)) => Verdict::Accepted { left, canonical },
        Err(error) => {
            let reason = format!("{error:#}");
            if reason.contains("specified version not supported") {
                Verdict::Unknown
            } else {
                refused(reason)
            }
        }
    }
}

/// Its answer to records: format 2 only, and no zstd here.
pub fn records(case: &Case) -> Verdict {
    if case.bytes.get(16) != Some(&2) {
        return Verdict::Unknown;
    }
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| {
        RecordBatchDecoder::decode_all(&mut case.bytes.clone()).map_err(|error| format!("{error:#}"))
    }));
    let sets = match decoded {
        Err(_) => return refused("it panics".to_owned()),
        Ok(Err(reason)) if reason.contains("is not enabled") || reason.contains("are unsupported") => {
            return Verdict::Unknown;
        }
        Ok(Err(reason)) => return refused(reason),
        Ok(Ok(sets)) => sets,
    };
    let mut out = Vec::new();
    for record in sets.into_iter().flat_map(|set| set.records) {
        put_start(&mut out, record.offset, record.timestamp, &record.key, &record.value);
        out.put_u32(u32::try_from(record.headers.len()).unwrap_or_default());
        for (key, value) in &record.headers {
            put_bytes(&mut out, Some(key.as_bytes()));
            put_bytes(&mut out, value.as_deref());
        }
    }
    Verdict::Accepted { left: 0, canonical: Some(out.into()) }
}
