//! What follows: both sides review what was delivered, an organization registers itself and waits, another one is suspended.

use super::cast::Casting;
use super::{CITY, COUNTY, DAY_MS, DemoError, Random, Script, Step, code};
use domain::commands::{ConfirmDelivery, LeaveReview, RegisterOrganization, SuspendOrganization};
use domain::organizations::OrgProfile;
use domain::reviews::{ASKED_FOR_DAYS, Answer, Side};
use domain::{
    Command, Contact, CreditCode, Millis, NeedId, OrderId, RegionCode, ReviewId, Revision, Role,
    Topic,
};
use std::collections::BTreeMap;

/// Who waits to be let in, with the number to sign in with: one for the county, one for the city.
const APPLICANTS: [(&str, &str, &str, &str, &str, &str); 2] = [
    (
        "19900000071",
        "吴美玲",
        COUNTY,
        "51431230500009101",
        "通道侗族自治县侗锦传习协会",
        "侗锦织造技艺的传承培训、展示交流，帮助妇女在家门口就业。",
    ),
    (
        "19900000074",
        "蒋志远",
        CITY,
        "52431200500009102",
        "怀化市守望助老服务中心",
        "为农村老年人提供生活照料、助餐、康复和精神关爱服务。",
    ),
];
/// The owner of an organization that is suspended, and a colleague in an organization with several members.
const SUSPENDED_OWNER: &str = "19900000072";
const COLLEAGUE: &str = "19900000073";

const VILLAGE_WORDS: [(&str, [Answer; 3]); 5] = [
    ("说到做到，来的人也和气，老人小孩都说好。", [Answer::Yes; 3]),
    ("办得实在，有事打电话都接。", [Answer::Yes; 3]),
    (
        "比说好的晚了几天，提前打过电话，最后都办妥了。",
        [Answer::Partly, Answer::Yes, Answer::Yes],
    ),
    ("", [Answer::Yes; 3]),
    (
        "事情办了，就是日子上赶了些，有的人家没碰上。",
        [Answer::Yes, Answer::Partly, Answer::Yes],
    ),
];
const ORG_WORDS: [(&str, [Answer; 3]); 4] = [
    ("村里把场地和人都安排好了，事情办得顺。", [Answer::Yes; 3]),
    ("路不好走，村干部专门到镇上来接，谢谢。", [Answer::Yes; 3]),
    (
        "来的人比写的多一些，提前说一声就更好了。",
        [Answer::Partly, Answer::Yes, Answer::Yes],
    ),
    ("", [Answer::Yes; 3]),
];

/// An order that its village has confirmed.
#[derive(Clone, Copy)]
struct Ended {
    order: OrderId,
    need: NeedId,
    member: usize,
    cadre: usize,
    at: Millis,
}

