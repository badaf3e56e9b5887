//! The broker alone: `serve DIR [PORT] [KEY=VALUE ...]`, until Ctrl-C. For trying clients against it.

use millstream_broker::{Broker, BrokerConfig, ListenAddress};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut config = BrokerConfig::new(args.next().ok_or("usage: serve DIR [PORT] [KEY=VALUE ...]")?);
    config.listen = Some(ListenAddress::new("localhost", args.next().map_or(Ok(9092), |port| port.parse())?));
    for setting in args {
        let (name, value) = setting.split_once('=').ok_or("a setting is KEY=VALUE")?;
        config.set(name, value)?;
    }
    let broker = Broker::start(config).await?;
    for address in broker.addresses() {
        eprintln!("{address}");
    }
    tokio::signal::ctrl_c().await?;
    broker.shutdown().await;
    Ok(())
}
