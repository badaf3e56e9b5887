//! `kafka-features`: which features a cluster runs with, and what they need.

pub(crate) mod levels;
mod update;

use std::ffi::OsString;

use clap::{Parser, Subcommand};
use millstream_client::Offer;

use crate::administrator::Administrator;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;
use levels::{METADATA_VERSION, Unknown, mapping, needs, release};

/// Show the features of a cluster
#[derive(Debug, Parser)]
#[command(
    name = "kafka-features",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-features --bootstrap-server localhost:9092 describe
  kafka-features version-mapping --release-version 4.2-IV0"
)]
struct Features {
    #[command(flatten)]
    administrator: Administrator,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the features, their levels and which level the cluster runs with
    Describe {
        /// The broker to be asked
        #[arg(long, value_name = "ID")]
        node_id: Option<i32>,
    },
    /// Raise levels
    Upgrade(update::Upgrade),
    /// Lower levels
    Downgrade(update::Downgrade),
    /// End features, which is level 0
    Disable(update::Disable),
    /// Show which levels a release sets
    VersionMapping {
        /// The release, for instance 4.2-IV0 [default: the newest]
        #[arg(long, value_name = "RELEASE")]
        release_version: Option<String>,
    },
    /// Show what levels of features need
    FeatureDependencies {
        /// The feature and its level; may be given more than once
        #[arg(long, value_name = "FEATURE=LEVEL", required = true)]
        feature: Vec<String>,
    },
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Features = parse(arguments)?;
    let mut output = Output::new();
    let outcome = command.execute(&mut output).await;
    output.flush()?;
    outcome
}

impl Features {
    async fn execute(&self, output: &mut Output) -> Result<(), Failure> {
        let update = match &self.command {
            Command::VersionMapping { release_version } => {
                return mapping(release_version.as_deref().unwrap_or(levels::LATEST), output);
            }
            Command::FeatureDependencies { feature } => {
                for text in feature {
                    dependencies(text)?.iter().try_for_each(|line| output.line(line))?;
                }
                return Ok(());
            }
            Command::Describe { node_id } => {
                let offer = self.administrator.connect().await?.offer(*node_id).await?;
                return Ok(described(&offer).iter().try_for_each(|line| output.line(line))?);
            }
            Command::Upgrade(upgrade) => upgrade.update(output)?,
            Command::Downgrade(downgrade) => downgrade.update(output)?,
            Command::Disable(disable) => disable.update()?,
        };
        update.run(&mut self.administrator.connect().await?, output).await
    }
}

fn described(offer: &Offer) -> Vec<String> {
    let named = |feature: &str, level: i16| match feature {
        METADATA_VERSION => release(level).map_or_else(|| format!("UNKNOWN {level}"), str::to_owned),
        _ => level.to_string(),
    };
    let epoch = offer.features_epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
    let line = |(feature, levels): (&String, &millstream_wire::Versions)| {
        let finalized = offer.finalized_features.get(feature).copied().unwrap_or(0);
        let (min, max) = (named(feature, levels.min), named(feature, levels.max));
        let finalized = named(feature, finalized);
        format!(
            "Feature: {feature:<40}  SupportedMinVersion: {min:<15}  SupportedMaxVersion: {max:<15}  \
             FinalizedVersionLevel: {finalized:<15}  Epoch: {epoch}"
        )
    };
    offer.supported_features.iter().map(line).collect()
}

fn dependencies(text: &str) -> Result<Vec<String>, Failure> {
    let (feature, level) = name_and_level(text)?;
    needs(feature, level).map_err(|unknown| {
        Failure::new(match unknown {
            Unknown::Release => format!("Unknown {feature} {level}"),
            Unknown::Feature => format!("Unknown feature: {feature}"),
            Unknown::Level => format!("No feature:{feature} with feature level {level}"),
        })
    })
}

/// `feature=level`.
pub(crate) fn name_and_level(text: &str) -> Result<(&str, i16), Failure> {
    let wrong = |why: String| Failure::new(format!("Can't parse feature=level string {text}: {why}"));
    let (name, level) = text.split_once('=').ok_or_else(|| wrong("equals sign not found.".into()))?;
    let level = level.trim();
    let number = level.parse().map_err(|_| wrong(format!("unable to parse {level} as a short.")))?;
    Ok((name.trim(), number))
}

#[cfg(test)]
mod tests {
    use millstream_wire::Versions;

    use super::*;

    #[test]
    fn features_are_told_with_their_levels() {
        let offer = Offer {
            supported_features: [
                ("metadata.version".to_owned(), Versions::new(7, 30)),
                ("group.version".to_owned(), Versions::new(0, 1)),
            ]
            .into(),
            finalized_features: [("metadata.version".to_owned(), 30)].into(),
            features_epoch: Some(42),
            ..Offer::default()
        };
        expect_test::expect![[r#"
            Feature: group.version                             SupportedMinVersion: 0                SupportedMaxVersion: 1                FinalizedVersionLevel: 0                Epoch: 42
            Feature: metadata.version                          SupportedMinVersion: 3.3-IV3          SupportedMaxVersion: 4.3-IV0          FinalizedVersionLevel: 4.3-IV0          Epoch: 42"#]]
        .assert_eq(&described(&offer).join("\n"));
    }

    #[test]
    fn dependencies_are_those_of_levels() {
        let table = [
            ("metadata.version=30", "metadata.version=30 (4.3-IV0) has no dependencies."),
            ("group.version=1", "group.version=1 has no dependencies."),
            (
                "eligible.leader.replicas.version=1",
                "eligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(dependencies(text).unwrap().join("\n"), expected);
        }
        for wrong in ["group.version", "group.version=x", "group.version=9", "g=1", "metadata.version=1"] {
            assert!(dependencies(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            (levels::level_of("4.0"), levels::level_of("3.3-IV3"), levels::level_of("2.8")),
            (Some(25), Some(7), None)
        );
        let table =
            [("4.0.1", Some(25)), ("3.9.0.0", Some(21)), ("4.4", None), ("4.4-IV0", Some(31)), ("4", None)];
        for (release, level) in table {
            assert_eq!(levels::level_of(release), level, "{release}");
        }
        assert_eq!(levels::finished_level_of("4.4-IV0"), None);
    }
}
