//! Test helpers: a real router on a temporary folder, and signed-in people with devices.

use api::Caller;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use domain::{
    Actor, ClientId, CreditCode, Day, Department, Entity, Millis, MutationId, OrgKind,
    Organization, Place, RegionCode, Role, UserId,
};
use domain::{Contact, Help, ItemNo, NeedContent, NeedItem, Topic, Unit};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::ports::Clock;
use server::site::Site;
use server::{App, Config, Options, StorageBackend};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use tower::ServiceExt;

pub const COUNTY: &str = "431230000000";
pub const VILLAGE: &str = "431230104201";
pub const ORGS: [&str; 3] = [
    "51430000500000001T",
    "52430000500000001P",
    "53430000500000001L",
];
pub const NOW: Millis = Millis(1_795_500_000_000);
pub const PASSWORD: &str = "correct horse";

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn new() -> Self {
        Self::at(NOW.0)
    }

    pub fn at(ms: i64) -> Self {
        Self(AtomicI64::new(ms))
    }

    pub fn forward(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

pub struct Server {
    pub folder: TempDir,
    pub backend: Arc<StorageBackend>,
    pub router: Router,
    pub clock: Arc<TestClock>,
}

/// Somebody signed in, with the next number of their device.
pub struct Person {
    pub actor: Actor,
    pub caller: Caller,
    pub client: ClientId,
    pub seq: u64,
    pub cursors: Value,
    pub epoch: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("assets")).expect("folder");
        for (name, text) in [
            ("index.html", "<!doctype html><title>乡单</title>"),
            ("sw.js", "// worker"),
            ("assets/app-1a2b.js", "console.log(1)"),
            ("assets/app-1a2b.js.br", "BROTLI"),
            ("assets/app-1a2b.js.gz", "GZIP"),
        ] {
            std::fs::write(site.join(name), text).expect("file");
        }
        let previous = folder.path().join("site-previous/assets");
        std::fs::create_dir_all(&previous).expect("folder");
        std::fs::write(previous.join("app-0000.js"), "old").expect("file");
        let clock = Arc::new(TestClock::new());
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let config = Config {
            data: folder.path().join("data"),
            site: site.clone(),
            ..Config::default()
        };
        let backend = Arc::new(
            StorageBackend::open(&config.database(), options)
                .await
                .expect("backend"),
        );
        let router = App::new(backend.clone(), Site::folder(&site), &config).router();
        let orgs = ORGS
            .map(|code| Entity::Organization(Box::new(organization(code))))
            .to_vec();
        backend
            .write(Write::PutEntities(orgs))
            .await
            .expect("organizations");
        Self {
            folder,
            backend,
            router,
            clock,
        }
    }

    /// Adds an account and signs it in without a password.
    pub async fn person(&self, n: u8, role: Role) -> Person {
        let actor = actor(n, role);
        self.backend
            .put_account(&phone(n), PASSWORD, actor.clone())
            .await
            .expect("account");
        let caller = self
            .backend
            .start_session(actor.user)
            .await
            .expect("session");
        Person {
            actor,
            caller,
            client: ClientId::from_random([n; 16]),
            seq: 0,
            cursors: json!({}),
            epoch: String::new(),
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible")
    }

    pub async fn post(&self, path: &str, cookie: Option<&str>, body: &Value) -> Answer {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, format!("xiangdan_session={cookie}"));
        }
        self.ask(request.body(Body::from(body.to_string())).expect("request"))
            .await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).expect("request"))
            .await
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.send(request).await.into_parts();
        let bytes = to_bytes(body, 1 << 26).await.expect("body");
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl Person {
    pub fn cookie(&self) -> &str {
        &self.caller.session.as_ref().expect("signed in").0
    }

    /// A mutation with the next number.
    pub fn mutation(&mut self, name: &str, args: Value) -> Value {
        self.seq += 1;
        json!({
            "seq": self.seq, "id": mutation_id(self.client, self.seq), "name": name, "v": 1, "args": args, "at": NOW,
        })
    }

    /// The body of an exchange from where this device stands.
    pub fn request(&self, mutations: Vec<Value>) -> Value {
        json!({
            "v": 1, "client": self.client, "epoch": self.epoch, "cursors": self.cursors, "mutations": mutations,
        })
    }

    /// One exchange over HTTP; keeps the cursors.
    pub async fn exchange(&mut self, server: &Server, mutations: Vec<Value>) -> Answer {
        let answer = server
            .post(
                "/api/v1/exchange",
                Some(self.cookie()),
                &self.request(mutations),
            )
            .await;
        if answer.status == StatusCode::OK {
            self.epoch = answer.body["epoch"].as_str().expect("epoch").to_owned();
            for page in answer.body["feeds"].as_array().expect("feeds") {
                self.cursors[page["feed"].as_str().expect("feed")] = page["cursor"].clone();
            }
            for feed in answer.body["drop"].as_array().expect("drop") {
                self.cursors
                    .as_object_mut()
                    .expect("object")
                    .remove(feed.as_str().expect("feed"));
            }
        }
        answer
    }

    /// Does one thing and returns its verdict.
    pub async fn does(&mut self, server: &Server, name: &str, args: Value) -> Value {
        let mutation = self.mutation(name, args);
        let answer = self.exchange(server, vec![mutation]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body["results"][0].clone()
    }
}

pub fn mutation_id(client: ClientId, seq: u64) -> MutationId {
    let mut bytes = *client.0.as_bytes();
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    MutationId::from_random(bytes)
}

pub fn phone(n: u8) -> String {
    format!("1380000{n:04}")
}

pub fn actor(n: u8, role: Role) -> Actor {
    let library = match role {
        Role::Village { .. } => vec![],
        _ => vec![code(COUNTY)],
    };
    Actor {
        user: UserId::from_random([n; 16]),
        name: format!("第{n}人"),
        role,
        library,
    }
}

pub fn code(text: &str) -> RegionCode {
    text.parse().expect("code")
}

pub fn village() -> Role {
    Role::Village {
        place: Place {
            village: code(VILLAGE),
            city_name: "怀化市".into(),
            county_name: "通道侗族自治县".into(),
            town_name: "坪坦乡".into(),
            village_name: "木脚村".into(),
        },
    }
}

pub fn member(n: usize) -> Role {
    let org: CreditCode = ORGS[n].parse().expect("code");
    Role::Member {
        org,
        org_name: format!("第{n}协会"),
        owner: true,
    }
}

pub fn county_bureau() -> Role {
    Role::Bureau {
        region: code(COUNTY),
        region_name: "通道侗族自治县".into(),
        department: Department::CivilAffairs,
    }
}

pub fn city_bureau() -> Role {
    Role::Bureau {
        region: code("431200000000"),
        region_name: "怀化市".into(),
        department: Department::CivilAffairs,
    }
}

pub fn organization(code_: &str) -> Organization {
    let code_: CreditCode = code_.parse().expect("code");
    let _ = OrgKind::Association;
    Organization {
        serves: vec![code(COUNTY)],
        approved: true,
        ..Organization::new(code_, format!("{code_}协会"), code(COUNTY))
    }
}

pub fn id(n: u64) -> String {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    domain::NeedId::from_random(bytes).to_string()
}

pub fn content(title: &str, quantity: u64) -> NeedContent {
    NeedContent {
        title: title.into(),
        details: "进村的路晚上看不清".into(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![NeedItem {
            no: ItemNo(1),
            name: "路灯".into(),
            quantity,
            unit: Unit::Of("盏".into()),
        }],
        deadline: NOW.day().plus(60),
        persons: 120,
        households: None,
        budget: None,
        urgent: false,
        contact: Some(Contact {
            name: "王建国".into(),
            phone: "13900000001".into(),
        }),
    }
}

/// Whom the village calls about an order.
pub fn callable() -> Value {
    json!({ "name": "龙海燕", "phone": "19900001111" })
}

pub fn due() -> Day {
    NOW.day().plus(30)
}

/// A need that the county has published.
pub async fn published(
    server: &Server,
    cadre: &mut Person,
    officer: &mut Person,
    n: u64,
    quantity: u64,
) -> String {
    let need = id(n);
    let posted = cadre
        .does(
            server,
            "PostNeed",
            json!({ "need": need, "content": content("路灯需要安装", quantity) }),
        )
        .await;
    assert_eq!(posted["verdict"], "applied", "{posted}");
    let screened = officer
        .does(
            server,
            "ScreenNeed",
            json!({ "need": need, "opinion": { "publish": {} } }),
        )
        .await;
    assert_eq!(screened["verdict"], "applied", "{screened}");
    need
}
