//! ApiVersions: 0-4.
//!
//! Behaviour:
//! - Lists the registry, so a client sees what is served and nothing else.
//! - A version that is not served is answered in version 0 with UNSUPPORTED_VERSION and our range (KIP-511).
//! - Remembers what the client library calls itself (version 3 and later).
//!
//! Version notes:
//! - 1: throttle time. 3: flexible, client software, features (those that work here: `features`). Clients of
//!   `transaction.version` 2 use the second protocol of transactions (KIP-890).
//! - 4: a feature range may begin at 0 (KIP-1022).

use futures::FutureExt;
use millstream_wire::frame::encode_response;
use millstream_wire::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use millstream_wire::{ErrorCode, Versions};

use super::registry::APIS;
use super::{Api, Call, Pending, Refusal, Reply};
use crate::answer::Answer;
use crate::features;

pub(crate) struct ApiVersions;

impl Api for ApiVersions {
    type Request = ApiVersionsRequest;
    const VERSIONS: Versions = Versions::new(0, 4);

    async fn handle(call: Call, request: ApiVersionsRequest) -> Result<Reply<ApiVersionsResponse>, Refusal> {
        if call.version >= 3 {
            if !is_name(&request.client_software_name) || !is_name(&request.client_software_version) {
                let response =
                    ApiVersionsResponse { error_code: ErrorCode::INVALID_REQUEST, ..Default::default() };
                return Ok(response.into());
            }
            call.connection.set_software(&request.client_software_name, &request.client_software_version);
        }
        let api_keys = APIS.iter().map(|entry| row(entry.key.code(), entry.versions)).collect();
        let mut response = ApiVersionsResponse { api_keys, ..Default::default() };
        if call.version >= 3 {
            features::tell(&mut response, &call.shared.catalog.image(), call.version);
        }
        Ok(response.into())
    }
}

/// The answer to a version that is not served: readable by every client, and telling it what to ask instead.
pub(super) fn unsupported(correlation_id: i32) -> Result<Pending, Refusal> {
    let api_keys = vec![row(millstream_wire::ApiKey::ApiVersions.code(), ApiVersions::VERSIONS)];
    let response =
        ApiVersionsResponse { error_code: ErrorCode::UNSUPPORTED_VERSION, api_keys, ..Default::default() };
    let chunks = encode_response::<ApiVersionsRequest>(&response, 0, correlation_id)?.into_chunks();
    Ok(async move { Ok(Some(Answer::new(chunks, &[], None))) }.boxed())
}

fn row(api_key: i16, versions: Versions) -> ApiVersion {
    ApiVersion { api_key, min_version: versions.min, max_version: versions.max }
}

/// The form that KIP-511 asks of a software name or version: letters, digits, `-` and `.`, not at the ends.
fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.bytes().all(inner) && outer(text.bytes().next()) && outer(text.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_names() {
        for (name, expected) in [
            ("apache-kafka-java", true),
            ("4.3.0", true),
            ("a", true),
            ("", false),
            ("-x", false),
            ("x.", false),
            ("a b", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }
}
