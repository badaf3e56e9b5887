//! What AlterConfigs and IncrementalAlterConfigs share: which resource is meant, and the change itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_cluster::ConfigResource;
use millstream_cluster::config::{CORDONED, check_group_configs};
use millstream_cluster::controller::{AlterConfig, AlterConfigOp, ResourceAlteration};
use millstream_wire::{ErrorCode, Str};

use crate::catalog::Catalog;
use crate::listener;

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
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// Makes the changes that are in order, and says of each resource how it went, in the order asked.
pub(crate) async fn change(
    catalog: &Arc<Catalog>,
    asked: Vec<(ResourceName, Vec<Change>)>,
    replaces: bool,
    validate_only: bool,
) -> Vec<(ResourceName, Result<(), Refused>)> {
    let mut named: BTreeMap<ResourceName, usize> = BTreeMap::new();
    asked.iter().for_each(|(name, _)| *named.entry(name.clone()).or_default() += 1);
    let mut rows = Vec::with_capacity(asked.len());
    let mut alterations = Vec::new();
    for (name, changes) in asked {
        let twice = named.get(&name).is_some_and(|count| *count > 1);
        let alteration = if twice {
            Err(invalid("Each resource must appear at most once."))
        } else {
            alteration(&name, changes, replaces).and_then(|alteration| in_bounds(catalog, alteration))
        };
        let slot = alteration.map(|alteration| alterations.push(alteration));
        rows.push((name, slot));
    }
    let mut done = carry_out(catalog, alterations, validate_only).await.into_iter();
    let fill = |(name, slot): (ResourceName, Result<(), Refused>)| {
        let result = slot.and_then(|()| done.next().unwrap_or_else(|| Err(invalid("Not carried out."))));
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
    let mut names = BTreeSet::new();
    if !changes.iter().all(|change| names.insert(change.name.clone())) {
        return Err(invalid("Error due to duplicate config keys"));
    }
    let is_null = |change: &&Change| change.operation != DELETE && change.value.is_none();
    let nulls: Vec<&str> = changes.iter().filter(is_null).map(|change| change.name.as_str()).collect();
    if !nulls.is_empty() {
        return Err(invalid(&format!("Null value not supported for : {}", nulls.join(", "))));
    }
    let resource = resource(*kind, name, replaces)?;
    let changes = changes.into_iter().map(alter).collect::<Result<_, _>>()?;
    Ok(ResourceAlteration { resource, changes, replaces })
}

fn resource(kind: i8, name: &str, replaces: bool) -> Result<ConfigResource, Refused> {
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
        LOGGER if !replaces => Err(invalid(&format!(
            "Configs of resource type {kind} cannot be changed here; topics (2), brokers (4), client metrics (16) and \
             groups (32) have some."
        ))),
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

fn invalid(message: &str) -> Refused {
    (ErrorCode::INVALID_REQUEST, told(message))
}

/// A message may quote what a client sent, and has to fit into its answer.
fn told(message: &str) -> String {
    message.chars().take(MESSAGE_MAX).collect()
}
