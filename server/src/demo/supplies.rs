//! What organizations of the demonstration offer, and what villages of the demonstration county have picked of it.

use super::{CITY, COUNTY, DemoError, Random, Script, Step, VILLAGES, code};
use domain::commands::{
    AnswerPick, MarkDelivered, PauseSupply, PickAnswer, PickSupply, ReportProgress, SaveSupply,
    ScreenSupply, Screening, SubmitSupply,
};
use domain::needs::ReturnReason;
use domain::revision::Amount;
use domain::supplies::{Action, ServedRegion, Source};
use domain::{
    Command, Contact, Department, Fen, Help, OrderId, Organization, PickId, ProgressId, RegionCode,
    Revision, SupplyContent, SupplyId, Topic, Unit,
};

/// How far a supply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Draft,
    Submitted,
    Returned,
    Published,
    Paused,
}

/// What became of a pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Waits,
    /// So many places, and the order is being worked on.
    Accepted(u32),
    /// So many places, and the village is asked whether it was done.
    Delivered(u32),
    Declined,
}

/// A village of the demonstration, or the so-manyth other one of its county.
#[derive(Clone, Copy, Debug)]
enum By {
    Account(usize),
    Other(usize),
}

/// A pick: who, how many places, what for, and what became of it.
type Pick = (By, u32, &'static str, Answer);

struct Offer {
    /// Which of the organizations that serve the county.
    org: usize,
    fate: Fate,
    days_ago: i64,
    title: &'static str,
    topic: Topic,
    action: Action,
    help: Help,
    offer: &'static str,
    per_place: (&'static str, u64, &'static str),
    places: u32,
    conditions: &'static str,
    yuan: i64,
    source: Source,
    team: &'static str,
    cases: &'static str,
    picks: &'static [Pick],
}

const OFFERS: [Offer; 14] = [
    Offer {
        org: 0,
        fate: Fate::Published,
        days_ago: 60,
        title: "退休医生每季来一次，教村医管慢病",
        topic: Topic::Health,
        action: Action::Brand,
        help: Help::Both,
        offer: "两位退休内科医生每季度来村里一天：给老人量血压、测血糖，和村医一起看慢病档案，手把手教用药随访。",
        per_place: ("巡诊", 4, "次"),
        places: 6,
        conditions: "村卫生室或村部备一间能坐二十人的屋子，提前两天通知老人。",
        yuan: 4_800,
        source: Source::Own,
        team: "四位退休医生，两位护士，轮流出诊。",
        cases: "2025 年在鹤城区、中方县做了 11 个村。",
        picks: &[
            (
                By::Account(0),
                1,
                "村里六十岁以上的老人有一百四十多位，血压高的多。",
                Answer::Accepted(1),
            ),
            (
                By::Other(0),
                1,
                "村卫生室刚修好，有地方。",
                Answer::Accepted(1),
            ),
            (By::Other(1), 1, "", Answer::Waits),
        ],
    },
    Offer {
        org: 0,
        fate: Fate::Published,
        days_ago: 48,
        title: "妇女“两癌”筛查车进村",
        topic: Topic::Health,
        action: Action::Pairing,
        help: Help::Relief,
        offer: "筛查车开到村口停一天，给三十五岁以上的妇女免费检查，当天告诉结果，有问题的帮忙联系县医院。",
        per_place: ("筛查", 60, "人次"),
        places: 2,
        conditions: "有一块能停大车、能接电的平地。",
        yuan: 9_000,
        source: Source::Foundation,
        team: "市妇幼保健院五人，志愿者三人。",
        cases: "",
        picks: &[
            (By::Other(2), 1, "", Answer::Accepted(1)),
            (
                By::Other(3),
                1,
                "妇女主任已经登记了五十多人。",
                Answer::Accepted(1),
            ),
        ],
    },
    Offer {
        org: 1,
        fate: Fate::Published,
        days_ago: 90,
        title: "乡村儿童阅读小屋：送书，教管理员",
        topic: Topic::Education,
        action: Action::Huts,
        help: Help::Both,
        offer: "送 800 册新书、两组书架和一套桌椅，培训两位管理员，再跟半年：每月一次线上读书会，坏了的书补上。",
        per_place: ("图书", 800, "册"),
        places: 8,
        conditions: "一间 15 平方米以上、通电的屋子，有人每周开门三天。",
        yuan: 12_000,
        source: Source::Foundation,
        team: "基金会教育组三人，合作书店一家。",
        cases: "在全省 46 个村建成，41 个还在用。",
        picks: &[
            (
                By::Account(0),
                1,
                "村小旁有间空屋，18 平方米，通了电，钥匙在村部。",
                Answer::Delivered(1),
            ),
            (
                By::Other(4),
                2,
                "两个自然村隔得远，想各建一间。",
                Answer::Accepted(1),
            ),
            (By::Other(5), 1, "", Answer::Declined),
        ],
    },
    Offer {
        org: 1,
        fate: Fate::Published,
        days_ago: 20,
        title: "太阳能路灯捐建和维护培训",
        topic: Topic::Environment,
        action: Action::Pairing,
        help: Help::Both,
        offer: "每村捐 20 盏太阳能路灯，包安装，教两位村民换电池和控制器，三年内坏了包换。",
        per_place: ("太阳能路灯", 20, "盏"),
        places: 4,
        conditions: "村里挖好灯杆基坑，报一张装灯位置图。",
        yuan: 30_000,
        source: Source::Donors,
        team: "",
        cases: "",
        picks: &[(
            By::Account(1),
            1,
            "高步到中步一公里没有灯，学生下晚自习要走。",
            Answer::Waits,
        )],
    },
    Offer {
        org: 2,
        fate: Fate::Published,
        days_ago: 34,
        title: "留守儿童周末陪伴课",
        topic: Topic::Care,
        action: Action::Brand,
        help: Help::Capacity,
        offer: "每两周一次，社工和大学生志愿者到村里上半天课：作业辅导、情绪游戏、安全教育，一学期十次。",
        per_place: ("陪伴课", 10, "次"),
        places: 5,
        conditions: "村部一间教室，至少十二个孩子。",
        yuan: 6_000,
        source: Source::Government,
        team: "两位持证社工，志愿者十二人。",
        cases: "去年在双江镇三个村做了两个学期。",
        picks: &[
            (
                By::Account(1),
                1,
                "我们村有留守儿童十九个，周末没人管。",
                Answer::Waits,
            ),
            (By::Other(6), 1, "", Answer::Accepted(1)),
        ],
    },
    Offer {
        org: 2,
        fate: Fate::Submitted,
        days_ago: 2,
        title: "老人手机课：会视频，防诈骗",
        topic: Topic::Care,
        action: Action::Pairing,
        help: Help::Capacity,
        offer: "六次小班课，每次两小时：打视频电话、看病挂号、认诈骗短信，结课时每人发一本大字手册。",
        per_place: ("培训", 6, "次"),
        places: 6,
        conditions: "村部有电视，能坐二十人。",
        yuan: 3_000,
        source: Source::Own,
        team: "社工一人，志愿者四人。",
        cases: "",
        picks: &[],
    },
    Offer {
        org: 3,
        fate: Fate::Published,
        days_ago: 41,
        title: "侗锦、蓝染手艺培训和代销",
        topic: Topic::Industry,
        action: Action::Consumption,
        help: Help::Capacity,
        offer: "请两位非遗传承人到村里教十天，合格的发活回家做，按件收购，合作社在网店代销。",
        per_place: ("培训", 20, "人"),
        places: 3,
        conditions: "有二十位愿意学的妇女，一间能摆织机的屋子。",
        yuan: 15_000,
        source: Source::Own,
        team: "传承人两位，网店运营一位。",
        cases: "坪坦乡两个村，户均增收三千多元。",
        picks: &[(By::Other(7), 1, "织机村里有六台。", Answer::Accepted(1))],
    },
    Offer {
        org: 4,
        fate: Fate::Paused,
        days_ago: 75,
        title: "以购代捐：集中采购村里的山货",
        topic: Topic::Consumption,
        action: Action::Consumption,
        help: Help::Relief,
        offer: "会员单位食堂每季集中采购一次腊味、笋干、蜂蜜，按市场价，货到付款。",
        per_place: ("采购额", 2_000_000, "fen"),
        places: 10,
        conditions: "有检疫证明，按统一规格包装。",
        yuan: 20_000,
        source: Source::Donors,
        team: "",
        cases: "上半年采购 18 万元。",
        picks: &[(
            By::Other(8),
            2,
            "笋干八百斤，腊肉三百斤。",
            Answer::Accepted(1),
        )],
    },
    Offer {
        org: 5,
        fate: Fate::Published,
        days_ago: 15,
        title: "直播小屋：设备、教练和三个月陪跑",
        topic: Topic::Huts,
        action: Action::Huts,
        help: Help::Both,
        offer: "送一套直播设备，教三位村播，陪播三个月，帮着选品、拍短视频、对接快递。",
        per_place: ("直播设备", 1, "套"),
        places: 3,
        conditions: "网速 100 兆以上的房间，有稳定货源。",
        yuan: 18_000,
        source: Source::Donors,
        team: "主播教练两位。",
        cases: "",
        picks: &[],
    },
    Offer {
        org: 6,
        fate: Fate::Published,
        days_ago: 28,
        title: "柑橘、猕猴桃分级和网店图片培训",
        topic: Topic::Industry,
        action: Action::Consumption,
        help: Help::Capacity,
        offer: "农技员到果园教修剪、分级、贮藏，再教拍照和上架，共两天。",
        per_place: ("培训", 2, "天"),
        places: 1,
        conditions: "果园不少于五十亩，来学的不少于十二人。",
        yuan: 2_600,
        source: Source::Government,
        team: "高级农艺师一位。",
        cases: "",
        picks: &[(By::Other(9), 1, "", Answer::Accepted(1))],
    },
    Offer {
        org: 7,
        fate: Fate::Published,
        days_ago: 9,
        title: "村卫生室“医生小屋”远程会诊",
        topic: Topic::Health,
        action: Action::Huts,
        help: Help::Both,
        offer: "配一台会诊终端，每周两个下午接通县医院的医生，教村医操作。",
        per_place: ("会诊终端", 1, "台"),
        places: 4,
        conditions: "村卫生室通宽带。",
        yuan: 8_000,
        source: Source::Foundation,
        team: "",
        cases: "",
        picks: &[],
    },
    Offer {
        org: 8,
        fate: Fate::Returned,
        days_ago: 12,
        title: "村级河道保洁志愿队",
        topic: Topic::Environment,
        action: Action::Pairing,
        help: Help::Relief,
        offer: "组织志愿者清河道，发工具和服装。",
        per_place: ("清河", 3, "次"),
        places: 5,
        conditions: "",
        yuan: 1_500,
        source: Source::Own,
        team: "",
        cases: "",
        picks: &[],
    },
    Offer {
        org: 9,
        fate: Fate::Published,
        days_ago: 22,
        title: "红白喜事简办指导和村规民约修订",
        topic: Topic::Customs,
        action: Action::Pairing,
        help: Help::Capacity,
        offer: "到村里开两次院坝会，帮着修订村规民约，培训红白理事会，送一套宣传展板。",
        per_place: ("院坝会", 2, "次"),
        places: 6,
        conditions: "村里有红白理事会。",
        yuan: 1_800,
        source: Source::Free,
        team: "",
        cases: "",
        picks: &[],
    },
    Offer {
        org: 9,
        fate: Fate::Draft,
        days_ago: 3,
        title: "返乡青年创业沙龙",
        topic: Topic::Employment,
        action: Action::Brand,
        help: Help::Capacity,
        offer: "",
        per_place: ("沙龙", 1, "场"),
        places: 3,
        conditions: "",
        yuan: 0,
        source: Source::Own,
        team: "",
        cases: "",
        picks: &[],
    },
];

/// A supply of the demonstration is offered for so many days from its first one on.
const OFFERED_DAYS: i32 = 300;
/// Regions of a supply, at most, as the rules want it.
const MOST_REGIONS: usize = 20;

impl Script<'_> {
    /// What ten organizations that serve the demonstration county offer, and what its villages have picked.
    pub(super) fn offer(&mut self) -> Result<(), DemoError> {
        let county = code(COUNTY)?;
        let serving: Vec<usize> = (0..self.cast.organizations.len())
            .filter(|no| {
                let org = &self.cast.organizations[*no].organization;
                org.serves.contains(&county)
            })
            .collect();
        for (n, offer) in (1..).zip(&OFFERS) {
            let org = serving.get(offer.org).copied().unwrap_or(0);
            self.tell_offer(n, org, offer)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        days_ago: i64,
        random: &mut Random,
        actor: usize,
        command: impl Into<Command>,
    ) {
        let at = self.posted(days_ago, random);
        self.steps.push(Step {
            at,
            actor,
            command: command.into(),
        });
    }

    fn tell_offer(&mut self, n: u64, org: usize, offer: &Offer) -> Result<(), DemoError> {
        let mut random = Random::of("supply", n);
        let supply = SupplyId::from_random(random.bytes());
        let organization = self.cast.organizations[org].organization.clone();
        let member = self.cast.organizations[org].members[0];
        let content = self.content(offer, &organization)?;
        let days = offer.days_ago;
        if offer.fate == Fate::Draft {
            self.step(days, &mut random, member, SaveSupply { supply, content });
            return Ok(());
        }
        self.step(days, &mut random, member, SubmitSupply { supply, content });
        let home = self.regions.get(organization.registered_in);
        let name = home.map_or_else(String::new, |row| row.name.clone());
        let department = Department::CivilAffairs;
        let officer = self
            .cast
            .officer(organization.registered_in, &name, department);
        let opinion = match offer.fate {
            Fate::Submitted | Fate::Draft => return Ok(()),
            Fate::Returned => Screening::Return {
                reason: ReturnReason::Unclear,
                words: "请写清楚清哪几段河、多少志愿者、安全怎么保障，再发来。".to_owned(),
            },
            Fate::Published | Fate::Paused => Screening::Publish {
                remark: String::new(),
            },
        };
        let seen = Revision(0);
        let screen = ScreenSupply {
            supply,
            opinion,
            seen,
        };
        self.step(days - 1, &mut random, officer, screen);
        for (at, pick) in (0..).zip(offer.picks) {
            let days = days - 2 - at;
            self.tell_pick(supply, org, pick, days, &mut random)?;
        }
        if offer.fate == Fate::Paused {
            let days = days / 3;
            self.step(days, &mut random, member, PauseSupply { supply });
        }
        Ok(())
    }

    fn content(
        &self,
        offer: &Offer,
        organization: &Organization,
    ) -> Result<SupplyContent, DemoError> {
        let (city, county) = (code(CITY)?, code(COUNTY)?);
        let mut whole = organization.whole.iter();
        // Who serves all of the province or the city offers to all of it; otherwise the demonstration county is always among them.
        let codes = match whole.find(|whole| whole.contains(county)) {
            Some(whole) => vec![*whole],
            None => {
                let near = organization.serves.iter();
                let near = near.filter(|code| city.contains(**code) && **code != county);
                let mut codes = vec![county];
                codes.extend(near);
                codes.truncate(MOST_REGIONS);
                codes
            }
        };
        let named = |code: RegionCode| ServedRegion {
            code,
            name: self
                .regions
                .get(code)
                .map_or_else(String::new, |row| row.name.clone()),
        };
        let (name, quantity, unit) = offer.per_place;
        let from = self
            .now
            .day()
            .plus(-i32::try_from(offer.days_ago).unwrap_or(0));
        Ok(SupplyContent {
            title: offer.title.to_owned(),
            topic: offer.topic,
            action: offer.action,
            help: offer.help,
            offer: offer.offer.to_owned(),
            per_place: Amount {
                name: name.to_owned(),
                quantity,
                unit: Unit::from(unit.to_owned()),
            },
            places: offer.places,
            regions: codes.into_iter().map(named).collect(),
            conditions: offer.conditions.to_owned(),
            cost: (offer.yuan > 0).then_some(Fen(offer.yuan * 100)),
            source: offer.source,
            from,
            to: from.plus(OFFERED_DAYS),
            team: offer.team.to_owned(),
            cases: offer.cases.to_owned(),
        })
    }

    fn tell_pick(
        &mut self,
        supply: SupplyId,
        org: usize,
        (by, places, words, answer): &Pick,
        days: i64,
        random: &mut Random,
    ) -> Result<(), DemoError> {
        let village = match by {
            By::Account(n) => code(VILLAGES[*n].0)?,
            By::Other(n) => self.other_village(*n)?,
        };
        let place = self.regions.place(village);
        let place = place.ok_or(DemoError::Place("village"))?;
        let cadre = self.cast.cadre(&place);
        let member = self.cast.organizations[org].members[0];
        let pick = PickId::from_random(random.bytes());
        let order = OrderId::from_random(random.bytes());
        let picks = PickSupply {
            pick,
            supply,
            places: *places,
            words: (*words).to_owned(),
            contact: self.cast.contact(cadre),
            seen: Revision(0),
        };
        // A pick that waits was made lately.
        let days = match answer {
            Answer::Waits => days.min(4),
            _ => days,
        };
        self.step(days, random, cadre, picks);
        let contact: Contact = self.cast.contact(member);
        let accept = |places: u32, due| PickAnswer::Accept {
            order,
            places,
            due,
            contact,
        };
        let day_of = |days: i64| self.now.day().plus(-i32::try_from(days).unwrap_or(0));
        let due = day_of(days - 1).plus(120);
        let answered = match answer {
            Answer::Waits => return Ok(()),
            Answer::Accepted(places) | Answer::Delivered(places) => accept(*places, due),
            Answer::Declined => PickAnswer::Decline {
                reason: domain::picks::DeclineReason::NotReady,
                words: "屋子还没有通电，通了电请再点，我们留着名额。".to_owned(),
            },
        };
        let seen = Revision(0);
        let answers = AnswerPick {
            pick,
            answer: answered,
            seen,
        };
        self.step(days - 1, random, member, answers);
        if *answer == Answer::Declined {
            return Ok(());
        }
        self.cast.organizations[org].open += 1;
        if matches!(answer, Answer::Delivered(_)) {
            let report = ReportProgress {
                order,
                progress: ProgressId::from_random(random.bytes()),
                text: "书架装好了，书编了号，两位管理员培训了一天。".to_owned(),
                cash: Fen(1_160_000),
                goods: Fen(0),
                persons: 2,
                visits: 0,
            };
            self.step(days / 3, random, member, report);
            let note = "屋子布置好了，请看看书和桌椅够不够。".to_owned();
            self.step(days / 3 - 2, random, member, MarkDelivered { order, note });
        }
        Ok(())
    }

    /// The so-manyth village of the demonstration county that has no account.
    fn other_village(&self, n: usize) -> Result<RegionCode, DemoError> {
        let others = self.regions.inside(code(COUNTY)?).filter(|row| {
            let is_scene = VILLAGES
                .iter()
                .any(|(village, _)| *village == row.code.to_string());
            row.is_rural() && row.name.contains('村') && !is_scene
        });
        others
            .map(|row| row.code)
            .nth(n * 7)
            .ok_or(DemoError::Place("village"))
    }
}
