//! Formatting for people, in Chinese: numbers, days and times, and sentences about states. It is pure: no browser, no clock.

use domain::money::grouped;
use domain::needs::{CloseReason, NeedHappened, NeedStage, PledgeStage, ReturnReason};
use domain::orders::ReleaseReason;
use domain::organizations::OrdersOfDay;
use domain::reviews::Answer;
use domain::{Command, Day, Department, Fen, Level, Millis, Need, NeedState, Progress, Unit};
use sync::engine::{ReadIn, ReadInError, Status, SyncError};
use sync::ports::RemoteError;
use sync::unsent_file::UnsentFileError;

const MINUTE_MS: i64 = 60_000;
/// An answer of the server younger than this is "just now" (刚刚).
const FRESH_MS: i64 = 2 * MINUTE_MS;
/// After this long without an answer of the server, the status line says how old the data is.
const STALE_MS: i64 = 10 * MINUTE_MS;
/// A phone's clock that is wrong by more than this is said to be wrong.
const WRONG_CLOCK_MS: i64 = 5 * MINUTE_MS;

/// `11 月 21 日`; with the year when it is not this one.
#[must_use]
pub fn day(day: Day, today: Day) -> String {
    let (year, month, date) = day.ymd();
    if year == today.ymd().0 {
        format!("{month} 月 {date} 日")
    } else {
        format!("{year} 年 {month} 月 {date} 日")
    }
}

/// `9:31`
#[must_use]
pub fn clock(at: Millis) -> String {
    let (hour, minute) = at.clock();
    format!("{hour}:{minute:02}")
}

/// `今天 9:31`, `昨天 18:20`, `11 月 21 日 9:31`
#[must_use]
pub fn moment(at: Millis, now: Millis) -> String {
    let today = now.day();
    match today.0 - at.day().0 {
        0 => format!("今天 {}", clock(at)),
        1 => format!("昨天 {}", clock(at)),
        _ => format!("{} {}", day(at.day(), today), clock(at)),
    }
}

/// `今天 18:00`, `明天 18:00`, `11 月 21 日 9:31`: until when something is kept.
#[must_use]
pub fn until(at: Millis, now: Millis) -> String {
    match at.day().0 - now.day().0 {
        1 => format!("明天 {}", clock(at)),
        _ => moment(at, now),
    }
}

/// `刚刚`, `5 分钟前`, `3 小时前`, `昨天`, `3 天前`, after a month the day.
#[must_use]
pub fn ago(at: Millis, now: Millis) -> String {
    let minutes = now.since(at) / MINUTE_MS;
    let days = now.day().0 - at.day().0;
    match (days, minutes) {
        (_, ..=0) => "刚刚".to_owned(),
        (_, 1..60) => format!("{minutes} 分钟前"),
        (..=0, _) => format!("{} 小时前", minutes / 60),
        (1, _) => "昨天".to_owned(),
        (2..=30, _) => format!("{days} 天前"),
        _ => day(at.day(), now.day()),
    }
}

/// `剩 9 天`, `今天截止`, `已过截止日`
#[must_use]
pub fn time_left(deadline: Day, today: Day) -> String {
    match deadline.0 - today.0 {
        ..=-1 => "已过截止日".to_owned(),
        0 => "今天截止".to_owned(),
        days => format!("剩 {days} 天"),
    }
}

/// `12 月 20 日前`
#[must_use]
pub fn before(deadline: Day, today: Day) -> String {
    format!("{}前", day(deadline, today))
}

