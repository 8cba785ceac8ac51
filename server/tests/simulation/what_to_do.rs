//! What the people of the simulation do next: a command that may be of use now, by what their device shows.

use crate::people::{self, code, phone};
use crate::world::{START, World};
use domain::commands::{
    AlsoNeed, AnswerPick, ChangeSupply, ConfirmDelivery, DisputeDelivery, EditNeed, EndSupply,
    MarkDelivered, MergeNeeds, PauseSupply, PickAnswer, PickSupply, PostNeed, ReleaseOrder,
    RemindOrder, ReportProgress, ResumeSupply, SaveNeed, SaveSupply, ScreenNeed, ScreenSupply,
    Screening, SetSettings, SubmitNeed, SubmitSupply, TakeDown, TakeOrder, TellApart, UndoMerge,
    WithdrawNeed, WithdrawPick,
};
use domain::commands::{
    AnswerDispatch, AnswerHandOver, AnswerOffer, AskAgain, AskHandOver, CloseNeed, DispatchAnswer,
    DispatchNeed, FreeOrder, JoinWaiting, LeaveWaiting, MoveDue, OfferAnswer, RenewOrder,
    WithdrawDispatch,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    RegisterOrganization, StillInUse, SuspendOrganization,
};
use domain::dispatches::DispatchStage;
use domain::needs::{CloseReason, NeedStage, ReturnReason, WithdrawReason};
use domain::orders::keeping::HandOverReason;
use domain::orders::{OrderStage, ReleaseReason};
use domain::organizations::{OrgProfile, RefuseReason};
use domain::picks::{DeclineReason, PickStage};
use domain::reviews::Answer;
use domain::revision::Amount;
use domain::settings::Setting;
use domain::supplies::{Action, ServedRegion, Source, SupplyStage};
use domain::{
    Command, Contact, DispatchId, Entity, Facts, Fen, Help, ItemNo, Key, NeedContent, NeedId,
    NeedItem, OrderId, OrderLine, PickId, ProgressId, PublishRule, ReviewId, Revision, Role,
    SupplyContent, SupplyId, Topic, Unit,
};
use std::collections::BTreeMap;
use sync::testkit::chance::Chance;

impl World {
    /// The wording that this device shows; now and then its page does not say it, as those of a release ago.
    pub(crate) async fn reads(&self, at: usize, key: Key) -> Option<Revision> {
        if self.chance.percent(15) {
            return None;
        }
        let seen = self.devices[at].tab().entity(key).await.ok().flatten()?;
        match seen.entity {
            Entity::Need(need) => Some(need.revision),
            Entity::Order(order) => Some(order.deliveries),
            Entity::Supply(supply) => Some(supply.revision),
            Entity::Organization(org) => Some(org.revision),
            _ => None,
        }
    }

    /// The wording of the need into which another one was merged, as [`World::reads`].
    async fn reads_into(&self, at: usize, merged: NeedId) -> Option<Revision> {
        let seen = self.devices[at].tab().entity(Key::Need(merged)).await;
        match seen.ok().flatten()?.entity {
            Entity::Need(need) => match need.state {
                domain::NeedState::Merged { into, .. } => self.reads(at, Key::Need(into)).await,
                _ => None,
            },
            _ => None,
        }
    }

