//! What one config is: name, type, default, what it may hold, and which broker config it falls back to.

use std::collections::BTreeSet;

/// A value's type, numbered as DescribeConfigs does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    String = 2,
    /// 32 bits.
    Int = 3,
    /// 16 bits.
    Short = 4,
    /// 64 bits.
    Long = 5,
    /// A fraction.
    Double = 6,
    /// Texts with commas between.
    List = 7,
    /// The name of a Java class.
    Class = 8,
    /// A text that nobody is shown.
    Password = 9,
}

impl ConfigType {
    /// The number in DescribeConfigs.
    pub fn id(self) -> i8 {
        self as i8
    }

    /// Its values are shown to nobody.
    pub fn is_sensitive(self) -> bool {
        self == Self::Password
    }

    /// Kafka's name for it in error messages.
    fn type_name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Short => "SHORT",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::List => "LIST",
            Self::Class => "CLASS",
            Self::Password => "PASSWORD",
        }
    }
}

/// What a value must satisfy beyond its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Check {
    /// Nothing more.
    Any,
    /// A number of at least this.
    AtLeast(i64),
    /// A number between these, both included.
    Between(f64, f64),
    /// gzip's compression level: -1, or 1 to 9.
    GzipLevel,
    /// One of these texts; of a list, every item.
    OneOf(&'static [&'static str]),
    /// `*`, nothing, or `partition:broker` pairs.
    ThrottledReplicas,
}

/// How a broker config's number becomes the topic config's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// As it is.
    Same,
    /// Hours to milliseconds.
    Hours,
    /// Minutes to milliseconds.
    Minutes,
}

/// A broker config that a topic config falls back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synonym {
    /// The broker config's name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
}

/// One config of a table.
#[derive(Debug, Clone, Copy)]
pub struct ConfigDefinition {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ConfigType,
    /// Kafka's default, or `None` for null.
    pub default: Option<&'static str>,
    /// What it may hold.
    pub check: Check,
    /// For a topic config: its broker configs, the strongest first.
    pub synonyms: &'static [Synonym],
}

impl ConfigDefinition {
    /// Checks a value as Kafka's `ConfigDef` does.
    ///
    /// # Errors
    /// The text that Kafka's tools show: which value of which config is wrong, and why.
    pub fn validate(&self, value: &str) -> Result<(), String> {
        let value = value.trim();
        match self.kind {
            ConfigType::Boolean
                if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") =>
            {
                Ok(())
            }
            ConfigType::Boolean => Err(self.complaint(value, "Expected value to be either true or false")),
            ConfigType::Int => self.integer(value, i64::from(i32::MIN), i64::from(i32::MAX)),
            ConfigType::Short => self.integer(value, i64::from(i16::MIN), i64::from(i16::MAX)),
            ConfigType::Long => self.integer(value, i64::MIN, i64::MAX),
            ConfigType::Double => self.double(value),
            ConfigType::String | ConfigType::Class | ConfigType::Password => self.text(value),
            ConfigType::List if value.is_empty() => Ok(()),
            ConfigType::List => self.list(&value.split(',').map(str::trim).collect::<Vec<_>>()),
        }
    }

    fn list(&self, items: &[&str]) -> Result<(), String> {
        if self.check == Check::ThrottledReplicas {
            return items.iter().filter(|item| !item.is_empty()).try_for_each(|item| self.text(item));
        }
        if items.contains(&"") {
            return Err(format!("Configuration '{}' values must not be empty.", self.name));
        }
        items.iter().try_for_each(|item| self.text(item))
    }

    /// A value as it is shown: Kafka shows what it has understood. Of text that is none, the text.
    pub(super) fn shown(&self, value: &str) -> String {
        let text = value.trim();
        match self.kind {
            ConfigType::Boolean => text.to_ascii_lowercase(),
            ConfigType::Int | ConfigType::Short | ConfigType::Long => {
                text.parse().map_or_else(|_| text.to_owned(), |number: i64| number.to_string())
            }
            ConfigType::Double => text.parse().map_or_else(|_| text.to_owned(), as_java_writes_it),
            ConfigType::List => {
                let mut seen = BTreeSet::new();
                let items = text.split(',').map(str::trim).filter(|item| seen.insert(*item));
                items.collect::<Vec<_>>().join(",")
            }
            ConfigType::String | ConfigType::Class | ConfigType::Password => text.to_owned(),
        }
    }

    fn complaint(&self, value: &str, why: &str) -> String {
        let shown: String = value.chars().take(200).collect();
        format!("Invalid value {shown} for configuration {}: {why}", self.name)
    }

    fn integer(&self, value: &str, min: i64, max: i64) -> Result<(), String> {
        let not_a_number =
            || self.complaint(value, &format!("Not a number of type {}", self.kind.type_name()));
        let number: i64 = value.parse().map_err(|_| not_a_number())?;
        if number < min || number > max {
            return Err(not_a_number());
        }
        match self.check {
            Check::AtLeast(least) if number < least => {
                Err(self.complaint(value, &format!("Value must be at least {least}")))
            }
            Check::GzipLevel if number != -1 && !(1..=9).contains(&number) => {
                Err(self.complaint(value, "Value must be between 1 and 9 or equal to -1"))
            }
            Check::Between(low, _) if (number as f64) < low => {
                Err(self.complaint(value, &format!("Value must be at least {low}")))
            }
            Check::Between(_, high) if (number as f64) > high => {
                Err(self.complaint(value, &format!("Value must be no more than {high}")))
            }
            _ => Ok(()),
        }
    }

