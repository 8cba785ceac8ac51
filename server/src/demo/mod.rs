//! The demonstration: 3,000 needs in real villages of every county, 200 invented organizations, and everything that has
//! happened to them until now.
//!
//! What comes out is not rows but a script of commands in the order of time. Whoever fills a database carries them out
//! through [`domain::decide()`], so the demonstration obeys every rule that a person has to obey. The same `now` gives
//! the same script; the script depends on nothing else, neither a clock nor other randomness.

mod afterwards;
mod arithmetic;
mod cast;
mod random;
mod story;
mod supplies;
mod texts;
mod writing;

use crate::regions::{Region, Regions};
use cast::{Cast, Casting};
use domain::commands::{
    AnswerDispatch, AskHandOver, DispatchAnswer, DispatchNeed, JoinWaiting, MergeNeeds,
};
use domain::dispatches::DeclineReason;
use domain::orders::keeping::HandOverReason;
use domain::{
    Actor, Command, Day, Department, Level, Millis, NeedId, OrderId, OrderLine, Organization,
    PublishRule, RegionCode, Revision, Role, Settings, Topic,
};
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use story::{Ending, OFFICES, Story, Teller};
use texts::{Template, Texts};
use writing::{Occasion, Writing};

pub use texts::TextError;

/// How many needs there are.
pub const NEEDS: usize = 3_000;
/// How many organizations there are.
pub const ORGANIZATIONS: usize = 200;

/// Everything a demonstration starts from, and what people do then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// What counties have set; all others hold to the default.
    pub settings: Vec<Settings>,
    /// The organizations before they took their first order.
    pub organizations: Vec<Organization>,
    /// Everybody who does something, the demonstration accounts first.
    pub people: Vec<Person>,
    /// What they do, in the order of time.
    pub steps: Vec<Step>,
}

/// A person of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who and in which role.
    pub actor: Actor,
    /// The phone number, which is also the name to sign in with.
    pub phone: String,
    /// Whether this is one of the demonstration accounts; all others need no password.
    pub signs_in: bool,
    /// Whether this person signs in too, although their account is none of those: with the same password.
    pub also_signs_in: bool,
}

/// Somebody does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Millis,
    /// Who: where they stand in [`Demo::people`].
    pub actor: usize,
    /// What.
    pub command: Command,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A text that cannot be used.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The table of regions has no such place.
    #[error("the table of regions has no {0}")]
    Place(&'static str),
    /// No need fits a county.
    #[error("no need fits {0}")]
    NothingFits(String),
}

struct DemoOrganization {
    prefix: &'static str,
    registered_in: &'static str,
    name: &'static str,
    topics: &'static [Topic],
    grade: Option<u8>,
    member: &'static str,
}

/// The organizations whose members have a demonstration account.
const DEMO_ORGANIZATIONS: [DemoOrganization; 3] = [
    DemoOrganization {
        prefix: "51",
        registered_in: "431200000000",
        name: "怀化市仁心医疗志愿者协会",
        topics: &[Topic::Health, Topic::Care, Topic::Huts],
        grade: Some(4),
        member: "陈晓燕",
    },
    DemoOrganization {
        prefix: "53",
        registered_in: "430000000000",
        name: "湖南省萤火乡村公益基金会",
        topics: &[
            Topic::PublicService,
            Topic::Environment,
            Topic::Education,
            Topic::Huts,
        ],
        grade: Some(5),
        member: "周明辉",
    },
    DemoOrganization {
        prefix: "52",
        registered_in: "431230000000",
        name: "通道侗族自治县青禾社会工作服务中心",
        topics: &[
            Topic::Care,
            Topic::Education,
            Topic::Huts,
            Topic::Consumption,
        ],
        grade: None,
        member: "粟丽华",
    },
];
const COUNTY: &str = "431230000000";
const CITY: &str = "431200000000";
const PROVINCE: &str = "430000000000";
/// 木脚村 in 万佛山镇 and 高步村 in 坪坦乡, both in 通道侗族自治县.
const VILLAGES: [(&str, &str); 2] = [("431230108211", "杨秀英"), ("431230216222", "吴国平")];

/// A need of the villages with a demonstration account, so that everybody finds something to do.
struct Scene {
    village: usize,
    template: &'static str,
    ending: Ending,
    /// Which of [`DEMO_ORGANIZATIONS`] takes it.
    org: Option<usize>,
    days_ago: i64,
    given: &'static [(&'static str, i64)],
}

