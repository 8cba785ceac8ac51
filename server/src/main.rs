//! `xiangdan`: the server and everything one does with its data from a terminal.

mod terminal;

use anyhow::{Context, bail};
use api::accounts::Slip;
use api::{Differs, LoadAnswer};
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::accounts::{Opening, Post};
use domain::trail::TERMINAL;
use domain::{Department, RegionCode, Role, UserId};
use server::config::Secret;
use server::connections::ConnectionLimits;
use server::designations::Loader;
use server::group_commit::Write;
use server::networks::Proxies;
use server::ports::{Clock as _, Random, SystemClock, SystemRandom};
use server::regions::Regions;
use server::security::Origin;
use server::storage::sqlite::SqliteStorage;
use server::storage::{self, Location, Purpose, Storage as _};
use server::{App, Config, Options, StorageBackend};
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// 乡单 Xiangdan: village orders
#[derive(Parser)]
#[command(name = "xiangdan")]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Where to listen
    #[arg(
        long,
        env = "XIANGDAN_ADDR",
        default_value = "127.0.0.1:3000",
        global = true
    )]
    addr: SocketAddr,
    /// The folder with the database
    #[arg(long, env = "XIANGDAN_DATA", default_value = "./data", global = true)]
    data: PathBuf,
    /// Where the database is: postgres://user:password@host/name (PostgreSQL 15 or newer) or the path of an SQLite file;
    /// without it, xiangdan.sqlite in the data folder
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_parser = |text: &str| text.parse::<Location>(),
        global = true
    )]
    database: Option<Location>,
    /// The folder with the site, for builds that do not carry it inside
    #[arg(
        long,
        env = "XIANGDAN_SITE",
        default_value = "target/site",
        global = true
    )]
    site: PathBuf,
    /// Say so if the outside speaks HTTPS: cookies are then `Secure`
    #[arg(long, env = "XIANGDAN_HTTPS", global = true)]
    https: bool,
    /// Where people reach the site, such as https://xiangdan.example, when a proxy in front does not pass their `Host` on
    #[arg(long, env = "XIANGDAN_PUBLIC_URL", global = true)]
    public_url: Option<String>,
    /// Which proxies are believed about where a request comes from: addresses and ranges with commas between them, or `true` for
    /// whoever connects
    #[arg(
        long,
        env = "XIANGDAN_TRUST_PROXY",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        hide_default_value = true,
        value_parser = |text: &str| text.parse::<Proxies>(),
        global = true
    )]
    trust_proxy: Proxies,
    /// How many connections there are at most; the system's limit of open files may be lower
    #[arg(long, env = "XIANGDAN_CONNECTIONS", default_value_t = ConnectionLimits::default().connections, global = true)]
    connections: usize,
    /// How many seconds to wait for another xiangdan that works on the same data to end
    #[arg(long, env = "XIANGDAN_WAIT", default_value_t = storage::PATIENCE.as_secs(), global = true)]
    wait: u64,
    /// Who has this word may read /metrics from anywhere; without it only this machine may
    #[arg(
        long,
        env = "XIANGDAN_METRICS_TOKEN",
        hide_env_values = true,
        global = true
    )]
    metrics_token: Option<String>,
    /// How the log is written to standard error
    #[arg(long, env = "XIANGDAN_LOG", value_enum, default_value_t = LogForm::Text, global = true)]
    log: LogForm,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site and the API (what happens without a sub-command)
    Serve {
        /// One transaction per job: only to measure what sharing them gains
        #[arg(long, hide = true)]
        one_commit_per_job: bool,
    },
    /// Fill an empty database with demonstration data and one account per role
    Demo,
    /// Bring the database to the form this program knows
    Migrate,
    /// Load the table of regions: Hunan's, or one from a file of the same form
    ImportRegions {
        /// A CSV file `code,name,valid_from,valid_to,successor`
        file: Option<PathBuf>,
    },
    /// Compare a table of regions with the one that is loaded, and put it in its place with --apply
    LoadRegions {
        /// A CSV file `code,name,valid_from,valid_to,successor`
        file: PathBuf,
        /// Load it, if nothing is wrong with it
        #[arg(long)]
        apply: bool,
    },
    /// Compare a list of designations with what is loaded, and load it with --apply
    LoadDesignations {
        /// A CSV file `区划代码,地名,名录,开始日期,结束日期,来源`
        file: PathBuf,
        /// Load it, if nothing is wrong with it
        #[arg(long)]
        apply: bool,
    },
    /// Copy the SQLite file as it is now into a new one, while a server may run
    Backup {
        /// The file to make
        to: PathBuf,
    },
    /// Add an account that manages the installation; its password is made up and printed, or read
    CreateAdmin {
        /// The phone number to sign in with
        #[arg(long)]
        phone: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account another password, which is made up and printed, or read; it is signed out everywhere
    ResetPassword {
        /// The phone number of the account
        #[arg(long)]
        phone: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Close an account: nobody signs in to it any more, and what the person did stays
    CloseAccount {
        /// The phone number of the account
        #[arg(long)]
        phone: String,
    },
    /// Open the account of a bureau, and print an invitation: a code that can be used once within 14 days
    OpenBureau {
        /// The phone number to sign in with
        #[arg(long)]
        phone: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// The twelve digits of the province, city or county
        #[arg(long)]
        region: RegionCode,
        /// Which department
        #[arg(long, value_enum)]
        department: DepartmentName,
    },
    /// Give an account a new invitation, which is printed; its password and its sessions end. A closed account is opened again
    Invite {
        /// The phone number of the account
        #[arg(long)]
        phone: String,
    },
    /// Say how many new orders an organization may take on one day; without a number what holds for all
    DailyOrders {
        /// The organization's unified social credit code
        #[arg(long)]
        org: domain::CreditCode,
        /// How many, 1 to 200
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: Option<u32>,
    },
    /// Show what holds in a region and who has set it, or set it
    Settings(terminal::SettingsOf),
    /// Print who did what, one JSON object in a line, the newest first; a server may run meanwhile
    Trail(terminal::TrailOf),
    /// Look whether everything stored agrees with itself; a server may run meanwhile
    Check,
    /// Say that the database was put back from a backup: devices then offer again what it has lost
    Restored,
    /// Copy a whole installation into an empty database, while no server runs on either; counted and compared
    Copy {
        /// The database to read
        #[arg(long, value_parser = |text: &str| text.parse::<Location>())]
        from: Location,
        /// The empty database to fill
        #[arg(long, value_parser = |text: &str| text.parse::<Location>())]
        to: Location,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum DepartmentName {
    /// 民政
    CivilAffairs,
    /// 乡村振兴
    RuralRevitalization,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    start_log(cli.settings.log);
    // Set to nothing means not set.
    let public_url = cli.settings.public_url.as_deref().map(str::trim);
    let public_url = public_url.filter(|url| !url.is_empty());
    let mut config = Config {
        addr: cli.settings.addr,
        data: cli.settings.data,
        database: cli.settings.database,
        site: cli.settings.site,
        https: cli.settings.https,
        public_url: public_url.map(str::parse::<Origin>).transpose()?,
        proxies: cli.settings.trust_proxy,
        limits: ConnectionLimits {
            connections: cli.settings.connections,
            ..ConnectionLimits::default()
        },
        patience: Duration::from_secs(cli.settings.wait),
        metrics_token: cli.settings.metrics_token.as_deref().and_then(Secret::new),
        one_commit_per_job: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve {
            one_commit_per_job: false,
        }) {
            Command::Serve { one_commit_per_job } => {
                config.one_commit_per_job = one_commit_per_job;
                serve(&config).await
            }
            Command::Demo => demo(&config).await,
            Command::Migrate => migrate(&config).await,
            Command::ImportRegions { file } => import_regions(&config, file).await,
            Command::LoadRegions { file, apply } => load_regions(&config, &file, apply).await,
            Command::LoadDesignations { file, apply } => {
                load_designations(&config, &file, apply).await
            }
            Command::Backup { to } => backup(&config, &to).await,
            Command::CreateAdmin {
                phone,
                name,
                password_stdin,
            } => create_admin(&config, &phone, name, password_stdin).await,
            Command::ResetPassword {
                phone,
                password_stdin,
            } => reset_password(&config, &phone, password_stdin).await,
            Command::DailyOrders { org, limit } => daily_orders(&config, org, limit).await,
            Command::CloseAccount { phone } => close_account(&config, &phone).await,
            Command::OpenBureau {
                phone,
                name,
                region,
                department,
            } => {
                let department = match department {
                    DepartmentName::CivilAffairs => Department::CivilAffairs,
                    DepartmentName::RuralRevitalization => Department::RuralRevitalization,
                };
                let post = Post::Bureau { region, department };
                open_bureau(&config, Opening { name, phone, post }).await
            }
            Command::Invite { phone } => invite(&config, &phone).await,
            Command::Settings(of) => terminal::settings(&config, of).await,
            Command::Trail(of) => terminal::trail(&config, of).await,
            Command::Check => check(&config).await,
            Command::Restored => restored(&config).await,
            Command::Copy { from, to } => copy(&config, &from, &to).await,
        }
    })
}

fn start_log(form: LogForm) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match form {
        LogForm::Text => log.init(),
        LogForm::Json => log.json().init(),
    }
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let app = App::open(config).await.context("opening the data")?;
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("listening on {}", config.addr))?;
    let address = listener.local_addr()?;
    say(&format!("乡单 is listening on http://{address}"))?;
    tracing::info!(%address, data = %config.database(), embedded = app.site_is_embedded(), "listening");
    app.serve(listener, stop_signal()).await.context("serving")
}

