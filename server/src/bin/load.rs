//! `xiangdan-load`: how much the server does, against yardsticks in the same run. Prints one JSON object per line.
//!
//! - durable mutations per second from 50 devices at once, one transaction for all that wait against one for each;
//! - exchanges without changes per second, against axum answering a constant of the same size;
//! - memory with 3,000 needs and 500 devices listening;
//! - `questions`, by itself: pages and searches over a million needs, on both databases.
//!
//! Every server is a process of its own on a fresh folder; contenders take turns; the numbers are medians.

#[path = "load/questions.rs"]
mod questions;

use anyhow::{Context, bail, ensure};
use clap::{Parser, Subcommand};
use domain::needs::{Help, NeedContent, NeedEvent, NeedHappened, NeedItem, NeedState, Topic};
use domain::{
    Actor, ClientId, Contact, Department, Entity, ItemNo, Millis, MutationId, Need, NeedId, Place,
    RegionCode, Role, Unit, UserId,
};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::ports::{Clock, Random, SystemClock, SystemRandom};
use server::storage::Location;
use server::{Options, StorageBackend};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

const DEVICES: usize = 50;
const NEEDS: u64 = 3_000;
const LISTENERS: usize = 500;
const COUNTY: &str = "431230000000";

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    mode: Option<Mode>,
    /// The server to measure; by default the one beside this program
    #[arg(long)]
    server: Option<PathBuf>,
    /// Where the servers' folders are made: on the disk whose commits are to be measured
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Measure on PostgreSQL: the URL of a cluster's maintenance database, `postgres:///postgres?…`; each run gets a database
    #[arg(long, env = "XIANGDAN_TEST_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// Seconds per run
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Runs per contender
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

#[derive(Subcommand)]
enum Mode {
    /// The yardstick: axum answering a constant of so many bytes
    Constant {
        /// How many
        bytes: usize,
    },
    /// Pages and searches over very many needs, on SQLite and, where it is given, on PostgreSQL
    Questions {
        /// How many needs
        #[arg(long, default_value_t = 1_000_000)]
        needs: u64,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.mode {
        Some(Mode::Constant { bytes }) => return constant(bytes).await,
        Some(Mode::Questions { needs }) => {
            return questions::measure(&cli.folder, cli.postgres.as_deref(), needs).await;
        }
        None => {}
    }
    let server = match &cli.server {
        Some(server) => server.clone(),
        None => std::env::current_exe()?.with_file_name("xiangdan"),
    };
    let bench = Bench {
        server,
        folder: cli.folder,
        postgres: cli.postgres,
        time: Duration::from_secs(cli.seconds),
        runs: cli.runs,
    };
    bench.mutations().await?;
    bench.exchanges().await?;
    bench.memory().await
}

struct Bench {
    server: PathBuf,
    folder: PathBuf,
    postgres: Option<String>,
    time: Duration,
    runs: usize,
}

/// A process that says in its first line where it listens.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    async fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {command:?}"))?;
        let mut line = String::new();
        let output = child.stdout.as_mut().context("piped")?;
        BufReader::new(output).read_line(&mut line).await?;
        let address = line.trim().rsplit('/').next().and_then(|a| a.parse().ok());
        Ok(Self {
            child,
            address: address.with_context(|| format!("no address in {line:?}"))?,
        })
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    /// Resident memory in KiB.
    fn resident_kib(&self) -> anyhow::Result<u64> {
        let pid = self.child.id().context("it has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }
}

/// One person with one device.
struct Device {
    cookie: String,
    /// The sessions with which this person listens: one has four streams at most.
    listens: Vec<String>,
    client: ClientId,
    cursors: Value,
    epoch: String,
    seq: u64,
}

impl Bench {
    async fn mutations(&self) -> anyhow::Result<()> {
        let (mut shared, mut single) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            shared.push(self.mutate(false).await?);
            single.push(self.mutate(true).await?);
        }
        let (shared_median, single_median) = (median(&mut shared), median(&mut single));
        say(&json!({
            "bench": "server.mutations", "unit": "durable mutations/s", "devices": DEVICES,
            "group_commit": shared_median, "one_commit_per_mutation": single_median,
            "ratio": shared_median / single_median, "wanted_ratio": 3.0, "runs": { "group": shared, "one": single },
        }))
    }

    async fn mutate(&self, one_by_one: bool) -> anyhow::Result<f64> {
        let folder = Folder::new(&self.folder)?;
        let database = self.database(&folder.0).await?;
        let devices = prepare(&database, 0, village).await?;
        let process = self.serve(&folder.0, &database, one_by_one).await?;
        let per_second = for_a_while(process.address, devices, self.time, |device| {
            device.seq += 1;
            let need = random_like(device, device.seq);
            let mutation = json!({
                "seq": device.seq, "id": MutationId(need.0), "name": "PostNeed", "v": 1, "at": 0,
                "args": { "need": need, "content": content() },
            });
            Some(mutation)
        })
        .await?;
        process.stop().await?;
        Ok(per_second)
    }

    async fn exchanges(&self) -> anyhow::Result<()> {
        let folder = Folder::new(&self.folder)?;
        let database = self.database(&folder.0).await?;
        let mut devices = prepare(&database, NEEDS, officer).await?;
        let process = self.serve(&folder.0, &database, false).await?;
        let mut bytes = 0;
        for device in &mut devices {
            bytes = catch_up(process.address, device).await?;
        }
        let mut yardstick = Command::new(std::env::current_exe()?);
        let constant = Process::start(yardstick.arg("constant").arg(bytes.to_string())).await?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let copy = || devices.iter().map(Device::copy).collect::<Vec<_>>();
            ours.push(for_a_while(process.address, copy(), self.time, |_| None).await?);
            theirs.push(for_a_while(constant.address, copy(), self.time, |_| None).await?);
        }
        process.stop().await?;
        constant.stop().await?;
        let (ours_median, theirs_median) = (median(&mut ours), median(&mut theirs));
        say(&json!({
            "bench": "server.exchanges", "unit": "exchanges without changes/s", "devices": DEVICES,
            "answer_bytes": bytes, "exchange": ours_median, "axum_constant": theirs_median,
            "ratio": ours_median / theirs_median, "wanted_ratio": 0.25,
            "runs": { "exchange": ours, "constant": theirs },
        }))
    }

