//! The story of one need: the commands of its life, up to the present.

use super::Step;
use super::cast::{Cast, PersonNo};
use super::random::Random;
use super::texts::{TextError, Texts};
use super::writing::Writing;
use domain::commands::{
    ConfirmDelivery, DisputeDelivery, EditNeed, MarkDelivered, PostNeed, ReleaseOrder,
    ReportProgress, SaveNeed, ScreenNeed, Screening, SubmitNeed, TakeDown, TakeOrder, WithdrawNeed,
};
use domain::needs::{ReturnReason, WithdrawReason};
use domain::orders::ReleaseReason;
use domain::{
    Command, Department, Fen, Millis, NeedContent, NeedId, OrderId, OrderLine, Place, ProgressId,
    PublishRule, Revision, Topic, Unit,
};

use std::collections::BTreeSet;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const SHANGHAI: i64 = 8 * HOUR;

/// How far a need comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Written, not sent.
    Draft,
    /// Sent; the county has not decided.
    Waiting,
    /// One department agreed, the other has not answered.
    HalfApproved,
    /// Sent back to the village.
    Returned,
    /// In the library, nobody has taken it.
    Open,
    /// Nobody took it in time: it expires once the server looks.
    TooLate,
    /// Taken and given back: in the library again.
    GivenBack,
    /// Part of it is taken.
    Partly,
    /// All of it is taken and being worked on.
    Working,
    /// Waiting for the village's word.
    Delivered,
    /// The village does not agree.
    Disputed,
    /// Confirmed and closed.
    Done,
    /// Taken back by the village.
    Withdrawn,
    /// Taken out of the library by the county.
    TakenDown,
}

impl Ending {
    /// How often, and how many days ago it was posted.
    pub(super) const OFTEN: [(Self, u32, (i64, i64)); 10] = [
        (Self::Waiting, 5, (0, 4)),
        (Self::Returned, 4, (2, 25)),
        (Self::Open, 47, (3, 75)),
        (Self::GivenBack, 2, (25, 90)),
        (Self::Partly, 9, (12, 85)),
        (Self::Working, 9, (12, 85)),
        (Self::Delivered, 4, (30, 110)),
        (Self::Disputed, 2, (35, 110)),
        (Self::Done, 15, (60, 340)),
        (Self::Withdrawn, 3, (6, 200)),
    ];

    /// How many days from now the last day must at least be away, where it matters.
    pub(super) fn days_left(self) -> Option<i32> {
        match self {
            Self::Draft | Self::Waiting | Self::HalfApproved | Self::Open | Self::GivenBack => {
                Some(6)
            }
            Self::Returned | Self::Partly => Some(4),
            Self::Working | Self::Delivered | Self::Disputed => Some(-8),
            Self::Done | Self::Withdrawn | Self::TakenDown | Self::TooLate => None,
        }
    }
}

/// One need and the people around it.
pub(super) struct Story<'a> {
    pub(super) texts: &'a Texts,
    pub(super) writing: &'a Writing<'a>,
    pub(super) place: &'a Place,
    pub(super) cadre: PersonNo,
    pub(super) officers: [PersonNo; 2],
    pub(super) rule: PublishRule,
    pub(super) need: NeedId,
    pub(super) now: Millis,
}

/// Tells one story; what would happen after now is not told.
pub(super) struct Teller<'s, 'c, 't> {
    story: &'s Story<'s>,
    cast: &'c mut Cast<'t>,
    random: &'c mut Random,
    at: Millis,
    steps: Vec<Step>,
    /// Reports that somebody has made on this need.
    said: BTreeSet<String>,
    /// The need as the village has it now.
    content: NeedContent,
    /// Which wording that is.
    revision: Revision,
}

/// An order while its story is told.
struct Holding {
    order: OrderId,
    member: PersonNo,
    org: usize,
    lines: Vec<OrderLine>,
    /// What of the whole need it is, in percent of the first item.
    percent: u64,
}

/// A story goes on (`Some`) or has come to now (`None`).
type Told = Result<Option<()>, TextError>;

