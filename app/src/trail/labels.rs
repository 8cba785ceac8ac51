//! What commands, kinds and values of the trail are called on screen.

/// What somebody did, from the command's name; the name itself where this version has no words for it.
#[must_use]
pub fn act(command: &str) -> &str {
    match command {
        "SaveNeed" => "存需求草稿",
        "PostNeed" => "写好需求并发给县里",
        "SubmitNeed" => "把需求发给县里",
        "EditNeed" => "改需求",
        "WithdrawNeed" => "撤回需求",
        "ScreenNeed" => "审核需求",
        "TakeOrder" => "接单",
        "ReleaseOrder" => "放弃接单",
        "ReportProgress" => "写进展",
        "MarkDelivered" => "报告完成",
        "ConfirmDelivery" => "确认做到了",
        "DisputeDelivery" => "说明没有做到",
        "SetSettings" => "改设置",
        "SaveSupply" => "存供给项目草稿",
        "SubmitSupply" => "把供给项目送审",
        "ScreenSupply" => "审核供给项目",
        "ChangeSupply" => "改供给项目",
        "PauseSupply" => "暂停供给项目",
        "ResumeSupply" => "恢复供给项目",
        "EndSupply" => "结束供给项目",
        "WithdrawSupply" => "撤回供给项目",
        "PickSupply" => "点单",
        "AnswerPick" => "答复点单",
        "WithdrawPick" => "撤回点单",
        "DispatchNeed" => "派单",
        "AnswerDispatch" => "答复派单",
        "WithdrawDispatch" => "收回派单",
        "RenewOrder" => "说明还在做",
        "MoveDue" => "改交付日子",
        "AskHandOver" => "请对方让出来",
        "AnswerHandOver" => "答复还由自己做",
        "FreeOrder" => "收回没有动静的单",
        "RemindOrder" => "提醒",
        "CloseNeed" => "关闭需求",
        "AskAgain" => "把需求再发一次",
        "JoinWaiting" => "排队",
        "LeaveWaiting" => "不排队了",
        "AnswerOffer" => "排队轮到后答复",
        "AlsoNeed" => "说本村需不需要同样的",
        "TellApart" => "说明不是同一件事",
        "MergeNeeds" => "合并需求",
        "UndoMerge" => "拆开合并的需求",
        "TakeDown" => "下架需求",
        "RegisterOrganization" => "登记社会组织",
        "ChangeOrganization" => "改组织资料",
        "ApproveOrganization" => "通过社会组织的登记或改动",
        "RefuseOrganization" => "不通过社会组织的登记或改动",
        "SuspendOrganization" => "暂停组织接单",
        "LiftSuspension" => "恢复组织接单",
        "LeaveReview" => "评单",
        "StillInUse" => "回答还在不在用",
        "RemindHolder" => "到期提醒接单的组织",
        "MarkReleasable" => "到期标为可以收回",
        "LapseOrder" => "到期自动收回接单",
        "ExpireNeed" => "过了最晚日子，需求自动结束",
        "PassOffer" => "排队的没答复，轮到下一家",
        "ReturnDispatch" => "派单没答复，自动退回",
        "EndReviews" => "评单时间到，公开评价",
        "AskStillInUse" => "到期问村里还在用吗",
        "EndSuspension" => "暂停期满，恢复接单",
        "PutAccount" => "账号新建或变更",
        "OpenAccount" => "开通账号",
        "SignUp" => "自己注册账号",
        "Invite" => "发邀请条",
        "AcceptInvitation" => "用邀请条设密码",
        "MoveAccount" => "账号换岗位",
        "RenameAccount" => "账号改名",
        "CloseAccount" => "停用账号",
        "FollowOrganization" => "账号随组织变更",
        "SetPin" => "设 PIN",
        "EndSessions" => "让设备退出登录",
        "LoadDesignations" => "导入名录",
        "LoadRegions" => "导入区划表",
        "ContactShown" => "看了联系人",
        "OpenLane" => "服务器开始一段留痕",
        other => other,
    }
}

/// The kinds that can be asked for, with their names.
pub const KINDS: [(&str, &str); 13] = [
    ("need", "需求"),
    ("order", "接单"),
    ("supply", "供给项目"),
    ("pick", "点单"),
    ("dispatch", "派单"),
    ("review", "评单"),
    ("organization", "社会组织"),
    ("county", "设置"),
    ("designation", "名录"),
    ("region", "区划表"),
    ("user", "账号"),
    ("contact", "看了谁的联系人"),
    ("command", "看不懂的请求"),
];

/// The kind's name; its name on the wire where this version has no other.
#[must_use]
pub fn kind(name: &str) -> &str {
    KINDS
        .iter()
        .find(|(kind, _)| *kind == name)
        .map_or(name, |(_, words)| words)
}