    async fn memory(&self) -> anyhow::Result<()> {
        let folder = Folder::new(&self.folder)?;
        let database = self.database(&folder.0).await?;
        let mut devices = prepare(&database, NEEDS, officer).await?;
        let process = self.serve(&folder.0, &database, false).await?;
        let started = process.resident_kib()?;
        catch_up(process.address, devices.first_mut().context("a device")?).await?;
        let read = process.resident_kib()?;
        let mut streams = Vec::new();
        for n in 0..LISTENERS {
            let device = &devices[n % devices.len()];
            let cookie = &device.listens[n / devices.len() % device.listens.len()];
            let mut stream = TcpStream::connect(process.address).await?;
            let ask = format!(
                "GET /api/v1/hints HTTP/1.1\r\nHost: x\r\nCookie: xiangdan_session={cookie}\r\n\r\n"
            );
            stream.write_all(ask.as_bytes()).await?;
            streams.push(stream);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        for stream in &mut streams {
            let mut start = [0; 12];
            stream.read_exact(&mut start).await?;
            ensure!(&start == b"HTTP/1.1 200", "a listener was refused");
        }
        let listening = process.resident_kib()?;
        process.stop().await?;
        say(&json!({
            "bench": "server.memory", "unit": "MiB resident", "needs": NEEDS, "listeners": LISTENERS,
            "started": mib(started), "after_one_full_sync": mib(read), "with_listeners": mib(listening),
            "kib_per_listener": (listening.saturating_sub(read)) as f64 / LISTENERS as f64,
        }))
    }

    /// A fresh database.
    async fn database(&self, folder: &Path) -> anyhow::Result<Location> {
        let Some(cluster) = &self.postgres else {
            return Ok(Location::File(folder.join("xiangdan.sqlite")));
        };
        new_database(cluster).await
    }

    async fn serve(
        &self,
        data: &Path,
        database: &Location,
        one_by_one: bool,
    ) -> anyhow::Result<Process> {
        let mut command = Command::new(&self.server);
        command
            .args(["serve", "--addr", "127.0.0.1:0", "--data"])
            .arg(data);
        if let Location::Postgres(url) = database {
            command.env("DATABASE_URL", url);
        }
        if one_by_one {
            command.arg("--one-commit-per-job");
        }
        Process::start(&mut command).await
    }
}

impl Device {
    fn copy(&self) -> Self {
        Self {
            cookie: self.cookie.clone(),
            listens: self.listens.clone(),
            client: self.client,
            cursors: self.cursors.clone(),
            epoch: self.epoch.clone(),
            seq: self.seq,
        }
    }