/// `18 MB`, `410 KB`
#[must_use]
pub fn bytes(n: f64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = KB * KB;
    const GB: u64 = MB * KB;
    // Whole numbers only, since formatting floating-point numbers costs 10 kB of program.
    let n = n as u64;
    let rounded = |unit: u64| (n + unit / 2) / unit;
    let tenths = |unit: u64| {
        let tenths = (n * 10 + unit / 2) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    if n < MB {
        format!("{} KB", n.div_ceil(KB))
    } else if n < 10 * MB {
        format!("{} MB", tenths(MB))
    } else if n < GB {
        format!("{} MB", rounded(MB))
    } else {
        format!("{} GB", tenths(GB))
    }
}

/// The beginning of a text, in so many characters.
#[must_use]
pub fn short(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(most.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// The line under each title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `on`, `off`, `busy` or `bad`.
    pub state: &'static str,
    /// The sentence.
    pub words: String,
    /// Where it leads, if there is something to look at or to do.
    pub href: Option<&'static str>,
}

/// A sentence as an officer reads it: for a bureau the other end is no county, it is the server.
#[must_use]
pub fn to(officer: bool, words: String) -> String {
    if officer {
        words
            .replace("县里的服务器", "服务器")
            .replace("县里", "服务器")
    } else {
        words
    }
}

/// What the line knows of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whether the browser says that there is a network.
    pub network: bool,
    /// Whether the last try to reach the server failed.
    pub failed: bool,
    /// Whether there is only room for the shorter sentence.
    pub narrow: bool,
    /// Now.
    pub now: Millis,
}

/// Says how things stand between this device and the server. Never more than is known.
#[must_use]
pub fn sync_line(status: &Status, device: Device) -> Line {
    let line = |state, words: String| Line {
        state,
        words,
        href: (state == "bad" || status.waiting > 0).then_some("/sync"),
    };
    let kept = match (status.waiting, device.narrow) {
        (0, _) => String::new(),
        (n, true) => format!(" · {n} 条存在本机"),
        (n, false) => format!(" · {n} 条保存在本机，有网后自动发送"),
    };
    match &status.last_error {
        Some(SyncError::Remote(RemoteError::SignIn)) => {
            return Line {
                state: "bad",
                words: "登录已过期，请重新登录".to_owned(),
                href: Some("/signin"),
            };
        }
        Some(SyncError::Remote(RemoteError::OtherUser)) => {
            return Line {
                state: "bad",
                words: "这台设备现在登录的是别人，点这里换回来".to_owned(),
                href: Some("/signin"),
            };
        }
        Some(SyncError::Remote(RemoteError::Update)) => {
            return line("bad", "乡单要更新了才能继续同步".to_owned());
        }
        Some(SyncError::Remote(RemoteError::Refused(_))) => {
            return line("bad", "同步出了问题，点这里看".to_owned());
        }
        Some(SyncError::Store(sync::ports::StoreError::Quota)) => {
            return line("bad", "这台设备空间满了，点这里看".to_owned());
        }
        Some(SyncError::Store(_)) => {
            return line("bad", "这台设备存不进数据，点这里看".to_owned());
        }
        Some(SyncError::Remote(RemoteError::Busy { .. })) => {
            return line("off", format!("县里正忙，稍后自动再试{kept}"));
        }
        Some(SyncError::Remote(_)) | None => {}
    }
    if !device.network {
        return line("off", format!("没有网络{kept}"));
    }
    if device.failed || status.last_error.is_some() {
        let kept = match (status.waiting, device.narrow) {
            (0, _) => match status.last_contact {
                Some(at) => format!(" · 上次 {}", moment(at, device.now)),
                None => String::new(),
            },
            (n, true) => format!(" · {n} 条存在本机"),
            (n, false) => format!(" · {n} 条存在本机，会自动再发"),
        };
        return line("off", format!("连不上县里{kept}"));
    }
    match (status.waiting, status.syncing, status.last_contact) {
        (0, _, Some(at)) if status.complete => match wrong_clock(status.ahead_ms) {
            Some(wrong) => Line {
                href: Some("/sync"),
                words: wrong,
                ..last_contact(at, device.now)
            },
            None => last_contact(at, device.now),
        },
        (0, true, _) if !status.complete && status.received > 0 => {
            line("busy", format!("正在下载，已下载 {} 条…", status.received))
        }
        (0, true, None) => line("busy", "正在取数据…".to_owned()),
        (0, true, Some(_)) => line("busy", "正在同步…".to_owned()),
        (0, false, None) => line("off", "还没有联系过县里".to_owned()),
        (0, false, Some(_)) => line("off", "数据还没有下载完，会接着下".to_owned()),
        (n, _, _) if status.held == n => line("busy", format!("{n} 条几秒后发送…")),
        (n, true, _) => line("busy", format!("正在发送 {} 条…", n - status.held)),
        (n, false, _) => line("busy", format!("{n} 条等待发送…")),
    }
}

/// `手机时间比县里慢 3 小时`; nothing while the difference is small.
#[must_use]
pub fn wrong_clock(ahead_ms: i64) -> Option<String> {
    let minutes = ahead_ms.unsigned_abs() / MINUTE_MS.unsigned_abs();
    if minutes < (WRONG_CLOCK_MS / MINUTE_MS).unsigned_abs() {
        return None;
    }
    let how = if ahead_ms > 0 { "慢" } else { "快" };
    let much = match minutes {
        ..60 => format!("{minutes} 分钟"),
        60..2_880 => format!("{} 小时", (minutes + 30) / 60),
        _ => format!("{} 天", (minutes + 720) / 1_440),
    };
    Some(format!("手机时间比县里{how} {much}"))
}

fn last_contact(at: Millis, now: Millis) -> Line {
    let passed = now.since(at);
    let (state, words) = match passed {
        ..FRESH_MS => ("on", "刚刚同步".to_owned()),
        FRESH_MS..STALE_MS => ("on", format!("上次联系县里：{}", moment(at, now))),
        _ => ("off", format!("上次联系县里：{}", moment(at, now))),
    };
    Line {
        state,
        words,
        href: None,
    }
}

/// Why the last sync came to no end, and what to do.
#[must_use]
pub fn trouble(error: &SyncError, network: bool) -> &'static str {
    match error {
        SyncError::Remote(RemoteError::Unreachable(_)) if !network => {
            "现在没有网络。有网后会自动发送，不用守着。"
        }
        SyncError::Remote(RemoteError::Unreachable(_)) => {
            "有网络，但连不上县里的服务器。会自动再试，不用守着。"
        }
        SyncError::Remote(RemoteError::Busy { .. }) => "县里的服务器正忙，过一会儿会自动再试。",
        SyncError::Remote(RemoteError::SignIn) => {
            "登录已过期。请重新登录，没发出的内容都还在，登录后接着发。"
        }
        SyncError::Remote(RemoteError::OtherUser) => {
            "这台设备现在登录的是另一个人。没发出的内容都还在，不会算到别人名下；请用原来的账号重新登录，会接着发。"
        }
        SyncError::Remote(RemoteError::Update) => {
            "这个页面的版本太旧了，请关掉后重新打开。没发出的内容都还在。"
        }
        SyncError::Remote(RemoteError::Identity) => "县里的服务器正在核对这台设备，会自动再试。",
        SyncError::Remote(RemoteError::Refused(_)) => {
            "服务器不接受这次同步。请把没发出的存成文件，交给县里的管理员。"
        }
        SyncError::Store(sync::ports::StoreError::Quota) => {
            "这台设备的存储空间满了。请删掉一些照片或不用的应用，再点“现在同步”。"
        }
        SyncError::Store(sync::ports::StoreError::Lost) => {
            "浏览器清掉了乡单存在这台设备上的内容，又不让重新存。请不要关这个页面，先把没发出的存成文件。"
        }
        SyncError::Store(_) => {
            "这台设备的浏览器现在不让乡单存数据。请关掉其他乡单页面，再重新打开。"
        }
    }
}