impl Script<'_> {
    /// All that follows. `both` are the needs of which both sides have said how they went, `open` is delivered: the village has confirmed
    /// it lately, and the organization alone has said how it went.
    pub(super) fn go_on(&mut self, both: NeedId, open: NeedId) -> Result<(), DemoError> {
        self.confirm_lately(open);
        let ended = self.ended();
        for (n, one) in (1..).zip(&ended) {
            let mut random = Random::of("review", n);
            let village = one.need == both || (one.need != open && random.percent(70));
            let org = one.need == both || one.need == open || random.percent(60);
            if village {
                self.review(*one, Side::Village, &mut random);
            }
            if org {
                self.review(*one, Side::Organization, &mut random);
            }
        }
        for applicant in 0..APPLICANTS.len() {
            self.register(applicant)?;
        }
        self.suspend()?;
        // The second member of an organization signs in too.
        let colleague = self.cast.organizations[2].members[1];
        self.cast.gets_password(colleague, COLLEAGUE);
        Ok(())
    }

    /// The village confirms what was delivered, three days ago.
    fn confirm_lately(&mut self, need: NeedId) {
        let mut last = None;
        for step in &self.steps {
            match &step.command {
                Command::TakeOrder(take) if take.need == need => last = Some((take.order, step.at)),
                Command::MarkDelivered(done) => {
                    if let Some((order, at)) = &mut last
                        && *order == done.order
                    {
                        *at = step.at;
                    }
                }
                _ => {}
            }
        }
        let cadre = self.steps.iter().find_map(|step| match &step.command {
            Command::PostNeed(post) if post.need == need => Some(step.actor),
            Command::SaveNeed(save) if save.need == need => Some(step.actor),
            _ => None,
        });
        let (Some((order, delivered)), Some(actor)) = (last, cadre) else {
            return;
        };
        let at = self.now.plus(-3 * DAY_MS).max(delivered.plus(60_000));
        if at < self.now {
            let confirm = ConfirmDelivery {
                order,
                seen: Some(Revision(1)),
            };
            self.steps.push(Step {
                at,
                actor,
                command: confirm.into(),
            });
        }
    }

    fn ended(&self) -> Vec<Ended> {
        let mut taken: BTreeMap<OrderId, (NeedId, usize)> = BTreeMap::new();
        let mut ended = Vec::new();
        for step in &self.steps {
            match &step.command {
                Command::TakeOrder(take) => {
                    taken.insert(take.order, (take.need, step.actor));
                }
                Command::ConfirmDelivery(confirm) => {
                    let order = confirm.order;
                    if let Some((need, member)) = taken.get(&order).copied() {
                        ended.push(Ended {
                            order,
                            need,
                            member,
                            cadre: step.actor,
                            at: step.at,
                        });
                    }
                }
                _ => {}
            }
        }
        ended
    }

    /// One side says how it went, within the days in which it is asked.
    fn review(&mut self, ended: Ended, by: Side, random: &mut Random) {
        // In the daytime of one of the next days.
        let day = ended
            .at
            .plus(random.between(1, i64::from(ASKED_FOR_DAYS - 2)) * DAY_MS);
        let at = day
            .day()
            .start()
            .plus(random.between(8 * 60, 20 * 60) * 60_000);
        let review = ReviewId::from_random(random.bytes());
        let (words, actor) = match by {
            Side::Village => (random.pick(&VILLAGE_WORDS), ended.cadre),
            Side::Organization => (random.pick(&ORG_WORDS), ended.member),
        };
        // What was confirmed lately has been reviewed by now.
        let soon = self.now.plus(-90 * 60_000);
        let at = at.min(soon);
        let Some((words, answers)) = words.filter(|_| at > ended.at) else {
            return;
        };
        let command = LeaveReview {
            review,
            order: ended.order,
            answers: *answers,
            words: (*words).to_owned(),
        };
        self.steps.push(Step {
            at,
            actor,
            command: command.into(),
        });
    }

    /// Somebody signs up, registers their organization, and waits for the bureau.
    fn register(&mut self, which: usize) -> Result<(), DemoError> {
        let (phone, name, region, digits, org, scope) = APPLICANTS[which];
        let registered_in = code(region)?;
        let actor = self.cast.add(Casting {
            name: Some(name),
            role: Role::Applicant,
            library: Vec::new(),
            signs_in: false,
        });
        self.cast.gets_password(actor, phone);
        let organization = CreditCode::complete(digits).ok_or(DemoError::Place(digits))?;
        let profile = OrgProfile {
            name: org.to_owned(),
            scope: scope.to_owned(),
            directions: vec![Topic::Care, Topic::Consumption],
            serves: vec![code(COUNTY)?],
            whole: None,
            rating: None,
            contact: Contact {
                name: name.to_owned(),
                phone: phone.to_owned(),
            },
        };
        let command = RegisterOrganization {
            organization,
            registered_in,
            profile,
        };
        self.steps.push(Step {
            at: self.now.plus(-DAY_MS - 3_600_000),
            actor,
            command: command.into(),
        });
        Ok(())
    }

    /// The city suspends an organization that holds orders.
    fn suspend(&mut self) -> Result<(), DemoError> {
        let city: RegionCode = code(CITY)?;
        let parts = self.cast.organizations.iter().skip(3);
        let of_city = parts.filter(|part| part.organization.registered_in == city);
        let Some(part) = of_city.max_by_key(|part| part.open) else {
            return Ok(());
        };
        let (organization, owner) = (part.organization.code, part.members[0]);
        self.cast.gets_password(owner, SUSPENDED_OWNER);
        let name = self.regions.get(city).map_or("", |row| row.name.as_str());
        let actor = self
            .cast
            .officer(city, name, domain::Department::CivilAffairs);
        let command = SuspendOrganization {
            organization,
            words: "年度工作报告没有按时报送，补报以后恢复。".to_owned(),
            until: Some(self.now.day().plus(20)),
            seen: Some(Revision::default()),
        };
        self.steps.push(Step {
            at: self.now.plus(-40 * 60_000),
            actor,
            command: command.into(),
        });
        Ok(())
    }
}
