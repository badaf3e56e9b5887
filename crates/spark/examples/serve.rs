//! The Spark door alone, on topics in memory: `cargo run -p millstream-spark --example serve -- 15002`.

use std::error::Error;
use std::sync::Arc;

use millstream_engine::topics::MemoryTopics;
use millstream_engine::{Connectors, ConsoleOut, Engine, EngineConfig};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(15002), |port| port.parse())?;
    let config = EngineConfig {
        directory: std::env::temp_dir().join("millstream-serve"),
        topics: Arc::new(MemoryTopics::default()),
        console: ConsoleOut::stdout(),
        connectors: Connectors::default(),
    };
    let engine = Engine::new(config)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!("sc://{}", listener.local_addr()?);
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    millstream_spark::serve(vec![listener], engine, millstream_spark::Attached::default(), interrupted)
        .await?;
    Ok(())
}