impl<'s, 'c, 't> Teller<'s, 'c, 't> {
    pub(super) fn new(
        story: &'s Story<'s>,
        cast: &'c mut Cast<'t>,
        random: &'c mut Random,
        posted: Millis,
    ) -> Self {
        Self {
            story,
            cast,
            random,
            at: posted,
            steps: Vec::new(),
            said: BTreeSet::new(),
            content: story.writing.content.clone(),
            revision: Revision::default(),
        }
    }

    /// The steps of the story, and the wording at its end. `org` is who takes it, where that is not left to chance.
    pub(super) fn tell(
        mut self,
        ending: Ending,
        org: Option<usize>,
    ) -> Result<(Vec<Step>, Revision), TextError> {
        self.until(ending, org)?;
        Ok((self.steps, self.revision))
    }

    fn until(&mut self, ending: Ending, org: Option<usize>) -> Told {
        if self.write(ending)?.is_none() || !self.screen(ending) {
            return Ok(None);
        }
        match ending {
            Ending::Draft | Ending::Waiting | Ending::HalfApproved | Ending::Returned => {
                Ok(Some(()))
            }
            Ending::Open => Ok(self.sometimes_edit()),
            Ending::TooLate => Ok(Some(())),
            Ending::Withdrawn => Ok(self.withdraw()),
            Ending::TakenDown => Ok(self.take_down()),
            Ending::GivenBack => {
                let Some(holding) = self.take(org, 60) else {
                    return Ok(None);
                };
                if self.random.percent(40) && self.report(&holding, 1, false)?.is_none() {
                    return Ok(None);
                }
                Ok(self.give_back(&holding))
            }
            Ending::Partly => {
                let Some(holding) = self.take(org, 55) else {
                    return Ok(None);
                };
                let reports = self.random.between(0, 2);
                self.report(&holding, reports, false)
            }
            Ending::Working => self.together(org, |teller, holding| {
                let reports = teller.random.between(0, 3);
                teller.report(holding, reports, false)
            }),
            Ending::Delivered => self.together(org, Self::deliver),
            Ending::Disputed => self.together(org, |teller, holding| {
                if teller.deliver(holding)?.is_none() {
                    return Ok(None);
                }
                teller.dispute(holding)
            }),
            Ending::Done => self.together(org, Self::finish),
        }
    }

    /// The whole need is taken, now and then by two organizations one after the other; each goes its way.
    fn together(&mut self, org: Option<usize>, way: impl Fn(&mut Self, &Holding) -> Told) -> Told {
        let shared = org.is_none() && self.random.percent(18);
        let Some(first) = self.take(org, if shared { 50 } else { 100 }) else {
            return Ok(None);
        };
        let second = if shared {
            self.take_the_rest(&first)
        } else {
            None
        };
        let start = self.at;
        way(self, &first)?;
        if let Some(second) = second {
            let first_ended = self.at;
            self.at = start;
            way(self, &second)?;
            self.at = self.at.max(first_ended);
        }
        Ok(Some(()))
    }

    /// Some time later, at an hour at which people do such things; `None` when that is still to come.
    fn later(&mut self, days: (i64, i64)) -> Option<Millis> {
        let wait = self.random.between(days.0 * DAY, days.1 * DAY);
        let midnight = (self.at.0 + wait + SHANGHAI).div_euclid(DAY) * DAY - SHANGHAI;
        let hour = self.random.between(8 * 60, 20 * 60) * MINUTE;
        let seconds = self.random.between(0, 59_999);
        let mut at = Millis(midnight + hour + seconds);
        if at <= self.at {
            at = self.at.plus(self.random.between(9, 170) * MINUTE + seconds);
        }
        if at >= self.story.now {
            return None;
        }
        self.at = at;
        Some(at)
    }

    fn step(&mut self, actor: PersonNo, command: impl Into<Command>) {
        self.steps.push(Step {
            at: self.at,
            actor,
            command: command.into(),
        });
    }

    fn post(&mut self, content: NeedContent) {
        let need = self.story.need;
        self.step(self.story.cadre, PostNeed { need, content });
    }

