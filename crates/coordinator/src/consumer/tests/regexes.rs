//! Topics by regular expression.

use super::story::{Story, joins, tell};
use crate::*;

fn join(story: &mut Story, member: &str, regex: &str) -> String {
    let answer = story.beat(member, 0, |beat| {
        joins(beat, &[]);
        beat.topics = None;
        beat.regex = Some(regex.into());
    });
    tell(&answer)
}

#[test]
fn is_looked_up_after_the_first_heartbeat_and_when_topics_come() {
    let mut story = Story::new(Config::default(), &[("ta", 1), ("tb", 1), ("u", 1)]);
    assert_eq!(join(&mut story, "a", "t.*"), "1 []");
    assert_eq!(story.told("a", 1, None), "2 [ta:0 tb:0]");
    // Another member with the same expression: what it stands for is known.
    assert_eq!(join(&mut story, "b", "t.*"), "3 []");
    assert_eq!(story.told("a", 2, None), "2 [ta:0]");
    assert_eq!(story.told("a", 2, Some("ta:0")), "3");
    assert_eq!(story.told("b", 3, None), "3 [tb:0]");
    // New topics are looked for ten seconds after the last time at the earliest.
    story.topics(&[("tc", 2)]);
    assert_eq!(story.told("a", 3, None), "3");
    story.wait(10_001);
    assert_eq!(story.told("a", 3, None), "3");
    assert_eq!(story.told("a", 3, None), "4 [ta:0 tc:0]");
    assert_eq!(story.told("b", 3, None), "4 [tb:0 tc:1]");
}

#[test]
fn goes_when_its_last_member_goes() {
    let mut story = Story::new(Config::default(), &[("t", 1), ("u", 1)]);
    join(&mut story, "a", "t");
    assert_eq!(story.told("a", 1, None), "2 [t:0]");
    let answer = story.beat("a", 2, |beat| {
        beat.regex = Some(String::new());
        beat.topics = Some(vec!["u".into()]);
    });
    assert_eq!(tell(&answer), "2 []");
    assert_eq!(story.told("a", 2, Some("")), "3 [u:0]");
    let restarted = story.restarted(Config::default(), &[("t", 1), ("u", 1)]);
    assert_eq!(restarted.group(), "Stable 3/3 a@3 u:0");
}

#[test]
fn one_that_is_wrong_is_refused_and_nothing_is_left() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    assert_eq!(join(&mut story, "a", "("), "InvalidRegularExpression");
    assert_eq!((story.group().as_str(), story.written.len()), ("none", 0));
}

#[test]
fn a_second_expression_waits_its_ten_seconds() {
    let mut story = Story::new(Config::default(), &[("t", 1), ("u", 1)]);
    join(&mut story, "a", "t");
    assert_eq!(story.told("a", 1, None), "2 [t:0]");
    assert_eq!(join(&mut story, "b", "u"), "2 []");
    assert_eq!(story.told("b", 2, None), "2");
    story.wait(10_001);
    assert_eq!(story.told("b", 2, None), "2");
    assert_eq!(story.told("b", 2, None), "3 [u:0]");
}