const SCENES: [Scene; 20] = [
    scene(
        0,
        "路灯",
        Ending::Partly,
        Some(1),
        26,
        &[("n", 18), ("p", 236)],
    ),
    scene(
        0,
        "适老化改造",
        Ending::Delivered,
        Some(2),
        58,
        &[("n", 16)],
    ),
    scene(
        0,
        "木屋消防",
        Ending::Returned,
        None,
        6,
        &[("n", 6), ("h", 72)],
    ),
    scene(0, "义诊", Ending::Working, Some(0), 30, &[]),
    scene(0, "作业辅导", Ending::Done, Some(2), 110, &[("n", 24)]),
    scene(0, "直播小屋", Ending::HalfApproved, None, 3, &[]),
    scene(0, "阅读小屋", Ending::Disputed, Some(1), 70, &[]),
    scene(0, "护栏", Ending::Waiting, None, 1, &[]),
    scene(0, "饮水管", Ending::Draft, None, 1, &[]),
    scene(0, "卫生室设备", Ending::Open, None, 12, &[]),
    scene(0, "垃圾桶", Ending::Withdrawn, None, 64, &[]),
    scene(0, "康复上门", Ending::GivenBack, Some(0), 48, &[]),
    scene(1, "大歌芦笙", Ending::Open, None, 9, &[]),
    scene(1, "老年助餐", Ending::Working, Some(2), 34, &[]),
    scene(1, "慢病管理", Ending::Delivered, Some(0), 66, &[]),
    scene(1, "图书", Ending::Waiting, None, 2, &[]),
    // Taken down; asked for twice, to be merged; and what has been merged.
    scene(0, "污水沟", Ending::TakenDown, None, 40, &[]),
    scene(0, "路灯", Ending::Open, None, 11, &[("n", 6)]),
    scene(0, "图书", Ending::Open, None, 30, &[]),
    scene(0, "图书", Ending::Open, None, 14, &[]),
];

/// Two more, which are over: of one the village is asked whether it is still in use, of the other one side has said how it went.
const LATE: [Scene; 2] = [
    scene(0, "老年助餐", Ending::Done, Some(2), 290, &[]),
    scene(0, "慢病管理", Ending::Delivered, Some(0), 60, &[]),
];
/// Which of the [`SCENES`] both sides have reviewed.
const REVIEWED: usize = 4;

const fn scene(
    village: usize,
    template: &'static str,
    ending: Ending,
    org: Option<usize>,
    days_ago: i64,
    given: &'static [(&'static str, i64)],
) -> Scene {
    Scene {
        village,
        template,
        ending,
        org,
        days_ago,
        given,
    }
}

/// Nobody took it in time. It is told after everything else, so that the other stories stay as they are.
const TOO_LATE: Scene = scene(0, "健身器材", Ending::TooLate, None, 96, &[]);

/// Which counties want both departments' approval: the demonstration county and about one in four.
fn publish_rule(county: RegionCode) -> PublishRule {
    let both = county.to_string() == COUNTY || Random::of("rule", county.number()).percent(25);
    if both {
        PublishRule::Both
    } else {
        PublishRule::Either
    }
}

/// Which of the [`SCENES`] the county has merged: the second one into the first one.
const MERGED: (usize, usize) = (18, 19);

/// Which of the [`SCENES`] the county asks organizations for, and whom ([`DEMO_ORGANIZATIONS`]): one has not answered, one has declined.
const ASKED: [(usize, usize); 2] = [(9, 0), (12, 1)];
/// Which of the [`SCENES`] all is taken of, and who waits for it.
const WAITED_FOR: (usize, usize) = (3, 2);
/// In which of the [`SCENES`] the village asks its holder to hand the order over.
const HANDED: usize = 13;

