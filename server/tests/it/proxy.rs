//! Behind a real nginx, with the configuration that README.md shows: pages are heard, strangers are not, hints come at once.

use crate::http::{Connection, Process, Stream};
use crate::support::*;
use domain::ClientId;
use serde_json::json;
use server::{Options, StorageBackend};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A browser that does not say `Sec-Fetch-Site`: an older one, or a page without HTTPS.
fn page(origin: &str) -> Vec<(String, String)> {
    [("host", "xiangdan.example"), ("origin", origin)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// The server block that README.md shows.
fn shown() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let (_, block) = readme.split_once("```nginx\n").expect("a block for nginx");
    let (block, _) = block.split_once("```").expect("its end");
    block.to_owned()
}

/// The same without certificates, on a port of its own, before this server.
fn adapted(block: &str, port: u16, server: SocketAddr) -> String {
    for line in [
        "listen 443 ssl;",
        "ssl_certificate ",
        "ssl_certificate_key ",
        "http://127.0.0.1:3000;",
    ] {
        assert!(block.contains(line), "{line}");
    }
    block
        .lines()
        .filter(|line| !line.trim_start().starts_with("ssl_"))
        .map(|line| {
            line.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"))
                .replace("http://127.0.0.1:3000;", &format!("http://{server};"))
                + "\n"
        })
        .collect()
}

/// nginx in a folder of its own; stopped when it is dropped.
struct Nginx {
    folder: tempfile::TempDir,
    address: SocketAddr,
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders
        .into_iter()
        .map(|f| f.join("nginx"))
        .find(|f| f.exists())
}

impl Nginx {
    /// Started when this returns.
    fn start(server_block: impl Fn(u16) -> String) -> Self {
        let program = program().expect("nginx, which app/bundle/setup.sh installs");
        // Somebody else may take the port between the question and the start.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .expect("a port")
                .local_addr();
            let address = port.expect("an address");
            let folder = tempfile::tempdir().expect("folder");
            let at = folder.path().display();
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
                .concat();
            let whole = format!(
                "daemon on;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\n\
                 http {{\naccess_log off;\n{temporary}{}}}\n",
                server_block(address.port())
            );
            let config = folder.path().join("nginx.conf");
            fs::write(&config, whole).expect("written");
            // It goes into the background when it listens.
            let started = Command::new(&program)
                .arg("-p")
                .arg(folder.path())
                .arg("-e")
                .arg(folder.path().join("error.log"))
                .arg("-c")
                .arg(&config)
                .output()
                .expect("runs");
            if started.status.success() {
                return Self { folder, address };
            }
            let said = String::from_utf8_lossy(&started.stderr).into_owned();
            assert!(said.contains("Address already in use"), "{said}");
        }
        panic!("no port for nginx")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap_or_default();
        drop(Command::new("kill").arg(pid.trim()).status());
    }
}

/// A folder with a site and an account, and the cookie of its session.
async fn prepare(folder: &Path) -> String {
    let site = folder.join("site");
    fs::create_dir_all(site.join("assets")).expect("folder");
    for (name, text) in [
        ("index.html", "<!doctype html><title>乡单</title>"),
        ("assets/app-1a2b.js", "console.log(1)"),
        ("assets/app-1a2b.js.br", "BROTLI"),
        ("assets/app-1a2b.js.gz", "GZIP"),
    ] {
        fs::write(site.join(name), text).expect("file");
    }
    let backend = StorageBackend::open(&folder.join("xiangdan.sqlite"), Options::default())
        .await
        .expect("backend");
    let actor = actor(1, village());
    backend
        .put_account(&phone(1), PASSWORD, actor.clone())
        .await
        .expect("account");
    let caller = backend.start_session(actor.user).await.expect("session");
    backend.shut_down().await;
    format!("xiangdan_session={}", caller.session.expect("token").0)
}

