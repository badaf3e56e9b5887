//! Columns that share a name: allowed until somebody refers to it.

use datafusion::logical_expr::JoinType;
use datafusion::prelude::{col, lit};
use millstream_engine::EngineError;
use millstream_engine::builder::Frame;
use millstream_engine::plan::JoinInputs;

use crate::rig::{Rig, f};

async fn rows(rig: &Rig, frame: Frame) -> Result<String, EngineError> {
    rig.session.show(frame.plan().clone(), 20, 20, false).await
}

async fn two(rig: &Rig) -> Frame {
    let plan = rig.session.sql("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(x, y)").await.unwrap();
    Frame::new(&rig.session, plan)
}

fn ambiguous(outcome: Result<Frame, EngineError>) {
    let error = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    let text = "[AMBIGUOUS_REFERENCE] Reference `x` is ambiguous, could be: [`t`.`x`, `x`]. SQLSTATE: 42704";
    assert_eq!(error, text);
}

#[tokio::test]
async fn a_column_taken_twice_is_one() {
    let rig = Rig::new();
    let both = two(&rig).await.select(vec![col("x"), col("x"), col("y")]).unwrap();
    assert!(rows(&rig, both.clone()).await.unwrap().contains("|  x|  x|  y|\n"));
    let one = both.clone().select(vec![col("x")]).unwrap();
    assert!(rows(&rig, one).await.unwrap().contains("|  2|\n"));
    let filtered = both.clone().filter(col("x").gt(lit(1))).unwrap();
    assert!(rows(&rig, filtered).await.unwrap().contains("|  2|  2|  b|\n"));
    let counted = both.group_by(vec![col("y")]).agg(vec![f("sum", vec![col("x")]), f("sum", vec![col("x")])]);
    assert!(rows(&rig, counted.unwrap()).await.unwrap().contains("|  y|sum(x)|sum(x)|"));
}

#[tokio::test]
async fn two_columns_of_one_name_are_ambiguous() {
    let rig = Rig::new();
    let both = two(&rig).await.select(vec![col("x"), f("length", vec![col("y")]).alias("x")]).unwrap();
    assert!(rows(&rig, both.clone()).await.unwrap().contains("|  x|  x|\n"));
    ambiguous(both.clone().select(vec![col("x")]));
    ambiguous(both.clone().filter(col("x").gt(lit(1))));
    ambiguous(both.clone().drop_duplicates(&["x"]));
    let replaced = both.with_column("x", lit(7)).unwrap();
    assert!(rows(&rig, replaced).await.unwrap().contains("|  7|  7|\n"));
}

#[tokio::test]
async fn joins_keep_columns_of_one_name_apart() {
    let rig = Rig::new();
    let both = two(&rig).await.select(vec![col("x"), col("x")]).unwrap();
    let other = two(&rig).await;
    for (left, right) in [(&both, &other), (&both, &both)] {
        let inputs = JoinInputs::new(left.plan().clone(), right.plan().clone()).unwrap();
        let joined = Frame::new(&rig.session, inputs.on(JoinType::Inner, None).unwrap());
        let shown = rows(&rig, joined.clone()).await.unwrap();
        assert!(shown.contains("|  x|  x|  x|"), "{shown}");
        assert!(joined.select(vec![col("x")]).unwrap_err().to_string().contains("AMBIGUOUS_REFERENCE"));
    }
}