/// The demonstration as it stands at `now`.
pub fn demo(regions: &Regions, now: Millis) -> Result<Demo, DemoError> {
    let texts = Texts::load()?;
    let mut cast = Cast::new(&texts);
    let villages = accounts(&mut cast, regions, now.day())?;
    let mut script = Script {
        regions,
        texts: &texts,
        cast,
        now,
        posted: BTreeSet::new(),
        used: BTreeMap::new(),
        said: BTreeSet::new(),
        steps: Vec::new(),
        serial: 0,
    };
    let mut made = Vec::new();
    for scene in &SCENES {
        made.push(script.play(scene, villages[scene.village])?);
    }
    script.merge(&made[MERGED.1], &made[MERGED.0]);
    let counties: Vec<&Region> = regions.level(Level::County).collect();
    script.offer()?;
    script.dispatch(&made);
    let demo_county: RegionCode = code(COUNTY)?;
    for (county, mut wanted) in shares(regions, &texts, &counties) {
        if county.code == demo_county {
            wanted = wanted.saturating_sub(SCENES.len() + LATE.len() + 1);
            // All other needs stay what they are.
            script.serial += LATE.len() as u64 + 1;
        }
        for _ in 0..wanted {
            script.invent(county)?;
        }
    }
    let mut late = Vec::new();
    for scene in &LATE {
        late.push(script.play(scene, villages[scene.village])?);
    }
    script.go_on(made[REVIEWED].need, late[1].need)?;
    script.play(&TOO_LATE, villages[TOO_LATE.village])?;
    let mut steps = script.steps;
    // Stable: steps of one story that fall on the same millisecond keep their order.
    steps.sort_by_key(|step| step.at);
    let settings = counties.iter().filter_map(|county| {
        let publish = publish_rule(county.code);
        (publish != PublishRule::default()).then(|| Settings {
            publish: Some(publish),
            ..Settings::none_of(county.code)
        })
    });
    let cast = script.cast;
    Ok(Demo {
        settings: settings.collect(),
        organizations: cast
            .organizations
            .into_iter()
            .map(|part| part.organization)
            .collect(),
        people: cast.people,
        steps,
    })
}

fn code(text: &'static str) -> Result<RegionCode, DemoError> {
    text.parse().map_err(|_| DemoError::Place(text))
}

/// One account for every role; the villages of the two cadres.
fn accounts(
    cast: &mut Cast<'_>,
    regions: &Regions,
    today: Day,
) -> Result<[RegionCode; 2], DemoError> {
    let county = code(COUNTY)?;
    let mut villages = [county; 2];
    for (slot, (village, name)) in villages.iter_mut().zip(VILLAGES) {
        *slot = code(village)?;
        let place = regions.place(*slot).ok_or(DemoError::Place(village))?;
        cast.add(Casting {
            name: Some(name),
            role: Role::Village { place },
            library: vec![county],
            signs_in: true,
        });
    }
    cast::organizations(cast, regions, today);
    let offices = [
        (COUNTY, Department::CivilAffairs, "石国平"),
        (COUNTY, Department::RuralRevitalization, "龙海波"),
        (CITY, Department::CivilAffairs, "向志强"),
        (PROVINCE, Department::RuralRevitalization, "刘文静"),
    ];
    for (text, department, name) in offices {
        let region = code(text)?;
        let row = regions.get(region).ok_or(DemoError::Place(text))?;
        cast.add(Casting {
            name: Some(name),
            role: Role::Bureau {
                region,
                region_name: row.name.clone(),
                department,
            },
            library: if row.level() == Level::County {
                vec![region]
            } else {
                Vec::new()
            },
            signs_in: true,
        });
    }
    cast.add(Casting {
        name: Some("系统管理员"),
        role: Role::Administrator,
        library: vec![code(PROVINCE)?],
        signs_in: true,
    });
    Ok(villages)
}

/// How many needs each county has: a few everywhere, more where there are more villages and in the mountains. Together
/// exactly [`NEEDS`].
fn shares<'r>(
    regions: &Regions,
    texts: &Texts,
    counties: &[&'r Region],
) -> Vec<(&'r Region, usize)> {
    let weight = |county: &Region| {
        let villages = regions
            .inside(county.code)
            .filter(|row| row.is_rural())
            .count();
        let factor = if texts.is(&county.name, "west") {
            1.5
        } else if texts.is(&county.name, "urban") {
            0.4
        } else {
            1.0
        };
        (villages as f64).sqrt() * factor
    };
    const LEAST: usize = 4;
    let total: f64 = counties.iter().map(|county| weight(county)).sum();
    let free = NEEDS.saturating_sub(LEAST * counties.len());
    let mut shares = Vec::new();
    let (mut before, mut given) = (0.0, 0);
    for county in counties {
        before += weight(county);
        let so_far = (free as f64 * before / total).round() as usize;
        shares.push((*county, LEAST + so_far - given));
        given = so_far;
    }
    shares
}

/// The script while it is written.
struct Script<'a> {
    regions: &'a Regions,
    texts: &'a Texts,
    cast: Cast<'a>,
    now: Millis,
    posted: BTreeSet<(RegionCode, String)>,
    used: BTreeMap<(RegionCode, String), u32>,
    said: BTreeSet<(String, String)>,
    steps: Vec<Step>,
    serial: u64,
}

/// A need before it is written.
struct Plan<'a> {
    village: RegionCode,
    template: &'a Template,
    ending: Ending,
    org: Option<usize>,
    posted: Millis,
    deadline: Day,
    given: &'a [(&'a str, i64)],
}