    fn double(&self, value: &str) -> Result<(), String> {
        let number: f64 = value.parse().map_err(|_| self.complaint(value, "Not a number of type DOUBLE"))?;
        match self.check {
            Check::Between(low, _) if number.is_nan() || number < low => {
                Err(self.complaint(&as_java_writes_it(number), &format!("Value must be at least {low}")))
            }
            Check::Between(_, high) if number > high => {
                Err(self.complaint(&as_java_writes_it(number), &format!("Value must be no more than {high}")))
            }
            _ => Ok(()),
        }
    }

    fn text(&self, value: &str) -> Result<(), String> {
        match self.check {
            Check::OneOf(allowed) if !allowed.contains(&value) => {
                Err(self.complaint(value, &format!("String must be one of: {}", allowed.join(", "))))
            }
            Check::ThrottledReplicas if !is_throttled_replica(value) => Err(self.complaint(
                &format!("[{value}]"),
                &format!(
                    "{} must be the literal '*' or a list of replicas in the following format: \
                     [partitionId]:[brokerId],[partitionId]:[brokerId],...",
                    self.name
                ),
            )),
            _ => Ok(()),
        }
    }
}

fn is_throttled_replica(item: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    item == "*" || item.split_once(':').is_some_and(|(partition, broker)| number(partition) && number(broker))
}

/// A double in the words of `Double.toString`: digits from a thousandth up to ten million, `1.0E7` beyond.
fn as_java_writes_it(number: f64) -> String {
    if number.is_nan() || number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        return format!("{number:?}");
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, power)) if !digits.contains('.') => format!("{digits}.0E{power}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::TOPIC_CONFIGS;
    use super::ConfigDefinition;

    fn find(name: &str) -> &'static ConfigDefinition {
        TOPIC_CONFIGS.iter().find(|config| config.name == name).unwrap()
    }

    #[test]
    fn values_are_shown_as_they_were_understood() {
        let table = [
            ("preallocate", "TRUE", "true"),
            ("min.cleanable.dirty.ratio", "1", "1.0"),
            ("min.cleanable.dirty.ratio", "0.001", "0.001"),
            ("min.cleanable.dirty.ratio", "0.0005", "5.0E-4"),
            ("min.cleanable.dirty.ratio", "9999999.5", "9999999.5"),
            ("min.cleanable.dirty.ratio", "1e7", "1.0E7"),
            ("min.cleanable.dirty.ratio", "1.7976931348623157E308", "1.7976931348623157E308"),
            ("min.cleanable.dirty.ratio", "-1e999", "-Infinity"),
            ("retention.ms", " +05 ", "5"),
            ("cleanup.policy", "compact, delete", "compact,delete"),
            ("cleanup.policy", "delete,compact,delete", "delete,compact"),
            ("compression.type", " lz4 ", "lz4"),
        ];
        for (name, value, shown) in table {
            assert_eq!(find(name).shown(value), shown);
        }
    }

    #[test]
    fn complaints_are_kafkas() {
        // As the topics tool of Kafka 4.3.1 shows them.
        let table = [
            ("segment.bytes", "12", "Value must be at least 1048576"),
            ("retention.ms", "abc", "Not a number of type LONG"),
            ("max.message.bytes", "3000000000", "Not a number of type INT"),
            ("cleanup.policy", "foo", "String must be one of: compact, delete"),
            ("preallocate", "yes", "Expected value to be either true or false"),
            ("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
            ("compression.lz4.level", "18", "Value must be no more than 17"),
        ];
        for (name, value, why) in table {
            let expected = format!("Invalid value {value} for configuration {name}: {why}");
            assert_eq!(find(name).validate(value), Err(expected));
        }
        assert_eq!(
            find("min.cleanable.dirty.ratio").validate("2").unwrap_err(),
            "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1"
        );
        assert!(find("min.cleanable.dirty.ratio").validate("NaN").is_err());
        assert!(find("leader.replication.throttled.replicas").validate("x").is_err());
        assert_eq!(
            find("cleanup.policy").validate("delete,").unwrap_err(),
            "Configuration 'cleanup.policy' values must not be empty."
        );
        for (name, value) in [
            ("cleanup.policy", "compact,delete"),
            ("cleanup.policy", ""),
            ("cleanup.policy", "compact, delete"),
            ("cleanup.policy", "delete,delete"),
            ("leader.replication.throttled.replicas", "0:1,1:2"),
            ("leader.replication.throttled.replicas", "*"),
            ("retention.ms", "-1"),
            ("preallocate", "TRUE"),
        ] {
            find(name).validate(value).unwrap();
        }
    }
}
