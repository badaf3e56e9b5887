//! What a config is right now, where that comes from, and what lies beneath it (DescribeConfigs' synonyms).
//!
//! Strongest first: the topic's own setting, the broker's, all brokers', the start's properties, Kafka's default.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::{ConfigDefinition, ConfigType, Synonym, Unit};
use super::dynamic::THROTTLES;
use super::{
    BROKER_CONFIGS, CLIENT_METRICS_CONFIGS, GROUP_CONFIGS, TOPIC_CONFIGS, documentation, is_dynamic,
};
use crate::{ConfigResource, Image};

/// Where a value comes from, numbered as DescribeConfigs does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set on the topic.
    DynamicTopic = 1,
    /// Set on the broker while it ran.
    DynamicBroker = 2,
    /// Set on all brokers while they ran.
    DynamicDefaultBroker = 3,
    /// Set when the broker was started.
    StaticBroker = 4,
    /// Nobody set it.
    Default = 5,
    /// Set on the client metrics subscription.
    DynamicClientMetrics = 7,
    /// Set on the group.
    DynamicGroup = 8,
}

impl ConfigSource {
    /// The number in DescribeConfigs.
    pub fn id(self) -> i8 {
        self as i8
    }

    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            Self::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            Self::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Self::StaticBroker => "STATIC_BROKER_CONFIG",
            Self::Default => "DEFAULT_CONFIG",
            Self::DynamicClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            Self::DynamicGroup => "DYNAMIC_GROUP_CONFIG",
        }
    }
}

/// One value that a config has, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigValue {
    /// The name it was set under.
    pub name: String,
    /// The value.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: ConfigSource,
}

/// A config as DescribeConfigs shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveConfig {
    /// Its name.
    pub name: String,
    /// Its value, or null.
    pub value: Option<String>,
    /// Its type.
    pub kind: ConfigType,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// The value and what lies beneath it, strongest first.
    pub synonyms: Vec<ConfigValue>,
    /// What it does here, in a sentence.
    pub documentation: Option<String>,
}

impl EffectiveConfig {
    /// Whether it changes anything here. One that does not is kept, so that programs that set it run.
    pub fn has_effect(&self) -> bool {
        !self.documentation.as_ref().is_some_and(|text| text.contains(documentation::NO_EFFECT))
    }
}

/// Where broker-wide values come from.
struct Layers<'a> {
    broker: Option<&'a BTreeMap<String, String>>,
    cluster: Option<&'a BTreeMap<String, String>>,
    start: &'a BTreeMap<String, String>,
}

impl<'a> Layers<'a> {
    fn new(image: &'a Image, node_id: i32, start: &'a BTreeMap<String, String>) -> Self {
        Self {
            broker: image.configs(&ConfigResource::Broker(Some(node_id))).map(AsRef::as_ref),
            cluster: image.configs(&ConfigResource::Broker(None)).map(AsRef::as_ref),
            start,
        }
    }

    /// Every value that the broker configs `names` have, layer by layer.
    fn values(&self, names: &[Synonym]) -> Vec<(ConfigValue, Unit)> {
        let layers = [
            (self.broker, ConfigSource::DynamicBroker),
            (self.cluster, ConfigSource::DynamicDefaultBroker),
            (Some(self.start), ConfigSource::StaticBroker),
        ];
        let set = layers.into_iter().flat_map(|(layer, source)| {
            names.iter().filter_map(move |synonym| {
                let value = layer?.get(synonym.name)?.clone();
                Some((
                    ConfigValue { name: synonym.name.to_owned(), value: Some(value), source },
                    synonym.unit,
                ))
            })
        });
        let defaults = names.iter().filter_map(|synonym| {
            let value = Some(definition(BROKER_CONFIGS, synonym.name)?.default?.to_owned());
            let source = ConfigSource::Default;
            Some((ConfigValue { name: synonym.name.to_owned(), value, source }, synonym.unit))
        });
        set.chain(defaults).collect()
    }
}

fn definition(table: &'static [ConfigDefinition], name: &str) -> Option<&'static ConfigDefinition> {
    table.binary_search_by_key(&name, |config| config.name).ok().and_then(|at| table.get(at))
}

fn convert(value: &str, unit: Unit) -> String {
    let factor = match unit {
        Unit::Same => return value.to_owned(),
        Unit::Minutes => 60_000,
        Unit::Hours => 3_600_000,
    };
    // A negative number of hours means "no limit", as -1 ms does.
    match value.trim().parse::<i64>() {
        Ok(number) if number < 0 => "-1".to_owned(),
        Ok(number) => number.saturating_mul(factor).to_string(),
        Err(_) => value.to_owned(),
    }
}

/// The broker config of that name, if it is one that topic configs fall back to: `log.retention.ms`,
/// `message.max.bytes` and the like.
pub fn topic_default(name: &str) -> Option<&'static ConfigDefinition> {
    let mut synonyms = TOPIC_CONFIGS.iter().flat_map(|config| config.synonyms);
    synonyms.any(|synonym| synonym.name == name).then(|| definition(BROKER_CONFIGS, name)).flatten()
}