/// A need that was written.
struct Made {
    need: NeedId,
    /// Its wording at the end of its story.
    revision: Revision,
    /// An officer of its county.
    officer: usize,
    /// Who wrote it.
    cadre: usize,
    /// The first order on it, if it was taken.
    order: Option<OrderId>,
    /// All that it asks for.
    lines: Vec<OrderLine>,
    /// Its last day.
    deadline: Day,
}

const DAY_MS: i64 = 86_400_000;

impl<'a> Script<'a> {
    fn random(&mut self) -> Random {
        self.serial += 1;
        Random::of("need", self.serial)
    }

    /// So many days ago, in the daytime.
    fn posted(&self, days_ago: i64, random: &mut Random) -> Millis {
        let midnight = (self.now.0 + DAY_MS / 3).div_euclid(DAY_MS) * DAY_MS - DAY_MS / 3;
        let at = midnight - days_ago * DAY_MS + random.between(7 * 60, 20 * 60) * 60_000;
        let at = at + random.between(0, 59_999);
        if at < self.now.0 {
            Millis(at)
        } else {
            Millis(at - DAY_MS)
        }
    }

    /// The county merges two needs, three hours ago.
    fn merge(&mut self, from: &Made, into: &Made) {
        let command = MergeNeeds {
            from: from.need,
            into: into.need,
            seen_from: Some(from.revision),
            seen_into: Some(into.revision),
        };
        self.steps.push(Step {
            at: self.now.plus(-3 * 3_600_000),
            actor: into.officer,
            command: command.into(),
        });
    }

    /// The county asks organizations, one waits in line, and a village asks a holder to hand over: within the last two days.
    fn dispatch(&mut self, made: &[Made]) {
        let hours = |n: i64| n * 3_600_000;
        for ((scene, org), (n, note)) in ASKED.into_iter().zip([
            (1, "你们上个月在隔壁乡做过义诊，村里盼着能把设备配上。"),
            (2, "寨子里的歌队就差请老师，你们做过类似的项目，能不能接？"),
        ]) {
            let (need, part) = (&made[scene], &self.cast.organizations[org]);
            let at = self.now.plus(-hours(44));
            let (dispatch, organization, member) = (
                domain::DispatchId::from_random(Random::of("dispatch", n).bytes()),
                part.organization.code,
                part.members[0],
            );
            let ask = DispatchNeed {
                dispatch,
                need: need.need,
                org: organization,
                lines: Vec::new(),
                note: note.to_owned(),
                answer_by: self.now.day().plus(5).min(need.deadline),
                seen: Some(need.revision),
            };
            self.does(at, need.officer, ask);
            if n == 2 {
                let answer = DispatchAnswer::Decline {
                    reason: DeclineReason::NoPeople,
                    words: "老师都排到了明年三月，这次真抽不出人。".to_owned(),
                };
                let at = self.now.plus(-hours(20));
                self.does(at, member, AnswerDispatch { dispatch, answer });
            }
        }
        let (scene, org) = WAITED_FOR;
        let (need, member) = (&made[scene], self.cast.organizations[org].members[0]);
        let lines = need.lines.clone();
        let (seen, id) = (Some(need.revision), need.need);
        // Nobody waits for what is of no use any more.
        if need.order.is_some() && need.deadline > self.now.day() {
            let join = JoinWaiting {
                need: id,
                lines,
                seen,
            };
            self.does(self.now.plus(-hours(30)), member, join);
        }
        let need = &made[HANDED];
        if let Some(order) = need.order {
            let ask = AskHandOver {
                need: need.need,
                order,
                reason: HandOverReason::Urgent,
                words: "天冷了，老人等着用，做不了的话早点说一声，我们好另找人。".to_owned(),
                contact: None,
            };
            let cadre = need.cadre;
            self.does(self.now.plus(-hours(26)), cadre, ask);
        }
    }

    fn does(&mut self, at: Millis, actor: usize, command: impl Into<Command>) {
        self.steps.push(Step {
            at,
            actor,
            command: command.into(),
        });
    }

    fn earliest_deadline(&self, ending: Ending, posted: Millis) -> Day {
        let soonest = posted.day().plus(12);
        ending
            .days_left()
            .map_or(soonest, |days| self.now.day().plus(days).max(soonest))
    }

