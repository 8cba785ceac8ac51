//! What a role sees first. The core knows it, to fetch its part early.

use crate::part::{Loading, loads};
use crate::{account, library, needs, office, organizations, review};
use domain::{Actor, Level, Role};

/// Whose a page is that only some can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Whoever writes a village's needs.
    Villages,
    /// Members of organizations.
    Organizations,
    /// Villages and organizations: whoever looks through the library.
    Library,
    /// The two departments of a county.
    Counties,
    /// Villages, organizations and bureaus: whoever has to do with supplies.
    Supplies,
    /// Villages, organizations and bureaus: whoever is asked to do something.
    Todo,
    /// Whoever looks after the accounts of others.
    Above,
    /// The two departments of a county, a city or the province.
    Bureaus,
    /// The two departments, and administrators.
    Offices,
    /// Administrators.
    Administrators,
}

impl Whose {
    /// Whether the page is of use for a person.
    #[must_use]
    pub fn includes(self, actor: &Actor) -> bool {
        match (self, &actor.role) {
            (
                Self::Villages | Self::Library | Self::Todo | Self::Supplies,
                Role::Village { .. },
            )
            | (
                Self::Organizations | Self::Library | Self::Todo | Self::Supplies,
                Role::Member { .. },
            ) => true,
            (Self::Counties, Role::Bureau { region, .. }) => region.level() == Level::County,
            (Self::Above, role) => domain::accounts::looks_after_some(role),
            (Self::Bureaus | Self::Offices | Self::Supplies | Self::Todo, Role::Bureau { .. })
            | (Self::Administrators | Self::Offices, Role::Administrator) => true,
            _ => false,
        }
    }

    /// Whose it is, for somebody else.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Villages => "这一页是给村干部写需求用的，你的账号不能发需求。",
            Self::Organizations => "这一页是给社会组织用的，你的账号不是组织的成员。",
            Self::Library => "项目库是给村里和社会组织看的，你的账号在首页看需求。",
            Self::Counties => "这一页是给县里的民政、乡村振兴部门用的。",
            Self::Supplies => {
                "供给项目是给村里、社会组织和民政、乡村振兴部门用的，你的账号这里看不到。"
            }
            Self::Todo => "待办是给村里、社会组织和民政、乡村振兴部门用的。",
            Self::Above => "这一页是给开通账号的人用的：各级部门、社会组织负责人和管理员。",
            Self::Bureaus | Self::Offices => "这一页是给民政、乡村振兴部门用的。",
            Self::Administrators => "这一页是给管理员用的。",
        }
    }
}

/// A role's first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A village's own needs.
    MyNeeds,
    /// The library of an organization.
    Library,
    /// A county's needs to screen.
    Inbox,
    /// Needs asked for from the server, for a city or the province.
    Browse,
    /// The registration of an organization that is not let in yet.
    Register,
    /// Accounts, regions and copies are looked after on the server itself.
    Me,
}

impl Home {
    const ALL: [Self; 6] = [
        Self::MyNeeds,
        Self::Library,
        Self::Inbox,
        Self::Browse,
        Self::Register,
        Self::Me,
    ];

