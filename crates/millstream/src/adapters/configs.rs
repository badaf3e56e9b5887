//! Settings, from the broker's words to the page's.

use millstream_broker::{Activity, ConfigOwner as Owner, ConfigView};
use millstream_console::ModelError;
use millstream_console::model::{Config, ConfigLayer, ConfigOwner};

/// The settings of a topic, a group or the broker.
pub fn of(activity: &Activity, owner: &ConfigOwner) -> Result<Vec<Config>, ModelError> {
    let found = activity.configs(match owner {
        ConfigOwner::Topic(topic) => Owner::Topic(topic),
        ConfigOwner::Group(group) => Owner::Group(group),
        ConfigOwner::Broker => Owner::Broker,
    });
    let missing = || match owner {
        ConfigOwner::Topic(name) => ModelError::NoSuchTopic(name.clone()),
        ConfigOwner::Group(name) => ModelError::NoSuchGroup(name.clone()),
        ConfigOwner::Broker => ModelError::Unavailable("the broker has no settings".to_owned()),
    };
    Ok(found.ok_or_else(missing)?.into_iter().map(config).collect())
}

fn config(view: ConfigView) -> Config {
    let layer = |(name, value, source)| ConfigLayer { name, value, source };
    Config {
        name: view.name,
        value: view.value,
        source: view.source,
        read_only: view.read_only,
        documentation: view.documentation,
        has_effect: view.has_effect,
        beneath: view.beneath.into_iter().map(layer).collect(),
    }
}
