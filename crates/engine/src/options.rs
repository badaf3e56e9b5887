//! The options of a source or sink: names without regard to case, values as text, as in Spark.

use std::collections::BTreeMap;

use crate::EngineError;

/// Options by lower-case name. Unknown ones are kept and ignored, as Spark ignores them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Options(BTreeMap<String, String>);

impl Options {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an option; a later value for the same name (in any case) wins.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.0.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// An option that must be a whole number not below `least`.
    ///
    /// # Errors
    /// The value is something else.
    pub fn number(&self, name: &str, least: i64) -> Result<Option<i64>, EngineError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.trim().parse::<i64>() {
            Ok(value) if value >= least => Ok(Some(value)),
            _ => Err(EngineError::illegal_argument(format!(
                "Invalid value '{text}' for option '{name}': a whole number not below {least} is needed"
            ))),
        }
    }

    /// An option that must be `true` or `false`.
    ///
    /// # Errors
    /// The value is something else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, EngineError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(EngineError::illegal_argument(format!(
                "Invalid value '{text}' for option '{name}': true or false is needed"
            ))),
        }
    }

    /// All options by lower-case name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut options = Self::new();
        for (name, value) in pairs {
            options.set(name.as_ref(), value);
        }
        options
    }
}