/// Every config of a topic. `start` holds what the broker was started with (broker config names).
pub fn topic_configs(
    image: &Image,
    topic: &str,
    node_id: i32,
    start: &BTreeMap<String, String>,
) -> Vec<EffectiveConfig> {
    let own = image.configs(&ConfigResource::Topic(topic.to_owned()));
    topic_configs_with(image, own.unwrap_or(&Arc::default()), node_id, start)
}

/// Every config that a topic has, or would have, whose own configs are `own`.
pub fn topic_configs_with(
    image: &Image,
    own: &BTreeMap<String, String>,
    node_id: i32,
    start: &BTreeMap<String, String>,
) -> Vec<EffectiveConfig> {
    let layers = Layers::new(image, node_id, start);
    let own = Some((own, ConfigSource::DynamicTopic));
    TOPIC_CONFIGS.iter().map(|config| effective(config, own, &layers)).collect()
}

/// Every config of a group, whether the group is there or not.
pub fn group_configs(
    image: &Image,
    group: &str,
    node_id: i32,
    start: &BTreeMap<String, String>,
) -> Vec<EffectiveConfig> {
    let layers = Layers::new(image, node_id, start);
    let own = image.configs(&ConfigResource::Group(group.to_owned()));
    let own = own.map(|own| (own.as_ref(), ConfigSource::DynamicGroup));
    let describe = |config| {
        let documentation = documentation::of_group(config);
        EffectiveConfig { documentation, ..effective(config, own, &layers) }
    };
    GROUP_CONFIGS.iter().map(describe).collect()
}

/// Every config of a client metrics subscription, whether it is there or not. Beneath its own values there are none.
pub fn client_metrics_configs(image: &Image, name: &str) -> Vec<EffectiveConfig> {
    let own = image.configs(&ConfigResource::ClientMetrics(name.to_owned()));
    let describe = |config: &'static ConfigDefinition| {
        let set = own.and_then(|own| own.get(config.name));
        let source = ConfigSource::DynamicClientMetrics;
        let value =
            |value: &String| ConfigValue { name: config.name.to_owned(), value: Some(value.clone()), source };
        let synonyms: Vec<_> = set.map(value).into_iter().collect();
        EffectiveConfig {
            name: config.name.to_owned(),
            value: set.cloned().or(config.default.map(str::to_owned)),
            kind: config.kind,
            source: if synonyms.is_empty() { ConfigSource::Default } else { source },
            read_only: false,
            synonyms,
            documentation: Some(format!("{}no client is asked for metrics.", documentation::NO_EFFECT)),
        }
    };
    CLIENT_METRICS_CONFIGS.iter().map(describe).collect()
}

/// One config of a topic, or `None` for a name that does not exist.
pub fn topic_config(
    image: &Image,
    topic: &str,
    name: &str,
    node_id: i32,
    start: &BTreeMap<String, String>,
) -> Option<EffectiveConfig> {
    let config = definition(TOPIC_CONFIGS, name)?;
    let own = image.configs(&ConfigResource::Topic(topic.to_owned()));
    let own = own.map(|own| (own.as_ref(), ConfigSource::DynamicTopic));
    Some(effective(config, own, &Layers::new(image, node_id, start)))
}

/// What Kafka has as an internal config, and shows only while it is set.
const INTERNAL: &str = "group.consumer.regex.refresh.interval.ms";

/// Every known config of the broker `node_id`; of a password, only that there is one.
pub fn broker_configs(image: &Image, node_id: i32, start: &BTreeMap<String, String>) -> Vec<EffectiveConfig> {
    let layers = Layers::new(image, node_id, start);
    let describe = |config: &'static ConfigDefinition| {
        let synonyms: Vec<ConfigValue> = layers
            .values(&[Synonym { name: config.name, unit: Unit::Same }])
            .into_iter()
            .map(|(value, _)| ConfigValue {
                value: value.value.filter(|_| !config.kind.is_sensitive()),
                ..value
            })
            .collect();
        let strongest = synonyms.first();
        EffectiveConfig {
            name: config.name.to_owned(),
            value: strongest.and_then(|value| value.value.as_deref()).map(|value| config.shown(value)),
            kind: config.kind,
            source: strongest.map_or(ConfigSource::Default, |value| value.source),
            read_only: !is_dynamic(config.name),
            synonyms,
            documentation: documentation::of_broker(config.name),
        }
    };
    let is_shown = |config: &EffectiveConfig| {
        config.source != ConfigSource::Default
            || !(THROTTLES.contains(&config.name.as_str()) || config.name == INTERNAL)
    };
    BROKER_CONFIGS.iter().map(describe).filter(is_shown).collect()
}