/// Resolves when the process is asked to end: Ctrl-C, or what a service manager sends.
async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "only Ctrl-C stops this server");
                drop(interrupted.await);
            }
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

/// The backend for a sub-command.
async fn open_backend(config: &Config) -> anyhow::Result<StorageBackend> {
    let options = Options {
        patience: config.patience,
        ..Options::default()
    };
    Ok(StorageBackend::open(&config.database(), options).await?)
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let (purpose, database) = (Purpose::Work, config.database());
    storage::open_for(purpose, &database, config.patience)
        .await?
        .close()
        .await;
    say(&format!("{} has the present form", config.database()))
}

async fn import_regions(config: &Config, file: Option<PathBuf>) -> anyhow::Result<()> {
    let regions = match &file {
        None => Regions::hunan()?,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("reading {}", file.display()))?;
            Regions::parse(&text)?
        }
    };
    let backend = open_backend(config).await?;
    backend
        .write(Write::PutRegions(regions.rows().to_vec()))
        .await?;
    backend.shut_down().await;
    say(&format!("{} regions are loaded", regions.rows().len()))
}

async fn load_regions(config: &Config, file: &Path, apply: bool) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let regions = Regions::parse(&text)?;
    let backend = existing_backend(config).await?;
    let told = backend
        .load_regions_of(regions, TERMINAL, |loading| apply && loading.bad.is_empty())
        .await;
    backend.shut_down().await;
    tell_loaded(&told?)
}

