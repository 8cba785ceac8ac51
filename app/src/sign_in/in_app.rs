//! Browsers inside other apps: WeChat and its like clear what pages store, so whoever signs in there is told before they write anything.

/// What stands in the user agent, and whose it is. The first that fits counts: some name others too.
const APPS: [(&str, &str); 14] = [
    ("wxwork", "企业微信"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("AlipayClient", "支付宝"),
    ("Feishu", "飞书"),
    ("Lark", "飞书"),
    (" QQ/", "QQ"),
    ("Weibo", "微博"),
    ("aweme", "抖音"),
    ("BytedanceWebview", "今日头条"),
    ("NewsArticle", "今日头条"),
    ("Kwai", "快手"),
    ("xhsdiscover", "小红书"),
    ("baiduboxapp", "百度"),
];

/// The app in whose browser this user agent runs; none for a browser of its own. Android marks every view inside an app with `wv`.
#[must_use]
pub fn in_app(user_agent: &str) -> Option<&'static str> {
    let found = APPS.iter().find(|(mark, _)| user_agent.contains(mark));
    match found {
        Some((_, name)) => Some(name),
        None if user_agent.contains("; wv)") => Some("别的应用"),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 12; M2007J17C Build/SKQ1.211006.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36";

    #[test]
    fn browsers_inside_apps_are_known_by_their_user_agent() {
        let wechat = "XWEB/1160117 MMWEBSDK/20240301 MicroMessenger/8.0.48.2580(0x28003052) WeChat/arm64 NetType/WIFI Language/zh_CN";
        for (app, agent) in [
            ("微信", format!("{ANDROID} {wechat}")),
            (
                "微信",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.44(0x18002c2c) NetType/4G Language/zh_CN".to_owned(),
            ),
            ("企业微信", format!("{ANDROID} wxwork/4.1.22 MicroMessenger/7.0.1 Language/zh")),
            ("钉钉", format!("{ANDROID} AliApp(DingTalk/7.0.40) com.alibaba.android.rimet/30")),
            ("支付宝", format!("{ANDROID} NebulaSDK/1.8.100112 AlipayClient/10.5.50")),
            ("QQ", format!("{ANDROID} MQQBrowser/6.2 TBS/046141 V1_AND_SQ_8.9.75 QQ/8.9.75.12110 NetType/WIFI")),
            ("抖音", format!("{ANDROID} aweme_270000 JsSdk/1.0 BytedanceWebview/d8a21c6")),
            ("别的应用", ANDROID.to_owned()),
        ] {
            assert_eq!(in_app(&agent), Some(app), "{agent}");
        }
    }

    #[test]
    fn a_browser_of_its_own_is_not_warned_of() {
        for agent in [
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; U; Android 11; zh-cn; V2066A Build/RP1A.200720.012) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/98.0.4758.102 MQQBrowser/13.6 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; U; Android 12; zh-cn; M2102K1C) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36 XiaoMi/MiuiBrowser/17.2.61",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
            "",
        ] {
            assert_eq!(in_app(agent), None, "{agent}");
        }
    }
}
