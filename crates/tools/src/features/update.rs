//! `kafka-features upgrade`, `downgrade` and `disable`.

use std::collections::BTreeMap;

use millstream_client::{Client, UpgradeType};

use super::levels::{FEATURES, METADATA_VERSION, default_level, level_of, unknown_release};
use super::name_and_level;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(super) struct Upgrade {
    #[command(flatten)]
    levels: Levels,
    /// Only ask whether it can be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Downgrade {
    #[command(flatten)]
    levels: Levels,
    /// Even if metadata are lost
    #[arg(long)]
    r#unsafe: bool,
    /// Only ask whether it can be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Disable {
    /// The feature; may be given more than once
    #[arg(long, value_name = "FEATURE", required = true)]
    feature: Vec<String>,
    /// Even if metadata are lost
    #[arg(long)]
    r#unsafe: bool,
    /// Only ask whether it can be done
    #[arg(long)]
    dry_run: bool,
}

/// Which levels are wanted.
#[derive(Debug, clap::Args)]
struct Levels {
    /// All that this release brings, for instance 4.2-IV0
    #[arg(long, value_name = "RELEASE", conflicts_with_all = ["metadata", "feature"])]
    release_version: Option<String>,
    /// A feature and its level; may be given more than once
    #[arg(long, value_name = "FEATURE=LEVEL")]
    feature: Vec<String>,
    /// What --feature metadata.version=LEVEL was called before Kafka 4.0
    #[arg(long, value_name = "RELEASE", hide = true)]
    metadata: Option<String>,
}

impl Levels {
    fn read(&self, is_upgrade: bool, output: &mut Output) -> Result<BTreeMap<String, i16>, Failure> {
        let mut levels = BTreeMap::new();
        if self.metadata.is_some() {
            output.line(" `metadata` flag is deprecated and may be removed in a future release.")?;
        }
        if let Some(release) = self.release_version.as_ref().or(self.metadata.as_ref()) {
            let metadata = level_of(release).ok_or_else(|| unknown_release(release, false))?;
            levels.insert(METADATA_VERSION.to_owned(), metadata);
            if self.release_version.is_some() {
                for (feature, known) in FEATURES {
                    let level = default_level(known, metadata);
                    if !is_upgrade || level > 0 {
                        levels.insert(feature.to_owned(), level);
                    }
                }
            }
        }
        for text in &self.feature {
            let (name, level) = name_and_level(text)?;
            if level == 0 && is_upgrade {
                return Err(Failure::with_way_out(
                    "The upgradeType flag should be set to SAFE_DOWNGRADE or UNSAFE_DOWNGRADE when the provided \
                     maxVersionLevel:0 is < 1.",
                    format!(
                        "`kafka-features downgrade --feature {name}=0` lowers it, `disable --feature {name}` ends it."
                    ),
                ));
            }
            if level < 0 {
                return Err(Failure::new("Cannot specify a negative version level."));
            }
            once(&mut levels, name, level)?;
        }
        Ok(levels)
    }
}

fn once(levels: &mut BTreeMap<String, i16>, name: &str, level: i16) -> Result<(), Failure> {
    match levels.insert(name.to_owned(), level) {
        None => Ok(()),
        Some(_) => Err(Failure::new(format!("Feature {name} was specified more than once."))),
    }
}

/// What is to be changed.
pub(super) struct Update {
    verb: &'static str,
    levels: BTreeMap<String, i16>,
    kind: UpgradeType,
    is_trial: bool,
}

const fn downgrade(is_unsafe: bool) -> UpgradeType {
    if is_unsafe { UpgradeType::UnsafeDowngrade } else { UpgradeType::SafeDowngrade }
}

impl Upgrade {
    pub(super) fn update(&self, output: &mut Output) -> Result<Update, Failure> {
        let levels = self.levels.read(true, output)?;
        Ok(Update { verb: "upgrade", levels, kind: UpgradeType::Upgrade, is_trial: self.dry_run })
    }
}

impl Downgrade {
    pub(super) fn update(&self, output: &mut Output) -> Result<Update, Failure> {
        let levels = self.levels.read(false, output)?;
        Ok(Update { verb: "downgrade", levels, kind: downgrade(self.r#unsafe), is_trial: self.dry_run })
    }
}

impl Disable {
    pub(super) fn update(&self) -> Result<Update, Failure> {
        let mut levels = BTreeMap::new();
        self.feature.iter().try_for_each(|name| once(&mut levels, name, 0))?;
        Ok(Update { verb: "disable", levels, kind: downgrade(self.r#unsafe), is_trial: self.dry_run })
    }
}

impl Update {
    /// All features are changed or none: a refusal is told of each, as Kafka's command does.
    pub(super) async fn run(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let Self { verb, levels, kind, is_trial } = self;
        if levels.is_empty() {
            return Err(Failure::new(format!("You must specify at least one feature to {verb}")));
        }
        let outcome = client.update_features(levels, *kind, *is_trial).await;
        let refusal = match outcome {
            Ok(()) => None,
            Err(error) if error.code().is_some() => Some(Failure::from(error)),
            Err(error) => return Err(error.into()),
        };
        for (feature, level) in levels {
            let (done, object) = match *verb {
                "disable" => ("disabled".to_owned(), format!("disable {feature}")),
                verb => (format!("{verb}d to {level}"), format!("{verb} {feature} to {level}")),
            };
            output.line(match &refusal {
                None => format!("{feature}{} {done}.", if *is_trial { " can be" } else { " was" }),
                Some(why) => {
                    let cannot = if *is_trial { "Can not" } else { "Could not" };
                    format!("{cannot} {object}. {}", why.message())
                }
            })?;
        }
        match refusal {
            None => Ok(()),
            Some(_) => {
                let count = levels.len();
                Err(Failure::new(format!("{count} out of {count} operation(s) failed.")))
            }
        }
    }
}
