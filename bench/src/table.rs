//! From the start of `demo` to the first table in the terminal.

use crate::open_loop::quantile;
use crate::server::Server;
use std::io::BufRead;
use std::path::Path;

const RUNS: usize = 5;

/// Prints the median of five starts.
pub fn measure(binary: &Path) -> Result<(), String> {
    let mut milliseconds = Vec::new();
    for _ in 0..RUNS {
        let mut server = Server::start(binary, "demo")?;
        let mut output = server.output.take().ok_or("its output is read already")?;
        let mut line = String::new();
        // The first view with a row in it names an HTTP status.
        while !line.contains("\"status\":") {
            line.clear();
            let read = output.read_line(&mut line).map_err(|error| error.to_string())?;
            if read == 0 {
                return Err("the demo ended before its first table".into());
            }
        }
        milliseconds.push(server.spawned.elapsed().as_secs_f64() * 1000.0);
    }
    println!(
        "| start of `demo` to the first table in the terminal, median of {RUNS} | {:.0} ms |",
        quantile(&mut milliseconds, 0.5)
    );
    Ok(())
}