fn serve(folder: &Path, settings: &[(&str, &str)]) -> Process {
    Process::serve_with(folder, |command| {
        command
            .env("XIANGDAN_SITE", folder.join("site"))
            .env("RUST_LOG", "warn")
            .stderr(fs::File::create(folder.join("log")).expect("a file"))
            .envs(settings.iter().copied())
    })
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).expect("a log")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_configuration_of_the_readme_everything_works() {
    let folder = tempfile::tempdir().expect("folder");
    let cookie = prepare(folder.path()).await;
    // Each round is a device of its own: ports of two rounds may end alike.
    for (round, settings) in (1_u8..).zip([
        [
            ("XIANGDAN_PUBLIC_URL", "https://xiangdan.example"),
            ("XIANGDAN_TRUST_PROXY", "127.0.0.1"),
        ],
        [
            ("XIANGDAN_PUBLIC_URL", "https://xiangdan.example"),
            ("XIANGDAN_TRUST_PROXY", "false"),
        ],
        [
            ("XIANGDAN_TRUST_PROXY", "127.0.0.1"),
            ("XIANGDAN_HTTPS", "true"),
        ],
    ]) {
        let mut process = serve(folder.path(), &settings);
        let server = process.address;
        let nginx = Nginx::start(|port| adapted(&shown(), port, server));
        let mut connection = Connection::open(nginx.address).expect("connects");
        for (origin, expected) in [
            ("https://xiangdan.example", 200),
            ("https://XIANGDAN.example:443", 200),
            ("https://evil.example", 403),
            ("null", 403),
        ] {
            let reply = connection.ask("/api/v1/me", &cookie, &page(origin), "{}");
            let status = reply.expect("answers").status;
            assert_eq!(status, expected, "{origin} with {settings:?}");
        }
        let (stream, first) = Stream::open(nginx.address, "/api/v1/hints", &cookie)
            .expect("a stream")
            .next();
        assert!(
            first.contains("village:"),
            "the present comes at once: {first}"
        );
        let client = ClientId::from_random([round; 16]);
        let body = json!({
            "v": 1, "client": client, "epoch": "", "cursors": {},
            "mutations": [{
                "seq": 1, "id": mutation_id(client, u64::from(round)), "name": "SaveNeed", "v": 1, "at": 0,
                "args": { "need": id(u64::from(round)), "content": content("路灯需要安装", 3) },
            }],
        });
        let headers = page("https://xiangdan.example");
        let reply = connection
            .ask("/api/v1/exchange", &cookie, &headers, &body.to_string())
            .expect("answers");
        assert_eq!(reply.status, 200);
        let (_, changed) = stream.next();
        assert!(changed.contains("village:"), "a change is told: {changed}");
        let reply = connection
            .get_with("/assets/app-1a2b.js", &[("Accept-Encoding", "gzip, br")])
            .expect("answers");
        assert_eq!(reply.header("content-encoding"), Some("br"));
        assert_eq!(reply.body, b"BROTLI");
        let large = "x".repeat(400 * 1024);
        let reply = connection.ask("/api/v1/exchange", &cookie, &headers, &large);
        assert_eq!(reply.expect("answers").status, 400, "it reaches the server");
        process.kill();
    }
}

/// As most proxies do it: `Host` becomes the server's own, and nothing else is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_says_nothing_needs_the_public_address_and_the_log_says_so() {
    let folder = tempfile::tempdir().expect("folder");
    let cookie = prepare(folder.path()).await;
    let bare = |port: u16, server: SocketAddr| {
        format!(
            "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{server}; }} }}\n"
        )
    };
    let mut process = serve(folder.path(), &[]);
    let server = process.address;
    let nginx = Nginx::start(|port| bare(port, server));
    let status = |nginx: &Nginx, origin: &str| {
        let mut connection = Connection::open(nginx.address).expect("connects");
        let reply = connection.ask("/api/v1/me", &cookie, &page(origin), "{}");
        reply.expect("answers").status
    };
    for _ in 0..3 {
        assert_eq!(status(&nginx, "https://xiangdan.example"), 403);
    }
    let told = log(folder.path());
    assert_eq!(
        told.matches("https://xiangdan.example").count(),
        1,
        "{told}"
    );
    assert!(told.contains(&server.to_string()), "both are told: {told}");
    assert!(told.contains("XIANGDAN_PUBLIC_URL"), "{told}");
    process.kill();
    drop(nginx);

    let settings = [("XIANGDAN_PUBLIC_URL", "https://xiangdan.example/")];
    let process = serve(folder.path(), &settings);
    let server = process.address;
    let nginx = Nginx::start(|port| bare(port, server));
    assert_eq!(status(&nginx, "https://xiangdan.example"), 200);
    assert_eq!(status(&nginx, "https://evil.example"), 403);
}