/// What became of a file of unsent work that was read in.
#[must_use]
pub fn read_in(read: &Result<ReadIn, ReadInError>) -> String {
    match read {
        Ok(ReadIn {
            unsent: 0,
            refused: 0,
            ..
        }) => "里面的内容这台设备上都有了，或者已经发过，没有要读的。".to_owned(),
        Ok(read) => {
            let part = |n: usize, what: &str| (n > 0).then(|| format!("{n} 条{what}"));
            let parts = [
                part(read.unsent, "没发出的，会接着发"),
                part(read.refused, "没有成功的，请在上面看看"),
                part(read.known, "已经有了，没有重复"),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            format!("读回来了：{}。", parts.join("；"))
        }
        Err(ReadInError::File(error)) => match error {
            UnsentFileError::NotOurs => {
                "没有读：这不是乡单存下的文件。请选名字以“乡单-没发出的”开头的那个。"
            }
            UnsentFileError::Damaged => {
                "没有读：这个文件不完整，或者被改过。请用存下时的原件；粘贴的话，整段都要。"
            }
            UnsentFileError::Newer => "没有读：这个文件是新版乡单存的，请先更新乡单再读。",
            UnsentFileError::OtherUser => {
                "没有读：这是另一个账号没发出的内容，只能用那个账号发。请换那个账号登录再读。"
            }
            UnsentFileError::Empty => "没有读：这个文件里没有要发的内容。",
        }
        .to_owned(),
        Err(ReadInError::Store(error)) => {
            format!(
                "没有读进来：{}",
                trouble(&SyncError::Store(error.clone()), true)
            )
        }
    }
}

/// `这个组织今天接了 9 单，退了 8 单。`: for bureaus, where it is unusual.
#[must_use]
pub fn pace(pace: OrdersOfDay, today: Day) -> String {
    let when = match pace.day == today {
        true => "今天".to_owned(),
        false => format!("{}这一天", day(pace.day, today)),
    };
    format!(
        "这个组织{when}接了 {} 单，退了 {} 单，请留意。",
        pace.taken, pace.given_back
    )
}

/// What a person did, as the sync page lists it: `发需求：村小图书角缺书`. `about` is the title of what it is about, as far as
/// this device knows it.
#[must_use]
pub fn act(command: &Command, about: Option<&str>) -> String {
    let named = |what: &str| match about {
        Some(title) => format!("{what}：{title}"),
        None => what.to_owned(),
    };
    match command {
        Command::SaveNeed(c) => format!("存草稿：{}", c.content.title),
        Command::PostNeed(c) => format!("发需求：{}", c.content.title),
        Command::EditNeed(c) => format!("改需求：{}", c.content.title),
        Command::SubmitNeed(_) => named("发需求"),
        Command::WithdrawNeed(_) => named("撤回需求"),
        Command::ScreenNeed(c) => match c.opinion {
            domain::commands::Screening::Publish { .. } => named("同意发布"),
            domain::commands::Screening::Return { .. } => named("退回修改"),
        },
        Command::TakeOrder(_) => named("接单"),
        Command::ReleaseOrder(_) => named("放弃接单"),
        Command::ReportProgress(c) => format!("进展：{}", short(&c.text, 30)),
        Command::MarkDelivered(_) => named("报告已完成"),
        Command::ConfirmDelivery(_) => named("确认做到了"),
        Command::DisputeDelivery(_) => named("说明没有做到"),
        Command::RenewOrder(_) => named("说明还在做"),
        Command::MoveDue(_) => named("改交付日子"),
        Command::AskHandOver(_) => named("请对方让出来"),
        Command::AnswerHandOver(_) => named("答复：还由我们做"),
        Command::FreeOrder(_) => named("收回没有动静的单"),
        Command::CloseNeed(_) => named("关闭需求"),
        Command::AskAgain(_) => named("再提一次"),
        Command::JoinWaiting(_) => named("排队"),
        Command::LeaveWaiting(_) => named("不排队了"),
        Command::AnswerOffer(c) => match c.answer {
            domain::commands::OfferAnswer::Take { .. } => named("排队轮到，接单"),
            domain::commands::OfferAnswer::Pass => named("排队轮到，不接"),
        },
        Command::DispatchNeed(_) => named("派单"),
        Command::AnswerDispatch(c) => match c.answer {
            domain::commands::DispatchAnswer::Accept { .. } => named("接受派单"),
            domain::commands::DispatchAnswer::Decline { .. } => named("派单不接"),
        },
        Command::WithdrawDispatch(_) => named("收回派单"),
        Command::SaveSupply(c) => format!("存供给项目草稿：{}", c.content.title),
        Command::SubmitSupply(c) => format!("发供给项目去审核：{}", c.content.title),
        Command::ChangeSupply(c) => format!("改供给项目：{}", c.content.title),
        Command::ScreenSupply(c) => match c.opinion {
            domain::commands::Screening::Publish { .. } => named("同意发布供给项目"),
            domain::commands::Screening::Return { .. } => named("退回供给项目"),
        },
        Command::PauseSupply(_) => named("暂停点单"),
        Command::ResumeSupply(_) => named("恢复点单"),
        Command::EndSupply(_) => named("结束供给项目"),
        Command::PickSupply(_) => named("点单"),
        Command::AnswerPick(c) => match c.answer {
            domain::commands::PickAnswer::Accept { .. } => named("答应点单"),
            domain::commands::PickAnswer::Decline { .. } => named("婉拒点单"),
        },
        Command::WithdrawPick(_) => named("撤回点单"),
        Command::AlsoNeed(c) if c.wanted => named("我们村也需要"),
        Command::AlsoNeed(_) => named("我们村不用记了"),
        Command::TellApart(_) => named("不是同一件事"),
        Command::MergeNeeds(_) => named("合并需求"),
        Command::UndoMerge(_) => named("拆开合并的需求"),
        Command::TakeDown(_) => named("下架"),
        Command::RemindOrder(_) => named("提醒"),
        Command::SetSettings(_) => "改设置".to_owned(),
        Command::RegisterOrganization(c) => format!("登记社会组织：{}", c.profile.name),
        Command::ChangeOrganization(c) => format!("改组织资料：{}", c.profile.name),
        Command::ApproveOrganization(_) => named("通过社会组织的登记"),
        Command::RefuseOrganization(_) => named("不通过社会组织的登记"),
        Command::SuspendOrganization(_) => named("暂停接单"),
        Command::LiftSuspension(_) => named("恢复接单"),
        Command::LeaveReview(_) => named("评单"),
        Command::StillInUse(_) => named("回答还在不在用"),
    }
}

/// A state in a word or two, with the colour of its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pill {
    /// The class of the meaning.
    pub class: &'static str,
    /// The words.
    pub words: &'static str,
}

