//! Sessions by the rules of KIP-227.

use std::time::Duration;

use bytes::Bytes;
use millstream_wire::messages::fetch::{EpochEndOffset, FetchPartition, FetchTopic};
use millstream_wire::{RecordSet, Uuid};

use super::cache::EVICTION_AGE;
use super::*;

const NOW_AND_THEN: Duration = Duration::from_secs(1);

/// A request for partitions of topic `t`, each with its offset.
fn request(session_id: i32, session_epoch: i32, partitions: &[(i32, i64)]) -> FetchRequest {
    let partition = |(partition, fetch_offset): &(i32, i64)| FetchPartition {
        partition: *partition,
        fetch_offset: *fetch_offset,
        ..Default::default()
    };
    let partitions: Vec<_> = partitions.iter().map(partition).collect();
    let topic = FetchTopic { topic: "t".into(), topic_id: Uuid::from_bytes([1; 16]), partitions };
    let topics = if topic.partitions.is_empty() { Vec::new() } else { vec![topic] };
    FetchRequest { session_id, session_epoch, topics, ..Default::default() }
}

fn forgetting(session_id: i32, session_epoch: i32, partitions: &[i32]) -> FetchRequest {
    let topic = ForgottenTopic { topic: "t".into(), partitions: partitions.to_vec(), ..Default::default() };
    FetchRequest { forgotten_topics_data: vec![topic], ..request(session_id, session_epoch, &[]) }
}

fn data(partition_index: i32, high_watermark: i64) -> PartitionData {
    let records = Some(RecordSet::default());
    PartitionData { partition_index, high_watermark, log_start_offset: 0, records, ..Default::default() }
}

/// Partition and offset of what a fetch reads.
fn wanted(fetching: &Fetching) -> Vec<(i32, i64)> {
    fetching.wanted.iter().map(|wanted| (wanted.key.index, wanted.position.fetch_offset)).collect()
}

fn told(response: &FetchResponse) -> Vec<i32> {
    let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    partitions.map(|data| data.partition_index).collect()
}

/// A clock that a test moves, and the sessions.
struct World {
    sessions: FetchSessions,
    now: Instant,
}

impl World {
    fn new(slots: usize) -> Self {
        Self { sessions: FetchSessions::new(slots), now: Instant::now() }
    }

    fn begin(&mut self, request: &FetchRequest) -> Result<Fetching, ErrorCode> {
        self.now += NOW_AND_THEN;
        self.sessions.begin(request, 12, self.now, &|_| None)
    }

    /// Asks, and answers each partition with these rows, or with high watermark 0.
    fn ask(&mut self, request: &FetchRequest, rows: &[PartitionData]) -> Result<FetchResponse, ErrorCode> {
        let fetching = self.begin(request)?;
        let row = |wanted: &Wanted| {
            let index = wanted.key.index;
            let given = rows.iter().find(|row| row.partition_index == index).cloned();
            (wanted.key.clone(), given.unwrap_or_else(|| data(index, 0)))
        };
        let read = fetching.wanted.iter().map(row).collect();
        Ok(self.sessions.finish(fetching, read, self.now))
    }

    /// A new session with so many partitions; 0 if there is none.
    fn open(&mut self, partitions: i32) -> i32 {
        let partitions: Vec<_> = (0..partitions).map(|index| (index, 0)).collect();
        self.ask(&request(NO_SESSION, NEW, &partitions), &[]).unwrap().session_id
    }
}

#[test]
fn a_session_answers_with_what_is_news() {
    let mut world = World::new(1);
    let whole = world.ask(&request(NO_SESSION, NEW, &[(0, 5), (1, 6), (2, 7)]), &[]).unwrap();
    assert_eq!(told(&whole), [0, 1, 2]);
    let id = whole.session_id;
    assert_ne!(id, NO_SESSION);
    let with_records = PartitionData { records: Some(Bytes::from_static(b"r").into()), ..data(0, 0) };
    let with_error = PartitionData { error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ..data(1, 0) };
    let further = PartitionData { log_start_offset: 3, ..data(2, 0) };
    let diverging_epoch = EpochEndOffset { epoch: 1, end_offset: 2 };
    let diverging = PartitionData { diverging_epoch, ..data(2, 0) };
    let rounds: [(&str, Vec<PartitionData>, &[i32]); 9] = [
        ("nothing is news", vec![], &[]),
        ("records", vec![with_records], &[0]),
        ("a high watermark", vec![data(1, 9)], &[1]),
        ("the same again", vec![data(1, 9)], &[]),
        ("an error", vec![with_error.clone(), data(2, 0)], &[1]),
        ("the same error is told again", vec![with_error], &[1]),
        ("no error any more", vec![data(1, 0)], &[1]),
        ("another start", vec![data(1, 0), further], &[2]),
        ("a history that parts", vec![PartitionData { log_start_offset: 3, ..diverging }], &[2]),
    ];
    for (epoch, (name, rows, expected)) in (FIRST_EPOCH..).zip(rounds) {
        let answer = world.ask(&request(id, epoch, &[]), &rows).unwrap();
        assert_eq!((told(&answer).as_slice(), answer.session_id), (expected, id), "{name}");
    }
}

