//! A topic that is not there: what to say about it beside those that are.

use millstream_tools::nearest;

/// The sentence, with the name that was probably meant.
pub fn no_such_topic<'a>(name: &str, topics: impl Iterator<Item = &'a str>) -> String {
    let hint = match nearest(name, topics) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "kafka-topics --list (or millstream topic list) shows those that there are".to_owned(),
    };
    format!("there is no topic '{name}': {hint}")
}