fn effective(
    config: &ConfigDefinition,
    own: Option<(&BTreeMap<String, String>, ConfigSource)>,
    layers: &Layers<'_>,
) -> EffectiveConfig {
    let own = own.and_then(|(own, source)| {
        let value = Some(config.shown(own.get(config.name)?));
        Some((ConfigValue { name: config.name.to_owned(), value, source }, Unit::Same))
    });
    let own_count = usize::from(own.is_some());
    let values: Vec<(ConfigValue, Unit)> = own.into_iter().chain(layers.values(config.synonyms)).collect();
    let value = match values.first() {
        Some((value, unit)) => value.value.as_deref().map(|text| config.shown(&convert(text, *unit))),
        None => config.default.map(ToOwned::to_owned),
    };
    // Kafka takes the value from any of the broker's names, but shows them from the first of the strongest name on: with
    // nothing else than `log.retention.hours`, a topic's retention.ms counts as nobody's.
    let strongest = config.synonyms.first().map(|synonym| synonym.name);
    let is_hidden = |value: &ConfigValue| Some(value.name.as_str()) != strongest;
    let mut synonyms: Vec<_> = values.into_iter().map(|(value, _)| value).collect();
    let fallbacks = synonyms.split_off(own_count);
    synonyms.extend(fallbacks.into_iter().skip_while(is_hidden));
    let source = synonyms.first().map_or(ConfigSource::Default, |value| value.source);
    EffectiveConfig {
        name: config.name.to_owned(),
        value,
        kind: config.kind,
        source,
        read_only: false,
        synonyms,
        documentation: documentation::of_topic(config.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Apache Kafka 4.3.1 lists them: what is internal not at all, what has no default without one.
    #[test]
    fn lists_of_broker_configs_are_kafkas() {
        let image = Image::default();
        let set = BTreeMap::from([("process.roles".to_owned(), "broker,controller".to_owned())]);
        let listed = broker_configs(&image, 1, &set);
        assert!(!listed.iter().any(|config| config.name == INTERNAL));
        let roles = listed.iter().find(|config| config.name == "process.roles").unwrap();
        assert_eq!((roles.source, roles.synonyms.len()), (ConfigSource::StaticBroker, 1));
        let set = BTreeMap::from([(INTERNAL.to_owned(), "20000".to_owned())]);
        assert!(broker_configs(&image, 1, &set).iter().any(|config| config.name == INTERNAL));
    }

    #[test]
    fn a_password_is_shown_to_nobody() {
        let start = BTreeMap::from([("ssl.key.password".to_owned(), "hunter2".to_owned())]);
        let configs = broker_configs(&Image::default(), 1, &start);
        let config = configs.iter().find(|config| config.name == "ssl.key.password").unwrap();
        assert_eq!((config.source, &config.value), (ConfigSource::StaticBroker, &None));
        assert!(!format!("{configs:?}").contains("hunter2"));
    }

    fn retention(start: &[(&str, &str)]) -> (Option<String>, ConfigSource, Vec<String>) {
        let start = start.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = topic_config(&Image::default(), "t", "retention.ms", 1, &start).unwrap();
        (config.value, config.source, config.synonyms.into_iter().map(|value| value.name).collect())
    }

    #[test]
    fn falls_back_through_the_brokers_names() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let week = Some("604800000".to_owned());
        assert_eq!(retention(&[]), (week, ConfigSource::Default, names(&[])));
        assert_eq!(
            retention(&[("log.retention.hours", "2"), ("log.retention.minutes", "3")]),
            (Some("180000".to_owned()), ConfigSource::Default, names(&[]))
        );
        assert_eq!(
            retention(&[("log.retention.hours", "2"), ("log.retention.ms", "5")]),
            (
                Some("5".to_owned()),
                ConfigSource::StaticBroker,
                names(&["log.retention.ms", "log.retention.hours", "log.retention.hours"])
            )
        );
        assert_eq!(retention(&[("log.retention.hours", "-1")]).0.as_deref(), Some("-1"));
        assert!(topic_config(&Image::default(), "t", "no.such", 1, &BTreeMap::new()).is_none());
    }
}