async fn load_designations(config: &Config, file: &Path, apply: bool) -> anyhow::Result<()> {
    let content = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let rows = server::loading::rows(&name, &content)?;
    let backend = existing_backend(config).await?;
    let loader = Loader {
        user: TERMINAL,
        region: None,
        now: SystemClock.now(),
    };
    let told = backend
        .load_designations_of(rows, loader, |loading| apply && loading.bad.is_empty())
        .await;
    backend.shut_down().await;
    tell_loaded(&told?)
}

/// The difference, line by line, and whether it was applied.
fn tell_loaded(told: &LoadAnswer) -> anyhow::Result<()> {
    for row in &told.bad_rows {
        say(&format!("{}: {} — {}", row.line, row.text, row.problem))?;
    }
    for one in &told.differences {
        let sign = match one.what {
            Differs::New => '+',
            Differs::Changed => '~',
            Differs::Gone => '-',
        };
        say(&format!("{sign} {} {}", one.title, one.words))?;
    }
    let done = if told.applied {
        "loaded"
    } else {
        "nothing was loaded"
    };
    say(&format!(
        "{} rows: {} new, {} changed, {} gone, {} the same, {} wrong; {done}",
        told.rows, told.new, told.changed, told.gone, told.same, told.bad
    ))?;
    if told.bad > 0 {
        bail!("mend the rows that are wrong and try again");
    }
    Ok(())
}