/// Where a need stands, in a word or two. `own` for the village that wrote it; `unsent` if an own act on it has not been
/// answered by the server.
#[must_use]
pub fn need_pill(need: &Need, own: bool, unsent: bool) -> Pill {
    let pill = |class, words| Pill { class, words };
    if unsent {
        return pill("pill is-wait", "等待发送");
    }
    let to_confirm = need
        .pledges
        .iter()
        .any(|p| p.stage == PledgeStage::Delivered);
    match need.state.stage() {
        stage @ (NeedStage::Returned | NeedStage::TakenDown) => {
            pill("pill is-alert", stage.label())
        }
        NeedStage::Published if to_confirm && own => pill("pill is-you", "请你确认"),
        NeedStage::Published if need.is_disputed() => pill("pill is-alert", "村里说没做到"),
        NeedStage::Published if to_confirm => pill("pill is-done", "等村里确认"),
        NeedStage::Published if !need.pledges.is_empty() => pill("pill is-done", "已接单"),
        NeedStage::Closed => pill("pill is-done", NeedStage::Closed.label()),
        stage => pill("pill is-fact", stage.label()),
    }
}

/// The one sentence of a need's card, for the village that wrote it: who has to do what. `unsent` is the last own act
/// that the server has not answered.
#[must_use]
pub fn need_sentence(need: &Need, unsent: Option<&Command>, today: Day) -> String {
    if let Some(command) = unsent {
        return unsent_sentence(command);
    }
    match &need.state {
        NeedState::Draft => "先存着，还没有发给县里审核".to_owned(),
        NeedState::Submitted { .. } => match need.opinions.first() {
            Some(opinion) => format!(
                "县里已收到，{}已同意，等{}",
                opinion.by.label(),
                opinion.by.other().label()
            ),
            None => "县里已收到，等待审核".to_owned(),
        },
        NeedState::Returned { reason, words, .. } if words.trim().is_empty() => {
            format!("退回修改：{}", reason.label())
        }
        NeedState::Returned { words, .. } => format!("退回修改：{}", words.trim()),
        NeedState::Published { .. } => published(need, today),
        NeedState::Withdrawn { reason, .. } => format!("已撤回：{}", reason.label()),
        NeedState::Closed { reason, .. } => format!("已办结：{}", close_words(*reason)),
        NeedState::Expired { .. } => "过了最晚时间，没有人接完。还需要就再提一次".to_owned(),
        NeedState::TakenDown {
            by, reason, words, ..
        } => format!("{}下架：{}", by.label(), why(*reason, words)),
        NeedState::Merged { title, .. } => format!("县里把它和“{title}”合成一条，一起办"),
    }
}

