//! Accounts from above: lists, tables, invitations, moving, closing, sessions; and which role may ask what.

use crate::support::*;
use api::Caller;
use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::{Department, RegionCode, Role};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use server::group_commit::Write;
use server::regions::Regions;

/// Villages of the table of regions: 老寨村 and 金殿村 in 牙屯堡镇.
const HOME: &str = "431230104202";
const OTHER_VILLAGE: &str = "431230104210";

async fn start() -> Server {
    let server = Server::start().await;
    let regions = Regions::hunan().expect("regions");
    let county: RegionCode = COUNTY.parse().expect("a code");
    let wanted = |code: RegionCode| county.contains(code) || code.level() <= domain::Level::County;
    let rows = regions.rows().iter().filter(|r| wanted(r.code)).cloned();
    let write = Write::PutRegions(rows.collect());
    server.backend.write(write).await.expect("regions");
    server
}

fn bureau(region: &str, name: &str, department: Department) -> Role {
    Role::Bureau {
        region: region.parse().expect("a code"),
        region_name: name.into(),
        department,
    }
}

fn owner(n: usize, owner: bool) -> Role {
    match member(n) {
        Role::Member { org, org_name, .. } => Role::Member {
            org,
            org_name,
            owner,
        },
        other => other,
    }
}

/// Asks with this person's session.
async fn ask(server: &Server, who: &Person, function: &str, mut body: Value) -> Answer {
    if body.is_object() && body.get("user").is_none() {
        body["user"] = json!(who.actor.user);
    }
    server
        .post(&format!("/api/v1/{function}"), Some(who.cookie()), &body)
        .await
}

fn opening(name: &str, phone: &str, village: &str) -> Value {
    json!({ "name": name, "phone": phone, "post": { "village": village } })
}

/// Opens one village's account and gives its slip.
async fn open(server: &Server, county: &Person, name: &str, phone: &str, village: &str) -> Value {
    let body = json!({ "accounts": [opening(name, phone, village)] });
    let answer = ask(server, county, "open_accounts", body).await;
    assert_eq!(answer.body["opened"], true, "{}", answer.body);
    answer.body["rows"][0]["outcome"]["opened"].clone()
}

fn cookie_of(answer: &Answer) -> String {
    let set = answer.headers[header::SET_COOKIE].to_str().expect("text");
    set.split(['=', ';']).nth(1).expect("value").to_owned()
}

async fn accept(server: &Server, code: &str, password: &str) -> Answer {
    let body = json!({ "code": code, "password": password });
    server.post("/api/v1/accept_invitation", None, &body).await
}

async fn me(server: &Server, cookie: &str) -> u16 {
    let me = server.post("/api/v1/me", Some(cookie), &json!({})).await;
    me.status.as_u16()
}

