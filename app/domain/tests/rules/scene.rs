//! A small county to try the rules in.

use domain::commands::{
    AnswerPick, PickAnswer, PickSupply, PostNeed, ScreenNeed, ScreenSupply, Screening,
    SubmitSupply, TakeOrder,
};
use domain::jobs::Overdue;
use domain::organizations::OrgProfile;
use domain::picks::DeclineReason;
use domain::revision::Amount;
use domain::supplies::{Action, ServedRegion, Source};
use domain::{
    Actor, Command, Contact, CreditCode, Department, Dispatch, DispatchId, Entity, Fen, Help,
    ItemNo, Key, Known, Millis, Need, NeedContent, NeedId, NeedItem, Order, OrderId, OrderLine,
    Organization, Pick, PickId, Place, PublishRule, RegionCode, Rejection, Revision, Role,
    Settings, Supply, SupplyContent, SupplyId, Topic, Undecided, Unit, UserId, decide_on,
};
use std::collections::BTreeMap;

pub(crate) const COUNTY: &str = "431230000000";
/// What must never be seen by strangers.
pub(crate) const SECRET_NAME: &str = "秘密联系人";
pub(crate) const SECRET_PHONE: &str = "19900007777";
/// What a bureau says to an organization alone.
pub(crate) const SECRET_NOTE: &str = "只对你们说的话";
/// Whom the holder may call about handing an order over: the holder, the village and the bureaus see it.
pub(crate) const SECRET_ASKER: &str = "19900006666";
/// Why somebody wants an order handed over.
pub(crate) const SECRET_WORDS: &str = "让出来的缘由";
/// 2026-11-24 09:00 in Hunan.
pub(crate) const NOW: Millis = Millis(1_795_482_000_000);

pub(crate) fn code(text: &str) -> RegionCode {
    text.parse().expect("a region code")
}

pub(crate) fn place(village: u8) -> Place {
    Place {
        village: code(&format!("43123010420{village}")),
        city_name: "怀化市".to_owned(),
        county_name: "通道侗族自治县".to_owned(),
        town_name: "坪坦乡".to_owned(),
        village_name: format!("第{village}村"),
    }
}

pub(crate) fn org_code(n: u8) -> CreditCode {
    CreditCode::complete(&format!("5143000050000{n:03}X")).expect("a credit code")
}

fn actor(n: u8, role: Role) -> Actor {
    Actor {
        user: UserId::from_random([n; 16]),
        name: format!("{n}号"),
        role,
        library: vec![code(COUNTY)],
    }
}

pub(crate) fn cadre(village: u8) -> Actor {
    actor(
        village,
        Role::Village {
            place: place(village),
        },
    )
}

pub(crate) fn member(org: u8) -> Actor {
    let role = Role::Member {
        org: org_code(org),
        org_name: format!("第{org}协会"),
        owner: true,
    };
    actor(100 + org, role)
}

pub(crate) fn officer(county: &str, department: Department) -> Actor {
    let role = Role::Bureau {
        region: code(county),
        region_name: "某县".to_owned(),
        department,
    };
    actor(200 + department as u8, role)
}

/// Somebody who has signed up for an organization.
pub(crate) fn applicant(n: u8) -> Actor {
    let mut applicant = actor(150 + n, Role::Applicant);
    applicant.library.clear();
    applicant
}

pub(crate) fn need_id(n: u8) -> NeedId {
    NeedId::from_random([n; 16])
}

pub(crate) fn dispatch_id(n: u8) -> DispatchId {
    DispatchId::from_random([n; 16])
}

pub(crate) fn order_id(n: u8) -> OrderId {
    OrderId::from_random([n; 16])
}

pub(crate) fn line(item: u16, quantity: u64) -> OrderLine {
    OrderLine {
        item: ItemNo(item),
        quantity,
    }
}

/// What an organization says of itself.
pub(crate) fn profile(name: &str) -> OrgProfile {
    OrgProfile {
        name: name.to_owned(),
        scope: "为困难群众提供医疗、照料方面的志愿服务。".to_owned(),
        directions: vec![Topic::Health, Topic::Care],
        serves: vec![code(COUNTY)],
        whole: None,
        rating: None,
        contact: Contact {
            name: SECRET_NAME.to_owned(),
            phone: SECRET_PHONE.to_owned(),
        },
    }
}