    /// The village writes; where the need was sent back on the way, it repairs it.
    fn write(&mut self, ending: Ending) -> Told {
        let (writing, need) = (self.story.writing, self.story.need);
        let content = writing.content.clone();
        if ending == Ending::Draft {
            self.step(self.story.cadre, SaveNeed { need, content });
            return Ok(None);
        }
        let undecided = matches!(ending, Ending::Waiting | Ending::HalfApproved);
        if ending == Ending::Returned || (!undecided && self.random.percent(11)) {
            return self.write_twice(ending);
        }
        if self.random.percent(10) {
            self.step(self.story.cadre, SaveNeed { need, content });
            if self.later((0, 2)).is_none() {
                return Ok(None);
            }
            self.step(self.story.cadre, SubmitNeed { need });
        } else {
            self.post(content);
        }
        Ok(Some(()))
    }

    /// The village repairs what it wrote.
    fn rewrite(&mut self, before: &NeedContent, after: NeedContent) {
        if !before.changes_to(&after).is_empty() {
            self.revision = self.revision.next();
        }
        self.content = after;
    }

    /// The village says too little or too much, the county sends it back, the village repairs it.
    fn write_twice(&mut self, ending: Ending) -> Told {
        let writing = self.story.writing;
        let Some(text) = self.random.pick(&writing.template.returns) else {
            self.post(writing.content.clone());
            return Ok(Some(()));
        };
        let names = self
            .story
            .texts
            .any("names that should not be there", self.random);
        let (first, words, repaired) = writing.returned(text, names)?;
        self.post(first.clone());
        if self.later((0, 3)).is_none() {
            return Ok(None);
        }
        let officer = self.officer();
        let opinion = Screening::Return {
            reason: text.reason,
            words,
        };
        let (need, seen) = (self.story.need, Some(self.revision));
        self.step(
            officer,
            ScreenNeed {
                need,
                opinion,
                seen,
            },
        );
        if ending == Ending::Returned || self.later((0, 4)).is_none() {
            return Ok(None);
        }
        self.rewrite(&first, repaired.clone());
        self.post(repaired);
        Ok(Some(()))
    }

    /// The county finds that another programme pays for it.
    fn take_down(&mut self) -> Option<()> {
        self.later((2, 9))?;
        let officer = self.officer();
        self.step(
            officer,
            TakeDown {
                need: self.story.need,
                reason: ReturnReason::OutOfScope,
                words: "这件事已经列入县里的项目资金，年内会来做，不用再找社会组织。".to_owned(),
                seen: Some(self.revision),
            },
        );
        Some(())
    }

    fn officer(&mut self) -> PersonNo {
        let officers = self.story.officers;
        officers[self.random.index(officers.len())]
    }

    /// The county's departments agree, one or both as the county wants; whether it is in the library then.
    fn screen(&mut self, ending: Ending) -> bool {
        let half = match ending {
            Ending::HalfApproved => true,
            Ending::Waiting => self.story.rule == PublishRule::Both && self.random.percent(45),
            _ => false,
        };
        if ending == Ending::Waiting && !half {
            return false;
        }
        let first = self.random.index(2);
        if self.later((0, 3)).is_none() {
            return false;
        }
        self.agree(self.story.officers[first]);
        if half {
            return false;
        }
        if self.story.rule == PublishRule::Both {
            if self.later((0, 3)).is_none() {
                return false;
            }
            self.agree(self.story.officers[1 - first]);
        }
        true
    }

    fn agree(&mut self, officer: PersonNo) {
        let mut remark = String::new();
        if self.random.percent(45) {
            remark.push_str(self.story.texts.any("remarks of a bureau", self.random));
        }
        let (need, seen) = (self.story.need, Some(self.revision));
        let opinion = Screening::Publish { remark };
        self.step(
            officer,
            ScreenNeed {
                need,
                opinion,
                seen,
            },
        );
    }

    /// Now and then the village gives it more time.
    fn sometimes_edit(&mut self) -> Option<()> {
        if self.random.percent(6) {
            self.later((2, 12))?;
            let before = self.content.clone();
            let mut content = before.clone();
            content.deadline = content.deadline.plus(20);
            self.rewrite(&before, content.clone());
            let need = self.story.need;
            self.step(self.story.cadre, EditNeed { need, content });
        }
        Some(())
    }