#[tokio::test]
async fn an_invitation_is_used_once_and_a_new_one_ends_the_password_and_every_session() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let slip = open(&server, &county, "杨秀英", "13900000061", HOME).await;
    let code = slip["code"].as_str().expect("a code");
    assert_eq!(code.len(), 9, "in two halves");
    let user = slip["user"].clone();

    let told = json!({ "code": code.to_lowercase() });
    let told = server.post("/api/v1/invitation", None, &told).await;
    assert_eq!(told.body["name"], "杨秀英");
    assert_eq!(told.body["phone_end"], "0061");
    let weak = accept(&server, code, "13900000061").await;
    assert_eq!(
        (weak.status.as_u16(), &weak.body["code"]),
        (400, &json!("weak_password"))
    );
    let accepted = accept(&server, code, "three trees by the tower").await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    assert_eq!(
        accepted.body["actor"]["role"]["village"]["place"]["village"],
        HOME
    );
    let cookie = cookie_of(&accepted);
    assert_eq!(me(&server, &cookie).await, 200);
    let again = accept(&server, code, "another long one").await;
    assert_eq!(
        (again.status.as_u16(), &again.body["code"]),
        (401, &json!("no_invitation"))
    );
    let stored = std::fs::read(server.folder.path().join("data/xiangdan.sqlite-wal")).expect("log");
    let plain = code.replace(' ', "");
    assert!(
        !stored.windows(8).any(|w| w == plain.as_bytes()),
        "the code itself is never stored"
    );

    // Forgotten: the level above gives another slip. Nothing of before opens the account any more.
    let body = json!({ "account": user, "change": "invite" });
    let changed = ask(&server, &county, "change_account", body).await;
    assert_eq!(
        changed.body["account"]["state"], "invited",
        "{}",
        changed.body
    );
    let second = changed.body["slip"]["code"]
        .as_str()
        .expect("a code")
        .to_owned();
    assert_eq!(me(&server, &cookie).await, 401);
    let sign_in = json!({ "phone": "13900000061", "password": "three trees by the tower" });
    let old = server.post("/api/v1/sign_in", None, &sign_in).await;
    assert_eq!(old.status, 401);

    // And a third one replaces the second.
    let body = json!({ "account": user, "change": "invite" });
    let changed = ask(&server, &county, "change_account", body).await;
    let third = changed.body["slip"]["code"]
        .as_str()
        .expect("a code")
        .to_owned();
    assert_eq!(
        accept(&server, &second, "another long one").await.status,
        401
    );
    server.clock.forward(domain::accounts::INVITATION_MS);
    assert_eq!(
        accept(&server, &third, "another long one").await.status,
        401,
        "expired"
    );
    let list = json!({ "state": "waiting" });
    let county = server
        .backend
        .start_session(county.actor.user)
        .await
        .expect("a session");
    let cookie = county.session.expect("signed in").0;
    let listed = server.post("/api/v1/accounts", Some(&cookie), &list).await;
    assert_eq!(listed.body["accounts"][0]["user"], user, "{}", listed.body);

    let trail = server
        .backend
        .database()
        .trail("user", user.as_str().expect("text"))
        .await;
    let trail = trail.expect("a trail");
    let commands: Vec<&str> = trail.iter().map(|entry| entry.command.as_str()).collect();
    assert_eq!(
        commands,
        ["OpenAccount", "AcceptInvitation", "Invite", "Invite"]
    );
    let told = format!("{trail:?}");
    assert!(
        !told.contains("13900000061") && !told.contains(&plain),
        "{told}"
    );
}

#[tokio::test]
async fn guessing_codes_soon_has_to_wait_and_a_good_one_costs_nothing() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let slip = open(&server, &county, "杨秀英", "13900000061", HOME).await;
    let look = async |code: &str| {
        let body = json!({ "code": code });
        server
            .post("/api/v1/invitation", None, &body)
            .await
            .status
            .as_u16()
    };
    for _ in 0..30 {
        assert_eq!(look(slip["code"].as_str().expect("a code")).await, 200);
    }
    for n in 0..20 {
        let wrong = ["K7QM4XTD", "00000000", "x"][n % 3];
        assert_eq!(look(wrong).await, 401);
    }
    assert_eq!(look("K7QM4XTD").await, 429);
}

/// A table as people fill it in: headings, then these rows. Numbers stay numbers.
fn table(headings: &[&str], rows: &[Vec<Value>]) -> String {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (n, heading) in (0..).zip(headings) {
        sheet.write_string(0, n, *heading).expect("written");
    }
    for (r, row) in (1..).zip(rows) {
        for (c, cell) in (0..).zip(row) {
            match cell {
                Value::Number(n) => sheet.write_number(r, c, n.as_f64().expect("a number")),
                cell => sheet.write_string(r, c, cell.as_str().unwrap_or_default()),
            }
            .expect("written");
        }
    }
    BASE64.encode(book.save_to_buffer().expect("a file"))
}

const HEADINGS: [&str; 4] = ["区划代码", "地方", "姓名", "手机号"];

