//! Whose checkpoint it is: two runs of one, and the checkpoints of other or changed queries.

use datafusion::prelude::{col, lit};
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::{EngineError, OutputMode, Query};
use std::sync::Arc;

use crate::feed::Feed;
use crate::rig::{Rig, f, topic};

async fn start(frame: Frame, mode: OutputMode) -> Result<Arc<Query>, EngineError> {
    frame.write_stream("noop").option("checkpointLocation", "shared").output_mode(mode).start().await
}

fn counts(rig: &Rig) -> Frame {
    let count = f("count", vec![lit(1)]).alias("n");
    topic(rig, "t").group_by(vec![col("value")]).agg(vec![count]).unwrap()
}

#[tokio::test]
async fn the_checkpoint_of_another_query_is_refused() {
    let (rig, root) = (Rig::new(), tempfile::tempdir().unwrap());
    rig.push("t", &["a", "b"]);
    let first = start(counts(&rig), OutputMode::Complete).await.unwrap();
    first.process_all_available().await.unwrap();
    first.stop().await;
    let rate = || Reader::new(&rig.session, "rate").load().unwrap();
    let files = Feed::new(root.path(), "in").stream(&rig.session, "value STRING");
    let count = || vec![f("count", vec![lit(1)]).alias("n")];
    let longer = vec![f("count", vec![lit(1)]).alias("n"), f("max", vec![col("offset")])];
    let (operators, complete) =
        ("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA", OutputMode::Complete);
    let by_offset = topic(&rig, "t").group_by(vec![col("offset")]).agg(count()).unwrap();
    let more = topic(&rig, "t").group_by(vec![col("value")]).agg(longer).unwrap();
    let others = [
        (topic(&rig, "t").drop_duplicates(&["value"]).unwrap(), OutputMode::Append, operators),
        (topic(&rig, "t"), OutputMode::Append, operators),
        (by_offset, complete, "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"),
        (more, complete, "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"),
        (
            rate().group_by(vec![col("value")]).agg(count()).unwrap(),
            complete,
            "is no offset of a rate source",
        ),
        (files.group_by(vec![col("value")]).agg(count()).unwrap(), complete, "is no offset of a file source"),
    ];
    for (frame, mode, text) in others {
        let query = start(frame, mode).await.unwrap();
        let error = query.await_termination(None).await.unwrap_err().to_string();
        assert!(error.contains(text), "{text}: {error}");
    }
    // The query whose it is goes on.
    let again = start(counts(&rig), OutputMode::Complete).await.unwrap();
    again.process_all_available().await.unwrap();
    assert_eq!(again.id(), first.id());
    again.stop().await;
}

#[tokio::test]
async fn a_second_run_stops_the_first_unless_it_is_told_to_refuse() {
    let rig = Rig::new();
    rig.push("t", &["a"]);
    let first = start(counts(&rig), OutputMode::Complete).await.unwrap();
    let second = start(counts(&rig), OutputMode::Complete).await.unwrap();
    assert!(!first.is_active() && second.is_active());
    assert_eq!((first.id(), first.exception()), (second.id(), None));
    assert!(rig.heard().contains("Stopping existing streaming query [id="));
    rig.session.set_conf("spark.sql.streaming.stopActiveRunOnRestart", "false").unwrap();
    let refused = start(counts(&rig), OutputMode::Complete).await.unwrap_err();
    assert!(refused.to_string().contains("as another query with same id is already active"), "{refused}");
    assert!(second.is_active());
    second.stop().await;
}