    /// What somebody does with supplies and picks.
    pub(crate) async fn supply_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let supplies = |stages: &[SupplyStage]| -> Option<SupplyId> {
            let fits = |f: &Facts| matches!(f, Facts::Supply(s) if stages.contains(&s.stage));
            match chance.pick(&fitting(&fits)) {
                Some(Key::Supply(id)) => Some(*id),
                _ => None,
            }
        };
        let picks = || -> Option<(PickId, SupplyId)> {
            let fits = |f: &Facts| matches!(f, Facts::Pick(p) if p.stage == PickStage::Proposed);
            let key = *chance.pick(&fitting(&fits))?;
            let item = tab.replica().list_item(&key)?;
            match (key, item.summary.pick()) {
                (Key::Pick(id), Some(pick)) => Some((id, pick.facts.supply)),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        let few = || u32::try_from(1 + chance.below(3)).unwrap_or(1);
        use SupplyStage::{Draft, Paused, Published, Returned, Submitted};
        Some(match &device.actor.role {
            Role::Village { place } => {
                let village = (0..3).find(|n| people::place(*n) == *place)?;
                if chance.percent(15) {
                    return Some(WithdrawPick { pick: picks()?.0 }.into());
                }
                let supply = supplies(&[Published])?;
                PickSupply {
                    pick: PickId::from_random(bytes()),
                    supply,
                    places: few(),
                    words: "有间空屋".to_owned(),
                    contact: Contact {
                        name: "吴建国".to_owned(),
                        phone: phone(village),
                    },
                    seen: self
                        .reads(at, Key::Supply(supply))
                        .await
                        .unwrap_or_default(),
                }
                .into()
            }
            Role::Member { .. } => match chance.below(10) {
                0..3 => SubmitSupply {
                    supply: if chance.percent(30) {
                        supplies(&[Draft, Returned])?
                    } else {
                        SupplyId::from_random(bytes())
                    },
                    content: supply_content(chance),
                }
                .into(),
                3 => SaveSupply {
                    supply: SupplyId::from_random(bytes()),
                    content: supply_content(chance),
                }
                .into(),
                4 => ChangeSupply {
                    supply: supplies(&[Submitted, Published, Paused])?,
                    content: supply_content(chance),
                }
                .into(),
                5 => match supplies(&[Published, Paused])? {
                    supply if chance.percent(60) => ResumeSupply { supply }.into(),
                    supply if chance.percent(70) => PauseSupply { supply }.into(),
                    supply => EndSupply { supply }.into(),
                },
                _ => {
                    let (pick, supply) = picks()?;
                    let answer = if chance.percent(20) {
                        PickAnswer::Decline {
                            reason: DeclineReason::NoHands,
                            words: String::new(),
                        }
                    } else {
                        PickAnswer::Accept {
                            order: OrderId::from_random(bytes()),
                            places: few(),
                            due: START.day().plus(20),
                            contact: Contact {
                                name: "龙海燕".to_owned(),
                                phone: "19900001111".to_owned(),
                            },
                        }
                    };
                    let seen = self.reads(at, Key::Supply(supply)).await;
                    AnswerPick {
                        pick,
                        answer,
                        seen: seen.unwrap_or_default(),
                    }
                    .into()
                }
            },
            _ => {
                let opinion = if chance.percent(20) {
                    Screening::Return {
                        reason: ReturnReason::Unclear,
                        words: "请写清楚给多少".to_owned(),
                    }
                } else {
                    Screening::Publish {
                        remark: String::new(),
                    }
                };
                let supply = supplies(&[Submitted])?;
                let seen = self.reads(at, Key::Supply(supply)).await;
                ScreenSupply {
                    supply,
                    opinion,
                    seen: seen.unwrap_or_default(),
                }
                .into()
            }
        })
    }

    /// What somebody does to keep orders honest: dispatches, waiting lists, handing over, ending needs.
    pub(crate) async fn keeping_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let need = |stage: NeedStage| {
            let keys = fitting(&|f| matches!(f, Facts::Need(need) if need.stage == stage));
            match chance.pick(&keys) {
                Some(Key::Need(id)) => Some(*id),
                _ => None,
            }
        };
        let order = || {
            let keys =
                fitting(&|f| matches!(f, Facts::Order(order) if order.stage == OrderStage::Active));
            match chance.pick(&keys) {
                Some(Key::Order(id)) => Some(*id),
                _ => None,
            }
        };
        let dispatch = || {
            let open = DispatchStage::Open;
            let keys = fitting(&|f| matches!(f, Facts::Dispatch(d) if d.stage == open));
            match chance.pick(&keys) {
                Some(Key::Dispatch(id)) => Some(*id),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        let words = || "路断了".to_owned();
        let lines = || {
            vec![OrderLine {
                item: ItemNo(1),
                quantity: 1 + chance.below(3),
            }]
        };
        let contact = || Contact {
            name: "龙海燕".to_owned(),
            phone: "19900001111".to_owned(),
        };
        let due = START.day().plus(20);
        let hand_over = |need: NeedId, order: OrderId| AskHandOver {
            need,
            order,
            reason: HandOverReason::Urgent,
            words: words(),
            contact: Some(contact()),
        };
        // Whoever sees a need knows the orders on it.
        let pledged = |need: NeedId| async move {
            let seen = tab.entity(Key::Need(need)).await.ok().flatten()?;
            match seen.entity {
                Entity::Need(need) => need.pledges.first().map(|pledge| pledge.order),
                _ => None,
            }
        };
        let published = need(NeedStage::Published);
        let seen = match published {
            Some(need) => self.reads(at, Key::Need(need)).await,
            None => None,
        };
        Some(match &device.actor.role {
            Role::Member { .. } => match chance.below(10) {
                0 | 1 => JoinWaiting {
                    need: published?,
                    lines: lines(),
                    seen,
                }
                .into(),
                2 => LeaveWaiting { need: published? }.into(),
                3 | 4 => {
                    let offered =
                        fitting(&|f| matches!(f, Facts::Need(need) if need.offered.is_some()));
                    let Some(Key::Need(need)) = chance.pick(&offered).copied() else {
                        return None;
                    };
                    let answer = if chance.percent(25) {
                        OfferAnswer::Pass
                    } else {
                        OfferAnswer::Take {
                            order: OrderId::from_random(bytes()),
                            lines: lines(),
                            due,
                            contact: contact(),
                            seen: self.reads(at, Key::Need(need)).await,
                        }
                    };
                    AnswerOffer { need, answer }.into()
                }
                5 | 6 => {
                    let dispatch = dispatch()?;
                    let on = tab.replica().list_item(&Key::Dispatch(dispatch));
                    let need = on?.summary.dispatch()?.facts.need;
                    let answer = if chance.percent(40) {
                        DispatchAnswer::Decline {
                            reason: domain::dispatches::DeclineReason::TooFar,
                            words: String::new(),
                        }
                    } else {
                        DispatchAnswer::Accept {
                            order: OrderId::from_random(bytes()),
                            lines: lines(),
                            due,
                            contact: contact(),
                            seen: self.reads(at, Key::Need(need)).await,
                        }
                    };
                    AnswerDispatch { dispatch, answer }.into()
                }
                7 => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
                8 => AnswerHandOver {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ if chance.percent(50) => RenewOrder {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ => MoveDue {
                    order: order()?,
                    due: START
                        .day()
                        .plus(10 + i32::try_from(chance.below(15)).unwrap_or(0)),
                    words: words(),
                }
                .into(),
            },
            Role::Village { .. } => match chance.below(4) {
                0 => CloseNeed {
                    need: published?,
                    reason: CloseReason::DoneByOthers,
                    words: words(),
                    seen,
                }
                .into(),
                1 => AskAgain {
                    need: need(NeedStage::Expired)?,
                    deadline: START.day().plus(40),
                }
                .into(),
                2 => FreeOrder {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
            },
            _ => match chance.below(8) {
                0..5 => {
                    let orgs = fitting(&|f| matches!(f, Facts::Organization(_)));
                    let Some(Key::Organization(org)) = chance.pick(&orgs).copied() else {
                        return None;
                    };
                    DispatchNeed {
                        dispatch: DispatchId::from_random(bytes()),
                        need: published?,
                        org,
                        lines: Vec::new(),
                        note: words(),
                        answer_by: START.day().plus(9),
                        seen,
                    }
                    .into()
                }
                5 => WithdrawDispatch {
                    dispatch: dispatch()?,
                }
                .into(),
                6 => CloseNeed {
                    need: published?,
                    reason: CloseReason::OutOfScope,
                    words: words(),
                    seen,
                }
                .into(),
                _ => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
            },
        })
    }

    /// What somebody does with organizations and reviews.
    pub(crate) async fn organization_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let profile = || OrgProfile {
            name: format!("第{}志愿者协会", chance.below(3)),
            scope: "扶老助残".to_owned(),
            directions: vec![Topic::Care],
            whole: None,
            serves: people::COUNTIES
                .map(code)
                .into_iter()
                .take(1 + usize::from(chance.percent(70)))
                .collect(),
            rating: None,
            contact: Contact {
                name: "龙海燕".to_owned(),
                phone: "19900001111".to_owned(),
            },
        };
        let organization = || match chance.pick(&fitting(&|f| matches!(f, Facts::Organization(_))))
        {
            Some(Key::Organization(code)) => Some(*code),
            _ => None,
        };
        let words = || "材料不全".to_owned();
        Some(match &device.actor.role {
            Role::Applicant => match organization() {
                Some(organization) if chance.percent(50) => ChangeOrganization {
                    organization,
                    profile: profile(),
                }
                .into(),
                _ => RegisterOrganization {
                    organization: people::new_org(),
                    registered_in: code(people::COUNTIES[0]),
                    profile: profile(),
                }
                .into(),
            },
            Role::Member { org, .. } if chance.percent(30) => ChangeOrganization {
                organization: *org,
                profile: profile(),
            }
            .into(),
            Role::Bureau { .. } => {
                let organization = organization()?;
                let seen = self.reads(at, Key::Organization(organization)).await;
                let seen = seen.unwrap_or_default();
                match chance.below(6) {
                    0..3 => ApproveOrganization { organization, seen }.into(),
                    3 => RefuseOrganization {
                        organization,
                        reason: RefuseReason::Other,
                        words: words(),
                        seen,
                    }
                    .into(),
                    4 => SuspendOrganization {
                        organization,
                        words: words(),
                        until: None,
                        seen: Some(seen),
                    }
                    .into(),
                    _ => LiftSuspension {
                        organization,
                        words: words(),
                        seen: Some(seen),
                    }
                    .into(),
                }
            }
            _ => {
                let orders = fitting(
                    &|f| matches!(f, Facts::Order(order) if order.stage == OrderStage::Confirmed),
                );
                let Some(Key::Order(order)) = chance.pick(&orders).copied() else {
                    return None;
                };
                if matches!(device.actor.role, Role::Village { .. }) && chance.percent(20) {
                    return Some(
                        StillInUse {
                            order,
                            month: 6,
                            answer: Answer::Partly,
                            words: words(),
                        }
                        .into(),
                    );
                }
                LeaveReview {
                    review: ReviewId::from_random(sync::ports::Random::bytes(chance)),
                    order,
                    answers: [Answer::Yes, Answer::Partly, Answer::No],
                    words: "还行".to_owned(),
                }
                .into()
            }
        })
    }

    pub(crate) async fn something_to_do(&self, at: usize) -> Option<Command> {
        let is_applicant = self.devices[at].actor.role == Role::Applicant;
        if (is_applicant || self.chance.percent(12))
            && let Some(command) = self.organization_to_do(at).await
        {
            return Some(command);
        }
        if self.chance.percent(25)
            && let Some(command) = self.supply_to_do(at).await
        {
            return Some(command);
        }
        if self.chance.percent(25)
            && let Some(command) = self.keeping_to_do(at).await
        {
            return Some(command);
        }
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let needs = |stages: &[NeedStage]| -> Option<NeedId> {
            let keys = fitting(&|f| matches!(f, Facts::Need(need) if stages.contains(&need.stage)));
            match chance.pick(&keys) {
                Some(Key::Need(id)) => Some(*id),
                _ => None,
            }
        };
        let orders = |stages: &[OrderStage]| -> Option<OrderId> {
            let keys =
                fitting(&|f| matches!(f, Facts::Order(order) if stages.contains(&order.stage)));
            match chance.pick(&keys) {
                Some(Key::Order(id)) => Some(*id),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        use NeedStage::{Draft, Published, Returned, Submitted};
        use OrderStage::{Active, Delivered, Disputed};
        Some(match &device.actor.role {
            Role::Village { place } => {
                let village = (0..3).find(|n| people::place(*n) == *place)?;
                let content = || content(chance, village);
                match chance.below(14) {
                    12 => AlsoNeed {
                        need: needs(&[Published])?,
                        wanted: chance.percent(80),
                    }
                    .into(),
                    13 => TellApart {
                        need: needs(&[Submitted, Published])?,
                        other: needs(&[Submitted, Published])?,
                    }
                    .into(),
                    0..4 => PostNeed {
                        need: NeedId::from_random(bytes()),
                        content: content(),
                    }
                    .into(),
                    4 => SaveNeed {
                        need: NeedId::from_random(bytes()),
                        content: content(),
                    }
                    .into(),
                    5 => SubmitNeed {
                        need: needs(&[Draft, Returned])?,
                    }
                    .into(),
                    6 => EditNeed {
                        need: needs(&[Submitted, Published])?,
                        content: content(),
                    }
                    .into(),
                    7 => WithdrawNeed {
                        need: needs(&[Draft, Submitted, Published])?,
                        reason: WithdrawReason::NoLongerWanted,
                    }
                    .into(),
                    answer => {
                        let order = orders(&[Delivered])?;
                        let seen = self.reads(at, Key::Order(order)).await;
                        if answer == 8 {
                            let reason = "还差两盏".to_owned();
                            DisputeDelivery {
                                order,
                                reason,
                                seen,
                            }
                            .into()
                        } else {
                            ConfirmDelivery { order, seen }.into()
                        }
                    }
                }
            }
            Role::Member { .. } => match chance.below(10) {
                0..5 => {
                    let need = needs(&[Published])?;
                    let line = |no| OrderLine {
                        item: ItemNo(no),
                        quantity: 1 + chance.below(4),
                    };
                    let mut lines = vec![line(1)];
                    if chance.percent(50) {
                        lines.push(line(2));
                    }
                    TakeOrder {
                        order: OrderId::from_random(bytes()),
                        need,
                        lines,
                        due: START.day().plus(20),
                        contact: Some(Contact {
                            name: "龙海燕".to_owned(),
                            phone: "19900001111".to_owned(),
                        }),
                        seen: self.reads(at, Key::Need(need)).await,
                    }
                    .into()
                }
                5 => ReleaseOrder {
                    order: orders(&[Active, Disputed])?,
                    reason: *chance.pick(&[
                        ReleaseReason::ChangedMind,
                        ReleaseReason::CannotDeliver,
                        ReleaseReason::NoGoods,
                    ])?,
                    words: "人手不够".to_owned(),
                }
                .into(),
                6 => ReportProgress {
                    order: orders(&[Active, Disputed])?,
                    progress: ProgressId::from_random(bytes()),
                    text: "装好一半".to_owned(),
                    cash: Fen(100),
                    goods: Fen(0),
                    persons: 2,
                    visits: 0,
                }
                .into(),
                _ => MarkDelivered {
                    order: orders(&[Active, Disputed])?,
                    note: String::new(),
                }
                .into(),
            },
            _ if chance.percent(30) => match chance.below(6) {
                0..3 => {
                    let (from, into) = (
                        needs(&[Submitted, Published])?,
                        needs(&[Submitted, Published])?,
                    );
                    MergeNeeds {
                        from,
                        into,
                        seen_from: self.reads(at, Key::Need(from)).await,
                        seen_into: self.reads(at, Key::Need(into)).await,
                    }
                    .into()
                }
                3 => {
                    let need = needs(&[NeedStage::Merged])?;
                    UndoMerge {
                        need,
                        seen: self.reads(at, Key::Need(need)).await,
                        seen_into: self.reads_into(at, need).await,
                    }
                    .into()
                }
                4 => {
                    let need = needs(&[Published])?;
                    TakeDown {
                        need,
                        reason: ReturnReason::OutOfScope,
                        words: "县里已有资金".to_owned(),
                        seen: self.reads(at, Key::Need(need)).await,
                    }
                    .into()
                }
                _ => RemindOrder {
                    order: orders(&[Active, Delivered, Disputed])?,
                }
                .into(),
            },
            Role::Bureau { region, .. } if chance.percent(6) => SetSettings {
                region: *region,
                publish: chance.pick(&[None, Some(PublishRule::Either)]).copied()?,
                numbers: BTreeMap::from([(Setting::DailyOrders, 20)]),
                help: None,
                seen: Revision(u32::try_from(chance.below(2)).unwrap_or(0)),
            }
            .into(),
            _ => {
                let opinion = if chance.percent(25) {
                    Screening::Return {
                        reason: ReturnReason::Unclear,
                        words: "请写清楚要多少".to_owned(),
                    }
                } else {
                    Screening::Publish {
                        remark: String::new(),
                    }
                };
                let need = needs(&[Submitted])?;
                let seen = self.reads(at, Key::Need(need)).await;
                ScreenNeed {
                    need,
                    opinion,
                    seen,
                }
                .into()
            }
        })
    }
}

pub(crate) fn content(chance: &Chance, village: usize) -> NeedContent {
    let item = |no: u16, name: &str| NeedItem {
        no: ItemNo(no),
        name: name.to_owned(),
        quantity: 1 + chance.below(6),
        unit: Unit::Of("盏".to_owned()),
    };
    NeedContent {
        title: format!("路灯坏了要修{}", chance.below(1000)),
        details: "晚上看不见".to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![item(1, "路灯"), item(2, "电线杆")],
        deadline: START.day().plus(30),
        persons: 40,
        households: None,
        budget: None,
        urgent: chance.percent(20),
        contact: Some(Contact {
            name: "吴建国".to_owned(),
            phone: phone(village),
        }),
    }
}

pub(crate) fn supply_content(chance: &Chance) -> SupplyContent {
    let county = people::COUNTIES[usize::from(chance.percent(30))];
    SupplyContent {
        title: format!("送图书到村里{}", chance.below(3)),
        topic: Topic::Education,
        action: Action::Huts,
        help: Help::Both,
        offer: "送图书，教管理员".to_owned(),
        per_place: Amount {
            name: "图书".to_owned(),
            quantity: 100,
            unit: Unit::Of("册".to_owned()),
        },
        places: u32::try_from(1 + chance.below(4)).unwrap_or(1),
        regions: vec![ServedRegion {
            code: code(county),
            name: "某县".to_owned(),
        }],
        conditions: String::new(),
        cost: None,
        source: Source::Own,
        from: START.day(),
        to: START.day().plus(60),
        team: String::new(),
        cases: String::new(),
    }
}
