//! Bootstrap addresses.

use crate::error::ClientError;

/// Kafka's port.
const DEFAULT_PORT: u16 = 9092;

/// The addresses in a list like `kafka:9092, 127.0.0.1, [::1]:9093`; the port may be left out.
pub(crate) fn parse_list(text: &str) -> Result<Vec<String>, ClientError> {
    let addresses: Vec<_> = text.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    if addresses.is_empty() {
        return Err(ClientError::Address { text: text.into(), reason: "it is empty" });
    }
    addresses.into_iter().map(parse).collect()
}

fn parse(text: &str) -> Result<String, ClientError> {
    let wrong = |reason| ClientError::Address { text: text.into(), reason };
    if text.contains('/') || text.contains(char::is_whitespace) {
        return Err(wrong("there is more in it than a host name and a port"));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ if text.contains(':') && !text.starts_with('[') => {
            return Err(wrong("an IPv6 address stands in brackets"));
        }
        _ => (text, None),
    };
    if host.is_empty() {
        return Err(wrong("it has no host name"));
    }
    match port.map(str::parse::<u16>) {
        None => Ok(format!("{host}:{DEFAULT_PORT}")),
        Some(Ok(port)) if port > 0 => Ok(format!("{host}:{port}")),
        Some(_) => Err(wrong("the port is no number from 1 to 65535")),
    }
}

/// The address of a broker as metadata gives it.
pub(crate) fn of_broker(host: &str, port: i32) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused_by_name() {
        let cases = [
            ("localhost", Ok("localhost:9092")),
            ("kafka:9093", Ok("kafka:9093")),
            ("[::1]:9092", Ok("[::1]:9092")),
            ("[::1]", Ok("[::1]:9092")),
            (" a , b:1 ", Ok("a:9092 b:1")),
            ("", Err("it is empty")),
            (",", Err("it is empty")),
            ("::1", Err("an IPv6 address stands in brackets")),
            (":9092", Err("it has no host name")),
            ("http://kafka:9092", Err("there is more in it than a host name and a port")),
            ("kafka:", Err("the port is no number from 1 to 65535")),
            ("kafka:0", Err("the port is no number from 1 to 65535")),
            ("kafka:70000", Err("the port is no number from 1 to 65535")),
        ];
        for (text, expected) in cases {
            let found = match parse_list(text) {
                Ok(addresses) => Ok(addresses.join(" ")),
                Err(ClientError::Address { reason, .. }) => Err(reason),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, expected.map(str::to_owned), "{text}");
        }
    }
}
