//! Wrong flags and values: a message that names the flag, the value and what would be right, exit code 2.

use crate::binary::run;

#[test]
fn wrong_flags_are_named_with_the_way_out() {
    let table: [(&[&str], &[&str]); 8] = [
        (&["start", "--kafka", "9092"], &["--kafka", "9092", "HOST:PORT"]),
        (&["start", "--console", "localhost:99999"], &["--console", "99999", "65535"]),
        (&["start", "--override", "num.partitions"], &["--override", "num.partitions", "KEY=VALUE"]),
        (&["start", "--override", "num.partitions=0"], &["num.partitions", "'0'", "from 1"]),
        (&["start", "--override", "no.such.setting=1"], &["no.such.setting", "num.partitions"]),
        (&["start", "--no-such-flag"], &["--no-such-flag"]),
        (&["demo", "--rate", "fast"], &["--rate", "fast", "number"]),
        (&["demo", "weather"], &["weather", "clickstream", "traffic"]),
    ];
    for (arguments, words) in table {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        for word in words {
            assert!(stderr.contains(word), "{arguments:?} does not say {word}: {stderr}");
        }
    }
}

#[test]
fn help_names_every_command() {
    let (code, stdout, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    for command in ["start", "demo", "topic", "produce", "consume", "submit", "jupyter", "version"] {
        assert!(stdout.contains(command), "{command}");
        let (code, help, _) = run(&[command, "--help"]);
        assert_eq!(code, Some(0), "{command}");
        assert!(help.contains("Usage"), "{command}");
    }
}

#[test]
fn version_is_one_object_as_json() {
    let (code, stdout, _) = run(&["version", "--json"]);
    assert_eq!(code, Some(0));
    let version: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}
