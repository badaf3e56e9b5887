//! Who may ask, and what a browser is told about the answer.
//!
//! The server has no passwords on loopback, so the browser's own rules are the wall: a page of another site must
//! neither read this server nor make it act. `Host` has to be an address or a name that we go by, which ends DNS
//! rebinding (the attacker's page arrives with the attacker's name). A request that carries an `Origin`, or says that
//! it comes from another site, has to come from our own. The answer's policy lets the page run nothing but our files
//! and forbids markup made of strings.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::ApiError;

/// The headers of every answer. No script or style but our own files, no markup from strings (Trusted Types), no
/// frame around the page, no reader from elsewhere.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// The names this server goes by, beside `localhost` and addresses.
#[derive(Debug, Clone)]
pub(crate) struct Names(Arc<[String]>);

impl Names {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether a `Host` header (with or without a port) means us.
    fn include(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        let name = name.to_ascii_lowercase();
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.0.contains(&name)
    }
}

/// Lets a request through, or refuses it, and puts the policy on the answer.
pub(crate) async fn guard(State(names): State<Names>, request: Request, next: Next) -> Response {
    let mut response = match check(&names, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn check(names: &Names, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    if !names.include(host) {
        let host: String = host.chars().take(80).collect();
        return Err(ApiError::Forbidden(format!(
            "this server does not go by the name {host:?}: open it as localhost or by its address"
        )));
    }
    let origin = text(header::ORIGIN);
    let own = origin.and_then(|origin| origin.strip_prefix("http://")) == Some(host);
    let from_afar = text(HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| !matches!(site, "same-origin" | "none"))
        && text(HeaderName::from_static("sec-fetch-mode")) != Some("navigate");
    let reads = method == Method::GET || method == Method::HEAD;
    if (origin.is_some() && !own) || (reads && from_afar) || (!reads && !own) {
        return Err(ApiError::Forbidden(format!(
            "only a page of this server may ask this: the Origin header has to be http://{host}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let names = Names::new(&["Stream.Example".into()]);
        let cases = [
            ("localhost", true),
            ("localhost:8080", true),
            ("LOCALHOST:1", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("192.168.1.7:8080", true),
            ("stream.example:80", true),
            ("evil.example", false),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.nip.example", false),
            ("[evil.example]", false),
            ("", false),
        ];
        for (host, ours) in cases {
            assert_eq!(names.include(host), ours, "{host:?}");
        }
    }

    #[test]
    fn origins() {
        let names = Names::new(&[]);
        let get = |headers: &[(&'static str, &'static str)]| asks(&names, &Method::GET, headers);
        let post = |headers: &[(&'static str, &'static str)]| asks(&names, &Method::POST, headers);
        assert!(get(&[]));
        assert!(get(&[("sec-fetch-site", "same-origin")]));
        assert!(get(&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]));
        assert!(
            get(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]),
            "a link to the page"
        );
        assert!(!get(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        assert!(!get(&[("origin", "http://evil.example")]));
        assert!(!get(&[("origin", "null")]));
        assert!(!post(&[]), "a form of another site, in a browser that sends no Origin");
        assert!(!post(&[("origin", "http://evil.example")]));
        assert!(!post(&[("origin", "http://localhost:9999")]), "another server of this machine");
        assert!(post(&[("origin", "http://localhost:8080")]));
    }

    fn asks(names: &Names, method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check(names, method, &map).is_ok()
    }
}
