//! Topics by regular expression (RE2's syntax and meaning: the whole name must match).
//!
//! What an expression stands for is looked up when a member brings it, when topics were created, and every
//! `group.consumer.regex.refresh.interval.ms`; at most every ten seconds, whoever asks. It is a step of its own after
//! the heartbeat that asked for it, as in Kafka, so an expression's first heartbeat brings no partitions.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use super::change::{Change, Epoch, Resolved};
use super::context::Context;
use super::group::ConsumerGroup;
use super::member::Member;
use super::refused::Refused;
use super::subscription::{hash_of, topics_of};
use crate::GroupError;

/// The least time between two look-ups of a group.
const MIN_INTERVAL_MS: i64 = 10_000;
/// The most memory that one compiled expression may take.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// The longest text; keys of records hold no more than this by far.
const MAX_CHARS: usize = 8_192;

/// How often RE2 lets something be repeated.
const MOST_REPEATED: u32 = 1_000;

/// What became of a member's expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegexUpdate {
    Same,
    /// It changed; which topics it stands for is not known yet.
    Changed,
    /// It changed, and which topics it stands for is known.
    ChangedAndResolved,
}

impl RegexUpdate {
    pub(crate) fn is_change(self) -> bool {
        self != Self::Same
    }
}

/// Compares the member's expression with the one before, and says whether to look the group's expressions up.
pub(crate) fn update(
    context: &Context<'_>,
    group: &ConsumerGroup,
    before: &Member,
    after: &Member,
    changes: &mut Vec<Change>,
) -> Result<(RegexUpdate, bool), Refused> {
    let (old, new) = (&before.metadata.regex, &after.metadata.regex);
    let mut status = RegexUpdate::Same;
    let mut is_new = false;
    if old != new {
        status = RegexUpdate::Changed;
        if !old.is_empty() && group.regex_subscribers(old) == 1 {
            changes.push(Change::Regex(old.clone(), None));
        }
        if !new.is_empty() && group.regex_subscribers(new) == 0 {
            compile(new)?;
            is_new = true;
        } else if new.is_empty() || group.resolved(new).is_some() {
            status = RegexUpdate::ChangedAndResolved;
        }
    }
    Ok((status, is_due(context, group, (before, after), is_new)))
}

/// Whether the group's expressions are to be looked up: never twice within ten seconds, whoever brings new ones.
fn is_due(
    context: &Context<'_>,
    group: &ConsumerGroup,
    (before, after): (&Member, &Member),
    is_new: bool,
) -> bool {
    let (old, new) = (before.metadata.regex.as_str(), after.metadata.regex.as_str());
    if !is_new && group.subscribed_regexes().is_empty() {
        return false;
    }
    let last = group.regexes().values().next();
    if let Some(last) = last
        && context.now_ms <= last.resolved_at_ms.saturating_add(MIN_INTERVAL_MS)
    {
        return false;
    }
    let leaves = old != new && group.regex_subscribers(old) == 1;
    let comes = old != new && !new.is_empty() && group.regex_subscribers(new) == 0;
    let subscribed = group.subscribed_regexes().len() - usize::from(leaves) + usize::from(comes);
    let version = last.map_or(0, |resolved| resolved.version);
    let next_ms = last.map_or(i64::MIN, |resolved| {
        resolved.resolved_at_ms.saturating_add(context.config.consumer_regex_refresh_interval_ms)
    });
    is_new
        || subscribed != group.regexes().len()
        || version < context.topics.version_of_newest()
        || context.now_ms > next_ms
}

/// Looks up what the group's expressions stand for. If that is something else than before, the group's epoch rises.
pub(crate) fn resolve(context: &Context<'_>, group: &ConsumerGroup) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut is_change = false;
    let mut topics: BTreeSet<String> = {
        let by_name = group.members().flat_map(|(_, metadata)| &metadata.topics);
        by_name.cloned().collect()
    };
    for regex in group.subscribed_regexes().keys() {
        // One that this build cannot read (another release's) stands for nothing.
        let found = compile(regex).map(|compiled| matching(context, &compiled)).unwrap_or_default();
        topics.extend(found.iter().cloned());
        let before = group.resolved(regex).map(|resolved| &resolved.topics);
        is_change |= before.is_none_or(|before| *before != found) && !(before.is_none() && found.is_empty());
        let version = context.topics.version();
        let resolved = Resolved { topics: found, version, resolved_at_ms: context.now_ms };
        changes.push(Change::Regex(regex.clone(), Some(resolved)));
    }
    let names: BTreeSet<&str> = topics.iter().map(String::as_str).collect();
    let topics_hash = hash_of(context, &names);
    if is_change || topics_hash != group.topics_hash() {
        let epoch = group.epoch().saturating_add(1);
        changes.push(Change::Epoch(Some(Epoch { epoch, topics_hash })));
    }
    changes
}

fn matching(context: &Context<'_>, regex: &Regex) -> BTreeSet<String> {
    context.topics.names().filter(|name| regex.is_match(name)).map(ToOwned::to_owned).collect()
}

