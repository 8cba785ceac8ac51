//! Sub-commands that show an installation and set what regions decide, without a browser.

use crate::{existing_backend, say};
use anyhow::{Context, bail};
use api::trail::TrailRequest;
use clap::{Args, ValueEnum};
use domain::settings::{PublishRule, Setting};
use domain::{Day, RegionCode, UserId};
use server::Config;
use server::settings::RegionChange;
use server::storage::{self, SharedStorage};
use std::collections::BTreeMap;

/// Which entries of the trail are printed.
#[derive(Args)]
pub(crate) struct TrailOf {
    /// From this day on, such as 2026-11-01
    #[arg(long)]
    from: Option<Day>,
    /// Up to this day, with all of it
    #[arg(long)]
    until: Option<Day>,
    /// By the person of this identifier
    #[arg(long)]
    person: Option<UserId>,
    /// By the command of this name, such as `ScreenNeed`
    #[arg(long)]
    command: Option<String>,
    /// About things of this kind, such as `need`
    #[arg(long)]
    kind: Option<String>,
    /// About the one of this identifier
    #[arg(long)]
    id: Option<String>,
    /// Only what was refused
    #[arg(long)]
    refused: bool,
    /// So many at most, the newest first
    #[arg(long, default_value_t = 1000)]
    most: usize,
}

/// Which settings are shown or set.
#[derive(Args)]
pub(crate) struct SettingsOf {
    /// The twelve digits of the province, city or county
    #[arg(long)]
    region: RegionCode,
    /// Set a limit or period, such as `renew_after=30`; without a value what holds above holds here too
    #[arg(long, value_name = "NAME=VALUE", value_parser = number)]
    set: Vec<(Setting, Option<u32>)>,
    /// Say who must agree before a need is published
    #[arg(long, value_enum)]
    publish: Option<Publish>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Publish {
    /// One of the two departments
    Either,
    /// Both departments
    Both,
    /// As the region above has it
    AsAbove,
}

fn number(text: &str) -> Result<(Setting, Option<u32>), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let named = |setting: &&Setting| setting.name() == name;
    let Some(setting) = Setting::ALL.iter().find(named) else {
        let all: Vec<&str> = Setting::ALL.iter().map(|setting| setting.name()).collect();
        return Err(format!(
            "there is no setting {name}; there are {}",
            all.join(", ")
        ));
    };
    let value = match value {
        "" => None,
        value => Some(
            value
                .parse()
                .map_err(|_| format!("{value} is not a number"))?,
        ),
    };
    Ok((*setting, value))
}

/// The database as it is, beside whatever works on it.
async fn to_read(config: &Config) -> anyhow::Result<SharedStorage> {
    let database = config.database();
    if !database.may_exist() {
        bail!("{database} is not there");
    }
    Ok(storage::open_to_read(&database).await?)
}

/// Prints entries of the audit trail, one JSON object in a line, the newest first.
pub(crate) async fn trail(config: &Config, of: TrailOf) -> anyhow::Result<()> {
    const PAGE: u32 = 500;
    let db = to_read(config).await?;
    let mut request = TrailRequest {
        from: of.from,
        until: of.until,
        person: of.person,
        command: of.command,
        kind: of.kind,
        id: of.id,
        refused: of.refused.then_some(true),
        limit: Some(PAGE),
        ..TrailRequest::default()
    };
    let mut left = of.most;
    while left > 0 {
        let page = server::trail::of_everything(&*db, &request).await?;
        for entry in page.entries.iter().take(left) {
            say(&serde_json::to_string(entry)?)?;
        }
        left = left.saturating_sub(page.entries.len());
        if page.next.is_none() {
            break;
        }
        request.before = page.next;
    }
    db.close().await;
    Ok(())
}

/// Shows what holds in a region and which region has set it, after changing it if that is asked for.
pub(crate) async fn settings(config: &Config, of: SettingsOf) -> anyhow::Result<()> {
    let backend = existing_backend(config).await?;
    let done = set_and_show(&backend, of).await;
    backend.shut_down().await;
    done
}

async fn set_and_show(backend: &server::StorageBackend, of: SettingsOf) -> anyhow::Result<()> {
    let region = of.region;
    let publish = of.publish.map(|publish| match publish {
        Publish::Either => Some(PublishRule::Either),
        Publish::Both => Some(PublishRule::Both),
        Publish::AsAbove => None,
    });
    let numbers: BTreeMap<_, _> = of.set.into_iter().collect();
    if publish.is_some() || !numbers.is_empty() {
        let change = RegionChange {
            region,
            publish,
            numbers,
        };
        backend
            .set_settings(change)
            .await
            .context("nothing was changed")?;
    }
    let in_force = backend.settings_of(region).await?;
    let publish = match in_force.publish() {
        PublishRule::Either => "either",
        PublishRule::Both => "both",
    };
    say(&format!("{:<18} {publish}", "publish"))?;
    for setting in Setting::ALL {
        let (value, from) = in_force.number_from(setting);
        let from = from.map_or_else(|| "nobody has set it".to_owned(), |from| from.to_string());
        say(&format!("{:<18} {value:<6} {from}", setting.name()))?;
    }
    Ok(())
}
