//! Settings with the places where their values come from, as DescribeConfigs tells them.

use millstream_cluster::config::{EffectiveConfig, broker_configs, group_configs, topic_configs};

use super::Activity;

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigOwner<'a> {
    /// A topic's.
    Topic(&'a str),
    /// A group's, whether it is there or not.
    Group(&'a str),
    /// This broker's.
    Broker,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigView {
    /// Its name.
    pub name: String,
    /// Its value, or null.
    pub value: Option<String>,
    /// Kafka's name of where the value comes from.
    pub source: &'static str,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// What it does here, in a sentence.
    pub documentation: Option<String>,
    /// Whether it changes anything here.
    pub has_effect: bool,
    /// The values beneath, strongest first: name, value, source.
    pub beneath: Vec<(String, Option<String>, &'static str)>,
}

impl Activity {
    /// Every setting of a topic, a group or this broker; `None` when there is no such topic.
    pub fn configs(&self, of: ConfigOwner<'_>) -> Option<Vec<ConfigView>> {
        let (image, start) = (self.shared.catalog.image(), self.shared.catalog.static_configs());
        let node_id = self.shared.config.node_id;
        let configs = match of {
            ConfigOwner::Topic(topic) => {
                image.topic(topic)?;
                topic_configs(&image, topic, node_id, start)
            }
            ConfigOwner::Group(group) => group_configs(&image, group, node_id, start),
            ConfigOwner::Broker => broker_configs(&image, node_id, start),
        };
        Some(configs.into_iter().map(view).collect())
    }
}

fn view(config: EffectiveConfig) -> ConfigView {
    let has_effect = config.has_effect();
    // The first is the value itself.
    let beneath = config.synonyms.into_iter().skip(1);
    ConfigView {
        name: config.name,
        value: config.value,
        source: config.source.name(),
        read_only: config.read_only,
        documentation: config.documentation,
        has_effect,
        beneath: beneath.map(|layer| (layer.name, layer.value, layer.source.name())).collect(),
    }
}
