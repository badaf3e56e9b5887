//! Records that could not be written: nothing of them is left, and nobody is told of it.

use super::story::{Story, joins, silent_beat, tell};
use crate::*;

#[test]
fn what_could_not_be_written_has_not_happened() {
    let topics = &[("t", 2)];
    let mut story = Story::new(Config::default(), topics);
    story.disk = Err(AppendFailure::Unavailable);
    assert_eq!(tell(&story.join("a", &["t"])), "CoordinatorNotAvailable");
    assert_eq!(story.group(), "none");
    story.disk = Ok(());
    story.join("a", &["t"]).unwrap();
    let before = story.describe();
    story.disk = Err(AppendFailure::Storage);
    assert_eq!(tell(&story.join("b", &["t"])), "NotCoordinator");
    assert_eq!(story.told("a", -1, None), "NotCoordinator");
    assert_eq!(story.describe(), before);
    assert_eq!(story.restarted(Config::default(), topics).describe(), before);
}

#[test]
fn a_session_that_could_not_be_ended_is_ended_later() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    story.join("a", &["t"]).unwrap();
    story.disk = Err(AppendFailure::Unavailable);
    story.wait(45_100);
    assert_eq!(story.group(), "Stable 2/2 a@2 t:0");
    story.disk = Ok(());
    story.wait(1_000);
    assert_eq!(story.group(), "Empty 2/3");
}

#[test]
fn later_changes_fall_with_the_one_they_were_made_on() {
    let mut coordinator = Coordinator::new(Config::default());
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    std::mem::swap(&mut coordinator, &mut story.coordinator);
    let mut tokens = Vec::new();
    let mut answers = Vec::new();
    let mut act = |coordinator: &mut Coordinator, event| {
        for effect in coordinator.handle(1_000, event) {
            match effect {
                Effect::Append { token, .. } | Effect::AppendInTransaction { token, .. } => {
                    tokens.push(token);
                }
                Effect::Respond { waiter, response } => answers.push((waiter.0, response)),
            }
        }
    };
    for (waiter, member) in [(1, "a"), (2, "b")] {
        let mut beat = silent_beat(member, 0);
        joins(&mut beat, &["t"]);
        act(&mut coordinator, Event::ConsumerHeartbeat(WaiterId(waiter), beat));
    }
    let first = AppendToken(0);
    act(&mut coordinator, Event::Appended(first, Err(AppendFailure::Storage)));
    assert_eq!(coordinator.describe_consumer("g"), None);
    // Whatever is said of the second now comes too late.
    act(&mut coordinator, Event::Appended(AppendToken(1), Ok(())));
    let refused: Vec<u64> = answers
        .iter()
        .filter(|(_, response)| matches!(response, Response::ConsumerHeartbeat(Err(_))))
        .map(|(waiter, _)| *waiter)
        .collect();
    assert_eq!((refused, tokens.len()), (vec![1, 2], 2));
}