    fn withdraw(&mut self) -> Option<()> {
        self.later((3, 40))?;
        let reasons = [
            (WithdrawReason::DoneByOthers, 6),
            (WithdrawReason::NoLongerWanted, 3),
            (WithdrawReason::Mistake, 1),
        ];
        let (reason, _) = self.random.weighted(&reasons, |(_, weight)| *weight)?;
        let need = self.story.need;
        self.step(
            self.story.cadre,
            WithdrawNeed {
                need,
                reason: *reason,
            },
        );
        Some(())
    }

    /// An organization that works there on such things takes about `percent` of the need.
    fn take(&mut self, org: Option<usize>, percent: u64) -> Option<Holding> {
        let topic = self.story.writing.content.topic;
        let able = self.cast.serving(self.story.place.county(), topic);
        let org = match org {
            Some(org) => org,
            None => self.least_busy(&able, None)?,
        };
        let lines = self.lines(percent);
        self.pledge(org, lines, (1, 16))
    }

    /// Another organization takes what is left.
    fn take_the_rest(&mut self, first: &Holding) -> Option<Holding> {
        let topic = self.story.writing.content.topic;
        let able = self.cast.serving(self.story.place.county(), topic);
        let org = self.least_busy(&able, Some(first.org))?;
        let taken = |no| {
            let line = first.lines.iter().find(|line| line.item == no);
            line.map_or(0, |line| line.quantity)
        };
        let items = &self.story.writing.content.items;
        let left: Vec<OrderLine> = items
            .iter()
            .map(|item| OrderLine {
                item: item.no,
                quantity: item.quantity - taken(item.no),
            })
            .filter(|line| line.quantity > 0)
            .collect();
        if left.is_empty() {
            return None;
        }
        self.pledge(org, left, (0, 6))
    }

    /// Out of three, the one with the fewest orders.
    fn least_busy(&mut self, able: &[usize], but: Option<usize>) -> Option<usize> {
        let able: Vec<usize> = able.iter().copied().filter(|no| Some(*no) != but).collect();
        let asked: Vec<usize> = (0..3)
            .filter_map(|_| self.random.pick(&able).copied())
            .collect();
        asked
            .into_iter()
            .min_by_key(|no| self.cast.organizations[*no].open)
    }

    fn pledge(&mut self, org: usize, lines: Vec<OrderLine>, days: (i64, i64)) -> Option<Holding> {
        self.later(days)?;
        let content = &self.story.writing.content;
        let today = self.at.day();
        if content.deadline < today {
            return None;
        }
        let member = *self.random.pick(&self.cast.organizations[org].members)?;
        let order = OrderId::from_random(self.random.bytes());
        let days = i32::try_from(self.random.between(40, 100)).unwrap_or(60);
        let take = TakeOrder {
            order,
            need: self.story.need,
            lines: lines.clone(),
            due: today.plus(days).min(content.deadline),
            contact: Some(self.cast.contact(member)),
            seen: Some(self.revision),
        };
        self.cast.organizations[org].open += 1;
        self.step(member, take);
        let whole = content.items.first().map_or(1, |item| item.quantity.max(1));
        let part = lines.first().map_or(0, |line| line.quantity);
        Some(Holding {
            order,
            member,
            org,
            lines,
            percent: (part * 100 / whole).clamp(5, 100),
        })
    }

    /// About so much of every item; what cannot be divided is taken whole or left.
    fn lines(&mut self, percent: u64) -> Vec<OrderLine> {
        let mut lines = Vec::new();
        for (at, item) in self.story.writing.content.items.iter().enumerate() {
            let share = item.quantity * percent / 100;
            let quantity = match share {
                _ if percent >= 100 => item.quantity,
                share if share >= 2_000 => share / 500 * 500,
                share if share >= 200 => share / 50 * 50,
                share if share >= 20 => share / 5 * 5,
                share if item.quantity >= 4 => share.max(1),
                _ if at == 0 => item.quantity,
                _ => 0,
            };
            // Somebody who takes a part does not always care for the smaller things.
            if quantity > 0 && (at == 0 || percent >= 100 || self.random.percent(40)) {
                lines.push(OrderLine {
                    item: item.no,
                    quantity,
                });
            }
        }
        lines
    }

