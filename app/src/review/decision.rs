//! The officer's decision on the opened need: whose turn it is, what has happened since the officer began to read, and keeping the opinion.

use crate::desk::{Desk, Known};
use crate::review::opinion::{Remark, forget};
use crate::ui::changed::{Change, changes};
use crate::ui::steady::steady;
use crate::ui::trouble;
use domain::commands::{ScreenNeed, Screening};
use domain::needs::NeedHappened;
use domain::needs::offers::{may_agree, may_return};
use domain::settings::InForce;
use domain::{
    Actor, Department, Entity, Key, Millis, MutationId, Need, NeedId, NeedState, PublishRule,
    Rejection, Role,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The department of the signed-in officer.
#[must_use]
pub fn own_department(desk: Desk) -> Option<Department> {
    match desk.actor().role {
        Role::Bureau { department, .. } => Some(department),
        _ => None,
    }
}

/// The name of the department that is asked beside this one.
#[must_use]
pub fn other_department(own: Option<Department>) -> &'static str {
    let other = Department::ALL.into_iter().find(|d| Some(*d) != own);
    other.map_or("另一个部门", Department::label)
}

/// Whether one department's approval publishes a need in this officer's county.
#[must_use]
pub fn publish_rule(desk: Desk) -> Memo<PublishRule> {
    let county = match desk.actor().role {
        Role::Bureau { region, .. } => Some(region),
        _ => None,
    };
    let in_force = desk.in_force(move || county);
    Memo::new(move |_| in_force.with(InForce::publish))
}

/// Whether a department has agreed to a need.
#[must_use]
pub fn has_agreed(need: &Need, department: Department) -> bool {
    need.opinions.iter().any(|opinion| opinion.by == department)
}

/// How a need stands for one officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The approval of this officer's department publishes it.
    Publishes,
    /// This officer's department is asked, and the other one still has to agree.
    Agrees,
    /// This officer's department is asked, and the need's last day has passed: it can only go back to its village.
    Overdue,
    /// This department has agreed; the other one is asked.
    Other,
    /// It does not wait for an opinion.
    Nobody,
}

impl Turn {
    fn of(need: &Need, actor: &Actor, rule: PublishRule, now: Millis) -> Self {
        let own = match may_agree(need, actor, now) {
            Ok(screener) => screener.department,
            Err(Rejection::AlreadyApproved) => return Self::Other,
            Err(_) if may_return(need, actor).is_ok() => return Self::Overdue,
            Err(_) => return Self::Nobody,
        };
        let other_agreed = Department::ALL
            .iter()
            .any(|d| *d != own && has_agreed(need, *d));
        match rule {
            PublishRule::Both if !other_agreed => Self::Agrees,
            PublishRule::Both | PublishRule::Either => Self::Publishes,
        }
    }

    /// Whether this officer's department is asked.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::Publishes | Self::Agrees | Self::Overdue)
    }

    /// Whether this officer can agree.
    #[must_use]
    pub fn may_agree(self) -> bool {
        matches!(self, Self::Publishes | Self::Agrees)
    }
}

/// What others did with a need since it was `read`, as far as that matters to who reads it: in words.
fn news(read: &Need, now: &Need, own: Option<Department>) -> Option<String> {
    let who = |by: Department| {
        if Some(by) == own {
            "你们部门的同事"
        } else {
            by.label()
        }
    };
    let was_submitted = matches!(read.state, NeedState::Submitted { .. });
    if !was_submitted {
        return None;
    }
    match &now.state {
        NeedState::Submitted { .. } => {
            let new = now
                .opinions
                .iter()
                .rev()
                .find(|o| !read.opinions.contains(o))?;
            let remark = match new.remark.trim() {
                "" => "。".to_owned(),
                remark => format!("：{remark}"),
            };
            Some(format!("{}刚才同意了{remark}", who(new.by)))
        }
        NeedState::Published { .. } => {
            let approved = now.history.iter().rev().find_map(|e| match e.what {
                NeedHappened::Approved { by, .. } => Some(by),
                _ => None,
            });
            let by = approved.map_or("另一个部门", who);
            Some(format!("{by}刚才同意了，这条已经发布，不用再审。"))
        }
        NeedState::Returned {
            by, reason, words, ..
        } => {
            let why = match words.trim() {
                "" => reason.label(),
                words => words,
            };
            Some(format!("{}刚才把这条退回了：{why}", who(*by)))
        }
        NeedState::Withdrawn { .. } => Some("村里刚才撤回了这条，不用再审。".to_owned()),
        NeedState::Merged { title, .. } => Some(format!("这条刚才合并到“{title}”，不用再审。")),
        NeedState::TakenDown { .. } => Some("这条刚才下架了，不用再审。".to_owned()),
        NeedState::Draft | NeedState::Closed { .. } | NeedState::Expired { .. } => None,
    }
}