/// What is only on this device is said to be on this device.
#[must_use]
pub fn unsent_sentence(command: &Command) -> String {
    let what = match command {
        Command::SaveNeed(_) | Command::PostNeed(_) | Command::SubmitNeed(_) => "",
        Command::EditNeed(_) => "改动",
        Command::WithdrawNeed(_) => "撤回",
        Command::ScreenNeed(_) => "审核意见",
        Command::TakeOrder(_) => return "等待确认，还不是你的".to_owned(),
        Command::ReleaseOrder(c) if c.reason == ReleaseReason::ChangedMind => {
            return "你们说不接了，保存在这部手机上，连上县里后自动取消".to_owned();
        }
        Command::ReleaseOrder(_) => "放弃",
        Command::ReportProgress(_) => "进展",
        Command::MarkDelivered(_) => "完成报告",
        Command::ConfirmDelivery(_) => "确认",
        Command::DisputeDelivery(_) => "没做到的说明",
        Command::RenewOrder(_) => "说明",
        Command::MoveDue(_) => "新的日子",
        Command::AskHandOver(_) => "请对方让出来的话",
        Command::AnswerHandOver(_) => "答复",
        Command::FreeOrder(_) => "收回",
        Command::CloseNeed(_) => "关闭",
        Command::AskAgain(_) => "",
        Command::JoinWaiting(_) => "排队",
        Command::LeaveWaiting(_) => "不排队了的话",
        Command::AnswerOffer(c) => match c.answer {
            domain::commands::OfferAnswer::Take { .. } => {
                return "等待确认，还不是你的".to_owned();
            }
            domain::commands::OfferAnswer::Pass => "答复",
        },
        Command::DispatchNeed(_) => "派单",
        Command::AnswerDispatch(c) => match c.answer {
            domain::commands::DispatchAnswer::Accept { .. } => {
                return "等待确认，还不是你的".to_owned();
            }
            domain::commands::DispatchAnswer::Decline { .. } => "答复",
        },
        Command::WithdrawDispatch(_) => "收回派单",
        Command::SaveSupply(_) | Command::SubmitSupply(_) => "",
        Command::ChangeSupply(_) => "改动",
        Command::ScreenSupply(_) => "审核意见",
        Command::PauseSupply(_) => "暂停",
        Command::ResumeSupply(_) => "恢复点单",
        Command::EndSupply(_) => "结束",
        Command::PickSupply(_) => {
            return "点单保存在这部手机上，还没有发出去，还不算点到".to_owned();
        }
        Command::AnswerPick(_) => "答复",
        Command::WithdrawPick(_) => "撤回",
        Command::AlsoNeed(_) => "“我们村也需要”",
        Command::TellApart(_) => "“不是同一件事”",
        Command::MergeNeeds(_) => "合并",
        Command::UndoMerge(_) => "拆开",
        Command::TakeDown(_) => "下架",
        Command::RemindOrder(_) => "提醒",
        Command::SetSettings(_) => "设置",
        Command::RegisterOrganization(_) => "登记",
        Command::ChangeOrganization(_) => "组织资料",
        Command::ApproveOrganization(_) | Command::RefuseOrganization(_) => "登记的审核",
        Command::SuspendOrganization(_) => "暂停接单",
        Command::LiftSuspension(_) => "恢复接单",
        Command::LeaveReview(_) => "评价",
        Command::StillInUse(_) => "回答",
    };
    format!("{what}保存在这部手机上，还没有发到县里")
}

