//! End to end, open loop: 1,000 records a second, linger 0, acks=all, from `produce` to the consumer's hand.

use std::path::Path;

use crate::open_loop::{OpenLoop, quantile};
use crate::process::Cpu;
use crate::server::Server;

const RATE: u32 = 1_000;
const SECONDS: u32 = 12;

/// Prints p50, p99, p99.9 and the broker's CPU time.
pub fn measure(binary: &Path) -> Result<(), String> {
    let server = Server::start(binary, "start")?;
    let before: Cpu = server.cpu();
    let load =
        OpenLoop { kafka: &server.kafka, topic: "latency", rate: RATE, seconds: SECONDS, linger_ms: "0" };
    let mut latencies = load.run()?;
    let cpu = server.cpu().since(before).seconds();
    let mut at = |share| quantile(&mut latencies, share);
    println!(
        "| end to end at {RATE} records/s, linger 0, acks=all on disk: p50 / p99 / p99.9 | {:.2} / {:.2} / {:.2} ms |",
        at(0.5),
        at(0.99),
        at(0.999)
    );
    println!("| the server's CPU time for those {SECONDS} s | {cpu:.2} s |");
    Ok(())
}