    /// So many reports, in the order in which such work goes on; those of work that is done end with its last one.
    fn report(&mut self, holding: &Holding, reports: i64, done: bool) -> Told {
        let template = self.story.writing.template;
        let mut reported = Vec::new();
        if self.random.percent(25) {
            let text = self.story.texts.any("progress of anyone", self.random);
            reported.push((text.to_owned(), true));
        }
        for (no, text) in template.progress.iter().enumerate() {
            let text = self.story.writing.say_of(text, &holding.lines)?;
            reported.extend(text.map(|text| (text, no == 0)));
        }
        reported.retain(|(text, _)| !self.said.contains(text));
        let reports = usize::try_from(reports).unwrap_or(0);
        while reported.len() > reports {
            let kept = usize::from(done && reported.len() > 1);
            let left_out = self.random.index(reported.len() - kept);
            reported.remove(left_out);
        }
        let parts = reported.iter().filter(|(_, prepares)| !prepares).count();
        let mut part = 0;
        for (text, prepares) in reported {
            if self.later((3, 13)).is_none() {
                return Ok(None);
            }
            self.said.insert(text.clone());
            part += usize::from(!prepares);
            let share = (!prepares).then_some((part, parts));
            let progress = self.accounted(holding, text, share);
            self.step(holding.member, progress);
        }
        Ok(Some(()))
    }

    /// A report with what it cost and whom it helped: the `no`th `of` so many. Nothing is spent on preparing.
    fn accounted(
        &mut self,
        holding: &Holding,
        text: String,
        share: Option<(usize, usize)>,
    ) -> ReportProgress {
        let content = &self.story.writing.content;
        let mut report = ReportProgress {
            order: holding.order,
            progress: ProgressId::from_random(self.random.bytes()),
            text,
            cash: Fen(0),
            goods: Fen(0),
            persons: 0,
            visits: 0,
        };
        let Some((no, of)) = share else {
            return report;
        };
        let whole = content.budget.map_or(0, |budget| budget.0) / 100;
        let percent = i64::try_from(holding.percent).unwrap_or(100);
        let parts = i64::try_from(of.max(1)).unwrap_or(1);
        let spent = whole * percent / 100 * self.random.between(82, 99) / 100 / parts / 10 * 10;
        let fen = Fen(spent * 100);
        let kind = Kind::of(content, &holding.lines);
        match kind {
            Kind::Goods => report.goods = fen,
            Kind::Service | Kind::Purchase => report.cash = fen,
        }
        let persons = u64::from(content.persons) * holding.percent / 100;
        let persons = u32::try_from(persons).unwrap_or(u32::MAX);
        if kind == Kind::Service && is_for_people(content.topic) {
            let tenths = match content.topic {
                // A need of customs speaks of the whole village; not everybody comes.
                Topic::Customs => 3,
                _ if no == of => 9,
                _ => 5,
            };
            report.persons = persons * tenths / 10;
            if holding
                .lines
                .iter()
                .any(|line| counts_visits(content, line))
            {
                let often = u32::try_from(self.random.between(1, 3)).unwrap_or(1);
                report.visits = report.persons * often;
            }
        } else if no == of && kind == Kind::Goods {
            report.persons = persons / 2;
        }
        report
    }

    fn mark_delivered(&mut self, holding: &Holding, note: String) -> Option<()> {
        self.later((2, 10))?;
        self.step(
            holding.member,
            MarkDelivered {
                order: holding.order,
                note,
            },
        );
        Some(())
    }

    /// Reports and delivers; the village has not answered.
    fn deliver(&mut self, holding: &Holding) -> Told {
        let reports = self.random.between(1, 3);
        if self.report(holding, reports, true)?.is_none() {
            return Ok(None);
        }
        let note = self.random.pick(&self.story.writing.template.delivered);
        let note = self
            .story
            .writing
            .say_of(note.map_or("", String::as_str), &holding.lines)?;
        Ok(self.mark_delivered(holding, note.unwrap_or_default()))
    }

    fn dispute(&mut self, holding: &Holding) -> Told {
        let reason = self.random.pick(&self.story.writing.template.disputes);
        let reason = self
            .story
            .writing
            .say_of(reason.map_or("", String::as_str), &holding.lines)?;
        let (Some(reason), Some(_)) = (reason, self.later((0, 4))) else {
            return Ok(None);
        };
        let order = holding.order;
        let seen = Some(Revision(1));
        self.step(
            self.story.cadre,
            DisputeDelivery {
                order,
                reason,
                seen,
            },
        );
        Ok(Some(()))
    }