async fn backup(config: &Config, to: &Path) -> anyhow::Result<()> {
    let Location::File(file) = config.database() else {
        bail!("of PostgreSQL make a copy with its own tools, such as pg_dump");
    };
    let storage = SqliteStorage::open_to_read(&file).await?;
    let done = storage.back_up(to, SystemClock.now()).await;
    storage.close().await;
    done?;
    say(&format!("{} is a copy of {}", to.display(), file.display()))
}

async fn demo(config: &Config) -> anyhow::Result<()> {
    let backend = open_backend(config).await?;
    let filled = server::seed::demo(&backend).await;
    backend.shut_down().await;
    say(&filled?)
}

async fn create_admin(
    config: &Config,
    phone: &str,
    name: String,
    password_stdin: bool,
) -> anyhow::Result<()> {
    let phone = phone_number(phone)?;
    let (password, made_up) = new_password(password_stdin)?;
    let backend = open_backend(config).await?;
    if backend.database().account_by_phone(&phone).await?.is_some() {
        backend.shut_down().await;
        bail!("this phone number has an account already");
    }
    let mut id = [0; 16];
    SystemRandom.fill(&mut id);
    let provinces = storage::regions::RegionsQuery::provinces();
    let provinces = backend.database().regions(&provinces).await?;
    let provinces: Vec<RegionCode> = provinces.iter().map(|row| row.code).collect();
    let user = UserId::from_random(id);
    let actor = domain::accounts::actor(user, name, Role::Administrator, &provinces);
    backend.put_account(&phone, &password, actor).await?;
    backend.shut_down().await;
    say(&told("the account is there", made_up))
}

fn phone_number(typed: &str) -> anyhow::Result<String> {
    let phone = server::backend::normal_phone(typed);
    if phone.len() != 11 {
        bail!("a phone number has eleven digits");
    }
    Ok(phone)
}