    /// The first page of a person.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        match &actor.role {
            Role::Village { .. } => Self::MyNeeds,
            Role::Member { .. } => Self::Library,
            Role::Bureau { region, .. } if region.level() == Level::County => Self::Inbox,
            Role::Bureau { .. } => Self::Browse,
            Role::Applicant => Self::Register,
            Role::Administrator => Self::Me,
        }
    }

    /// The name of its part, as `boot.js` and the service worker know it.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::MyNeeds => "needs",
            Self::Library => "library",
            Self::Inbox => "review",
            Self::Browse => "office",
            Self::Register => "organizations",
            Self::Me => "account",
        }
    }

    /// The parts that this person's pages need, the first page's first; the service worker keeps them in this order. `shared`
    /// has what areas but a village's and an organization's home share (`app/bundle/src/split.rs`), so it comes before any other area.
    #[must_use]
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            Self::MyNeeds => &[
                "inside",
                "needs",
                "shared",
                "writing",
                "need",
                "library",
                "todo",
                "account",
                "orders",
                "supplies",
                "supply",
                "organizations",
                "sheets",
            ],
            Self::Library => &[
                "inside",
                "library",
                "shared",
                "need",
                "orders",
                "todo",
                "account",
                "supplies",
                "supply",
                "offering",
                "organizations",
                "sheets",
            ],
            Self::Inbox => &[
                "inside",
                "shared",
                "review",
                "need",
                "office",
                "todo",
                "account",
                "orders",
                "supplies",
                "supply",
                "following",
                "sheets",
                "organizations",
                "accounts",
            ],
            Self::Browse => &[
                "inside",
                "shared",
                "office",
                "need",
                "todo",
                "account",
                "orders",
                "supplies",
                "supply",
                "sheets",
                "accounts",
                "organizations",
            ],
            Self::Register => &["inside", "shared", "organizations", "account"],
            Self::Me => &["inside", "shared", "account", "admin", "office", "accounts"],
        }
    }

    /// The first page that a part belongs to.
    #[must_use]
    pub fn of_part(part: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|home| home.part() == part)
    }

    /// Fetches the page.
    #[must_use]
    pub fn load(self) -> fn() -> Loading {
        match self {
            Self::MyNeeds => loads!(needs::my_needs),
            Self::Library => loads!(library::list),
            Self::Inbox => loads!(review::inbox),
            Self::Browse => loads!(office::browse),
            Self::Register => loads!(organizations::register),
            Self::Me => loads!(account::me),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::read_json;

    fn home(role: &str) -> Home {
        let actor = format!(
            r#"{{"user":"00000000-0000-7000-8000-000000000001","name":"n","role":{role},"library":[]}}"#
        );
        Home::of(&read_json(&actor).expect("an actor"))
    }

    fn officer(region: &str, name: &str) -> Home {
        home(&format!(
            r#"{{"bureau":{{"region":"{region}","region_name":"{name}","department":"civil_affairs"}}}}"#
        ))
    }

    #[test]
    fn a_page_opens_for_those_alone_who_may_send_what_stands_on_it() {
        let actor = |role: &str| -> Actor {
            let actor = format!(
                r#"{{"user":"00000000-0000-7000-8000-000000000001","name":"n","role":{role},"library":[]}}"#
            );
            read_json(&actor).expect("an actor")
        };
        let officer = |region: &str| {
            actor(&format!(
                r#"{{"bureau":{{"region":"{region}","region_name":"某地","department":"civil_affairs"}}}}"#
            ))
        };
        let village = actor(
            r#"{"village":{"place":{"village":"431230104201","city_name":"怀化市","county_name":"通道县","town_name":"坪坦乡","village_name":"木脚村"}}}"#,
        );
        let member =
            actor(r#"{"member":{"org":"51430000500000001T","org_name":"协会","owner":true}}"#);
        let everybody = [
            village,
            member,
            officer("431230000000"),
            officer("431200000000"),
            actor(r#""administrator""#),
        ];
        let opens = |whose: Whose| everybody.each_ref().map(|who| whose.includes(who));
        assert_eq!(opens(Whose::Villages), [true, false, false, false, false]);
        assert_eq!(
            opens(Whose::Organizations),
            [false, true, false, false, false]
        );
        assert_eq!(opens(Whose::Library), [true, true, false, false, false]);
        assert_eq!(opens(Whose::Supplies), [true, true, true, true, false]);
        assert_eq!(opens(Whose::Counties), [false, false, true, false, false]);
        assert_eq!(opens(Whose::Offices), [false, false, true, true, true]);
        assert_eq!(opens(Whose::Above), [false, true, true, true, true]);
        for who in &everybody {
            assert_eq!(
                Whose::Offices.includes(who),
                domain::trail::readable(who).is_some()
            );
            let writes = domain::needs::offers::may_write(who).is_ok();
            assert_eq!(Whose::Villages.includes(who), writes);
        }
    }

    #[test]
    fn officers_of_a_county_screen_and_those_above_look_things_up() {
        assert_eq!(officer("431230000000", "通道侗族自治县"), Home::Inbox);
        assert_eq!(officer("431200000000", "怀化市"), Home::Browse);
        assert_eq!(officer("430000000000", "湖南省"), Home::Browse);
        assert_eq!(home(r#""administrator""#), Home::Me);
    }

    #[test]
    fn a_home_is_found_again_by_its_part_which_its_person_needs_first() {
        for home in Home::ALL {
            assert_eq!(Home::of_part(home.part()), Some(home));
            let first: &[&str] = match home {
                Home::MyNeeds | Home::Library => &["inside", home.part(), "shared"],
                _ => &["inside", "shared", home.part()],
            };
            assert!(home.parts().starts_with(first), "{home:?}");
        }
        assert_eq!(Home::of_part("inside"), None);
    }
}
