//! Settings and where their values come from.

use serde::Serialize;

/// Whose settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOwner {
    /// A topic's.
    Topic(String),
    /// A group's.
    Group(String),
    /// This broker's.
    Broker,
}

/// A setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Its name.
    pub name: String,
    /// Its value; `None` for null.
    pub value: Option<String>,
    /// Kafka's name of where the value comes from: `DEFAULT_CONFIG`, `STATIC_BROKER_CONFIG`, `DYNAMIC_TOPIC_CONFIG` ...
    pub source: &'static str,
    /// Whether it takes a restart to change it.
    pub read_only: bool,
    /// What it does here, in a sentence.
    pub documentation: Option<String>,
    /// Whether it changes anything here. One that does not is kept, so that programs that set it run.
    pub has_effect: bool,
    /// The values that this one stands before, the strongest first.
    pub beneath: Vec<ConfigLayer>,
}

/// A value that another one stands before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ConfigLayer {
    /// The name that it is set by, which may be another one.
    pub name: String,
    /// Its value; `None` for null.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: &'static str,
}
