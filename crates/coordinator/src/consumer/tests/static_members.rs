//! Members with an instance id: they come back to their place.

use expect_test::expect;

use super::story::{Story, joins, tell};
use crate::*;

fn beat(story: &mut Story, member: &str, epoch: i32, instance: &str) -> String {
    let answer = story.beat(member, epoch, |beat| {
        if epoch == 0 {
            joins(beat, &["t"]);
        }
        beat.instance_id = Some(instance.into());
    });
    tell(&answer)
}

#[test]
fn comes_back_to_its_partitions_under_a_new_id() {
    let mut story = Story::new(Config::default(), &[("t", 4)]);
    let mut log = vec![beat(&mut story, "a", 0, "one")];
    log.push(beat(&mut story, "b", 0, "two"));
    log.push(story.told("a", 2, Some("t:0,1")));
    log.push(beat(&mut story, "b", 3, "two"));
    // Another process with the same instance id, while the first lives.
    log.push(beat(&mut story, "c", 0, "one"));
    log.push(beat(&mut story, "a", -2, "one"));
    log.push(story.group());
    log.push(beat(&mut story, "c", 0, "one"));
    log.push(story.group());
    // The old one is fenced.
    log.push(beat(&mut story, "a", 3, "one"));
    log.push(beat(&mut story, "a", -1, "one"));
    log.push(beat(&mut story, "c", -1, "three"));
    log.push(beat(&mut story, "c", -1, "one"));
    log.push(story.group());
    expect![[r#"
        2 [t:0,1,2,3]
        3 []
        3 [t:0,1]
        3 [t:2,3]
        UnreleasedInstanceId
        -2
        Reconciling 3/3 a@-2 t:0,1 b@3 t:2,3
        3 [t:0,1]
        Stable 3/3 b@3 t:2,3 c@3 t:0,1
        FencedInstanceId
        FencedInstanceId
        UnknownMemberId
        -1
        Assigning 3/4 b@3 t:2,3"#]]
    .assert_eq(&log.join("\n"));
}

#[test]
fn who_does_not_come_back_in_time_is_out() {
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    beat(&mut story, "a", 0, "one");
    story.wait(1_000);
    beat(&mut story, "a", -2, "one");
    story.wait(43_999);
    assert_eq!(story.group(), "Reconciling 2/2 a@-2 t:0,1");
    story.wait(1);
    assert_eq!(story.group(), "Empty 2/3");
}
