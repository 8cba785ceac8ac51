//! What a person has begun to write and not sent, of every kind, in words: each form keeps a draft under a name of its own. Reading a
//! draft is pure.

use crate::desk::Desk;
use domain::text::read_json;
use domain::{CreditCode, DispatchId, Key, NeedId, OrderId, PickId, SupplyId};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The kinds of unfinished forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A need, or changes to one.
    Need,
    /// A remark on a need that is screened.
    Remark,
    /// Why a need is returned.
    Return,
    /// Taking a need.
    Take,
    /// A report on an order.
    Report,
    /// A note to a delivery.
    Deliver,
    /// Why an order is given back.
    Release,
    /// What a delivery lacks.
    Dispute,
    /// A supply, or changes to one.
    Supply,
    /// Why a supply is returned.
    ReturnSupply,
    /// Picking a supply.
    Pick,
    /// Accepting a pick.
    Accept,
    /// Why a pick is declined.
    Decline,
    /// A review of an order.
    Review,
    /// Whether what was delivered is still in use.
    StillInUse,
    /// What an organization says of itself.
    Organization,
    /// Why an organization is not let in.
    Refuse,
    /// Why an organization is suspended.
    Suspend,
    /// Whom a bureau asks to take a need.
    Dispatch,
    /// Taking what a bureau asks for.
    TakeDispatch,
    /// Why what a bureau asks for is not taken.
    DeclineDispatch,
    /// Taking what is offered to who has waited.
    TakeOffer,
    /// Waiting for what is fully ordered.
    Wait,
    /// Why a need is closed.
    Close,
    /// Asking a holder to hand over.
    HandOver,
    /// That an order is kept.
    Keep,
    /// That an order goes on.
    Renew,
    /// Why it is delivered on another day.
    MoveDue,
    /// Why an order is taken away.
    Free,
    /// A form that only a newer page knows.
    Newer,
}

impl Form {
    /// The form whose draft has this name, and what it is about; nothing for what is only remembered, as the last contact is.
    #[must_use]
    pub fn of(name: &str) -> Option<(Self, Option<Key>)> {
        if name == "take/contact" || name.starts_with("kept/") {
            return None;
        }
        let newer = Some((Self::Newer, None));
        let Some((kind, id)) = name.split_once('/') else {
            return newer;
        };
        let need = || id.parse::<NeedId>().ok().map(Key::Need);
        let order = || id.parse::<OrderId>().ok().map(Key::Order);
        let supply = || id.parse::<SupplyId>().ok().map(Key::Supply);
        let pick = || id.parse::<PickId>().ok().map(Key::Pick);
        let org = || id.parse::<CreditCode>().ok().map(Key::Organization);
        let dispatch = || id.parse::<DispatchId>().ok().map(Key::Dispatch);
        let (form, key) = match kind {
            "need" => (Self::Need, need()),
            "remark" => (Self::Remark, need()),
            "return" => (Self::Return, need()),
            "take" => (Self::Take, need()),
            "report" => (Self::Report, order()),
            "deliver" => (Self::Deliver, order()),
            "release" => (Self::Release, order()),
            "dispute" => (Self::Dispute, order()),
            "supply" => (Self::Supply, supply()),
            "return-supply" => (Self::ReturnSupply, supply()),
            "pick" => (Self::Pick, supply()),
            "accept" => (Self::Accept, pick()),
            "decline" => (Self::Decline, pick()),
            "review" => (Self::Review, order()),
            "use" => (Self::StillInUse, order()),
            "organization" if id == "new" => return Some((Self::Organization, None)),
            "organization" => (Self::Organization, org()),
            "refuse" => (Self::Refuse, org()),
            "suspend" => (Self::Suspend, org()),
            "dispatch" => (Self::Dispatch, need()),
            "take-dispatch" => (Self::TakeDispatch, dispatch()),
            "decline-dispatch" => (Self::DeclineDispatch, dispatch()),
            "take-offer" => (Self::TakeOffer, need()),
            "wait" => (Self::Wait, need()),
            "close" => (Self::Close, need()),
            "hand-over" => (Self::HandOver, need()),
            "keep" => (Self::Keep, order()),
            "renew" => (Self::Renew, order()),
            "move-due" => (Self::MoveDue, order()),
            "free" => (Self::Free, order()),
            _ => return newer,
        };
        match key {
            Some(key) => Some((form, Some(key))),
            None => newer,
        }
    }