/// What a report says besides its words: `支出 3,200 元 · 物资折价 500 元 · 8 人 · 20 人次`. Cash and goods, persons and visits are never
/// added together.
#[must_use]
pub fn reported(report: &Progress) -> String {
    let mut parts = spent(report.cash, report.goods);
    if report.persons > 0 {
        parts.push(format!("{} 人", grouped(report.persons.into())));
    }
    if report.visits > 0 {
        parts.push(format!("{} 人次", grouped(report.visits.into())));
    }
    parts.join(" · ")
}

/// Cash and goods, each where there is any.
#[must_use]
pub fn spent(cash: Fen, goods: Fen) -> Vec<String> {
    let mut parts = Vec::new();
    if cash > Fen(0) {
        parts.push(format!("支出 {cash}"));
    }
    if goods > Fen(0) {
        parts.push(format!("物资折价 {goods}"));
    }
    parts
}

fn published(need: &Need, today: Day) -> String {
    let delivered: Vec<_> = need
        .pledges
        .iter()
        .filter(|p| p.stage == PledgeStage::Delivered)
        .collect();
    if !delivered.is_empty() {
        return "对方说已完成，请看看是不是真的做到了".to_owned();
    }
    if need.is_disputed() {
        return "你们说还没有做到，等对方补上再报告".to_owned();
    }
    let Some(first) = need.pledges.first() else {
        return if need.content.deadline < today {
            "还没有人接，截止日已经过了：可以改期，或者撤回".to_owned()
        } else {
            "已发布，还没有人接".to_owned()
        };
    };
    let who = match need.pledges.len() {
        1 => format!("{}接了 {}", first.org_name, taken(need)),
        n => format!("{}等 {n} 家接了 {}", first.org_name, taken(need)),
    };
    match left(need) {
        Some(left) => format!("{who} · 还差 {left}"),
        None => format!("{who}，都有人接了"),
    }
}

/// An amount, with the item's name where there are several items.
fn amount(need: &Need, name: &str, unit: &Unit, quantity: u64) -> String {
    if need.content.items.len() == 1 {
        unit.amount(quantity)
    } else {
        format!("{name} {}", unit.amount(quantity))
    }
}

fn amounts(need: &Need, of: impl Fn(&domain::NeedItem) -> u64) -> Option<String> {
    let all: Vec<String> = need
        .content
        .items
        .iter()
        .filter_map(|item| {
            let n = of(item);
            (n > 0).then(|| amount(need, &item.name, &item.unit, n))
        })
        .collect();
    match all.len() {
        0 => None,
        1..=2 => Some(all.join("、")),
        n => Some(format!("{}等 {n} 项", all[..2].join("、"))),
    }
}

fn taken(need: &Need) -> String {
    amounts(need, |item| need.pledged(item.no)).unwrap_or_default()
}

/// What nobody has taken yet: `6 盏`, `血糖仪 4 台`; nothing when all of it is taken.
#[must_use]
pub fn left(need: &Need) -> Option<String> {
    amounts(need, |item| need.left(item))
}

/// How much of a need is taken, in percent; 100 only when nothing is left.
#[must_use]
pub fn taken_percent(need: &Need) -> u8 {
    domain::Kind::summary(need).facts.taken_percent
}

