//! Where a query stands, as the checkpoint keeps it.
//!
//! In a stream that is the offset of the last message of a batch. A queue has no offsets: there it is a number of
//! messages that this query has had, which orders its batches and points to nothing on the server.

use millstream_engine::EngineError;
use serde::{Deserialize, Serialize};

use crate::Origin;

/// A position's text in the checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Kept {
    Queue { queue: String, messages: i64 },
    Stream { stream: String, offset: i64 },
}

/// The text of a position: of a queue `{"queue":"jobs","messages":120}`, of a stream `{"stream":"log","offset":41}`.
pub(crate) fn write(origin: &Origin, position: i64) -> String {
    let kept = match origin {
        Origin::Queue(queue) => Kept::Queue { queue: queue.clone(), messages: position },
        Origin::Stream(stream) => Kept::Stream { stream: stream.clone(), offset: position },
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

/// Reads a position.
///
/// # Errors
/// It is none, or it is one of another queue or stream.
pub(crate) fn read(origin: &Origin, text: &str) -> Result<i64, EngineError> {
    let kept: Kept = serde_json::from_str(text).map_err(|error| {
        EngineError::execution(format!(
            "'{text}' in the checkpoint is no position of a RabbitMQ source: {error}"
        ))
    })?;
    let (kept, position) = match kept {
        Kept::Queue { queue, messages } => (Origin::Queue(queue), messages),
        Kept::Stream { stream, offset } => (Origin::Stream(stream), offset),
    };
    if kept != *origin {
        return Err(EngineError::execution(format!(
            "The checkpoint is of a query that reads {kept}, this one reads {origin}. Give this query a \
             checkpointLocation of its own."
        )));
    }
    Ok(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        let (jobs, log) = (Origin::Queue("jobs".to_owned()), Origin::Stream("log".to_owned()));
        for (origin, position, text) in [
            (&jobs, 120, r#"{"queue":"jobs","messages":120}"#),
            (&log, -1, r#"{"stream":"log","offset":-1}"#),
        ] {
            assert_eq!(write(origin, position), text);
            assert_eq!(read(origin, text).unwrap(), position);
        }
        let wrong = read(&jobs, r#"{"stream":"log","offset":41}"#).unwrap_err().to_string();
        assert!(wrong.contains("reads stream 'log', this one reads queue 'jobs'"), "{wrong}");
        assert!(read(&jobs, "7").is_err());
    }
}