    /// Delivers until the village confirms, now and then after it has complained.
    fn finish(&mut self, holding: &Holding) -> Told {
        if self.deliver(holding)?.is_none() {
            return Ok(None);
        }
        let mut seen = Revision(1);
        if self.random.percent(9) {
            if self.dispute(holding)?.is_none() || self.later((1, 5)).is_none() {
                return Ok(None);
            }
            let repaired = match Kind::of(&self.story.writing.content, &holding.lines) {
                Kind::Goods => "repaired goods",
                Kind::Service => "repaired service",
                Kind::Purchase => "repaired purchase",
            };
            let text = self.story.texts.any(repaired, self.random).to_owned();
            let report = ReportProgress {
                order: holding.order,
                progress: ProgressId::from_random(self.random.bytes()),
                text,
                cash: Fen(0),
                goods: Fen(0),
                persons: 0,
                visits: 0,
            };
            self.step(holding.member, report);
            let note = self
                .story
                .texts
                .any("delivered again", self.random)
                .to_owned();
            if self.mark_delivered(holding, note).is_none() {
                return Ok(None);
            }
            seen = seen.next();
        }
        if self.later((0, 6)).is_none() {
            return Ok(None);
        }
        let order = holding.order;
        let seen = Some(seen);
        self.step(self.story.cadre, ConfirmDelivery { order, seen });
        self.ended(holding);
        Ok(Some(()))
    }

    fn give_back(&mut self, holding: &Holding) -> Option<()> {
        self.later((5, 18))?;
        let reasons = match Kind::of(&self.story.writing.content, &holding.lines) {
            Kind::Goods => "release goods",
            Kind::Service => "release service",
            Kind::Purchase => "release purchase",
        };
        let words = self.story.texts.any(reasons, self.random).to_owned();
        self.step(
            holding.member,
            ReleaseOrder {
                order: holding.order,
                reason: ReleaseReason::CannotDeliver,
                words,
            },
        );
        self.ended(holding);
        Some(())
    }

    fn ended(&mut self, holding: &Holding) {
        let open = &mut self.cast.organizations[holding.org].open;
        *open = open.saturating_sub(1);
    }
}

/// What an organization gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Goods,
    Service,
    Purchase,
}

/// Units of what is done; everything else is a thing.
const DONE: [&str; 23] = [
    "期",
    "场",
    "次",
    "人",
    "人次",
    "课时",
    "天",
    "小时",
    "项",
    "座",
    "间",
    "公里",
    "口",
    "家",
    "款",
    "例",
    "颗",
    "平方米",
    "件次",
    "月",
    "车次",
    "处",
    "面",
];

impl Kind {
    fn of(content: &NeedContent, lines: &[OrderLine]) -> Self {
        if content.topic == Topic::Consumption {
            return Self::Purchase;
        }
        let first = lines
            .first()
            .and_then(|line| content.items.iter().find(|item| item.no == line.item));
        match first.map(|item| &item.unit) {
            Some(Unit::Fen) => Self::Service,
            Some(Unit::Of(unit)) if DONE.contains(&unit.as_str()) => Self::Service,
            _ => Self::Goods,
        }
    }
}

/// Whether help on this topic means people taught, treated or visited.
fn is_for_people(topic: Topic) -> bool {
    matches!(
        topic,
        Topic::Education
            | Topic::Health
            | Topic::Employment
            | Topic::Care
            | Topic::Customs
            | Topic::Industry
    )
}

/// Whether people come more than once for it.
fn counts_visits(content: &NeedContent, line: &OrderLine) -> bool {
    let item = content.items.iter().find(|item| item.no == line.item);
    let often = ["期", "场", "次", "人次", "课时", "天", "小时"];
    item.is_some_and(|item| matches!(&item.unit, Unit::Of(unit) if often.contains(&unit.as_str())))
}

/// The departments in the order of [`Story::officers`].
pub(super) const OFFICES: [Department; 2] = Department::ALL;
