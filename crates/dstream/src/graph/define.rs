//! Messages to nodes: everything that a driver says about a node is checked here, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::{Kind, Node, Nodes, Source};
use crate::block::Store;
use crate::checkpoint::saved;
use crate::error::CallError;
use crate::limits;
use crate::proto;
use crate::proto::node::Kind as Said;
use crate::text;
use crate::worker::Command;

/// What defining needs of a context.
#[derive(Debug)]
pub(crate) struct Definer<'a> {
    pub(crate) nodes: &'a Nodes,
    pub(crate) store: &'a Arc<Store>,
    pub(crate) directory: &'a Path,
}

/// What a text file node reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextOf<'a> {
    pub(crate) path: &'a str,
    pub(crate) least: usize,
    pub(crate) record_length: usize,
}

impl Definer<'_> {
    /// Makes the nodes known, in order. Gives the number of partitions of each.
    ///
    /// # Errors
    /// The first node that cannot be; those before it stay.
    pub(crate) async fn define(&self, nodes: Vec<proto::Node>) -> Result<Vec<usize>, CallError> {
        let mut partitions = Vec::new();
        for node in nodes {
            let id = node.id;
            let Some(said) = node.kind else {
                return Err(CallError::Invalid(format!("RDD {id} says not what it is")));
            };
            let (kind, count, depth) = self.kind(said).await?;
            if count > limits::PARTITIONS {
                let text =
                    format!("RDD {id} would have {count} partitions, more than {}", limits::PARTITIONS);
                return Err(CallError::TooMuch(text));
            }
            if depth > limits::LINEAGE {
                let text = format!(
                    "RDD {id} has a lineage of more than {} RDDs: call checkpoint() or localCheckpoint() on the way",
                    limits::LINEAGE
                );
                return Err(CallError::TooMuch(text));
            }
            self.nodes.add(Node::new(id, kind, count, depth))?;
            partitions.push(count);
        }
        Ok(partitions)
    }

    /// The kind, the number of partitions, the depth.
    async fn kind(&self, said: Said) -> Result<(Kind, usize, u32), CallError> {
        Ok(match said {
            Said::Source(source) => {
                let count = source.partitions.len();
                let source = Source::new(self.store, source.partitions).await;
                (Kind::Source(source.map_err(|error| CallError::Invalid(error.to_string()))?), count, 0)
            }
            Said::TextFile(file) => {
                let least = count(file.min_partitions, "min_partitions")?;
                let record_length = count(file.record_length, "record_length")?;
                let of = TextOf { path: &file.path, least, record_length };
                let splits = text::splits(self.directory, of).await?;
                let count = splits.len();
                (Kind::Text(splits), count, 0)
            }
            Said::Step(step) => {
                let parent = self.nodes.get(step.parent)?;
                let (count, depth) = (parent.partitions, parent.depth() + 1);
                let command = Arc::new(command(step)?);
                (Kind::Step { parent, command }, count, depth)
            }
            Said::Union(union) => self.union(&union.parents)?,
            Said::Coalesce(coalesce) => {
                let parent = self.nodes.get(coalesce.parent)?;
                let to = at_least_one(coalesce.partitions)?.min(parent.partitions);
                let depth = parent.depth() + 1;
                (Kind::Coalesce { parent, to }, to, depth)
            }
            Said::Shuffle(shuffle) => {
                let parent = self.nodes.get(shuffle.parent)?;
                let to = at_least_one(shuffle.partitions)?;
                let depth = parent.depth() + 1;
                if parent.partitions.saturating_mul(to) > limits::BUCKETS {
                    let text =
                        format!("a shuffle from {} to {to} partitions is too large", parent.partitions);
                    return Err(CallError::TooMuch(text));
                }
                (Kind::Shuffle { parent, output: OnceCell::new() }, to, depth)
            }
            Said::Pairs(pairs) => self.pairs(&pairs)?,
            Said::Saved(saved) => {
                let files = saved::files(&self.directory.join(&saved.path)).await?;
                let count = files.len();
                (Kind::Saved(files), count, 0)
            }
        })
    }

    fn union(&self, parents: &[i64]) -> Result<(Kind, usize, u32), CallError> {
        if parents.len() > limits::PARENTS {
            return Err(CallError::TooMuch(format!("a union of more than {} RDDs", limits::PARENTS)));
        }
        let parents = parents.iter().map(|id| self.nodes.get(*id)).collect::<Result<Vec<_>, _>>()?;
        let count = parents.iter().map(|parent| parent.partitions).sum();
        let depth = parents.iter().map(|parent| parent.depth() + 1).max().unwrap_or_default();
        Ok((Kind::Union(parents), count, depth))
    }

    fn pairs(&self, pairs: &proto::Pairs) -> Result<(Kind, usize, u32), CallError> {
        let (left, right) = (self.nodes.get(pairs.left)?, self.nodes.get(pairs.right)?);
        if pairs.zip && left.partitions != right.partitions {
            let text = format!(
                "Can only zip with RDD which has the same number of partitions: {} and {}",
                left.partitions, right.partitions
            );
            return Err(CallError::Invalid(text));
        }
        let count =
            if pairs.zip { left.partitions } else { left.partitions.saturating_mul(right.partitions) };
        let depth = left.depth().max(right.depth()) + 1;
        Ok((Kind::Pairs { left, right, zip: pairs.zip }, count, depth))
    }
}

fn command(step: proto::Step) -> Result<Command, CallError> {
    if step.command.is_empty() {
        return Err(CallError::Invalid("a step without a command".to_owned()));
    }
    let mut broadcasts = BTreeMap::new();
    for broadcast in step.broadcasts {
        if broadcast.id < 0 {
            return Err(CallError::Invalid(format!("{} is no id for a broadcast variable", broadcast.id)));
        }
        broadcasts.insert(broadcast.id, broadcast.path);
    }
    Ok(Command { pickled: step.command, broadcasts, includes: step.includes })
}

fn count(number: i64, name: &str) -> Result<usize, CallError> {
    usize::try_from(number).map_err(|_| CallError::Invalid(format!("{name} cannot be {number}")))
}

fn at_least_one(partitions: i64) -> Result<usize, CallError> {
    match count(partitions, "the number of partitions")? {
        0 => Err(CallError::Invalid("the number of partitions must be positive".to_owned())),
        partitions => Ok(partitions),
    }
}