    fn request(&self, mutation: Option<Value>) -> String {
        let mutations: Vec<Value> = mutation.into_iter().collect();
        json!({
            "v": 1, "client": self.client, "epoch": self.epoch, "cursors": self.cursors, "mutations": mutations,
        })
        .to_string()
    }

    fn heard(&mut self, answer: &Value) {
        if let Some(epoch) = answer["epoch"].as_str() {
            epoch.clone_into(&mut self.epoch);
        }
        for page in answer["feeds"].as_array().into_iter().flatten() {
            if let Some(feed) = page["feed"].as_str() {
                self.cursors[feed] = page["cursor"].clone();
            }
        }
    }
}

/// A new, empty database of the cluster.
async fn new_database(cluster: &str) -> anyhow::Result<Location> {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    let name: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let mut connection = PgConnection::connect(cluster).await?;
    let sql = AssertSqlSafe(format!("CREATE DATABASE load_{name}"));
    sqlx::query(sql).execute(&mut connection).await?;
    connection.close().await?;
    let url = cluster.replacen("/postgres?", &format!("/load_{name}?"), 1);
    Ok(Location::Postgres(url))
}

/// All devices at once, each waiting for its answer before it asks again; answers per second.
async fn for_a_while(
    address: SocketAddr,
    devices: Vec<Device>,
    time: Duration,
    next: fn(&mut Device) -> Option<Value>,
) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for mut device in devices {
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut answers = 0_u64;
            while started.elapsed() < time {
                let mutation = next(&mut device);
                let changes = mutation.is_some();
                let body = connection
                    .post(&device.cookie, &device.request(mutation))
                    .await?;
                if changes {
                    let answer: Value = serde_json::from_slice(&body)?;
                    ensure!(answer["results"][0]["verdict"] == "applied", "{answer}");
                    device.heard(&answer);
                }
                answers += 1;
            }
            anyhow::Ok(answers)
        });
    }
    let mut total = 0;
    while let Some(answers) = tasks.join_next().await {
        total += answers??;
    }
    Ok(total as f64 / started.elapsed().as_secs_f64())
}

