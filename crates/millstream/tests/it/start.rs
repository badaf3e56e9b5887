//! `start`: addresses, doors that are off, what stands in its way, and what it keeps.

use crate::binary::{Server, command, run};
use std::net::TcpListener;
use std::net::TcpStream;

#[test]
fn the_addresses_are_true_and_a_signal_stops_it_cleanly() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--cluster-id", "any name is good"]);
    for door in ["kafka", "spark", "console"] {
        let address = server.line[door].as_str().unwrap();
        TcpStream::connect(address).unwrap_or_else(|error| panic!("{door} {address}: {error}"));
        let v6 = address.replace("127.0.0.1", "[::1]");
        assert!(TcpListener::bind("[::1]:0").is_err() || TcpStream::connect(&v6).is_ok(), "{door} {v6}");
    }
    assert_eq!(server.line["cluster_id"], "any name is good");
    assert_eq!(server.line["data_dir"], data.path().to_str().unwrap());
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_door_can_be_off() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--spark", "off", "--console", "off"]);
    assert!(server.line["kafka"].is_string());
    assert!(server.line["spark"].is_null() && server.line["console"].is_null());
}

#[test]
fn the_cluster_id_stays_with_the_directory() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let id = server.line["cluster_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 22, "a random id has Kafka's form: {id}");
    server.kill();
    let again = Server::start(data.path(), &[]);
    assert_eq!(again.line["cluster_id"], id.as_str());
}

#[test]
fn what_stands_in_the_way_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().to_str().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "not a directory").unwrap();
    let damaged = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(damaged.path().join("kafka")).unwrap();
    std::fs::write(damaged.path().join("kafka/meta.properties"), "this is not one").unwrap();
    let free = ["--kafka", "127.0.0.1:0", "--spark", "127.0.0.1:0", "--console", "127.0.0.1:0"];
    let table: [(&str, String, &str, &[&str]); 5] = [
        ("--kafka", format!("127.0.0.1:{port}"), directory, &["another", "port"]),
        ("--spark", format!("127.0.0.1:{port}"), directory, &["--spark", "another", "off"]),
        ("--console", format!("127.0.0.1:{port}"), directory, &["--console", "another", "off"]),
        ("--kafka", "127.0.0.1:0".into(), file.to_str().unwrap(), &["file", "--data-dir"]),
        ("--kafka", "127.0.0.1:0".into(), damaged.path().to_str().unwrap(), &["meta.properties", "damaged"]),
    ];
    for (flag, address, directory, words) in &table {
        let mut arguments = vec!["start", "--data-dir", directory];
        for pair in free.chunks(2).filter(|pair| pair[0] != *flag) {
            arguments.extend(pair);
        }
        arguments.extend([*flag, address.as_str()]);
        let (code, stdout, stderr) = run(&arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        for word in *words {
            assert!(stderr.contains(word), "{arguments:?} does not say {word}: {stderr}");
        }
    }
    assert!(!data.path().join("kafka").exists(), "a start that fails makes nothing");
}

#[test]
fn two_servers_cannot_share_a_directory() {
    let data = tempfile::tempdir().unwrap();
    let _first = Server::start(data.path(), &[]);
    let directory = data.path().to_str().unwrap();
    let doors = ["--kafka", "127.0.0.1:0", "--spark", "off", "--console", "off"];
    let output = command(&["start", "--data-dir", directory]).args(doors).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("in use"), "{stderr}");
}