/// 24 lamps and 200 metres of cable.
pub(crate) fn content() -> NeedContent {
    let item = |no, name: &str, quantity, unit: &str| NeedItem {
        no: ItemNo(no),
        name: name.to_owned(),
        quantity,
        unit: Unit::Of(unit.to_owned()),
    };
    NeedContent {
        title: "通组路夜间照明路灯".to_owned(),
        details: "村口到小学一公里没有路灯，学生晚自习回家看不见路。".to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![item(1, "路灯", 24, "盏"), item(2, "电线", 200, "米")],
        deadline: NOW.day().plus(30),
        persons: 160,
        households: Some(42),
        budget: None,
        urgent: false,
        contact: Some(Contact {
            name: SECRET_NAME.to_owned(),
            phone: SECRET_PHONE.to_owned(),
        }),
    }
}

/// What has happened so far.
pub(crate) struct Scene {
    pub(crate) entities: BTreeMap<Key, Entity>,
    pub(crate) now: Millis,
}

impl Scene {
    /// A county with this rule and three approved organizations.
    pub(crate) fn with(publish: PublishRule) -> Self {
        let mut scene = Self {
            entities: BTreeMap::new(),
            now: NOW,
        };
        let county = code(COUNTY);
        scene.put(Entity::from(Settings {
            publish: Some(publish),
            ..Settings::none_of(county)
        }));
        for n in 1..=3 {
            scene.put(Entity::from(Organization {
                serves: vec![county],
                approved: true,
                ..Organization::new(org_code(n), format!("第{n}协会"), county)
            }));
        }
        scene
    }

    pub(crate) fn new() -> Self {
        Self::with(PublishRule::Either)
    }

    /// A county in which need 1 is published.
    pub(crate) fn published() -> Self {
        let mut scene = Self::new();
        scene.must(&cadre(1), post(1));
        let officer = officer(COUNTY, Department::CivilAffairs);
        scene.must(&officer, publish(1));
        scene
    }

    pub(crate) fn put(&mut self, entity: Entity) {
        self.entities.insert(entity.key(), entity);
    }

    /// Decides, twice to see that it is the same, and keeps the changes.
    pub(crate) fn act(
        &mut self,
        actor: &Actor,
        command: impl Into<Command>,
    ) -> Result<(), Rejection> {
        let command = command.into();
        let decide = || {
            decide_on(&command, actor, self.now, |key| {
                self.entities.get(key).cloned()
            })
        };
        let decided = decide();
        assert_eq!(decided, decide());
        for entity in decided?.puts {
            self.put(entity);
        }
        Ok(())
    }

    pub(crate) fn must(&mut self, actor: &Actor, command: impl Into<Command>) {
        if let Err(rejection) = self.act(actor, command) {
            panic!("refused: {rejection:?}");
        }
    }

    /// Time passes, and what is due happens, in the order in which it is due.
    pub(crate) fn days_pass(&mut self, days: i64) {
        self.now = self.now.plus(days * 86_400_000);
        self.what_is_due_happens();
    }

    /// What is due by now happens; each thing once.
    pub(crate) fn what_is_due_happens(&mut self) -> usize {
        for done in 0..10_000 {
            let mut overdue: Vec<(Millis, Overdue)> = Vec::new();
            for (key, entity) in &self.entities {
                let due = entity.due().into_iter().filter(|due| due.at <= self.now);
                overdue.extend(due.map(|due| (due.at, Overdue { key: *key, due })));
            }
            overdue.sort_unstable();
            let Some((_, first)) = overdue.first().copied() else {
                return done;
            };
            for entity in self.happens(&first).expect("what is due happens") {
                self.put(entity);
            }
            assert!(self.happens(&first).is_err(), "{first:?} happens twice");
        }
        panic!("something is due for ever");
    }

    fn happens(&self, overdue: &Overdue) -> Result<Vec<Entity>, Rejection> {
        let mut known = Known::default();
        loop {
            match overdue.decide(&known, self.now) {
                Ok(changes) => return Ok(changes.puts),
                Err(Undecided::Rejected(rejection)) => return Err(rejection),
                Err(Undecided::NotLoaded(key)) => {
                    known.insert(key, self.entities.get(&key).cloned());
                }
            }
        }
    }

    pub(crate) fn dispatch(&self, n: u8) -> &Dispatch {
        match self.entities.get(&Key::Dispatch(dispatch_id(n))) {
            Some(Entity::Dispatch(dispatch)) => dispatch,
            other => panic!("dispatch {n}: {other:?}"),
        }
    }

    pub(crate) fn need(&self, n: u8) -> &Need {
        match self.entities.get(&Key::Need(need_id(n))) {
            Some(Entity::Need(need)) => need,
            other => panic!("need {n}: {other:?}"),
        }
    }

    pub(crate) fn order(&self, n: u8) -> &Order {
        match self.entities.get(&Key::Order(order_id(n))) {
            Some(Entity::Order(order)) => order,
            other => panic!("order {n}: {other:?}"),
        }
    }

