//! The service alone, for trying drivers without the rest of the server: `cargo run -p millstream-dstream --example serve -- 15002`.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use millstream_dstream::Rdds;
use tonic::transport::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "15002".to_owned()).parse()?;
    let rdds = Rdds::new(std::env::temp_dir());
    Server::builder()
        .add_service(rdds.service())
        .serve(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await?;
    Ok(())
}
