//! The name of a setting that was probably meant.

use millstream_cluster::config::TOPIC_CONFIGS;

use crate::nearest::nearest;

/// What to try when a broker has refused a topic's setting because nobody knows its name.
pub fn meant_config(refusal: &str) -> Option<String> {
    let (_, name) = refusal.split_once("Unknown topic config name: ")?;
    let known = TOPIC_CONFIGS.iter().map(|config| config.name);
    Some(match nearest(name, known) {
        Some(near) => format!("Did you mean '{near}'?"),
        None => "`kafka-configs --describe --topic TOPIC --all` shows the names that there are.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_told() {
        let hint = |name: &str| meant_config(&format!("Unknown topic config name: {name}")).unwrap();
        assert_eq!(hint("retention.m"), "Did you mean 'retention.ms'?");
        assert!(hint("nothing.like.it.at.all").starts_with("`kafka-configs"));
        assert_eq!(meant_config("something else"), None);
    }
}
