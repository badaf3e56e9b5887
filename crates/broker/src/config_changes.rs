//! What AlterConfigs and IncrementalAlterConfigs share: which resource is meant, and the change itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_cluster::ConfigResource;
use millstream_cluster::config::{CORDONED, check_group_configs};
use millstream_cluster::controller::{AlterConfig, AlterConfigOp, ResourceAlteration};
use millstream_wire::{ErrorCode, Str};

use crate::catalog::Catalog;
use crate::shared::Shared;
use crate::{listener, loggers};

/// A resource type and name, as requests name them.
pub(crate) type ResourceName = (i8, Str);

/// Kafka's numbers of resource types.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// Characters of a message.
const MESSAGE_MAX: usize = 1_000;

/// Why a change was refused, for the client.
pub(crate) type Refused = (ErrorCode, String);

/// One change of one config, as a request has it: name, operation, value.
pub(crate) struct Change {
    pub(crate) name: Str,
    pub(crate) operation: i8,
    pub(crate) value: Option<Str>,
}

/// `SET` of IncrementalAlterConfigs, which is all that AlterConfigs does.
pub(crate) const SET: i8 = 0;
pub(crate) const DELETE: i8 = 1;
pub(crate) const APPEND: i8 = 2;
pub(crate) const SUBTRACT: i8 = 3;

/// Makes the changes that are in order, and says of each resource how it went, in the order asked.
pub(crate) async fn change(
    shared: &Shared,
    asked: Vec<(ResourceName, Vec<Change>)>,
    replaces: bool,
    validate_only: bool,
) -> Vec<(ResourceName, Result<(), Refused>)> {
    let catalog = &shared.catalog;
    let mut named: BTreeMap<ResourceName, usize> = BTreeMap::new();
    asked.iter().for_each(|(name, _)| *named.entry(name.clone()).or_default() += 1);
    let mut rows = Vec::with_capacity(asked.len());
    let mut alterations = Vec::new();
    for (name, changes) in asked {
        let twice = named.get(&name).is_some_and(|count| *count > 1);
        let alteration = if twice {
            Err(invalid("Each resource must appear at most once."))
        } else if name.0 == LOGGER && !replaces {
            let (loggers, node_id) = (&*shared.config.loggers, shared.config.node_id);
            let done = check_keys(&changes)
                .and_then(|()| loggers::change(loggers, node_id, &name.1, changes, validate_only));
            done.map(|()| None)
        } else {
            alteration(&name, changes, replaces)
                .and_then(|alteration| in_bounds(catalog, alteration).map(Some))
        };
        rows.push((name, alteration.map(|alteration| alteration.map(|one| alterations.push(one)))));
    }
    let mut done = carry_out(catalog, alterations, validate_only).await.into_iter();
    // What is not the metadata's to keep is done already.
    let fill = |(name, slot): (ResourceName, Result<Option<()>, Refused>)| {
        let result = slot.and_then(|slot| match slot {
            Some(()) => done.next().unwrap_or_else(|| Err(invalid("Not carried out."))),
            None => Ok(()),
        });
        (name, result)
    };
    rows.into_iter().map(fill).collect()
}

async fn carry_out(
    catalog: &Arc<Catalog>,
    alterations: Vec<ResourceAlteration>,
    validate_only: bool,
) -> Vec<Result<(), Refused>> {
    let count = alterations.len();
    match catalog.alter_configs(alterations, validate_only).await {
        Ok(results) => results
            .into_iter()
            .map(|result| {
                result.map_err(|error| (ErrorCode::from_code(error.code()), told(&error.to_string())))
            })
            .collect(),
        Err(error) => {
            tracing::error!(%error, "configs could not be changed");
            vec![Err((ErrorCode::KAFKA_STORAGE_ERROR, error.to_string())); count]
        }
    }
}

fn alteration(
    (kind, name): &ResourceName,
    changes: Vec<Change>,
    replaces: bool,
) -> Result<ResourceAlteration, Refused> {
    check_keys(&changes)?;
    let resource = resource(*kind, name)?;
    let changes = changes.into_iter().map(alter).collect::<Result<_, _>>()?;
    Ok(ResourceAlteration { resource, changes, replaces })
}