#[test]
fn positions_are_kept_changed_added_and_forgotten() {
    let mut world = World::new(1);
    let id = world.ask(&request(NO_SESSION, NEW, &[(0, 5), (1, 6), (0, 7)]), &[]).unwrap().session_id;
    let mut at = |request: &FetchRequest| wanted(&world.begin(request).unwrap());
    assert_eq!(at(&request(id, 1, &[])), [(0, 7), (1, 6)], "the last position counts");
    assert_eq!(at(&request(id, 2, &[(1, 8), (2, 1)])), [(0, 7), (1, 8), (2, 1)]);
    assert_eq!(at(&forgetting(id, 3, &[0, 9])), [(1, 8), (2, 1)]);
    assert_eq!(at(&forgetting(id, 4, &[1, 2])), [], "the last one forgotten ends the session");
    assert_eq!(world.begin(&request(id, 5, &[])).unwrap_err(), ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
}

#[test]
fn who_got_records_reads_last_the_next_time() {
    let mut world = World::new(1);
    let id = world.open(3);
    let with_records = PartitionData { records: Some(Bytes::from_static(b"r").into()), ..data(0, 0) };
    world.ask(&request(id, 1, &[]), &[with_records]).unwrap();
    assert_eq!(wanted(&world.begin(&request(id, 2, &[])).unwrap()), [(1, 0), (2, 0), (0, 0)]);
}

#[test]
fn ids_and_epochs_that_do_not_fit_are_refused() {
    let mut world = World::new(2);
    let id = world.open(1);
    let other = if id == 1 { 2 } else { 1 };
    let mut refused = |session, epoch| world.begin(&request(session, epoch, &[])).unwrap_err();
    assert_eq!(refused(other, 1), ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_eq!(refused(NO_SESSION, 1), ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_eq!(refused(id, 2), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    assert_eq!(refused(id, -2), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    assert_eq!(refused(id, i32::MAX), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    let by_id = world.sessions.begin(&request(id, 1, &[]), 13, world.now, &|_| None);
    assert_eq!(by_id.unwrap_err(), ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    assert!(world.begin(&request(id, 1, &[])).is_ok(), "a refused request changes nothing");
    assert_eq!(world.begin(&request(id, NONE, &[(0, 0)])).map(|it| wanted(&it)), Ok(vec![(0, 0)]));
    let closed = world.begin(&request(id, 2, &[])).unwrap_err();
    assert_eq!(closed, ErrorCode::FETCH_SESSION_ID_NOT_FOUND, "-1 has ended it");
}

#[test]
fn of_a_request_that_comes_twice_one_is_answered() {
    let mut world = World::new(1);
    let id = world.open(1);
    let slow = world.begin(&request(id, 1, &[])).unwrap();
    assert_eq!(world.begin(&request(id, 1, &[])).unwrap_err(), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    let next = world.begin(&request(id, 2, &[])).unwrap();
    let answer = world.sessions.finish(slow, Vec::new(), world.now);
    assert_eq!((answer.error_code, answer.session_id), (ErrorCode::INVALID_FETCH_SESSION_EPOCH, id));
    let answer = world.sessions.finish(next, Vec::new(), world.now);
    assert_eq!((answer.error_code, answer.session_id), (ErrorCode::NONE, id));
}

#[test]
fn epochs_go_on_after_the_last_one() {
    assert_eq!([next(1), next(i32::MAX - 1), next(i32::MAX)], [2, i32::MAX, FIRST_EPOCH]);
}

/// What a full cache of one slot does when another session is asked for.
#[test]
fn a_full_cache_gives_the_place_to_the_worthier() {
    let young = Duration::from_secs(60);
    let old = EVICTION_AGE + NOW_AND_THEN * 5;
    // (its age, used until now, its partitions, those of the new one, whether it has to go)
    let cases = [
        (young, true, 1, 9, false),
        (young, false, 1, 9, false),
        (old, true, 2, 3, true),
        (old, true, 2, 2, false),
        (old, true, 2, 1, false),
        (old, false, 9, 1, true),
    ];
    for (age, used, size, size_of_new, goes) in cases {
        let mut world = World::new(1);
        let first = world.open(size);
        world.now += age;
        if used {
            world.begin(&request(first, 1, &[])).unwrap();
        }
        let second = world.open(size_of_new);
        let label = format!("{age:?} old, used {used}, {size} against {size_of_new}");
        assert_eq!(second != NO_SESSION, goes, "{label}");
        let counts = world.sessions.counts();
        assert_eq!((counts.sessions, counts.evictions), (1, u64::from(goes)), "{label}");
        let still_there = world.begin(&request(first, 1 + i32::from(used), &[])).is_ok();
        assert_eq!(still_there, !goes, "{label}");
    }
}

#[test]
fn without_slots_there_are_no_sessions() {
    assert_eq!(World::new(0).open(1), NO_SESSION);
}

#[test]
fn sessions_share_their_memory() {
    let mut world = World::new(10);
    world.sessions = FetchSessions(Mutex::new(Cache::new(10, 10_000)));
    assert_eq!(world.open(1_000), NO_SESSION, "too large alone");
    let first = world.open(20);
    assert_ne!(first, NO_SESSION);
    assert_eq!(world.open(20), NO_SESSION, "no room beside the first");
    let more: Vec<_> = (20..60).map(|index| (index, 0)).collect();
    let outgrown = world.begin(&request(first, 1, &more)).unwrap_err();
    assert_eq!(outgrown, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    assert_ne!(world.open(20), NO_SESSION, "its memory is free again");
    assert_eq!(world.sessions.counts().partitions, 20);
}