/// Removes the expressions that only these members had.
pub(crate) fn forget(group: &ConsumerGroup, leaving: &BTreeSet<&str>, changes: &mut Vec<Change>) {
    let stays: BTreeSet<&str> = group
        .members()
        .filter(|(id, _)| !leaving.contains(id))
        .map(|(_, metadata)| metadata.regex.as_str())
        .collect();
    let gone = group.subscribed_regexes().keys().filter(|regex| !stays.contains(regex.as_str()));
    changes.extend(gone.map(|regex| Change::Regex(regex.clone(), None)));
}

/// The hash of the topics of those members that stay.
pub(crate) fn hash_without(context: &Context<'_>, group: &ConsumerGroup, leaving: &BTreeSet<&str>) -> i64 {
    let staying = group.members().filter(|(id, _)| !leaving.contains(id));
    hash_of(context, &topics_of(group, staying))
}

/// Compiles the expression so that it matches whole names.
fn compile(regex: &str) -> Result<Regex, Refused> {
    let refuse = |why: &str| {
        let shown: String = regex.chars().take(200).collect();
        let message = format!("SubscribedTopicRegex `{shown}` is not a valid regular expression: {why}.");
        Refused::new(GroupError::InvalidRegularExpression, message)
    };
    if regex.chars().count() > MAX_CHARS {
        return Err(refuse(&format!("it is longer than {MAX_CHARS} characters")));
    }
    let plain = unquoted(regex);
    if repeats_too_often(&plain) {
        return Err(refuse(&format!("it repeats something more than {MOST_REPEATED} times")));
    }
    // By itself first: what is between the brackets must be an expression on its own.
    let build = |text: &str| RegexBuilder::new(text).size_limit(MAX_COMPILED_BYTES).build();
    build(&plain).and_then(|_| build(&format!(r"\A(?:{plain})\z"))).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        refuse(last.trim_start_matches("error: ").trim_end_matches('.'))
    })
}

/// Whether there is a repetition (`{n}`, `{n,}`, `{n,m}`) beyond RE2's limit.
fn repeats_too_often(plain: &str) -> bool {
    let mut rest = plain.chars();
    let mut in_class = false;
    while let Some(next) = rest.next() {
        match next {
            '\\' => {
                // What stands in braces behind these is no count.
                let takes_braces = matches!(rest.next(), Some('x' | 'p' | 'P'));
                if takes_braces && rest.as_str().starts_with('{') {
                    rest.by_ref().find(|char| *char == '}');
                }
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '{' if !in_class => {
                let counts = rest.as_str().split('}').next().unwrap_or_default();
                let is_number = |count: &str| count.chars().all(|char| char.is_ascii_digit());
                if counts.split(',').all(is_number) && counts.split(',').any(is_beyond) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn is_beyond(count: &str) -> bool {
    !count.is_empty() && count.parse().map_or(true, |count: u32| count > MOST_REPEATED)
}

/// Without RE2's `\Q...\E`, which the library does not know.
fn unquoted(regex: &str) -> String {
    let mut plain = String::with_capacity(regex.len());
    let mut rest = regex;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        if let Some(quoted) = escape.strip_prefix(r"\Q") {
            let (text, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            plain.push_str(&regex::escape(text));
            rest = after;
        } else {
            let length = escape.chars().take(2).map(char::len_utf8).sum();
            let (pair, after) = escape.split_at(length);
            plain.push_str(pair);
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_have_a_limit() {
        for (regex, expected) in [
            ("a{1000}", false),
            ("a{1001}", true),
            ("a{1,}", false),
            ("a{1001,}", true),
            ("a{2,99999999999}", true),
            (r"a\{1001}", false),
            (r"\x{1001}", false),
            ("[{1001}]", false),
            ("{abc,1001}", false),
            ("a{", false),
        ] {
            assert_eq!(repeats_too_often(regex), expected, "{regex}");
        }
    }

    #[test]
    fn whole_names_match_and_quotes_are_known() {
        for (regex, name, expected) in [
            ("a|ab", "ab", true),
            ("a", "ab", false),
            ("clicks-.*", "clicks-1", true),
            (r"\Qa.b\E.", "a.bc", true),
            (r"\Qa.b\E.", "axbc", false),
            (r"\Qa.b", "a.b", true),
            (r"a\\Qb", r"a\Qb", true),
            ("(?i)CLICKS", "clicks", true),
            ("[[:alpha:]]+", "abc", true),
            ("", "", true),
        ] {
            let compiled = compile(regex).unwrap();
            assert_eq!(compiled.is_match(name), expected, "{regex} {name}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_the_reason() {
        for regex in ["(a", "a)(?:b", "[", "*", "a{1000}{1000}{1000}", &"a".repeat(9_000)] {
            let refused = compile(regex).unwrap_err();
            assert_eq!(refused.error, GroupError::InvalidRegularExpression, "{regex}");
            assert!(refused.message.len() < 500, "{}", refused.message);
        }
        assert_eq!(
            compile("(a").unwrap_err().message,
            "SubscribedTopicRegex `(a` is not a valid regular expression: unclosed group."
        );
    }
}