#[tokio::test]
async fn a_table_is_shown_with_its_errors_by_row_and_opened_in_one_act() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    open(&server, &county, "龙桂香", "13900000021", OTHER_VILLAGE).await;
    let rows = [
        vec![
            json!(HOME),
            json!("老寨村"),
            json!("向玉梅"),
            json!("139 0000 0061"),
        ],
        vec![
            json!(431_230_104_210_u64),
            json!(""),
            json!("杨春兰"),
            json!(13_900_000_062_u64),
        ],
        vec![
            json!("43123010420"),
            json!(""),
            json!("石建民"),
            json!("13900000063"),
        ],
        vec![
            json!(HOME),
            json!(""),
            json!("龙桂香"),
            json!("13900000021"),
        ],
        vec![
            json!(HOME),
            json!("大坪村"),
            json!("覃友田"),
            json!("13900000064"),
        ],
        vec![
            json!(HOME),
            json!(""),
            json!("又一个"),
            json!("13900000061"),
        ],
        vec![
            json!("430102001001"),
            json!(""),
            json!("外地人"),
            json!("13900000065"),
        ],
        vec![
            json!(1.234_567_890_123_456_7e17),
            json!(""),
            json!("吴秋月"),
            json!("13900000066"),
        ],
        vec![json!(HOME), json!("老寨村"), json!(""), json!("")],
    ];
    let file = table(&HEADINGS, &rows);
    let shown = ask(&server, &county, "import_accounts", json!({ "file": file })).await;
    assert_eq!(shown.body["opened"], false, "{}", shown.body);
    let told: Vec<(u64, String)> = shown.body["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let outcome = match &row["outcome"] {
                Value::String(word) => word.clone(),
                other => other.to_string(),
            };
            (row["row"].as_u64().expect("a row"), outcome)
        })
        .collect();
    assert_eq!(told.len(), 8, "the row without a person is none: {told:?}");
    for (n, (row, words)) in [
        (2, "fine"),
        (3, "fine"),
        (4, "区划代码少 1 位"),
        (5, "exists"),
        (6, "不是“大坪村”"),
        (7, "和第 2 行是同一个手机号"),
        (8, "不归您开通"),
        (9, "被表格当成数字"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(
            told[n].0 == row && told[n].1.contains(words),
            "{:?}",
            told[n]
        );
    }
    // As many as were seen, or nothing.
    let body = json!({ "file": file, "open": 3 });
    let other = ask(&server, &county, "import_accounts", body).await;
    assert_eq!(other.body["opened"], false);
    let body = json!({ "file": file, "open": 2 });
    let opened = ask(&server, &county, "import_accounts", body).await;
    assert_eq!(opened.body["opened"], true, "{}", opened.body);
    assert!(opened.body["rows"][1]["outcome"]["opened"]["code"].is_string());
    assert!(opened.body["rows"][2]["outcome"]["faults"].is_array());
    let listed = ask(
        &server,
        &county,
        "accounts",
        json!({ "text": "老寨 向玉梅" }),
    )
    .await;
    assert_eq!(
        listed.body["accounts"].as_array().map(Vec::len),
        Some(1),
        "{}",
        listed.body
    );
    let listed = ask(&server, &county, "accounts", json!({})).await;
    assert_eq!(listed.body["accounts"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_file_that_is_too_much_or_no_table_is_refused_before_it_is_read() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let import = async |bytes: Vec<u8>| {
        let file = BASE64.encode(bytes);
        let answer = ask(&server, &county, "import_accounts", json!({ "file": file })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["refused"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(import(b"a,b\n1,2".to_vec()).await.contains("不是 .xlsx"));
    assert!(
        import(vec![0xD0, 0xCF, 0x11, 0xE0, 0, 0])
            .await
            .contains(".xls 文件")
    );
    assert!(
        import(b"PK\x03\x04rubbish".to_vec())
            .await
            .contains("不是 .xlsx")
    );
    // Zeros pack well: a small file that unpacks to far too much.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/worksheets/sheet1.xml", options)
        .expect("begins");
    std::io::Write::write_all(&mut zip, &vec![b' '; 40 << 20]).expect("written");
    let bomb = zip.finish().expect("a file").into_inner();
    assert!(bomb.len() < 128 * 1024, "{}", bomb.len());
    assert!(import(bomb).await.contains("内容太多"));
    let body = json!({ "file": "A".repeat(900_000), "user": county.actor.user });
    let answer = server
        .post("/api/v1/import_accounts", Some(county.cookie()), &body)
        .await;
    assert_eq!(answer.status, 413);
    let refused = async |file: String| {
        let answer = ask(&server, &county, "import_accounts", json!({ "file": file })).await;
        answer.body["refused"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let row = vec![json!(HOME), json!("向玉梅")];
    assert!(
        refused(table(&["区划代码", "姓名"], &[row]))
            .await
            .contains("“手机号”")
    );
    assert!(
        refused(table(&["甲", "乙"], &[]))
            .await
            .contains("没有找到表头")
    );
    assert!(
        refused(table(&HEADINGS, &[]))
            .await
            .contains("没有要开通的人")
    );
    let many: Vec<Vec<Value>> = (0..1_001)
        .map(|n| {
            vec![
                json!(HOME),
                json!(""),
                json!("人"),
                json!(13_900_000_000_u64 + n),
            ]
        })
        .collect();
    assert!(refused(table(&HEADINGS, &many)).await.contains("1000 行"));
}

#[tokio::test]
async fn the_template_reads_back_and_names_every_village_of_the_county() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let answer = ask(&server, &county, "account_template", json!({})).await;
    let bytes = BASE64
        .decode(answer.body["file"].as_str().expect("a file"))
        .expect("base64");
    let role = county_bureau();
    assert_eq!(
        server::accounts::table::read(&bytes, &role).err(),
        Some(server::accounts::table::TableError::Empty),
        "nobody is named in it yet"
    );
    use calamine::{Reader, Xlsx};
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).expect("a table");
    let range = book.worksheet_range("账号").expect("a sheet");
    assert!(range.height() > 100, "{}", range.height());
    assert!(
        range
            .rows()
            .any(|row| row[0] == HOME && row[1].to_string().contains("牙屯堡镇"))
    );
    assert!(
        range
            .rows()
            .skip(1)
            .all(|row| row[0].to_string().len() == 12)
    );
}

#[tokio::test]
async fn an_account_moves_closes_and_its_number_is_free_for_another() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let slip = open(&server, &county, "杨秀英", "13900000061", HOME).await;
    let code = slip["code"].as_str().expect("a code");
    let cookie = cookie_of(&accept(&server, code, "three trees by the tower").await);
    let user = &slip["user"];
    let moved = json!({ "account": user, "change": { "move": { "village": OTHER_VILLAGE } } });
    let moved = ask(&server, &county, "change_account", moved).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    let profile = server.post("/api/v1/me", Some(&cookie), &json!({})).await;
    let feeds = profile.body["feeds"].to_string();
    assert!(
        feeds.contains(OTHER_VILLAGE) && !feeds.contains(HOME),
        "{feeds}"
    );
    let abroad = json!({ "account": user, "change": { "move": { "village": "430102001001" } } });
    assert_eq!(
        ask(&server, &county, "change_account", abroad).await.status,
        403
    );

    let close = json!({ "account": user, "change": "close" });
    let closed = ask(&server, &county, "change_account", close.clone()).await;
    assert_eq!(closed.body["account"]["state"], "closed");
    assert_eq!(me(&server, &cookie).await, 401);
    assert_eq!(
        ask(&server, &county, "change_account", close).await.status,
        403,
        "twice"
    );
    // A next exchange is refused in the way of every session that has ended.
    let exchange = json!({ "v": 1, "client": id(1), "cursors": {}, "mutations": [] });
    let refused = server
        .post("/api/v1/exchange", Some(&cookie), &exchange)
        .await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["code"]),
        (401, &json!("signed_out"))
    );

    // The number belongs to somebody else now; what the first one did stays under their account.
    let second = open(&server, &county, "龙桂香", "13900000061", HOME).await;
    assert_ne!(second["user"], *user);
    let listed = ask(&server, &county, "accounts", json!({ "state": "closed" })).await;
    assert_eq!(
        listed.body["accounts"][0]["phone"], "13900000061",
        "{}",
        listed.body
    );
    let reopened = json!({ "account": user, "change": "invite" });
    assert_eq!(
        ask(&server, &county, "change_account", reopened)
            .await
            .status,
        403,
        "the number is taken"
    );
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_oneself_and_by_the_level_above() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    let cadre = server.person(2, village()).await;
    let second = server
        .backend
        .start_session(cadre.actor.user)
        .await
        .expect("a session");
    let second = second.session.expect("signed in").0;
    let listed = ask(&server, &cadre, "sessions", json!({})).await;
    let sessions = listed.body.as_array().expect("sessions");
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|s| s["is_this"] == true).count(), 1);
    let left = ask(&server, &cadre, "end_session", json!({})).await;
    assert_eq!(left.body.as_array().map(Vec::len), Some(1), "{}", left.body);
    assert_eq!(
        (
            me(&server, &second).await,
            me(&server, cadre.cookie()).await
        ),
        (401, 200)
    );

    let account = json!(cadre.actor.user);
    let above = ask(&server, &county, "sessions", json!({ "account": account })).await;
    let id = above.body[0]["id"].clone();
    let end = json!({ "account": account, "change": { "end_session": id } });
    assert_eq!(
        ask(&server, &county, "change_account", end).await.status,
        200
    );
    assert_eq!(me(&server, cadre.cookie()).await, 401);
    let trail = server
        .backend
        .database()
        .trail("user", account.as_str().expect("text"))
        .await;
    let ended = trail
        .expect("a trail")
        .into_iter()
        .filter(|e| e.command == "EndSessions");
    let by: Vec<String> = ended.map(|entry| entry.user).collect();
    assert_eq!(
        by,
        [cadre.actor.user.to_string(), county.actor.user.to_string()]
    );
}