/// The grey line of a need's card: topic, kind of help, what is missing, until when.
#[must_use]
pub fn need_meta(need: &Need, today: Day) -> String {
    let content = &need.content;
    let mut parts = vec![content.topic.label().to_owned()];
    match (&need.state, left(need)) {
        (NeedState::Published { .. }, Some(left)) if !need.pledges.is_empty() => {
            parts.push(format!("还差 {left}"));
        }
        _ => {
            parts.push(content.help.label().to_owned());
            parts.extend(amounts(need, |item| item.quantity));
        }
    }
    parts.push(before(content.deadline, today));
    parts.join(" · ")
}

/// Why a need was sent back or taken down: the words, or what the reason says by itself.
#[must_use]
pub fn why(reason: ReturnReason, words: &str) -> &str {
    match words.trim() {
        "" => reason.label(),
        words => words,
    }
}

/// Why a need was closed.
#[must_use]
pub fn close_words(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Delivered => "都做到了，村里已确认",
        CloseReason::DoneByOthers => "通过别的办法解决了",
        CloseReason::NoLongerWanted => "村里不再需要了",
        CloseReason::OutOfScope => "不适合社会组织来做",
        CloseReason::Other => "因为别的原因关闭",
    }
}

/// A department, with its level where it is not the county's.
fn department(by: Department, level: Level) -> String {
    let above = match level {
        Level::Province => "省级",
        Level::City => "市级",
        Level::County | Level::Town | Level::Village => "",
    };
    format!("{above}{}", by.label())
}

/// A step of a need's life: the class of its meaning, and its words.
#[must_use]
pub fn happened(what: &NeedHappened) -> (&'static str, String) {
    match what {
        NeedHappened::Submitted => ("", "村里发给县里审核".to_owned()),
        NeedHappened::Edited => ("", "村里改了内容".to_owned()),
        NeedHappened::Returned {
            by,
            level,
            reason,
            words,
        } => {
            let why = if words.trim().is_empty() {
                reason.label()
            } else {
                words.trim()
            };
            (
                "is-alert",
                format!("{}退回修改：{why}", department(*by, *level)),
            )
        }
        NeedHappened::Approved { by, level } => ("", format!("{}同意", department(*by, *level))),
        NeedHappened::Published => ("", "发布到项目库".to_owned()),
        NeedHappened::Taken { org_name, lines } => ("", format!("{org_name}接了 {lines}")),
        NeedHappened::Released { org_name } => ("is-alert", format!("{org_name}放弃了接单")),
        // Green only once the village agrees.
        NeedHappened::Delivered { org_name } => ("is-fact", format!("{org_name}报告已完成")),
        NeedHappened::Confirmed { org_name } => ("", format!("村里确认：{org_name}做到了")),
        NeedHappened::Disputed { org_name } => ("is-alert", format!("村里说没做到：{org_name}")),
        NeedHappened::Withdrawn { reason } => ("", format!("村里撤回：{}", reason.label())),
        NeedHappened::Closed { reason } => ("", format!("办结：{}", close_words(*reason))),
        NeedHappened::ClosedBy { by, reason, words } => {
            let why = match words.trim() {
                "" => close_words(*reason).to_owned(),
                words => format!("{}（{words}）", close_words(*reason)),
            };
            ("is-alert", format!("{}关闭了需求：{why}", by.words()))
        }
        NeedHappened::Expired => ("is-alert", "过了最晚时间，需求到期".to_owned()),
        NeedHappened::Dispatched {
            by,
            level,
            org_name,
        } => (
            "",
            format!("{}派单给{org_name}，等对方答复", department(*by, *level)),
        ),
        NeedHappened::DispatchDeclined { org_name, reason } => {
            ("", format!("{org_name}没有接派单：{}", reason.label()))
        }
        NeedHappened::DispatchUnanswered { org_name } => {
            ("", format!("{org_name}到期没有答复派单"))
        }
        NeedHappened::DispatchWithdrawn { org_name } => ("", format!("收回了给{org_name}的派单")),
        NeedHappened::Waits { org_name, lines } => ("", format!("{org_name}在排队：{lines}")),
        NeedHappened::WaitsNoMore { org_name } => ("", format!("{org_name}不排队了")),
        NeedHappened::Offered { org_name, lines } => {
            ("", format!("{lines}空出来了，先问排队的{org_name}"))
        }
        NeedHappened::RenewalAsked { org_name } => {
            ("is-fact", format!("{org_name}很久没有动静，系统已经提醒"))
        }
        NeedHappened::Releasable { org_name } => (
            "is-alert",
            format!("{org_name}一直没有动静，村里和部门可以收回这一单"),
        ),
        NeedHappened::Lapsed { org_name } => (
            "is-alert",
            format!("{org_name}一直没有动静，这一单自动作废"),
        ),
        NeedHappened::Renewed { org_name } => ("", format!("{org_name}说还在做")),
        NeedHappened::DueMoved { org_name, after } => {
            let (_, month, date) = after.ymd();
            (
                "is-fact",
                format!("{org_name}改到 {month} 月 {date} 日前交付"),
            )
        }
        NeedHappened::HandOverAsked {
            by,
            org_name,
            words,
        } => {
            let why = match words.trim() {
                "" => String::new(),
                words => format!("：{words}"),
            };
            ("is-fact", format!("{}请{org_name}让出来{why}", by.words()))
        }
        NeedHappened::HandOverAnswered { org_name, words } => {
            ("", format!("{org_name}答复：{}", words.trim()))
        }
        NeedHappened::TakenDown {
            by,
            level,
            reason,
            words,
        } => (
            "is-alert",
            format!("{}下架：{}", department(*by, *level), why(*reason, words)),
        ),
        NeedHappened::Merged { by, title } => (
            "is-fact",
            format!("{}把这条合并到“{title}”，接的单也一起过去", by.label()),
        ),
        NeedHappened::TookIn {
            by,
            title,
            village_name,
        } => (
            "is-fact",
            format!("{}把{village_name}的“{title}”合并进来", by.label()),
        ),
        NeedHappened::Parted { by, title } => {
            ("is-fact", format!("{}把它和“{title}”重新拆开", by.label()))
        }
        NeedHappened::ReviewsOpened { org_name } => ("", format!("{org_name}和村里的评价可以看了")),
        NeedHappened::UseAsked { org_name, month } => {
            ("", format!("{}（{org_name}做的）", use_asked(*month)))
        }
        NeedHappened::StillInUse {
            org_name,
            month,
            answer,
        } => {
            let (class, words) = still_in_use(*month, *answer, "");
            (class, format!("{words}（{org_name}做的）"))
        }
        NeedHappened::AlsoNeeded { village_name } => ("", format!("{village_name}说也需要")),
        NeedHappened::Reminded {
            by,
            org_name,
            village: true,
        } => (
            "is-fact",
            format!("{}提醒村里：{org_name}报告做完了，请看看", by.label()),
        ),
        NeedHappened::Reminded { by, org_name, .. } => {
            ("is-fact", format!("{}提醒了{org_name}", by.label()))
        }
    }
}