    pub(crate) fn org(&mut self, n: u8) -> &mut Organization {
        match self.entities.get_mut(&Key::Organization(org_code(n))) {
            Some(Entity::Organization(org)) => org,
            other => panic!("organization {n}: {other:?}"),
        }
    }
}

pub(crate) fn post(need: u8) -> PostNeed {
    PostNeed {
        need: need_id(need),
        content: content(),
    }
}

pub(crate) fn publish(need: u8) -> ScreenNeed {
    ScreenNeed {
        need: need_id(need),
        opinion: Screening::Publish {
            remark: String::new(),
        },
        seen: None,
    }
}

/// Whom the village calls about an order.
pub(crate) fn callable() -> Contact {
    Contact {
        name: "龙海燕".to_owned(),
        phone: "19900001111".to_owned(),
    }
}

pub(crate) fn take(order: u8, need: u8, lines: Vec<OrderLine>) -> TakeOrder {
    TakeOrder {
        order: order_id(order),
        need: need_id(need),
        lines,
        due: NOW.day().plus(14),
        contact: Some(callable()),
        seen: None,
    }
}

pub(crate) fn supply_id(n: u8) -> SupplyId {
    SupplyId::from_random([n; 16])
}

pub(crate) fn pick_id(n: u8) -> PickId {
    PickId::from_random([n; 16])
}

/// Books for three villages of the county.
pub(crate) fn supply_content() -> SupplyContent {
    SupplyContent {
        title: "儿童阅读小屋送书".to_owned(),
        topic: Topic::Education,
        action: Action::Huts,
        help: Help::Both,
        offer: "送图书和书架，教会两位管理员。".to_owned(),
        per_place: Amount {
            name: "图书".to_owned(),
            quantity: 800,
            unit: Unit::Of("册".to_owned()),
        },
        places: 3,
        regions: vec![ServedRegion {
            code: code(COUNTY),
            name: "通道侗族自治县".to_owned(),
        }],
        conditions: "一间通电的屋子。".to_owned(),
        cost: Some(Fen(1_200_000)),
        source: Source::Own,
        from: NOW.day(),
        to: NOW.day().plus(30),
        team: "三位志愿者。".to_owned(),
        cases: "在两个村做成过。".to_owned(),
    }
}

pub(crate) fn submit_supply(n: u8) -> SubmitSupply {
    SubmitSupply {
        supply: supply_id(n),
        content: supply_content(),
    }
}

pub(crate) fn publish_supply(n: u8, seen: u32) -> ScreenSupply {
    ScreenSupply {
        supply: supply_id(n),
        opinion: Screening::Publish {
            remark: String::new(),
        },
        seen: Revision(seen),
    }
}

pub(crate) fn pick(n: u8, supply: u8, places: u32) -> PickSupply {
    PickSupply {
        pick: pick_id(n),
        supply: supply_id(supply),
        places,
        words: "村小旁有间空屋。".to_owned(),
        contact: Contact {
            name: SECRET_NAME.to_owned(),
            phone: SECRET_PHONE.to_owned(),
        },
        seen: Revision(0),
    }
}

pub(crate) fn accept(pick: u8, order: u8, places: u32) -> AnswerPick {
    AnswerPick {
        pick: pick_id(pick),
        answer: PickAnswer::Accept {
            order: order_id(order),
            places,
            due: NOW.day().plus(14),
            contact: callable(),
        },
        seen: Revision(0),
    }
}

pub(crate) fn decline(pick: u8) -> AnswerPick {
    AnswerPick {
        pick: pick_id(pick),
        answer: PickAnswer::Decline {
            reason: DeclineReason::Other,
            words: "这个月排满了。".to_owned(),
        },
        seen: Revision(0),
    }
}

impl Scene {
    /// A county in which supply 1 of organization 1 is published.
    pub(crate) fn offered() -> Self {
        let mut scene = Self::new();
        scene.must(&member(1), submit_supply(1));
        let civil = officer(COUNTY, Department::CivilAffairs);
        scene.must(&civil, publish_supply(1, 0));
        scene
    }

    pub(crate) fn supply(&self, n: u8) -> &Supply {
        match self.entities.get(&Key::Supply(supply_id(n))) {
            Some(Entity::Supply(supply)) => supply,
            other => panic!("supply {n}: {other:?}"),
        }
    }

    pub(crate) fn pick(&self, n: u8) -> &Pick {
        match self.entities.get(&Key::Pick(pick_id(n))) {
            Some(Entity::Pick(pick)) => pick,
            other => panic!("pick {n}: {other:?}"),
        }
    }
}
