//! Settings that must not be ignored: without what they ask for, the server would be less safe than its user believes.

/// Names, what a value of them asks for, and a value that asks for nothing.
const ASKS: [(&str, &str, &str); 4] = [
    ("alter.config.policy.class.name", "a policy over changes of settings", ""),
    ("authorizer.class.name", "authorization", ""),
    ("create.topic.policy.class.name", "a policy over new topics", ""),
    ("security.inter.broker.protocol", "encryption or authentication", "PLAINTEXT"),
];

/// What a setting asks for that is not there; `None` when it can be taken, or be left.
pub fn asks_for(name: &str, value: &str) -> Option<&'static str> {
    let (_, what, nothing) = ASKS.iter().find(|(known, _, _)| *known == name)?;
    let value = value.trim();
    (!value.is_empty() && value != *nothing).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_asks_for_something_is_told() {
        assert_eq!(asks_for("authorizer.class.name", "org.example.Authorizer"), Some("authorization"));
        assert_eq!(asks_for("authorizer.class.name", " "), None);
        assert_eq!(asks_for("security.inter.broker.protocol", "PLAINTEXT"), None);
        assert_eq!(asks_for("security.inter.broker.protocol", "SSL"), Some("encryption or authentication"));
        assert_eq!(asks_for("num.partitions", "3"), None);
    }
}
