//! When a command is asked to end.

use tokio::signal::unix::{SignalKind, signal};

/// Resolves when somebody presses Ctrl-C or asks the process to end.
pub async fn stop_requested() {
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