    /// What it is, in words: `没写完的需求`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Need => "没写完的需求",
            Self::Remark => "没发的审核意见",
            Self::Return => "没写完的退回原因",
            Self::Take => "没填完的接单",
            Self::Report => "没发的进展",
            Self::Deliver => "没发的完成报告",
            Self::Release => "没写完的放弃原因",
            Self::Dispute => "没写完的“没有做到”",
            Self::Supply => "没写完的供给项目",
            Self::ReturnSupply => "没写完的退回原因",
            Self::Pick => "没填完的点单",
            Self::Accept => "没填完的答应",
            Self::Decline => "没写完的婉拒原因",
            Self::Review => "没发的评价",
            Self::StillInUse => "没发的“还在用吗”",
            Self::Organization => "没交的组织资料",
            Self::Refuse => "没写完的不通过原因",
            Self::Suspend => "没写完的暂停原因",
            Self::Dispatch => "没派出去的单",
            Self::TakeDispatch | Self::TakeOffer => "没填完的接单",
            Self::DeclineDispatch => "没写完的不接原因",
            Self::Wait => "没填完的排队",
            Self::Close => "没写完的关闭原因",
            Self::HandOver => "没发的“请让出来”",
            Self::Keep => "没发的答复",
            Self::Renew => "没发的“还在做”",
            Self::MoveDue => "没改完的交付日子",
            Self::Free => "没写完的收回原因",
            Self::Newer => "新版乡单写的内容",
        }
    }
}

/// A form that was left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unfinished {
    /// The name of its draft.
    pub name: String,
    /// Which form.
    pub form: Form,
    /// The need or order it is about.
    pub about: Option<Key>,
    /// The beginning of what was typed.
    pub text: String,
}

impl Unfinished {
    /// Reads a draft; nothing for one that is empty, or only remembered.
    #[must_use]
    pub fn read(name: &str, json: &str) -> Option<Self> {
        let (form, about) = Form::of(name)?;
        Some(Self {
            name: name.to_owned(),
            form,
            about,
            text: typed(form, json)?,
        })
    }
}

/// What is read of forms with named answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    title: String,
    name: String,
    words: String,
    reason: Option<IgnoredAny>,
}

/// What was typed into a form; nothing when there is nothing. What cannot be read is there all the same.
fn typed(form: Form, json: &str) -> Option<String> {
    let unread = Some(String::new());
    let some = |text: String| (!text.is_empty()).then_some(text);
    match form {
        Form::Need | Form::Supply => match read_json::<Named>(json) {
            Ok(need) => Some(need.title.trim().to_owned()),
            Err(_) => unread,
        },
        Form::Return | Form::ReturnSupply | Form::Decline => match read_json::<Named>(json) {
            Ok(form) if form.reason.is_some() => Some(form.words.trim().to_owned()),
            Ok(form) => some(form.words.trim().to_owned()),
            Err(_) => unread,
        },
        Form::Remark => match read_json::<String>(json) {
            Ok(remark) => some(remark.trim().to_owned()),
            Err(_) => unread,
        },
        Form::Report
        | Form::Deliver
        | Form::Release
        | Form::Dispute
        | Form::Keep
        | Form::Renew
        | Form::MoveDue
        | Form::Free => match read_json::<Vec<String>>(json) {
            Ok(answers) => {
                let answers = answers.iter().map(|answer| answer.trim());
                let answers: Vec<&str> = answers.filter(|a| !a.is_empty()).collect();
                some(answers.join("，"))
            }
            Err(_) => unread,
        },
        Form::Review
        | Form::StillInUse
        | Form::Refuse
        | Form::Suspend
        | Form::Dispatch
        | Form::DeclineDispatch
        | Form::Close
        | Form::HandOver => match read_json::<Named>(json) {
            Ok(form) => Some(form.words.trim().to_owned()),
            Err(_) => unread,
        },
        Form::Organization => match read_json::<Named>(json) {
            Ok(form) => Some(form.name.trim().to_owned()),
            Err(_) => unread,
        },
        Form::Take
        | Form::TakeDispatch
        | Form::TakeOffer
        | Form::Wait
        | Form::Pick
        | Form::Accept
        | Form::Newer => unread,
    }
}