#[tokio::test]
async fn a_devices_key_is_given_for_the_password_alone() {
    let server = start().await;
    let cadre = server.person(2, village()).await;
    let other = server.person(3, village()).await;
    let device = "0123456789abcdef0123456789abcdef";
    let key = async |who: &Person, password: &str, device: &str| {
        ask(
            &server,
            who,
            "data_key",
            json!({ "device": device, "password": password }),
        )
        .await
    };
    let wrong = key(&cadre, "another", device).await;
    assert_eq!(
        (wrong.status.as_u16(), &wrong.body["code"]),
        (401, &json!("wrong_credentials"))
    );
    let given = key(&cadre, PASSWORD, device).await;
    assert_eq!(
        given.body["key"].as_str().map(str::len),
        Some(64),
        "{}",
        given.body
    );
    assert_eq!(
        key(&cadre, PASSWORD, device).await.body,
        given.body,
        "the same again"
    );
    assert_ne!(
        key(&other, PASSWORD, device).await.body,
        given.body,
        "each person's own"
    );
    assert_eq!(key(&cadre, PASSWORD, "short").await.status, 400);
    let body = json!({ "user": cadre.actor.user, "device": device, "password": PASSWORD });
    assert_eq!(
        server.post("/api/v1/data_key", None, &body).await.status,
        401
    );
    assert_eq!(
        server
            .post("/api/v1/data_key", Some(other.cookie()), &body)
            .await
            .status,
        409
    );
    // Guessing here soon has to wait, as it does at the sign-in.
    for _ in 0..10 {
        key(&cadre, "another", device).await;
    }
    assert_eq!(key(&cadre, PASSWORD, device).await.status, 429);
}

