//! The calls of Spark Connect, one file each. `ls` is the coverage table: `CloneSession` and `GetStatus` are refused
//! in [`crate::service`].

pub(crate) mod add_artifacts;
pub(crate) mod analyze_plan;
pub(crate) mod artifact_status;
pub(crate) mod config;
pub(crate) mod execute_plan;
pub(crate) mod fetch_error_details;
pub(crate) mod interrupt;
pub(crate) mod reattach_execute;
pub(crate) mod release_execute;
pub(crate) mod release_session;

use crate::error::{Result, invalid_plan};
use crate::proto::connect::UserContext;
use crate::proto::connect::{Command, Plan, Relation, plan};

/// Whose session it is; clients without users share the empty one.
fn user(context: Option<&UserContext>) -> &str {
    context.map_or("", |context| context.user_id.as_str())
}

/// What a plan asks for.
#[derive(Debug)]
pub(crate) enum Task {
    Relation(Box<Relation>),
    Command(Box<Command>),
}

impl Task {
    /// Opens a plan. A compressed one is refused with the condition at which clients send it again plain.
    pub(crate) fn of(plan: Option<Plan>) -> Result<Self> {
        match plan.and_then(|plan| plan.op_type) {
            Some(plan::OpType::Root(relation)) => Ok(Self::Relation(Box::new(relation))),
            Some(plan::OpType::Command(command)) => Ok(Self::Command(Box::new(command))),
            Some(plan::OpType::CompressedOperation(_)) => Err(crate::error::cannot_parse_plan(
                "compressed plans are not read here; spark.connect.session.planCompression.threshold is -1",
            )),
            None => Err(invalid_plan("The request holds no plan.")),
        }
    }

    /// A plan that must be a relation.
    pub(crate) fn relation(plan: Option<Plan>) -> Result<Box<Relation>> {
        match Self::of(plan)? {
            Self::Relation(relation) => Ok(relation),
            Self::Command(_) => Err(invalid_plan("A relation was expected, a command was sent.")),
        }
    }
}
