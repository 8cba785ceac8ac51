//! Who uses the servers in these tests, and what they send.

use api::{ApiError, Backend, Caller};
use domain::needs::NeedState;
use domain::{
    Actor, ClientId, CreditCode, Entity, Millis, MutationId, Need, NeedId, Organization, Place,
    RegionCode, Role, UserId,
};
use domain::{Contact, Help, ItemNo, NeedContent, NeedItem, Topic, Unit};
use serde_json::{Value, json};
use server::StorageBackend;
use server::group_commit::Write;
use server::storage::accounts::NewAccount;
use sync::wire::{ExchangeAnswer, ExchangeRequest};

pub const COUNTY: &str = "431230000000";
pub const NOW: Millis = Millis(1_795_500_000_000);

pub fn code(text: &str) -> RegionCode {
    text.parse().expect("a code")
}

pub fn place() -> Place {
    Place {
        village: code("431230104201"),
        city_name: "怀化市".into(),
        county_name: "通道侗族自治县".into(),
        town_name: "坪坦乡".into(),
        village_name: "木脚村".into(),
    }
}

pub fn org(n: u64) -> CreditCode {
    CreditCode::complete(&format!("514300005{n:08}")).expect("a credit code")
}

pub fn organization(n: u64) -> Entity {
    Entity::Organization(Box::new(Organization {
        serves: vec![code(COUNTY)],
        approved: true,
        // These tests are about races, not about how many orders a day allows.
        daily_orders: Some(u32::MAX),
        ..Organization::new(org(n), format!("第{n}协会"), code(COUNTY))
    }))
}

/// The number stands in the last six bytes, where no bit says which kind of UUID it is.
pub fn uuid(kind: u8, n: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[10..].copy_from_slice(&n.to_be_bytes()[2..]);
    bytes
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
        // Far enough for a server with the machine's clock as well.
        deadline: NOW.day().plus(300),
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

pub fn need_id(n: u64) -> NeedId {
    NeedId::from_random(uuid(1, n))
}

/// A published need that asks for so many pieces.
pub fn published(n: u64, quantity: u64) -> Need {
    Need {
        id: need_id(n),
        place: place(),
        content: content("路灯需要安装", quantity),
        revision: domain::Revision::default(),
        rewritten: Vec::new(),
        state: NeedState::Published { at: NOW },
        opinions: Vec::new(),
        pledges: Vec::new(),
        waiting: Vec::new(),
        offer: None,
        asked: Vec::new(),
        terms: domain::terms::NeedTerms::default(),
        also: Vec::new(),
        told_apart: Vec::new(),
        merged: Vec::new(),
        history: Vec::new(),
        author: UserId::from_random(uuid(2, 0)),
        created_at: NOW,
        updated_at: Millis(NOW.0 + i64::try_from(n).unwrap()),
    }
}

pub fn village() -> Role {
    Role::Village { place: place() }
}

pub fn member(n: u64) -> Role {
    Role::Member {
        org: org(n),
        org_name: format!("第{n}协会"),
        owner: true,
    }
}

pub fn actor(n: u64, role: Role) -> Actor {
    Actor {
        user: UserId::from_random(uuid(3, n)),
        name: format!("第{n}人"),
        library: match role {
            Role::Village { .. } => vec![],
            _ => vec![code(COUNTY)],
        },
        role,
    }
}

pub fn account(n: u64, role: Role, active: bool) -> NewAccount {
    NewAccount {
        phone: format!("138{n:08}"),
        password: "-".to_owned(),
        actor: actor(n, role),
        active,
        creator: None,
    }
}

/// A device with the next number of its sequence, and how far it has read.
pub struct Device {
    pub caller: Caller,
    pub client: ClientId,
    pub seq: u64,
    pub cursors: Value,
    pub epoch: String,
}

impl Device {
    /// A new account with a device.
    pub async fn new(backend: &StorageBackend, n: u64, role: Role) -> Self {
        let account = account(n, role, true);
        let user = account.actor.user;
        let put = Write::PutAccount(Box::new(account));
        backend.write(put).await.expect("an account");
        Self {
            caller: backend.start_session(user).await.expect("a session"),
            client: ClientId::from_random(uuid(4, n)),
            seq: 0,
            cursors: json!({}),
            epoch: String::new(),
        }
    }

    pub fn mutation(&mut self, name: &str, args: &Value) -> Value {
        self.seq += 1;
        let mut id = uuid(7, self.seq);
        id[..6].copy_from_slice(&self.client.0.as_bytes()[10..]);
        json!({
            "seq": self.seq, "id": MutationId::from_random(id), "name": name, "v": 1, "args": args, "at": NOW,
        })
    }

    pub fn request(&self, mutations: &[Value]) -> Value {
        json!({
            "v": 1, "client": self.client, "epoch": self.epoch, "cursors": self.cursors, "mutations": mutations,
        })
    }

    /// One exchange with some server; the cursors are kept.
    pub async fn exchange(
        &mut self,
        backend: &StorageBackend,
        mutations: &[Value],
    ) -> Result<ExchangeAnswer, ApiError> {
        let request: ExchangeRequest =
            serde_json::from_value(self.request(mutations)).expect("a request");
        let answer = backend.exchange(&self.caller, request).await?;
        self.epoch.clone_from(&answer.epoch);
        for page in &answer.feeds {
            self.cursors[page.feed.to_string()] = json!(page.cursor);
        }
        for feed in &answer.drop {
            let cursors = self.cursors.as_object_mut().expect("an object");
            cursors.remove(&feed.to_string());
        }
        Ok(answer)
    }
}