fn check_keys(changes: &[Change]) -> Result<(), Refused> {
    let mut names = BTreeSet::new();
    if !changes.iter().all(|change| names.insert(change.name.clone())) {
        return Err(invalid("Error due to duplicate config keys"));
    }
    let is_null = |change: &&Change| change.operation != DELETE && change.value.is_none();
    let nulls: Vec<&str> = changes.iter().filter(is_null).map(|change| change.name.as_str()).collect();
    if !nulls.is_empty() {
        return Err(invalid(&format!("Null value not supported for : {}", nulls.join(", "))));
    }
    Ok(())
}

fn resource(kind: i8, name: &str) -> Result<ConfigResource, Refused> {
    match kind {
        TOPIC => Ok(ConfigResource::Topic(name.to_owned())),
        BROKER if name.is_empty() => Ok(ConfigResource::Broker(None)),
        BROKER => match name.parse() {
            Ok(id) => Ok(ConfigResource::Broker(Some(id))),
            Err(_) => Err(invalid(&format!("Node id must be an integer, but it is: {name}"))),
        },
        GROUP if name.is_empty() => Err(invalid("Default group resources are not allowed.")),
        GROUP => Ok(ConfigResource::Group(name.to_owned())),
        CLIENT_METRICS if name.is_empty() => Err(invalid("Subscription name can't be empty")),
        CLIENT_METRICS => Ok(ConfigResource::ClientMetrics(name.to_owned())),
        other => Err(invalid(&format!("Unknown resource type {other}"))),
    }
}

/// A group's settings must be within the broker's bounds, and what a broker's name must be there.
fn in_bounds(catalog: &Catalog, alteration: ResourceAlteration) -> Result<ResourceAlteration, Refused> {
    if matches!(alteration.resource, ConfigResource::Broker(_)) {
        alteration.changes.iter().try_for_each(|change| fits_this_broker(catalog, change))?;
    }
    if !matches!(alteration.resource, ConfigResource::Group(_)) {
        return Ok(alteration);
    }
    let image = catalog.image();
    let before = image.configs(&alteration.resource).filter(|_| !alteration.replaces);
    let mut after = before.map(|configs| configs.as_ref().clone()).unwrap_or_default();
    for change in &alteration.changes {
        match &change.op {
            AlterConfigOp::Set(value) => after.insert(change.name.clone(), value.clone()),
            _ => after.remove(&change.name),
        };
    }
    match check_group_configs(&after, catalog.static_configs()) {
        Ok(()) => Ok(alteration),
        Err(error) => Err((ErrorCode::INVALID_CONFIG, told(&error))),
    }
}

fn fits_this_broker(catalog: &Catalog, change: &AlterConfig) -> Result<(), Refused> {
    let AlterConfigOp::Set(value) = &change.op else { return Ok(()) };
    match change.name.as_str() {
        CORDONED => {
            let directory = catalog.path().display().to_string();
            let named: Vec<&str> = value.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            if named.contains(&"*") && named.len() > 1 {
                return Err(invalid(&format!(
                    "requirement failed: When {CORDONED} is set to *, it must not contain other values"
                )));
            }
            let missing: Vec<&str> =
                named.into_iter().filter(|name| *name != "*" && *name != directory).collect();
            if missing.is_empty() {
                return Ok(());
            }
            Err(invalid(&format!(
                "requirement failed: All entries in {CORDONED} must be present in log.dirs or log.dir. Missing \
                 entries : {}",
                missing.join(", ")
            )))
        }
        "max.connections.per.ip.overrides" if listener::overrides(value).is_none() => {
            Err(invalid(&format!("{} contains invalid addresses : {value}", change.name)))
        }
        _ => Ok(()),
    }
}

fn alter(change: Change) -> Result<AlterConfig, Refused> {
    let value = change.value.map(|value| value.to_string()).unwrap_or_default();
    let op = match change.operation {
        SET => AlterConfigOp::Set(value),
        DELETE => AlterConfigOp::Delete,
        APPEND => AlterConfigOp::Append(value),
        SUBTRACT => AlterConfigOp::Subtract(value),
        other => return Err(invalid(&format!("Unknown operations type {other}"))),
    };
    Ok(AlterConfig { name: change.name.to_string(), op })
}

pub(crate) fn invalid(message: &str) -> Refused {
    (ErrorCode::INVALID_REQUEST, told(message))
}

/// A message may quote what a client sent, and has to fit into its answer.
pub(crate) fn told(message: &str) -> String {
    message.chars().take(MESSAGE_MAX).collect()
}
