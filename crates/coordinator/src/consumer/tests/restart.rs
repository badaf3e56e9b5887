//! A broker that starts on the records has the same group, whatever state it was in.

use super::story::{Story, joins};
use crate::*;

const TOPICS: &[(&str, i32)] = &[("t", 4), ("u", 2)];

fn same_after_restart(story: &Story) {
    let restarted = story.restarted(Config::default(), TOPICS);
    assert_eq!(restarted.describe(), story.describe());
    assert_eq!(restarted.coordinator.list(), story.coordinator.list());
}

#[test]
fn in_every_state() {
    let mut story = Story::new(Config::default(), TOPICS);
    same_after_restart(&story);
    story
        .beat("a", 0, |beat| {
            joins(beat, &["t"]);
            beat.regex = Some("u.*".into());
            beat.assignor = Some("range".into());
            beat.rack_id = Some("r1".into());
        })
        .unwrap();
    same_after_restart(&story);
    story.told("a", 2, None);
    same_after_restart(&story);
    story
        .beat("b", 0, |beat| {
            joins(beat, &["t"]);
            beat.instance_id = Some("one".into());
        })
        .unwrap();
    same_after_restart(&story);
    let mut restarted = story.restarted(Config::default(), TOPICS);
    for story in [&mut story, &mut restarted] {
        let epoch = story.describe().unwrap().members[0].epoch;
        assert_ne!(story.told("a", epoch, Some("t:0,1,2,3 u:0,1")), "FencedMemberEpoch");
        assert_ne!(story.told("a", epoch, Some("t:0,1 u:0,1")), "FencedMemberEpoch");
    }
    assert_eq!(restarted.describe(), story.describe());
    same_after_restart(&story);
    let epoch = story.describe().unwrap().members[1].epoch;
    story
        .beat("b", epoch, |beat| {
            beat.member_epoch = -2;
            beat.instance_id = Some("one".into());
        })
        .unwrap();
    same_after_restart(&story);
    // Sessions begin anew with the start.
    let mut restarted = story.restarted(Config::default(), TOPICS);
    restarted.wait(45_000);
    assert!(restarted.group().starts_with("Empty"), "{}", restarted.group());
    same_after_restart(&restarted);
}