/// Where a value stands, in words as far as this version has some: `/content/title` is 内容 › 标题.
#[must_use]
pub fn place(at: &str) -> String {
    let steps = at.split('/').filter(|step| !step.is_empty()).map(|step| {
        let words = match step {
            "content" => "内容",
            "title" => "标题",
            "details" => "情况说明",
            "topic" => "类别",
            "help" => "哪种帮助",
            "items" => "要什么",
            "name" => "名称",
            "quantity" => "数量",
            "unit" => "单位",
            "deadline" => "最晚时间",
            "persons" => "人数",
            "households" => "户数",
            "budget" => "大约要的钱",
            "urgent" => "急不急",
            "contact" => "联系人",
            "phone" => "电话",
            "state" | "stage" => "状态",
            "history" => "经过",
            "opinions" => "审核意见",
            "pledges" => "接单情况",
            "progress" => "进展",
            "due" => "交付时间",
            "lines" | "lines_words" => "接多少",
            "org" | "org_name" => "组织",
            "place" => "地点",
            "village" | "village_name" => "村",
            "town_name" => "乡镇",
            "county" | "county_name" => "县",
            "city_name" => "市州",
            "revision" | "deliveries" => "第几版",
            "rewritten" => "改了什么",
            "at" | "updated_at" | "active_at" => "时间",
            "what" => "发生了什么",
            "opinion" => "意见",
            "department" => "部门",
            "level" => "哪一级",
            "role" | "bureau" | "member" => "身份",
            "region" | "region_name" => "地区",
            "active" => "在用",
            "needs" => "需求",
            "orders" => "接单",
            "picks" => "点单",
            "command" => "因为",
            "stale_days" => "期限",
            "seen" | "revisions" => "看到的版本",
            "holder" | "holders" => "谁接了",
            "places" => "名额",
            "regions" | "serves" => "服务的地方",
            "offer" => "给什么",
            "from" => "从哪天",
            "to" => "到哪天",
            "cost" => "每村花多少",
            "source" => "来源",
            "team" => "谁来做",
            "cases" => "做过的",
            "conditions" => "要村里准备",
            "valid_from" => "从哪天起",
            "valid_to" => "到哪天止",
            "new" => "新增",
            "changed" => "改了",
            "gone" => "去掉",
            "rows" => "行数",
            "created_at" => "写下的时间",
            "reason" => "原因",
            "words" | "note" | "remark" | "text" => "说明",
            "numbers" => "数值",
            "publish" => "几个部门同意",
            other => return number(other),
        };
        words.to_owned()
    });
    steps.collect::<Vec<_>>().join(" › ")
}

/// A value as a person reads it: times as times, states in words as far as this version has some.
#[must_use]
pub fn value(at: &str, text: String) -> String {
    let step = at.rsplit('/').next().unwrap_or_default();
    if matches!(step, "at" | "until" | "since") || step.ends_with("_at") {
        let time = text.parse().ok().filter(|ms: &i64| *ms > 1_000_000_000_000);
        return time.map_or(text, |ms| {
            let time = domain::Millis(ms);
            let (hour, minute) = time.clock();
            format!("{} {hour:02}:{minute:02}", time.day())
        });
    }
    if step == "command" {
        return act(&text).to_owned();
    }
    let words = match text.as_str() {
        "true" => "是",
        "false" => "否",
        "draft" => "草稿",
        "submitted" => "等审核",
        "published" => "已发布",
        "returned" => "退回修改",
        "withdrawn" => "已撤回",
        "merged" => "已合并",
        "expired" => "已过期",
        "closed" => "已结束",
        "paused" => "暂停",
        "ended" => "已结束",
        "active" => "进行中",
        "delivered" => "报告做完",
        "confirmed" => "村里已确认",
        "disputed" => "村里说没做到",
        "released" => "已放弃",
        "lapsed" => "到期收回",
        "proposed" => "等答复",
        "accepted" => "已答应",
        "declined" => "已婉拒",
        "open" => "等答复",
        "pending" => "等审核",
        "approved" => "已通过",
        "refused" => "没通过",
        "suspended" => "暂停接单",
        "taken" => "有人接单",
        "renewal_asked" => "问还做不做",
        "renewed" => "说还在做",
        "releasable" => "可以收回",
        "reminded" => "提醒过",
        "reported" => "写了进展",
        "civil_affairs" => "民政",
        "rural_revitalization" => "乡村振兴",
        "either" => "一个部门同意就行",
        "both" => "两个部门都要同意",
        "relief" => "输血",
        "capacity" => "造血",
        _ => return text,
    };
    words.to_owned()
}

/// Places in a list count from one.
fn number(step: &str) -> String {
    step.parse::<u64>()
        .map_or_else(|_| step.to_owned(), |n| format!("第 {} 项", n + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::jobs::Job;
    use domain::{Command, EntityKind};

    #[test]
    fn every_command_and_every_kind_has_words() {
        let bare: Vec<&str> = Command::NAMES
            .iter()
            .copied()
            .chain(Job::ALL.iter().map(|job| job.name()))
            .filter(|name| act(name) == *name)
            .collect();
        assert_eq!(bare, Vec::<&str>::new());
        let bare: Vec<&str> = EntityKind::ALL
            .iter()
            .map(|of| of.name())
            .filter(|name| kind(name) == *name)
            .collect();
        assert_eq!(bare, Vec::<&str>::new());
    }

    #[test]
    fn a_value_is_named_by_its_place() {
        assert_eq!(
            place("/content/items/0/quantity"),
            "内容 › 要什么 › 第 1 项 › 数量"
        );
        assert_eq!(place("/something_new"), "something_new");
        let words = |at: &str, text: &str| value(at, text.to_owned());
        assert_eq!(
            words("/updated_at", "1795482000000"),
            "2026-11-24 09:00",
            "a time is read as one"
        );
        assert_eq!(words("/state", "published"), "已发布");
        assert_eq!(
            words("/content/items/0/quantity", "1795482000000"),
            "1795482000000"
        );
    }
}
