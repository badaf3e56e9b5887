//! The page's files, embedded in the binary (in a debug build read from `web/`, so that an edit shows on reload).
//!
//! Only files of the page's own types are served; what else lies in `web/` is for its readers. Each has an entity tag of its content, so that a browser asks again but fetches only what changed; each is
//! compressed once, when first asked for.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::Mutex,
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiError;

/// The style sheets in their order, served as one: the page is not painted before the last of them is there, and a
/// browser opens six connections only.
const STYLES: [&str; 7] = [
    "style/base.css",
    "style/strip.css",
    "style/flow.css",
    "style/detail.css",
    "style/list.css",
    "style/narrow.css",
    "vendor/uPlot.min.css",
];
/// The name of that one.
const STYLE: &str = "style.css";

/// Where the first view goes in `index.html`.
const FIRST_VIEW: &str = "<!-- first view -->";

#[derive(RustEmbed)]
#[folder = "../../web"]
struct Files;

/// The files' compressed forms, by the hash of their content.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    packed: Mutex<HashMap<[u8; 32], Bytes>>,
}

impl Assets {
    /// The file at a path relative to the root of the server.
    pub(crate) fn get(&self, path: &str, asked: &HeaderMap) -> Response {
        let found = if path == STYLE { Some(styles()) } else { Files::get(path).map(File::from) };
        match (found, content_type(path)) {
            (Some(file), Some(kind)) => self.answer(file, kind, asked),
            _ => ApiError::NoSuchPath.into_response(),
        }
    }

    /// The page itself, with the view that it shows before its first event. Not cached: the view is in it.
    pub(crate) fn page(&self, view: &[u8]) -> Response {
        let Some(file) = Files::get("index.html") else { return ApiError::NoSuchPath.into_response() };
        // The view stands in a data block. `<` is all that could end it.
        let view = String::from_utf8_lossy(view).replace('<', "\\u003c");
        let page = String::from_utf8_lossy(&file.data).replacen(FIRST_VIEW, &view, 1);
        let headers =
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        (headers, page).into_response()
    }

    fn answer(&self, file: File, kind: &'static str, asked: &HeaderMap) -> Response {
        let tag: String = file.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let tag = format!("\"{tag}\"");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        let says =
            |name, part: &str| asked.get_all(name).iter().any(|v| v.to_str().is_ok_and(|v| v.contains(part)));
        if says(header::IF_NONE_MATCH, &tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if says(header::ACCEPT_ENCODING, "gzip")
            && let Ok(packed) = self.pack(file.hash, &file.data)
        {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return (headers, Body::from(packed)).into_response();
        }
        (headers, Body::from(file.data)).into_response()
    }

    fn pack(&self, hash: [u8; 32], data: &[u8]) -> io::Result<Bytes> {
        let mut packed = self.packed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bytes) = packed.get(&hash) {
            return Ok(bytes.clone());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data)?;
        let bytes = Bytes::from(encoder.finish()?);
        packed.insert(hash, bytes.clone());
        Ok(bytes)
    }
}

/// A file as it is served.
struct File {
    data: Vec<u8>,
    /// Another one for other content.
    hash: [u8; 32],
}

impl From<EmbeddedFile> for File {
    fn from(file: EmbeddedFile) -> Self {
        Self { hash: file.metadata.sha256_hash(), data: file.data.into_owned() }
    }
}

/// All style sheets as one. Its hash is made of theirs, each turned by its place.
fn styles() -> File {
    let mut all = File { data: Vec::new(), hash: [0; 32] };
    for (place, mut file) in STYLES.into_iter().filter_map(Files::get).map(File::from).enumerate() {
        file.hash.rotate_left(place % 32);
        all.hash.iter_mut().zip(file.hash).for_each(|(byte, other)| *byte ^= other);
        all.data.append(&mut file.data);
        all.data.push(b'\n');
    }
    all
}

fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small() {
        let mut size = 0;
        for path in Files::iter() {
            let file = Files::get(&path).unwrap();
            if content_type(&path).is_none() {
                continue;
            }
            size += Assets::default().pack(file.metadata.sha256_hash(), &file.data).unwrap().len();
        }
        assert!(size < 120 * 1024, "the page is {size} bytes compressed; 120 KiB is the budget");
    }

    #[test]
    fn every_style_sheet_is_in_the_one_that_is_served() {
        let mut sheets: Vec<_> = Files::iter().filter(|path| path.ends_with(".css")).collect();
        sheets.sort();
        let mut listed = STYLES;
        listed.sort_unstable();
        assert_eq!(sheets, listed);
        let all = String::from_utf8(styles().data).unwrap();
        let narrow = all.find("a list and a sheet").unwrap();
        assert!(
            all.find("8 px grid").unwrap() < narrow,
            "what is for narrow windows stands behind what it changes"
        );
        assert_ne!(styles().hash, [0; 32]);
    }

    #[test]
    fn modules_are_fetched_together() {
        let page = Files::get("index.html").unwrap();
        let page = String::from_utf8_lossy(&page.data).into_owned();
        let modules = Files::iter().filter(|path| path.ends_with(".js") && !path.starts_with("vendor/"));
        for path in modules.filter(|path| path != "types.js" && path != "app.js") {
            let link = format!("<link rel=\"modulepreload\" href=\"/{path}\">");
            assert!(page.contains(&link), "index.html lacks {link}: one module after the other is slow");
        }
    }

    #[tokio::test]
    async fn the_first_view_cannot_end_its_block() {
        let page = Assets::default().page(br#"{"name":"</script><script>alert(1)</script>"}"#);
        let body = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(r#"{"name":"\u003c/script>\u003cscript>alert(1)\u003c/script>"}"#));
    }
}
