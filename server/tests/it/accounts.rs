//! The commands that change an installation from a terminal.

use crate::http::{Connection, Process};
use crate::support::*;
use serde_json::json;
use server::{Options, StorageBackend};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(data: &Path, args: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_xiangdan"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut stdin = child.stdin.take().expect("piped");
    // Who reads nothing may have ended already.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    child.wait_with_output().expect("ends")
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

fn sign_in(process: &Process, password: &str) -> (u16, String) {
    let mut connection = Connection::open(process.address).expect("connects");
    let body = json!({ "phone": phone(1), "password": password }).to_string();
    let reply = connection
        .ask("/api/v1/sign_in", "", &[], &body)
        .expect("answers");
    let cookie = reply.header("set-cookie").unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    (reply.status, cookie)
}

fn me(process: &Process, cookie: &str) -> u16 {
    let mut connection = Connection::open(process.address).expect("connects");
    connection
        .ask("/api/v1/me", cookie, &[], "{}")
        .expect("answers")
        .status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_reset_and_an_account_is_closed_from_a_terminal() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path();
    let nobody = run(data, &["reset-password", "--phone", &phone(1)], "");
    assert!(!nobody.status.success() && said(&nobody).contains("is not there"));
    let backend = StorageBackend::open(&data.join("xiangdan.sqlite"), Options::default())
        .await
        .expect("backend");
    backend
        .put_account(&phone(1), PASSWORD, actor(1, village()))
        .await
        .expect("account");
    backend.shut_down().await;

    let mut process = Process::serve(data);
    let (status, old) = sign_in(&process, PASSWORD);
    assert_eq!((status, me(&process, &old)), (200, 200));
    process.kill();

    let unknown = run(data, &["reset-password", "--phone", "13999999999"], "");
    assert!(!unknown.status.success() && said(&unknown).contains("has no account"));
    let short = run(
        data,
        &["reset-password", "--phone", &phone(1), "--password-stdin"],
        "short\n",
    );
    assert!(!short.status.success());
    let made_up = run(data, &["reset-password", "--phone", "138 0000 0001"], "");
    assert!(made_up.status.success(), "{}", said(&made_up));
    let told = said(&made_up);
    let made_up = told.trim().rsplit(' ').next().expect("a password");
    let mut process = Process::serve(data);
    assert_eq!(me(&process, &old), 401, "its sessions have ended");
    assert_eq!(sign_in(&process, PASSWORD).0, 401);
    let (status, cookie) = sign_in(&process, made_up);
    assert_eq!(status, 200);
    process.kill();

    let arguments = ["reset-password", "--phone", &phone(1), "--password-stdin"];
    let read = run(data, &arguments, "a fourth horse\n");
    assert!(read.status.success(), "{}", said(&read));
    assert!(!said(&read).contains("a fourth horse"));
    let mut process = Process::serve(data);
    assert_eq!(me(&process, &cookie), 401);
    let (status, cookie) = sign_in(&process, "a fourth horse");
    assert_eq!(status, 200);
    process.kill();

    let closed = run(data, &["close-account", "--phone", &phone(1)], "");
    assert!(closed.status.success(), "{}", said(&closed));
    let mut process = Process::serve(data);
    assert_eq!(
        (me(&process, &cookie), sign_in(&process, "a fourth horse").0),
        (401, 401)
    );
    process.kill();
    for args in [["close-account", "--phone"], ["reset-password", "--phone"]] {
        let again = run(data, &[args[0], args[1], &phone(1)], "");
        assert!(!again.status.success() && said(&again).contains("is closed"));
    }
    assert!(run(data, &["check"], "").status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bureau_is_opened_and_invited_again_from_a_terminal() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path();
    assert!(run(data, &["import-regions"], "").status.success());
    let bureau = |phone: &str, region: &str| {
        let arguments = [
            "open-bureau",
            "--phone",
            phone,
            "--name",
            "周干事",
            "--region",
            region,
        ];
        let department = ["--department", "civil-affairs"];
        run(data, &[arguments.as_slice(), &department].concat(), "")
    };
    let opened = bureau("13900000071", "431230000000");
    assert!(opened.status.success(), "{}", said(&opened));
    let taken = bureau("13900000071", "431230000000");
    assert!(!taken.status.success() && said(&taken).contains("has an account already"));
    let nowhere = bureau("13900000072", "439999000000");
    assert!(!nowhere.status.success(), "{}", said(&nowhere));
    let again = run(data, &["invite", "--phone", "139 0000 0071"], "");
    assert!(again.status.success(), "{}", said(&again));
    let told = said(&again);
    let code = told
        .split("invitation is ")
        .nth(1)
        .and_then(|rest| rest.split(';').next());
    let mut process = Process::serve(data);
    let mut connection = Connection::open(process.address).expect("connects");
    let body = json!({ "code": code, "password": "three trees by the tower" }).to_string();
    let reply = connection
        .ask("/api/v1/accept_invitation", "", &[], &body)
        .expect("answers");
    assert_eq!(reply.status, 200);
    process.kill();
    let unknown = run(data, &["invite", "--phone", "13999999999"], "");
    assert!(!unknown.status.success() && said(&unknown).contains("has no account"));
}

#[test]
fn a_foreign_an_empty_and_a_missing_file_are_told_and_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("xiangdan.sqlite");
    let missing = run(folder.path(), &["check"], "");
    assert!(!missing.status.success() && said(&missing).contains("is not there"));
    assert!(!file.exists(), "looking makes nothing");
    for (bytes, words) in [
        ("", "is an empty file"),
        ("no database\n", "is not a database of xiangdan"),
    ] {
        for command in [
            "check",
            "migrate",
            "demo",
            "serve",
            "restored",
            "import-regions",
        ] {
            fs::write(&file, bytes).expect("written");
            let output = run(folder.path(), &[command], "");
            let told = said(&output);
            assert!(
                !output.status.success() && told.contains(words),
                "{command}: {told}"
            );
            assert_eq!(
                fs::read_to_string(&file).expect("a file"),
                bytes,
                "{command}"
            );
        }
    }
}

#[test]
fn a_table_of_regions_without_regions_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let table = folder.path().join("regions.csv");
    let table_path = table.to_str().expect("text");
    assert!(run(folder.path(), &["import-regions"], "").status.success());
    for text in [
        "code,name,valid_from,valid_to,successor\n",
        "code,name,valid_from,valid_to,successor",
        "\u{feff}code,name,valid_from,valid_to,successor\r\n\r\n",
        "",
    ] {
        fs::write(&table, text).expect("written");
        let output = run(folder.path(), &["import-regions", table_path], "");
        assert!(!output.status.success(), "{text:?}: {}", said(&output));
    }
    let header = said(&run(folder.path(), &["import-regions", table_path], ""));
    assert!(header.contains("the first line"), "{header}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_orders_an_organization_may_take_in_a_day_is_set_from_a_terminal() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path();
    let file = data.join("xiangdan.sqlite");
    let open = async || {
        StorageBackend::open(&file, Options::default())
            .await
            .expect("backend")
    };
    let backend = open().await;
    let entity = domain::Entity::from(organization(ORGS[0]));
    let put = server::group_commit::Write::PutEntities(vec![entity]);
    backend.write(put).await.expect("an organization");
    backend.shut_down().await;

    for (limit, expected) in [(Some("3"), 3), (None, domain::organizations::DAILY_ORDERS)] {
        let mut args = vec!["daily-orders", "--org", ORGS[0]];
        args.extend(limit.iter().flat_map(|limit| ["--limit", limit]));
        let set = run(data, &args, "");
        assert!(set.status.success(), "{}", said(&set));
        let backend = open().await;
        let mut transaction = backend.database().begin().await.expect("begins");
        let key = domain::Key::Organization(ORGS[0].parse().expect("a code"));
        let rows = transaction.read_entities(&[key]).await.expect("reads");
        transaction.roll_back().await.expect("ends");
        let kept: domain::Organization =
            serde_json::from_str(&rows[0].body).expect("an organization");
        let limit = kept.daily_orders;
        assert_eq!(
            limit.unwrap_or(domain::organizations::DAILY_ORDERS),
            expected
        );
        backend.shut_down().await;
    }
    for (args, why) in [
        (["--org", ORGS[0], "--limit", "0"], "0"),
        (["--org", ORGS[1], "--limit", "3"], "no organization"),
        (
            ["--org", "51430000500000001A", "--limit", "3"],
            "51430000500000001A",
        ),
    ] {
        let args: Vec<&str> = std::iter::once("daily-orders").chain(args).collect();
        let refused = run(data, &args, "");
        assert!(
            !refused.status.success() && said(&refused).contains(why),
            "{}",
            said(&refused)
        );
    }
}

#[test]
fn settings_are_set_and_the_trail_is_read_from_a_terminal() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path();
    let county = ["settings", "--region", "431230000000"];
    let with = |more: &[&str]| run(data, &[&county, more].concat(), "");
    assert!(said(&with(&[])).contains("is not there"));
    let admin = ["create-admin", "--name", "管理员", "--phone", &phone(1)];
    assert!(run(data, &admin, "").status.success());

    let set = with(&["--set", "renew_after=20", "--publish", "both"]);
    assert!(set.status.success(), "{}", said(&set));
    let line = |output: &Output, name: &str| {
        let said = said(output);
        let line = said.lines().find(|line| line.starts_with(name));
        line.map(|line| {
            line.split_whitespace()
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .unwrap_or(said)
    };
    assert_eq!(line(&set, "renew_after"), "20 431230000000");
    assert_eq!(line(&set, "publish"), "both");
    assert_eq!(line(&set, "lapse_after"), "60 nobody has set it");

    // The rule of the page holds here too, and a refusal changes nothing.
    let refused = with(&["--set", "renew_after=59"]);
    assert!(!refused.status.success());
    assert!(said(&with(&["--set", "renew=3"])).contains("renew_after"));
    let back = with(&["--set", "lapse_after=90"]);
    assert_eq!(line(&back, "renew_after"), "20 431230000000");
    assert_eq!(
        line(&with(&["--set", "renew_after"]), "renew_after"),
        "30 nobody has set it"
    );

    let trail = run(
        data,
        &["trail", "--command", "SetSettings", "--most", "2"],
        "",
    );
    let entries: Vec<serde_json::Value> = said(&trail)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(entries.len(), 2, "{}", said(&trail));
    assert_eq!(entries[0]["name"], "服务器终端");
    assert!(entries[0].to_string().contains("renew_after"));
}