/// What has become of a need since it was `read`; nothing for another one. Tracked.
fn since<T: Default>(
    read: RwSignal<Option<Need>>,
    need: Memo<Option<Need>>,
    compare: impl FnOnce(&Need, &Need) -> T,
) -> T {
    read.with(|read| {
        need.with(|now| match (read, now) {
            (Some(read), Some(now)) if read.id == now.id => compare(read, now),
            _ => T::default(),
        })
    })
}

/// An opinion that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The mutation, to recall it.
    pub id: Option<MutationId>,
    /// The need.
    pub need: NeedId,
    /// `已同意`, `已退回`, and what.
    pub words: String,
}

/// `已同意：村口缺路灯`
#[must_use]
pub fn decided_words(opinion: &Screening, title: &str) -> String {
    let what = match opinion {
        Screening::Publish { .. } => "已同意",
        Screening::Return { .. } => "已退回",
    };
    format!("{what}：{title}")
}

/// The officer's decision on the opened need, as far as it has come.
#[derive(Clone, Copy)]
pub struct Decision {
    desk: Desk,
    /// This officer's department.
    pub own: Option<Department>,
    /// Whether one department's approval publishes it.
    pub rule: Memo<PublishRule>,
    /// The need as it stands, or as it last stood on this device.
    pub need: Memo<Option<Need>>,
    /// The need as the officer has read it.
    read: RwSignal<Option<Need>>,
    /// It is on this device no more.
    pub gone: Memo<bool>,
    /// Whose turn it is.
    pub turn: Memo<Turn>,
    /// What the village has changed since it was read.
    pub changed: Memo<Vec<Change>>,
    /// What others did since it was read.
    pub news: Memo<Option<String>>,
    /// The remark, as it is typed.
    pub remark: Remark,
    /// Whether the question about returning it is open.
    pub returning: RwSignal<bool>,
    /// Why the last decision was not kept.
    pub trouble: RwSignal<Option<String>>,
    /// An opinion is being kept.
    pub busy: RwSignal<bool>,
    /// Whether this officer can decide now: what is shown has stood still, nothing of it is unread, and no other tab writes on it.
    pub ready: Signal<bool>,
}

impl Decision {
    /// The decision on the need `opened`, of which this device knows what `known` says.
    #[must_use]
    pub fn new(
        desk: Desk,
        own: Option<Department>,
        rule: Memo<PublishRule>,
        opened: Memo<Option<NeedId>>,
        known: ReadSignal<Known, LocalStorage>,
    ) -> Self {
        let here = Memo::new(move |_| {
            known.with(|known| match known {
                Known::Here(seen) => match &seen.entity {
                    Entity::Need(need) => Some((**need).clone()),
                    _ => None,
                },
                Known::Reading | Known::Absent | Known::Newer => None,
            })
        });
        // What was on the screen stays there when it leaves the device.
        let need = Memo::new(move |before: Option<&Option<Need>>| {
            let id = opened.get();
            let is_it = |need: &Need| Some(need.id) == id;
            let before = || before.cloned().flatten().filter(is_it);
            here.get().filter(is_it).or_else(before)
        });
        let gone = Memo::new(move |_| {
            need.with(Option::is_some) && known.with(|known| matches!(known, Known::Absent))
        });
        let read = RwSignal::new(None::<Need>);
        Effect::new(move || {
            let now = need.get();
            let id = now.as_ref().map(|n| n.id);
            if read.with_untracked(|read| read.as_ref().map(|n| n.id)) != id {
                read.set(now);
            }
        });
        let turn = Memo::new(move |_| {
            let rule = rule.get();
            let turn = |need: &Need| Turn::of(need, &desk.actor(), rule, desk.now());
            match gone.get() {
                true => Turn::Nobody,
                false => need.with(|need| need.as_ref().map_or(Turn::Nobody, turn)),
            }
        });
        let changed = Memo::new(move |_| {
            since(read, need, |read, now| {
                changes(&read.content, &now.content, desk.today())
            })
        });
        let told = Memo::new(move |_| {
            since(read, need, |read, now| {
                // What this officer did is no news.
                let own_acts = desk.own_commands_on(Key::Need(now.id));
                news(read, now, own).filter(|_| own_acts.is_empty())
            })
        });
        let busy = RwSignal::new(false);
        let still = steady(move || {
            opened.track();
            need.track();
        });
        let remark = Remark::follow(desk, opened);
        let ready = Signal::derive(move || {
            let is_idle = still.get() && !busy.get() && remark.is_here();
            is_idle && turn.get().is_own() && changed.with(Vec::is_empty)
        });
        let decision = Self {
            desk,
            own,
            rule,
            need,
            read,
            gone,
            turn,
            changed,
            news: told,
            remark,
            returning: RwSignal::new(false),
            trouble: RwSignal::new(None),
            busy,
            ready,
        };
        Effect::new(move || {
            opened.track();
            decision.trouble.set(None);
        });
        decision
    }