/// Exchanges until nothing is new; the size of an answer without changes.
async fn catch_up(address: SocketAddr, device: &mut Device) -> anyhow::Result<usize> {
    let mut connection = Connection::open(address).await?;
    loop {
        let body = connection
            .post(&device.cookie, &device.request(None))
            .await?;
        let answer: Value = serde_json::from_slice(&body)?;
        device.heard(&answer);
        if answer["feeds"].as_array().is_some_and(Vec::is_empty) {
            return Ok(body.len());
        }
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
        })
    }

    async fn post(&mut self, cookie: &str, body: &str) -> anyhow::Result<Vec<u8>> {
        let request = format!(
            "POST /api/v1/exchange HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Cookie: xiangdan_session={cookie}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let fine = line.starts_with("HTTP/1.1 200");
        let status = line.trim().to_owned();
        let mut length = 0;
        loop {
            line.clear();
            ensure!(
                self.stream.read_line(&mut line).await? > 0,
                "the connection was closed"
            );
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        if !fine {
            bail!("{status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(answer)
    }
}

/// Accounts with sessions, and so many published needs.
async fn prepare(
    database: &Location,
    needs: u64,
    role: fn(usize) -> Role,
) -> anyhow::Result<Vec<Device>> {
    let backend = StorageBackend::open(database, Options::default()).await?;
    let entities = (0..needs)
        .map(|n| Entity::Need(Box::new(need(n))))
        .collect();
    backend.write(Write::PutEntities(entities)).await?;
    let mut devices = Vec::new();
    for n in 0..DEVICES {
        let user = UserId::from_random([n as u8; 16]);
        let actor = Actor {
            user,
            name: format!("第{n}人"),
            role: role(n),
            library: vec![county()?],
        };
        // Nobody signs in with it: the session is started directly.
        let account = server::storage::accounts::NewAccount {
            phone: format!("138{n:08}"),
            password: "-".to_owned(),
            actor,
            active: true,
            creator: None,
        };
        backend.write(Write::PutAccount(Box::new(account))).await?;
        let caller = backend.start_session(user).await?;
        let mut listens = Vec::new();
        for _ in 0..LISTENERS.div_ceil(4 * DEVICES) {
            let caller = backend.start_session(user).await?;
            listens.push(caller.session.context("a session")?.0);
        }
        devices.push(Device {
            cookie: caller.session.context("a session")?.0,
            listens,
            client: ClientId::from_random([n as u8; 16]),
            cursors: json!({}),
            epoch: backend.epoch().to_owned(),
            seq: 0,
        });
    }
    backend.shut_down().await;
    Ok(devices)
}

fn county() -> anyhow::Result<RegionCode> {
    COUNTY.parse().context("a county")
}

fn place(n: usize) -> Place {
    let first = 431_230_104_201_u64;
    Place {
        village: RegionCode::try_from(first + n as u64)
            .unwrap_or_else(|_| unreachable!("twelve digits")),
        city_name: "怀化市".to_owned(),
        county_name: "通道侗族自治县".to_owned(),
        town_name: "坪坦乡".to_owned(),
        village_name: format!("第{n}村"),
    }
}

fn village(n: usize) -> Role {
    Role::Village { place: place(n) }
}

fn officer(_: usize) -> Role {
    Role::Bureau {
        region: RegionCode::try_from(431_230_000_000)
            .unwrap_or_else(|_| unreachable!("twelve digits")),
        region_name: "通道侗族自治县".to_owned(),
        department: Department::CivilAffairs,
    }
}

fn content() -> NeedContent {
    NeedContent {
        title: "进村道路安装太阳能路灯".to_owned(),
        details: "去年汛期山洪冲毁了两盏旧灯，目前全组四十余户晚上出行不便，村委会已筹集部分资金但仍有缺口，\
                  希望在春耕之前完工，材料可以在县城采购，运输车辆能开到村口。"
            .to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![NeedItem { no: ItemNo(1), name: "路灯".to_owned(), quantity: 18, unit: Unit::Of("盏".to_owned()) }],
        deadline: SystemClock.now().day().plus(60),
        persons: 180,
        households: Some(42),
        budget: None,
        urgent: false,
        contact: Some(Contact { name: "王建国".to_owned(), phone: "13900000001".to_owned() }),
    }
}

fn need(n: u64) -> Need {
    let at = Millis(1_795_500_000_000 + n as i64);
    let mut id = [0x5a; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    Need {
        id: NeedId::from_random(id),
        place: place(n as usize % 300),
        content: content(),
        revision: domain::Revision::default(),
        rewritten: Vec::new(),
        state: NeedState::Published { at },
        opinions: Vec::new(),
        pledges: Vec::new(),
        waiting: Vec::new(),
        offer: None,
        asked: Vec::new(),
        terms: domain::terms::NeedTerms::default(),
        also: Vec::new(),
        told_apart: Vec::new(),
        merged: Vec::new(),
        history: vec![NeedEvent {
            at,
            what: NeedHappened::Published,
        }],
        author: UserId::from_random([1; 16]),
        created_at: at,
        updated_at: at,
    }
}

/// An identifier of its own for every device and number.
fn random_like(device: &Device, seq: u64) -> NeedId {
    let mut bytes = *device.client.0.as_bytes();
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    NeedId::from_random(bytes)
}

async fn constant(bytes: usize) -> anyhow::Result<()> {
    use axum::http::header;
    use axum::serve::ListenerExt;
    let body: &'static [u8] = vec![b'x'; bytes].leak();
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    let router = axum::Router::new().route("/api/v1/exchange", axum::routing::post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "http://{address}")?;
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    Ok(axum::serve(listener, router).await?)
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(parent: &Path) -> anyhow::Result<Self> {
        let name = format!("load-{}-{}", std::process::id(), SystemClock.now().0);
        let folder = parent.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn mib(kib: u64) -> f64 {
    (kib as f64 / 102.4).round() / 10.0
}

fn say(result: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}