/// The question, months later, whether what was delivered is still in use.
#[must_use]
pub fn use_asked(month: u8) -> String {
    format!("办完满{}，问村里还在用吗", months(month))
}

/// `半年`, `一年`: how long ago it was confirmed.
#[must_use]
pub fn months(month: u8) -> String {
    match month {
        6 => "半年".to_owned(),
        12 => "一年".to_owned(),
        months => format!("{months} 个月"),
    }
}

/// What the village says months later, with the class of its meaning.
#[must_use]
pub fn still_in_use(month: u8, answer: Answer, words: &str) -> (&'static str, String) {
    let class = match answer {
        Answer::Yes => "is-done",
        Answer::Partly => "is-fact",
        Answer::No => "is-alert",
    };
    let more = match words.trim() {
        "" => String::new(),
        words => format!("，{words}"),
    };
    (
        class,
        format!(
            "办完满{}，村里说{}{more}",
            months(month),
            answer.use_label()
        ),
    )
}

/// What comes next in a need's life.
#[must_use]
pub fn next_steps(need: &Need) -> Vec<String> {
    let steps: &[&str] = match need.state.stage() {
        NeedStage::Draft => &["发给县里审核", "审核通过后发布，社会组织就能看到"],
        NeedStage::Returned => &["村里改好，再发给县里审核"],
        NeedStage::Submitted => &["县里审核", "审核通过后发布，社会组织就能看到"],
        NeedStage::Published if need.pledges.is_empty() => &["等社会组织接单"],
        NeedStage::Published => {
            let all = |stage| need.pledges.iter().all(|p| p.stage == stage);
            let any = |stage| need.pledges.iter().any(|p| p.stage == stage);
            let step = if any(PledgeStage::Delivered) {
                "村里看过后确认，不急，看清楚再点"
            } else if all(PledgeStage::Confirmed) {
                "等社会组织接剩下的"
            } else {
                "对方做完后报告，村里再确认"
            };
            return vec![step.to_owned(), "全部确认后办结".to_owned()];
        }
        NeedStage::TakenDown if need.pledges.is_empty() => &["村里可以改好，再发给县里审核"],
        NeedStage::Merged => &["在合并后的那一条上接着办"],
        NeedStage::Withdrawn | NeedStage::Closed | NeedStage::TakenDown => &[],
        NeedStage::Expired => &["还需要就再提一次，县里重新审核"],
    };
    steps.iter().map(|s| (*s).to_owned()).collect()
}

#[cfg(test)]
mod tests;
