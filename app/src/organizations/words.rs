//! Where an organization stands, in words.

use crate::ui::timeline::Step;
use crate::words;
use domain::organizations::{OrgHappened, OrgStage, OrgState, Rating};
use domain::{Day, Millis, Organization};

/// The class of a stage's meaning.
#[must_use]
pub fn pill(stage: OrgStage) -> &'static str {
    match stage {
        OrgStage::Pending => "pill is-you",
        OrgStage::Approved => "pill is-done",
        OrgStage::Refused | OrgStage::Suspended => "pill is-alert",
    }
}

/// `3A，有效期到 2027 年 5 月 1 日`, and whether that day has passed.
#[must_use]
pub fn rating(rating: Option<Rating>, today: Day) -> String {
    match rating {
        None => "没有填".to_owned(),
        Some(rating) => {
            let until = words::day(rating.until, today);
            if rating.has_expired(today) {
                format!("{}A，{until}已过期", rating.grade)
            } else {
                format!("{}A，有效期到 {until}", rating.grade)
            }
        }
    }
}

/// Why it is as it is, where somebody must know.
#[must_use]
pub fn why(org: &Organization, today: Day) -> Option<String> {
    match org.state.as_ref()? {
        OrgState::Refused { reason, words, .. } => {
            Some(format!("没有通过：{}", reason.or_words(words)))
        }
        OrgState::Suspended { words, until, .. } => {
            let until = until.map_or_else(String::new, |day| {
                format!("，到 {}为止", words::day(day, today))
            });
            let why = match words.trim() {
                "" => String::new(),
                words => format!("：{words}"),
            };
            Some(format!("现在暂停接新单{until}{why}。手上的单照常做完。"))
        }
        OrgState::Pending { .. } | OrgState::Approved { .. } => None,
    }
}

/// What happened to it, the newest first.
#[must_use]
pub fn steps(org: &Organization, now: Millis) -> Vec<Step> {
    let step = |event: &domain::organizations::OrgEvent| {
        let (class, words) = happened(&event.what, now.day());
        let meta = words::moment(event.at, now);
        Step { class, words, meta }
    };
    org.history.iter().rev().map(step).collect()
}

fn happened(what: &OrgHappened, today: Day) -> (&'static str, String) {
    match what {
        OrgHappened::Registered => ("", "提交登记，等民政部门审核".to_owned()),
        OrgHappened::Changed => ("", "改了资料".to_owned()),
        OrgHappened::Approved => ("is-done", "民政部门通过了登记".to_owned()),
        OrgHappened::ChangeApproved => ("is-done", "民政部门同意了改动".to_owned()),
        OrgHappened::Refused { reason, words } => (
            "is-alert",
            format!("民政部门没有通过：{}", reason.or_words(words)),
        ),
        OrgHappened::ChangeRefused { reason, words } => (
            "is-alert",
            format!("民政部门没有同意改动：{}", reason.or_words(words)),
        ),
        OrgHappened::Suspended { words, until } => {
            let until = until.map_or_else(String::new, |day| {
                format!("，到 {}为止", words::day(day, today))
            });
            ("is-alert", format!("暂停接单{until}：{}", words.trim()))
        }
        OrgHappened::Lifted { words } => match words.trim() {
            "" => ("is-done", "恢复接单".to_owned()),
            words => ("is-done", format!("恢复接单：{words}")),
        },
    }
}
