//! Ctrl-C and SIGTERM: how a person and a supervisor say "stop".

/// Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, so that a hanging stop can be cut.
pub async fn stop_requested() {
    millstream_tools::stop_requested().await;
    tokio::spawn(async {
        millstream_tools::stop_requested().await;
        std::process::exit(130);
    });
}
