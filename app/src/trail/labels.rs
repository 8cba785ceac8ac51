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
        "CloseNeed" => "关闭需求",
        "AskAgain" => "再提一次",
        "JoinWaiting" => "排队",
        "LeaveWaiting" => "不排队了",
        "AnswerOffer" => "答复排队轮到",
        "RemindHolder" => "系统提醒：很久没有动静",
        "MarkReleasable" => "系统标记：可以收回",
        "LapseOrder" => "系统作废没有动静的单",
        "ExpireNeed" => "需求到期",
        "PassOffer" => "排队没答复，问下一家",
        "ReturnDispatch" => "派单到期没答复",
        "PutAccount" => "账号新建或变更",
        "ContactShown" => "看到联系人",
        "OpenLane" => "服务器开始一段留痕",
        other => other,
    }
}

/// The kinds that can be asked for, with their names.
pub const KINDS: [(&str, &str); 9] = [
    ("need", "需求"),
    ("order", "接单"),
    ("supply", "供给项目"),
    ("pick", "点单"),
    ("dispatch", "派单"),
    ("organization", "社会组织"),
    ("county", "设置"),
    ("user", "账号"),
    ("contact", "看到联系人"),
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
            "at" | "updated_at" => "时间",
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

/// Places in a list count from one.
fn number(step: &str) -> String {
    step.parse::<u64>()
        .map_or_else(|_| step.to_owned(), |n| format!("第 {} 项", n + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Command, EntityKind};

    #[test]
    fn every_command_and_every_kind_has_words() {
        let bare: Vec<&str> = Command::NAMES
            .iter()
            .copied()
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
    }
}