impl Desk {
    /// Everything that was begun and not sent; none when the device cannot be read.
    pub async fn unfinished(self) -> Option<Vec<Unfinished>> {
        let mut found: Vec<Unfinished> = self
            .all_drafts()
            .await?
            .iter()
            .filter_map(|(name, json)| Unfinished::read(name, json))
            .collect();
        found.sort_by(|a, b| (a.form, &a.name).cmp(&(b.form, &b.name)));
        Some(found)
    }
}

/// How many of each kind: `1 条没写完的需求，2 条没发的进展`.
#[must_use]
pub fn counted(all: &[Unfinished]) -> String {
    let mut parts: Vec<(Form, usize)> = Vec::new();
    for one in all {
        match parts.iter_mut().find(|(form, _)| *form == one.form) {
            Some((_, n)) => *n += 1,
            None => parts.push((one.form, 1)),
        }
    }
    let words = |(form, n): (Form, usize)| format!("{n} 条{}", form.label());
    parts.into_iter().map(words).collect::<Vec<_>>().join("，")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEED: &str = "3f0c1d5e-8a4b-4c6d-9e2f-7a1b3c5d7e90";

    fn read(name: &str, json: &str) -> Option<(Form, String)> {
        let found = Unfinished::read(&format!("{name}/{NEED}"), json)?;
        Some((found.form, found.text))
    }

    #[test]
    fn every_form_that_was_left_is_work_whatever_its_kind() {
        let title = r#"{"title":" 村口缺路灯 ","items":[]}"#;
        assert_eq!(
            read("need", title),
            Some((Form::Need, "村口缺路灯".to_owned()))
        );
        assert_eq!(
            read("remark", r#""先装村口""#),
            Some((Form::Remark, "先装村口".to_owned()))
        );
        assert_eq!(
            read("return", r#"{"reason":"unclear","words":""}"#),
            Some((Form::Return, String::new()))
        );
        assert_eq!(
            read("report", r#"["立好了 8 根灯杆","3200","","",""]"#),
            Some((Form::Report, "立好了 8 根灯杆，3200".to_owned()))
        );
        assert_eq!(
            read("dispute", r#"["还差两盏"]"#),
            Some((Form::Dispute, "还差两盏".to_owned()))
        );
        assert_eq!(
            read("take", r#"{"amounts":[],"due":""}"#).map(|f| f.0),
            Some(Form::Take)
        );
    }

    #[test]
    fn an_empty_form_and_what_is_only_remembered_are_no_work() {
        assert_eq!(read("remark", r#""  ""#), None);
        assert_eq!(read("return", r#"{"reason":null,"words":""}"#), None);
        assert_eq!(read("report", r#"["","","","",""]"#), None);
        let contact = r#"{"name":"杨国胜","phone":"13800000001"}"#;
        assert_eq!(Unfinished::read("take/contact", contact), None);
    }

    #[test]
    fn what_a_newer_page_wrote_is_counted_too() {
        assert_eq!(read("of-later", "{}").map(|f| f.0), Some(Form::Newer));
        assert_eq!(
            Unfinished::read("elsewhere", "not json").map(|f| f.form),
            Some(Form::Newer)
        );
    }

    #[test]
    fn each_kind_is_named_before_signing_out() {
        let all: Vec<Unfinished> = [
            ("need", "{}"),
            ("report", r#"["一"]"#),
            ("report", r#"["二"]"#),
        ]
        .into_iter()
        .filter_map(|(name, json)| Unfinished::read(&format!("{name}/{NEED}"), json))
        .collect();
        assert_eq!(counted(&all), "1 条没写完的需求，2 条没发的进展");
    }
}
