//! Ctrl-C and SIGTERM: how a person and a supervisor say "stop".

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, so that a hanging stop can be cut.
pub async fn stop_requested() {
    wait_once().await;
    tokio::spawn(async {
        wait_once().await;
        std::process::exit(130);
    });
}

async fn wait_once() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the system's own default ends the process, which is what was asked for.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
