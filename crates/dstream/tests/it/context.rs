//! A context's own events, and workers that cannot be started.

use std::net::Ipv4Addr;

use millstream_dstream::proto::Failure;
use millstream_dstream::proto::context_event::Event;
use tokio::net::TcpListener;

use crate::driver::{Driver, open_request, source, step};

#[tokio::test]
async fn what_workers_print_comes_to_the_driver() {
    let mut driver = Driver::start().await;
    driver.job(vec![source(1, &[&["a"]]), step(2, 1, "print")]).await;
    match driver.events.message().await.unwrap().unwrap().event.unwrap() {
        Event::Text(text) => assert_eq!((&text.text[..], text.to_stderr), (&b"printed\n"[..], false)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_interpreter_that_ends_is_told_with_its_last_words() {
    let life = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut request = open_request(&life, directory.path());
    request.environment.insert("FAKE_LAST_WORDS".to_owned(), "No module named pyspark".to_owned());
    let mut driver = Driver::open(directory, life, request).await;
    let failed = driver.job(vec![source(1, &[&["a"]]), step(2, 1, "upper")]).await.failed.unwrap();
    assert_eq!(failed.failure(), Failure::Start);
    assert!(failed.text.ends_with("(exit status: 1): No module named pyspark"), "{}", failed.text);
}

#[tokio::test]
async fn an_interpreter_that_is_not_there_is_told() {
    let life = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut request = open_request(&life, directory.path());
    request.interpreter = "/nowhere/python".to_owned();
    let mut driver = Driver::open(directory, life, request).await;
    let failed = driver.job(vec![source(1, &[&["a"]]), step(2, 1, "upper")]).await.failed.unwrap();
    assert_eq!(failed.failure(), Failure::Start);
    assert!(failed.text.starts_with("/nowhere/python could not be started"), "{}", failed.text);
}
