//! Spark Connect's relations as DataFusion plans, one relation a file.
//!
//! A relation that is not done is an error with its name; nothing is left out of a plan. Nesting is bounded where
//! messages are decoded: prost refuses more than 100 levels.

mod aggregate;
mod apply_in_pandas_with_state;
pub(crate) mod catalog;
mod co_group_map;
mod deduplicate;
mod describe;
mod drop;
mod filter;
mod function_schema;
mod group_map;
mod join;
mod limit;
mod local_relation;
mod map_partitions;
mod na;
mod origins;
mod pivot;
mod project;
mod range;
mod read;
mod rename;
pub(crate) mod rows;
mod sample;
mod set_operation;
mod sort;
mod sql;
mod statistics;
mod subquery_alias;
mod tail;
mod to_schema;
mod unsupported;
mod with_columns;
mod with_relations;
mod with_watermark;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::{Expr, LogicalPlan};
use futures::future::BoxFuture;
use millstream_engine as engine;
use std::sync::Arc;

pub(crate) use origins::Origins;

use crate::error::{Result, invalid_plan};
use crate::expr::Scope;
use crate::proto::connect::Relation;
use crate::proto::connect::relation::RelType;
use crate::session::Session;
use crate::types;

/// Translates the relations of one request.
pub(crate) struct Planner<'a> {
    session: &'a Session,
    origins: Origins,
}

impl<'a> Planner<'a> {
    /// A planner that sees the session's tables and views.
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, origins: Origins::default() }
    }

    /// The plan of a relation.
    pub(crate) fn relation<'b>(&'b mut self, relation: &'b Relation) -> BoxFuture<'b, Result<LogicalPlan>> {
        Box::pin(async move {
            self.origins.begin();
            let plan = self.translated(relation).await;
            let plan_id = relation.common.as_ref().and_then(|common| common.plan_id);
            self.origins.end(plan_id, plan.as_ref().ok());
            plan
        })
    }

    async fn translated(&mut self, relation: &Relation) -> Result<LogicalPlan> {
        match relation.rel_type.as_ref() {
            None => Err(invalid_plan("The plan holds a relation that this server does not know.")),
            Some(RelType::Read(read)) => read::plan(self, read).await,
            Some(RelType::Sql(sql)) => sql::plan(self, sql).await,
            Some(RelType::LocalRelation(local)) => local_relation::plan(local),
            Some(RelType::CachedRemoteRelation(kept)) => self.session.relations.plan(&kept.relation_id),
            Some(RelType::Range(range)) => range::plan(self, range),
            Some(RelType::Catalog(catalog)) => catalog::plan(self, catalog).await,
            Some(RelType::WithRelations(with)) => with_relations::plan(self, with).await,
            Some(RelType::SetOp(operation)) => set_operation::plan(self, operation).await,
            Some(RelType::Join(join)) => join::plan(self, join).await,
            Some(RelType::CoGroupMap(map)) => co_group_map::plan(self, map).await,
            Some(other) => self.over_one_input(other).await,
        }
    }

    async fn over_one_input(&mut self, relation: &RelType) -> Result<LogicalPlan> {
        match relation {
            RelType::Project(project) => project::plan(self, project).await,
            RelType::Filter(filter) => filter::plan(self, filter).await,
            RelType::Aggregate(aggregate) => aggregate::plan(self, aggregate).await,
            RelType::Sort(sort) => sort::plan(self, sort).await,
            RelType::Limit(limit) => limit::plan(self, limit).await,
            RelType::Offset(offset) => limit::offset(self, offset).await,
            RelType::Deduplicate(deduplicate) => deduplicate::plan(self, deduplicate).await,
            RelType::SubqueryAlias(alias) => subquery_alias::plan(self, alias).await,
            RelType::ToDf(to_df) => rename::to_df(self, to_df).await,
            RelType::WithColumnsRenamed(renamed) => rename::plan(self, renamed).await,
            RelType::WithColumns(columns) => with_columns::plan(self, columns).await,
            RelType::Drop(drop) => drop::plan(self, drop).await,
            RelType::ToSchema(to_schema) => to_schema::plan(self, to_schema).await,
            RelType::WithWatermark(watermark) => with_watermark::plan(self, watermark).await,
            RelType::FillNa(fill) => na::fill(self, fill).await,
            RelType::DropNa(drop) => na::drop(self, drop).await,
            RelType::Replace(replace) => na::replace(self, replace).await,
            RelType::Describe(describe) => describe::describe(self, describe).await,
            RelType::Summary(summary) => describe::summary(self, summary).await,
            RelType::Corr(corr) => statistics::corr(self, corr).await,
            RelType::Cov(cov) => statistics::cov(self, cov).await,
            RelType::Sample(sample) => sample::plan(self, sample).await,
            RelType::Tail(tail) => tail::plan(self, tail).await,
            RelType::MapPartitions(map) => map_partitions::plan(self, map).await,
            RelType::GroupMap(map) => group_map::plan(self, map).await,
            RelType::ApplyInPandasWithState(apply) => apply_in_pandas_with_state::plan(self, apply).await,
            // How rows are spread and which join is tried first are about cost; one machine decides that itself.
            RelType::Repartition(repartition) => self.input(repartition.input.as_deref()).await,
            RelType::RepartitionByExpression(repartition) => self.input(repartition.input.as_deref()).await,
            RelType::Hint(hint) => self.input(hint.input.as_deref()).await,
            other => Err(unsupported::error(other)),
        }
    }

    /// The plan of a relation's input, which must be there.
    async fn input(&mut self, input: Option<&Relation>) -> Result<LogicalPlan> {
        match input {
            Some(input) => self.relation(input).await,
            None => Err(invalid_plan("A relation of the plan lacks its input.")),
        }
    }

    /// How expressions over `input` are read.
    fn scope<'s>(&'s self, input: &'s LogicalPlan) -> Scope<'s> {
        Scope::new(self.session, input, &self.origins)
    }

    /// The columns of a relation. Those of a stream may all be null, as Spark has it.
    pub(crate) async fn schema(&mut self, relation: &Relation) -> Result<SchemaRef> {
        if let Some(RelType::ShowString(_)) = relation.rel_type {
            return Ok(Arc::new(Schema::new(vec![Field::new("show_string", DataType::Utf8, true)])));
        }
        let plan = self.relation(relation).await?;
        let schema = self.session.engine.schema(&plan)?;
        Ok(if engine::plan::is_streaming(&plan) {
            let field =
                |field: &Arc<Field>| Field::new(field.name(), types::nullable(field.data_type()), true);
            Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
        } else {
            schema
        })
    }
}

/// Every column of a plan as an expression, in order.
fn columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema().columns().into_iter().map(Expr::Column).collect()
}