    /// The officer has read what the village changed.
    pub fn has_read(self) {
        self.read.set(self.need.get_untracked());
    }

    /// Opens the question about returning the opened need, if it waits for this officer's department.
    pub fn ask_to_return(self) {
        if self.ready.get_untracked() {
            self.returning.set(true);
        }
    }

    /// Agrees to the opened need, if it waits for this officer's department and has been read; `then` runs once that is kept.
    pub fn agree(self, then: Callback<Decided>) {
        let opened = self.need.with_untracked(|need| need.as_ref().map(|n| n.id));
        if let Some(id) = opened.filter(|_| self.turn.get_untracked().may_agree()) {
            let remark = self.remark.about(id);
            self.decide(Screening::Publish { remark }, move |decided| {
                then.try_run(decided);
            });
        }
    }

    /// Keeps an opinion on the opened need; `then` runs once that is done, when the asking form may be gone.
    pub fn decide(self, opinion: Screening, then: impl Fn(Decided) + 'static) {
        let opened = self.need.with_untracked(|need| {
            let need = need.as_ref()?;
            // What has changed since it was read keeps it from being ready, so this is the wording on the screen.
            Some((need.id, need.content.title.clone(), need.revision))
        });
        let Some((need, title, seen)) = opened.filter(|_| self.ready.get_untracked()) else {
            return;
        };
        let desk = self.desk;
        let words = decided_words(&opinion, &title);
        self.busy.set(true);
        self.trouble.set(None);
        let sending = self.remark.sending();
        spawn_local(async move {
            let screen = ScreenNeed {
                need,
                opinion,
                seen: Some(seen),
            };
            match desk.submit(screen).await {
                Ok(seq) => {
                    let id = desk.mutation(seq);
                    forget(desk, need).await;
                    if let Some(sending) = sending {
                        sending.sent().await;
                    }
                    then(Decided { id, need, words });
                }
                Err(error) => {
                    self.trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
            self.busy.try_set(false);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::read_json;

    fn need(state: &str, more: &str) -> Need {
        let need = format!(
            r#"{{"id":"3f0c1d5e-8a4b-4c6d-9e2f-7a1b3c5d7e90","place":{{"village":"431230104201","city_name":"怀化市",
            "county_name":"通道县","town_name":"坪坦乡","village_name":"木脚村"}},"content":{{"title":"村口缺路灯","topic":
            "environment","help":"relief","items":[],"deadline":"2026-12-31","persons":320}},"state":{state},{more}
            "author":"00000001-0000-4000-8000-000000000001","created_at":1,"updated_at":2}}"#
        );
        read_json(&need).expect("a need")
    }

    const SUBMITTED: &str = r#"{"submitted":{"at":5}}"#;
    const CIVIL: Option<Department> = Some(Department::CivilAffairs);

    #[test]
    fn who_reads_is_told_what_others_did_meanwhile() {
        let read = need(SUBMITTED, "");
        assert_eq!(news(&read, &read, CIVIL), None);
        let agreed = r#""opinions":[{"by":"rural_revitalization","at":9,"remark":"先装村口"}],"#;
        let now = need(SUBMITTED, agreed);
        assert_eq!(
            news(&read, &now, CIVIL).as_deref(),
            Some("乡村振兴部门刚才同意了：先装村口")
        );
        let returned = r#"{"returned":{"at":9,"by":"rural_revitalization","reason":"unclear","words":"请写清路段"}}"#;
        let now = need(returned, "");
        assert_eq!(
            news(&read, &now, CIVIL).as_deref(),
            Some("乡村振兴部门刚才把这条退回了：请写清路段")
        );
        let history = r#""history":[{"at":9,"what":{"approved":{"by":"civil_affairs"}}}],"#;
        let now = need(r#"{"published":{"at":9}}"#, history);
        assert_eq!(
            news(&read, &now, CIVIL).as_deref(),
            Some("你们部门的同事刚才同意了，这条已经发布，不用再审。")
        );
        // What was not waiting when it was opened is no news.
        assert_eq!(news(&now, &read, CIVIL), None);
    }
}
