//! Resident memory and CPU: idle, and with the demo running.

use crate::server::Server;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

const SETTLE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(20);

/// Prints memory and CPU share of `start` and of `demo`.
pub fn measure(binary: &Path) -> Result<(), String> {
    for (command, name) in [("start", "idle"), ("demo", "under the demo")] {
        let mut server = Server::start(binary, command)?;
        // Somebody has to read what the demo prints, or it blocks.
        let mut output = server.output.take().ok_or("its output is read already")?;
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        sleep(SETTLE);
        let before = server.cpu();
        sleep(WATCH);
        let share = server.cpu().since(before).seconds() / WATCH.as_secs_f64() * 100.0;
        println!("| memory {name} | {:.0} MiB |", server.memory_mib());
        println!("| CPU {name}, share of one core over {} s | {share:.1} % |", WATCH.as_secs());
    }
    Ok(())
}
