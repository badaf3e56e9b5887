//! `millstream version`: what this binary is.

use clap::Args;

/// Print version, build and the protocols that this binary speaks.
#[derive(Debug, Args)]
pub struct Version {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Version {
    /// Prints to stdout.
    #[expect(clippy::print_stdout, reason = "this is the command's result")]
    pub fn run(self) {
        let version = env!("CARGO_PKG_VERSION");
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        if self.json {
            let object = serde_json::json!({ "version": version, "profile": profile, "target": target,
                "kafka": "0.10 to 4.3", "spark_connect": "3.5 to 4.3" });
            println!("{object}");
        } else {
            println!("millstream {version} ({target}, {profile} build)");
            println!("Kafka clients 0.10 to 4.3, Spark Connect clients 3.5 to 4.3");
        }
    }
}