#[tokio::test]
async fn pages_of_accounts_go_on_where_the_last_one_ended() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    for n in 10..17 {
        server.person(n, village()).await;
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = ask(
            &server,
            &county,
            "accounts",
            json!({ "limit": 3, "after": after }),
        )
        .await;
        let accounts = page.body["accounts"].as_array().expect("accounts").clone();
        assert!(accounts.len() <= 3);
        seen.extend(accounts.into_iter().map(|a| a["user"].to_string()));
        after = page.body["next"].clone();
        if after.is_null() {
            break;
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (7, 7));
}

/// Which role may ask what: everything that is not in this table is refused. Each role asks about an account that only the county looks
/// after, and about its own list.
#[tokio::test]
async fn which_role_may_ask_what() {
    let server = start().await;
    let cadre = server.person(100, village()).await;
    let people = [
        ("village", server.person(2, village()).await),
        ("county", server.person(3, county_bureau()).await),
        ("city", server.person(4, city_bureau()).await),
        (
            "province",
            server
                .person(
                    5,
                    bureau("430000000000", "湖南省", Department::CivilAffairs),
                )
                .await,
        ),
        (
            "other county",
            server
                .person(
                    6,
                    bureau("431229000000", "靖州县", Department::CivilAffairs),
                )
                .await,
        ),
        ("member", server.person(7, owner(1, false)).await),
        ("owner", server.person(8, owner(1, true)).await),
        ("administrator", server.person(9, Role::Administrator).await),
    ];
    let about = json!({ "account": cadre.actor.user });
    let with = |more: Value| {
        let mut body = about.clone();
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        body
    };
    // For each role in the order above: whether it is answered.
    let table: [(&str, Value, [bool; 8]); 10] = [
        (
            "accounts",
            json!({}),
            [false, true, true, true, true, false, true, true],
        ),
        (
            "account_template",
            json!({}),
            [false, true, true, true, true, false, true, true],
        ),
        (
            "account_places",
            json!({}),
            [false, true, true, true, true, false, true, true],
        ),
        (
            "account_places",
            json!({ "region": COUNTY }),
            [false, true, true, true, false, false, true, true],
        ),
        (
            "import_accounts",
            json!({ "file": "" }),
            [false, true, true, true, true, false, true, true],
        ),
        (
            "open_accounts",
            json!({ "accounts": [] }),
            [false, true, true, true, true, false, true, true],
        ),
        ("sessions", json!({}), [true; 8]),
        (
            "sessions",
            about.clone(),
            [false, true, false, false, false, false, false, false],
        ),
        (
            "change_account",
            with(json!({ "change": { "rename": "新名字" } })),
            [false, true, false, false, false, false, false, false],
        ),
        (
            "change_account",
            with(json!({ "change": "invite" })),
            [false, true, false, false, false, false, false, false],
        ),
    ];
    for (function, body, may) in table {
        for ((role, person), may) in people.iter().zip(may) {
            let answer = ask(&server, person, function, body.clone()).await;
            let status = answer.status.as_u16();
            assert_eq!(
                status,
                if may { 200 } else { 403 },
                "{role} asks {function} {body}: {}",
                answer.body
            );
        }
        let path = format!("/api/v1/{function}");
        let mut body = body;
        body["user"] = json!(cadre.actor.user);
        assert_eq!(
            server.post(&path, None, &body).await.status,
            401,
            "{function} of nobody"
        );
        // Somebody else's session: nothing is told.
        let other = server.post(&path, Some(people[1].1.cookie()), &body).await;
        assert_eq!(other.body["code"], "other_user", "{function}");
    }
    // Nobody finds in their list whom they do not look after, and opens nothing that is not theirs.
    for (role, person) in &people {
        let listed = ask(&server, person, "accounts", json!({})).await;
        let listed = listed.body["accounts"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let finds = listed.iter().any(|a| a["user"] == json!(cadre.actor.user));
        assert_eq!(finds, *role == "county", "{role}");
        let body = json!({ "accounts": [opening("某人", "13900000099", HOME)] });
        let opened = ask(&server, person, "open_accounts", body).await;
        let opens = opened.body["opened"] == true;
        assert_eq!(opens, *role == "county", "{role}: {}", opened.body);
        if opens {
            let account = opened.body["rows"][0]["outcome"]["opened"]["user"].clone();
            let close = json!({ "account": account, "change": "close" });
            assert_eq!(
                ask(&server, person, "change_account", close).await.status,
                200
            );
        }
    }
    // An owner and a civil affairs bureau meet in the members.
    let member = json!({ "member": { "org": ORGS[1], "owner": false } });
    let body = json!({ "accounts": [{ "name": "石慧", "phone": "13900000077", "post": member }] });
    let (_, owner) = &people[6];
    let opened = ask(&server, owner, "open_accounts", body).await;
    assert_eq!(opened.body["opened"], true, "{}", opened.body);
}

#[tokio::test]
async fn the_log_and_the_caller_hold_no_names() {
    let caller = Caller {
        session: None,
        device: None,
        ip: std::net::IpAddr::from([127, 0, 0, 1]),
        kind: String::new(),
    };
    assert!(format!("{caller:?}").len() < 200);
    let slip = api::accounts::Slip {
        user: domain::UserId::from_random([1; 16]),
        name: "杨秀英".into(),
        phone: "13900000061".into(),
        place: "老寨村".into(),
        code: "K7QM 4XTD".into(),
        until: NOW,
    };
    let told = format!("{slip:?}");
    assert!(
        !told.contains("杨秀英") && !told.contains("1390") && !told.contains("K7QM"),
        "{told}"
    );
}

#[tokio::test]
async fn nobody_goes_through_all_phone_numbers_by_opening_accounts() {
    let server = start().await;
    let owner = server.person(1, owner(0, true)).await;
    let county = server.person(2, county_bureau()).await;
    let ask_about = async |who: &Person, from: u64, n: u64| {
        let accounts: Vec<Value> = (from..from + n)
            .map(|n| opening("张三", &format!("139{n:08}"), "431230999200"))
            .collect();
        ask(
            &server,
            who,
            "open_accounts",
            json!({ "accounts": accounts }),
        )
        .await
    };
    // The same numbers again cost nothing, and those of a table count as well.
    for _ in 0..3 {
        assert_eq!(ask_about(&owner, 0, 90).await.status, 200);
    }
    let refused = ask_about(&owner, 90, 20).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["code"], "too_many_numbers", "{}", refused.body);
    assert!(
        refused.body["retry_after_s"]
            .as_u64()
            .is_some_and(|s| s <= 86_400)
    );
    assert!(refused.body.get("rows").is_none());
    assert_eq!(ask_about(&owner, 80, 20).await.status, 200);
    let rows: Vec<Vec<Value>> = (0..5)
        .map(|n| {
            vec![
                json!(HOME),
                json!(""),
                json!("李四"),
                json!(format!("137{n:08}")),
            ]
        })
        .collect();
    let file = table(&HEADINGS, &rows);
    assert_eq!(ask_about(&county, 0, 1_000).await.status, 200);
    assert_eq!(ask_about(&county, 1_000, 998).await.status, 200);
    let import = json!({ "file": file });
    let refused = ask(&server, &county, "import_accounts", import.clone()).await;
    assert_eq!(refused.body["code"], "too_many_numbers", "{}", refused.body);
    server.clock.forward(86_400_000);
    let county = server.person(2, county_bureau()).await;
    let fine = ask(&server, &county, "import_accounts", import).await;
    assert_eq!(fine.status, 200, "{}", fine.body);
}

#[tokio::test]
async fn invitations_that_were_not_issued_do_not_count() {
    let server = start().await;
    let county = server.person(1, county_bureau()).await;
    open(&server, &county, "杨秀英", "13900000061", HOME).await;
    // Somebody else was faster each time: nothing is opened, however often it is tried.
    for n in 0..3 {
        let body = json!({ "accounts": [opening("李四", "13900000061", HOME)] });
        let answer = ask(&server, &county, "open_accounts", body).await;
        assert_eq!(answer.body["opened"], false, "{n}");
    }
}