    fn play(&mut self, scene: &Scene, village: RegionCode) -> Result<Made, DemoError> {
        let mut random = self.random();
        let texts = self.texts;
        let template = texts
            .templates
            .iter()
            .find(|template| template.name == scene.template);
        let template = template.ok_or(DemoError::Place(scene.template))?;
        let posted = self.posted(scene.days_ago, &mut random);
        let earliest = self.earliest_deadline(scene.ending, posted);
        // The needs of the demonstration accounts ignore the season.
        let deadline = match scene.ending {
            Ending::TooLate => Some(posted.day().plus(25)),
            _ => template.deadline(posted.day(), earliest, &mut random),
        };
        let plan = Plan {
            village,
            template,
            ending: scene.ending,
            org: scene.org,
            posted,
            deadline: deadline.unwrap_or_else(|| earliest.plus(30)),
            given: scene.given,
        };
        self.write(&plan, &mut random)
    }

    fn invent(&mut self, county: &Region) -> Result<(), DemoError> {
        let mut random = self.random();
        let mut villages: Vec<RegionCode> = Vec::new();
        for row in self.regions.inside(county.code) {
            // The villages with an account have what the scenes give them.
            let is_scene = VILLAGES
                .iter()
                .any(|(code, _)| *code == row.code.to_string());
            if row.is_rural() && row.name.contains('村') && !is_scene {
                villages.push(row.code);
            }
        }
        let texts = self.texts;
        let fitting: Vec<&Template> = texts
            .templates
            .iter()
            .filter(|template| texts.fits(template, &county.name))
            .collect();
        for attempt in 0..400 {
            let Some((ending, _, (from, to))) = random.weighted(&Ending::OFTEN, |often| often.1)
            else {
                continue;
            };
            let days_ago = random.between(*from, *to);
            let posted = self.posted(days_ago, &mut random);
            let Some(village) = random.pick(&villages).copied() else {
                break;
            };
            // What a county has asked for already comes up less often there.
            let weight = |template: &&Template| {
                let used = self
                    .used
                    .get(&(county.code, template.name.clone()))
                    .copied()
                    .unwrap_or(0);
                template.weight * 60 / (1 + used * 2)
            };
            let Some(template) = random.weighted(&fitting, weight).copied() else {
                break;
            };
            let once = (village, template.name.clone());
            if attempt < 200 && self.posted.contains(&once) {
                continue;
            }
            let earliest = self.earliest_deadline(*ending, posted);
            let Some(deadline) = template.deadline(posted.day(), earliest, &mut random) else {
                continue;
            };
            self.posted.insert(once);
            *self
                .used
                .entry((county.code, template.name.clone()))
                .or_default() += 1;
            let plan = Plan {
                village,
                template,
                ending: *ending,
                org: None,
                posted,
                deadline,
                given: &[],
            };
            self.write(&plan, &mut random)?;
            return Ok(());
        }
        Err(DemoError::NothingFits(county.name.clone()))
    }

    fn write(&mut self, plan: &Plan<'a>, random: &mut Random) -> Result<Made, DemoError> {
        let place = self
            .regions
            .place(plan.village)
            .ok_or(DemoError::Place("village"))?;
        let cadre = self.cast.cadre(&place);
        let county = place.county();
        let officers = OFFICES.map(|office| self.cast.officer(county, &place.county_name, office));
        let occasion = Occasion {
            place: &place,
            contact: self.cast.contact(cadre),
            deadline: plan.deadline,
            given: plan.given,
        };
        let mut writing = Writing::new(self.texts, plan.template, &occasion, random)?;
        // No two villages say everything in the same words.
        for _ in 0..30 {
            if self.said.insert((
                writing.content.title.clone(),
                writing.content.details.clone(),
            )) {
                break;
            }
            writing = Writing::new(self.texts, plan.template, &occasion, random)?;
        }
        let story = Story {
            texts: self.texts,
            writing: &writing,
            place: &place,
            cadre,
            officers,
            rule: publish_rule(county),
            need: NeedId::from_random(random.bytes()),
            now: self.now,
        };
        let teller = Teller::new(&story, &mut self.cast, random, plan.posted);
        let need = story.need;
        let (steps, revision) = teller.tell(plan.ending, plan.org)?;
        let order = steps.iter().find_map(|step| step.command.order_made());
        let items = writing.content.items.iter();
        let lines = items.map(|item| OrderLine {
            item: item.no,
            quantity: item.quantity,
        });
        let lines = lines.collect();
        self.steps.extend(steps);
        Ok(Made {
            need,
            revision,
            officer: officers[0],
            cadre,
            order,
            lines,
            deadline: plan.deadline,
        })
    }
}

#[cfg(test)]
mod tests;
