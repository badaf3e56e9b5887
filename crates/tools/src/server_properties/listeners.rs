//! `listeners`: which of them is the broker's, and where it listens here.
//!
//! A listener without a host (`PLAINTEXT://:9092`, as in Kafka's sample) listens on this machine only: nothing opens a
//! door to other machines that the user has not named. The controller's listener opens no port: the quorum is this
//! process alone.

use super::{File, PropertiesError};

/// Kafka's port.
const DEFAULT_PORT: u16 = 9092;

/// The broker's listener.
pub(super) struct Listener {
    /// Where it listens.
    pub(super) address: (String, u16),
    /// The broker's setting `advertised.listeners`, if the file has one for it.
    pub(super) advertised: Option<(String, String)>,
}

/// Picks the first listener that is not the controller's.
pub(super) fn broker_listener(file: &File, remarks: &mut Vec<String>) -> Result<Listener, PropertiesError> {
    let controllers = file.list("controller.listener.names");
    let key = "listeners";
    let mut chosen: Option<(&str, (String, u16))> = None;
    for text in file.list(key) {
        let (name, place) = text.split_once("://").ok_or_else(|| {
            file.wrong(
                key,
                format!(
                    "'{text}' is no listener: write NAME://HOST:PORT, such as PLAINTEXT://localhost:9092"
                ),
            )
        })?;
        let address =
            address(place).ok_or_else(|| file.wrong(key, format!("'{text}' has no port from 0 to 65535")))?;
        if controllers.contains(&name) {
            continue;
        }
        check_protocol(file, name)?;
        match &chosen {
            None => chosen = Some((name, address)),
            Some((first, _)) => {
                remarks.push(format!("one listener is served, {first}: {text} has no effect here"))
            }
        }
    }
    if chosen.is_none() && !file.list(key).is_empty() && !file.list("process.roles").is_empty() {
        return Err(file.wrong(key, "there is none for the broker beside the controller's"));
    }
    let (name, (host, port)) = chosen.unwrap_or_else(|| ("PLAINTEXT", (String::new(), old_port(file))));
    let address = if host.is_empty() {
        remarks.push(format!(
            "listener {name} names no host and listens on this machine only; {name}://0.0.0.0:{port} opens it to others"
        ));
        ("localhost".to_owned(), port)
    } else {
        (host, port)
    };
    Ok(Listener { address, advertised: advertised(file, name)? })
}

/// `port`, as files before 4.0 had it.
fn old_port(file: &File) -> u16 {
    file.get("port").and_then(|port| port.parse().ok()).unwrap_or(DEFAULT_PORT)
}

/// Only plain text is spoken; anything else must not become plain text by itself.
fn check_protocol(file: &File, name: &str) -> Result<(), PropertiesError> {
    let map = file.list("listener.security.protocol.map");
    let mapped = map.iter().filter_map(|pair| pair.split_once(':')).find(|(of, _)| of.trim() == name);
    match mapped.map_or(name, |(_, protocol)| protocol.trim()) {
        "PLAINTEXT" => Ok(()),
        "SSL" | "SASL_PLAINTEXT" | "SASL_SSL" => Err(PropertiesError::Unsafe {
            key: "listeners".to_owned(),
            value: file.get("listeners").unwrap_or_default().to_owned(),
            what: "encryption or authentication",
        }),
        _ => Err(file.wrong(
            "listeners",
            format!(
                "listener {name} has no protocol: add {name}:PLAINTEXT to listener.security.protocol.map"
            ),
        )),
    }
}

fn advertised(file: &File, name: &str) -> Result<Option<(String, String)>, PropertiesError> {
    let key = "advertised.listeners";
    for text in file.list(key) {
        let Some((of, place)) = text.split_once("://") else {
            return Err(file.wrong(key, format!("'{text}' is no listener: write NAME://HOST:PORT")));
        };
        if of == name {
            return match address(place) {
                Some((host, port)) if !host.is_empty() && port > 0 => {
                    Ok(Some((key.to_owned(), format!("PLAINTEXT://{place}"))))
                }
                _ => Err(file.wrong(key, format!("'{text}' must name a host and a port for clients to use"))),
            };
        }
    }
    Ok(None)
}

/// `HOST:PORT`; the host may be empty, and an IPv6 address stands in brackets.
pub(super) fn address(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']')?,
        None if host.contains([':', '/', ' ']) => return None,
        None => host,
    };
    Some((host.to_owned(), port.parse().ok()?))
}
