//! The browser's door: HTTP, server-sent events, the embedded page.
