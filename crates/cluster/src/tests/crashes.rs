//! Power cuts at every step: what was acknowledged is there, and the directory always opens again.

use millstream_log::disk::{Crash, SimDisk};

use super::{DIR, endpoint, open, topic, try_open};
use crate::controller::TopicRef;
use crate::{Metadata, MetadataError};

/// What the user was told.
#[derive(Debug, Default)]
struct Told {
    created: Vec<String>,
    deleted: Vec<String>,
    producer_ids: Vec<i64>,
}

fn work(metadata: &mut Metadata, round: u32, told: &mut Told) -> Result<(), MetadataError> {
    metadata.register_broker(&[endpoint()], false)?;
    for number in 0..3 {
        let name = format!("t{round}-{number}");
        metadata.create_topics(&[topic(&name)], false)?.remove(0).unwrap();
        told.created.push(name);
    }
    if let Some(name) = told.created.pop() {
        // Half-told: it may be there or not until the deletion is acknowledged.
        metadata.delete_topics(&[TopicRef::Name(name.clone())])?.remove(0).unwrap();
        told.deleted.push(name);
    }
    told.producer_ids.push(metadata.allocate_producer_ids()?.unwrap().first);
    Ok(())
}

fn check(metadata: &Metadata, told: &Told) {
    let image = metadata.image();
    told.created.iter().for_each(|name| assert!(image.topic(name).is_some(), "{name} is lost"));
    told.deleted.iter().for_each(|name| assert!(image.topic(name).is_none(), "{name} is back"));
    told.producer_ids.iter().for_each(|first| assert!(image.next_producer_id() > *first));
}

#[test]
fn every_step_may_be_the_last() {
    let operations = {
        let disk = SimDisk::new();
        let mut told = Told::default();
        work(&mut open(&disk), 0, &mut told).unwrap();
        disk.operations()
    };
    for step in 0..operations {
        for crash in [Crash::Process, Crash::LoseAll, Crash::Tear(step), Crash::Tear(step + 1_000)] {
            let disk = SimDisk::new();
            let mut told = Told::default();
            disk.power_fails_at(step);
            let failed = try_open(&disk).and_then(|mut metadata| work(&mut metadata, 0, &mut told));
            assert!(failed.is_err());
            disk.crash(crash);
            let mut metadata =
                try_open(&disk).unwrap_or_else(|error| panic!("step {step} {crash:?}: {error}"));
            check(&metadata, &told);
            work(&mut metadata, 1, &mut told).unwrap();
            drop(metadata);
            disk.crash(Crash::LoseAll);
            check(&open(&disk), &told);
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_is_written_and_the_image_stays() {
    let disk = SimDisk::new();
    let mut metadata = open(&disk);
    metadata.create_topics(&[topic("before")], false).unwrap();
    let image = metadata.image();
    disk.fail_sync(0);
    assert!(matches!(metadata.create_topics(&[topic("after")], false), Err(MetadataError::Sync(_))));
    assert!(matches!(metadata.create_topics(&[topic("later")], false), Err(MetadataError::Failed)));
    assert_eq!(metadata.image(), image);
}

#[test]
fn a_full_disk_refuses_and_recovers() {
    let disk = SimDisk::new();
    let mut metadata = open(&disk);
    disk.set_capacity(Some(100));
    assert!(matches!(metadata.create_topics(&[topic("a")], false), Err(MetadataError::Append(_))));
    disk.set_capacity(None);
    metadata.create_topics(&[topic("a")], false).unwrap().remove(0).unwrap();
    drop(metadata);
    assert!(open(&disk).image().topic("a").is_some(), "{DIR}");
}