/// A password that is read or made up; one that is made up has to be told.
fn new_password(is_read: bool) -> anyhow::Result<(String, Option<String>)> {
    if !is_read {
        let password = random_password();
        return Ok((password.clone(), Some(password)));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < 8 {
        bail!("a password has eight characters at least");
    }
    Ok((password, None))
}

fn told(done: &str, made_up: Option<String>) -> String {
    made_up.map_or_else(
        || done.to_owned(),
        |password| format!("{done}; its password is {password}"),
    )
}

async fn reset_password(config: &Config, phone: &str, is_read: bool) -> anyhow::Result<()> {
    let phone = phone_number(phone)?;
    let (password, made_up) = new_password(is_read)?;
    let backend = existing_backend(config).await?;
    let changed = backend.reset_password(&phone, &password).await;
    backend.shut_down().await;
    changed?.context("this phone number has no account")?;
    say(&told("the account has another password", made_up))
}

async fn open_bureau(config: &Config, opening: Opening) -> anyhow::Result<()> {
    let backend = existing_backend(config).await?;
    let opened = backend.open_bureau_from_terminal(opening).await;
    backend.shut_down().await;
    say(&invitation(&opened?))
}

async fn invite(config: &Config, phone: &str) -> anyhow::Result<()> {
    let phone = phone_number(phone)?;
    let backend = existing_backend(config).await?;
    let invited = backend.invite_from_terminal(&phone).await;
    backend.shut_down().await;
    say(&invitation(
        &invited?.context("this phone number has no account")?,
    ))
}

fn invitation(slip: &Slip) -> String {
    format!(
        "the invitation is {}; it can be used once until {} at /invite",
        slip.code,
        slip.until.day()
    )
}

async fn close_account(config: &Config, phone: &str) -> anyhow::Result<()> {
    let phone = phone_number(phone)?;
    let backend = existing_backend(config).await?;
    let changed = backend.close_account(&phone).await;
    backend.shut_down().await;
    changed?.context("this phone number has no account")?;
    say("the account is closed; what this person did stays")
}

async fn daily_orders(
    config: &Config,
    org: domain::CreditCode,
    limit: Option<u32>,
) -> anyhow::Result<()> {
    let backend = existing_backend(config).await?;
    let name = backend.set_daily_orders(org, limit).await;
    backend.shut_down().await;
    let name = name?.context("there is no organization of this code")?;
    let limit = limit.unwrap_or(domain::organizations::DAILY_ORDERS);
    say(&format!("{name} may take {limit} new orders a day"))
}

/// The backend on a database that is there.
async fn existing_backend(config: &Config) -> anyhow::Result<StorageBackend> {
    let database = config.database();
    if !database.may_exist() {
        bail!("{database} is not there");
    }
    open_backend(config).await
}

async fn check(config: &Config) -> anyhow::Result<()> {
    let db = storage::open_to_read(&config.database()).await?;
    let found = db.check().await;
    db.close().await;
    let found = found?;
    for line in &found.wrong {
        say(line)?;
    }
    say(&format!(
        "{} entities and {} placements looked at, {} things wrong",
        found.entities,
        found.placements,
        found.wrong.len()
    ))?;
    say(&format!(
        "{} entries of the audit trail",
        found.trail.entries
    ))?;
    for head in &found.trail.heads {
        say(&format!(
            "trail {} ends at {} with {}",
            head.lane, head.link, head.hash
        ))?;
    }
    if !found.wrong.is_empty() {
        bail!("the data does not agree with itself");
    }
    Ok(())
}

async fn restored(config: &Config) -> anyhow::Result<()> {
    let storage = existing(&config.database(), config.patience).await?;
    server::backend::renew_epoch(&*storage, &SystemRandom).await?;
    storage.close().await;
    say("every device will read everything anew and offer again what this backup does not have")
}

/// Opens a database that a server has used and none uses now.
async fn existing(
    location: &Location,
    patience: Duration,
) -> anyhow::Result<storage::SharedStorage> {
    if !location.may_exist() {
        bail!("{location} is not there");
    }
    let storage = storage::open_for(Purpose::Alone, location, patience).await?;
    if storage.meta("epoch").await?.is_none() {
        bail!("{location} holds nothing yet");
    }
    Ok(storage)
}

async fn copy(config: &Config, from: &Location, to: &Location) -> anyhow::Result<()> {
    if from == to {
        bail!("that is one and the same database");
    }
    let from = existing(from, config.patience).await?;
    let to = storage::open_for(Purpose::Alone, to, config.patience).await?;
    let copied = storage::copy::copy(&*from, &*to).await;
    from.close().await;
    to.close().await;
    for content in copied? {
        let digest: String = content.digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        say(&format!(
            "{:<12} {:>9} rows  {digest}",
            content.table, content.rows
        ))?;
    }
    say("everything is there twice, row for row")
}

/// Sixteen characters that are hard to mistake for one another, about 80 bits.
fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    bytes
        .iter()
        .map(|b| char::from(LETTERS[usize::from(b % 32)]))
        .collect()
}

/// The terminal is this program's screen.
fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
