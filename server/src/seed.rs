//! Fills an empty database with the demonstration.

use crate::backend::{StartError, StorageBackend};
use crate::demo::{Demo, DemoError, Person, demo as script};
use crate::designations::Loader;
use crate::group_commit::Write;
use crate::loading::{self, TableError};
use crate::regions::{Regions, RegionsError};
use crate::storage::StorageError;
use crate::storage::accounts::{NO_PASSWORD, NewAccount};
use crate::storage::audit::Told;
use domain::jobs::{Job, Overdue, SYSTEM};
use domain::{Entity, Key, Known, Level, Millis, Role, Undecided, UserId, decide_on};
use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

/// The password of every demonstration account. Nothing but the demonstration creates accounts with it.
pub const PASSWORD: &str = "xiangdan-demo";
/// Made-up designations.
static DESIGNATIONS: &[u8] = include_bytes!("../data/demo/designations.csv");
/// What is stored for people of the demonstration who never sign in, although their accounts are in use: no password has this hash.
const NOBODY_SIGNS_IN: &str = "$-";
/// How many entities, or entries of the trail, one transaction puts.
const AT_ONCE: usize = 2_000;

/// Why the demonstration could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The script.
    #[error(transparent)]
    Script(#[from] DemoError),
    /// The regions.
    #[error(transparent)]
    Regions(#[from] RegionsError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An account.
    #[error(transparent)]
    Account(#[from] StartError),
    /// The list of designations.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The rules reject a command of the script, which is a fault of the script.
    #[error("the rules refuse a step of the demonstration: {0}")]
    Refused(String),
    /// Real data is not mixed with invented data.
    #[error("the database is not empty")]
    NotEmpty,
}

/// Fills an empty database with the regions and the demonstration, and says which accounts there are.
///
/// The script's commands are decided by the rules, each at its own time in the past; what is there in the end is stored, and the
/// audit trail tells how it came to be.
pub async fn demo(backend: &StorageBackend) -> Result<String, SeedError> {
    if backend.database().count_accounts().await? > 0 || backend.database().count_needs().await? > 0
    {
        return Err(SeedError::NotEmpty);
    }
    let regions = Regions::hunan()?;
    let now = backend.clock.now();
    let demo = script(&regions, now)?;
    backend
        .write(Write::PutRegions(regions.rows().to_vec()))
        .await?;
    let (world, trail) = carried_out(&demo, now)?;
    // The library of a member is that of the organization, as it is now.
    let library_of = |org| match world.get(&Key::Organization(org)) {
        Some(Entity::Organization(org)) => Some(org.library()),
        _ => None,
    };
    let mut people = demo.people.clone();
    for person in &mut people {
        if let Role::Member { org, .. } = person.actor.role
            && let Some(library) = library_of(org)
        {
            person.actor.library = library;
        }
    }
    let mut world: Vec<Entity> = world.into_values().collect();
    // Oldest first, so that a feed's versions follow time.
    world.sort_by_key(|entity| match entity {
        Entity::Need(need) => need.updated_at,
        Entity::Order(order) => order.updated_at,
        Entity::Dispatch(dispatch) => dispatch.updated_at,
        Entity::Review(review) => review.at,
        Entity::Supply(supply) => supply.updated_at,
        Entity::Pick(pick) => pick.updated_at,
        Entity::Settings(_) | Entity::Designation(_) | Entity::Organization(_) => Millis(0),
    });
    for entities in world.chunks(AT_ONCE) {
        backend.write(Write::PutEntities(entities.to_vec())).await?;
    }
    // A list that is made up and says so; real ones are loaded by those who have them.
    let rows = loading::rows("designations.csv", DESIGNATIONS)?;
    let loader = Loader {
        user: domain::trail::TERMINAL,
        region: None,
        now: backend.clock.now(),
    };
    let loaded = backend
        .load_designations_of(rows, loader, |loading| loading.bad.is_empty())
        .await?;
    if let Some(bad) = loaded.bad_rows.first() {
        return Err(SeedError::Refused(format!("{}: {}", bad.text, bad.problem)));
    }
    let mut trail = trail.into_iter();
    loop {
        let part: Vec<Told> = trail.by_ref().take(AT_ONCE).collect();
        if part.is_empty() {
            break;
        }
        backend.write(Write::PutTrail(part)).await?;
    }
    // Jobs sent at the same time share a commit (group commit).
    try_join_all(people.iter().map(|person| put_account(backend, person))).await?;
    let invited = invitations(backend, &demo).await?;
    Ok(told(&demo, &invited))
}

/// Colleagues of the first village's cadre, who share a phone: the second one signs in, the third has an invitation.
async fn invitations(backend: &StorageBackend, demo: &Demo) -> Result<Vec<Invited>, SeedError> {
    let signs_in = |person: &&Person| person.signs_in;
    let Some(first) = demo.people.iter().find(signs_in) else {
        return Ok(Vec::new());
    };
    let colleague = |n: u8, name: &str, phone: &str, password: String| NewAccount {
        phone: phone.to_owned(),
        password,
        actor: domain::Actor {
            user: UserId::from_random([n; 16]),
            name: name.to_owned(),
            ..first.actor.clone()
        },
        active: true,
        creator: None,
    };
    let password = crate::passwords::hash(PASSWORD).map_err(StartError::from)?;
    let second = colleague(0xC1, COLLEAGUE.0, COLLEAGUE.1, password);
    backend.write(Write::PutAccount(Box::new(second))).await?;
    let mut invited = Vec::new();
    for (n, (code, name, phone)) in (0xC2..).zip(INVITED) {
        let account = colleague(n, name, phone, NO_PASSWORD.to_owned());
        let place = domain::accounts::role_line(&account.actor.role);
        backend.open_with(account, code).await?;
        invited.push(Invited { code, name, place });
    }
    Ok(invited)
}

/// An invitation of the demonstration that waits.
struct Invited {
    code: &'static str,
    name: &'static str,
    place: String,
}

/// The colleague of the first village's cadre who shares a phone with her.
const COLLEAGUE: (&str, &str) = ("吴大勇", "19900000061");
/// Codes, names and numbers of those who have not used their invitations yet.
const INVITED: [(&str, &str, &str); 2] = [
    ("K7QM4XTD", "向玉梅", "19900000062"),
    ("R3HW9EPB", "杨春兰", "19900000063"),
];

/// What is there after every step, and what each step has changed.
fn carried_out(demo: &Demo, now: Millis) -> Result<(BTreeMap<Key, Entity>, Vec<Told>), SeedError> {
    let settings = demo.settings.iter().cloned().map(Entity::from);
    let organizations = demo.organizations.iter().cloned().map(Entity::from);
    let mut world: BTreeMap<Key, Entity> = settings
        .chain(organizations)
        .map(|entity| (entity.key(), entity))
        .collect();
    let mut trail = Vec::new();
    let mut due = BTreeSet::new();
    for step in &demo.steps {
        happens(&mut due, step.at, &mut world, &mut trail)?;
        let actor = &demo.people[step.actor].actor;
        let find = |key: &Key| world.get(key).cloned();
        let decided = decide_on(&step.command, actor, step.at, find);
        let changes = decided.map_err(|rejection| {
            SeedError::Refused(format!("{}: {rejection:?}", step.command.name()))
        })?;
        for entity in changes.puts {
            due.extend(after_confirming(&entity));
            trail.push(Told {
                at: step.at,
                user: actor.user,
                command: step.command.name(),
                before: world.insert(entity.key(), entity.clone()),
                after: entity,
            });
        }
    }
    happens(&mut due, now, &mut world, &mut trail)?;
    Ok((world, trail))
}

/// What follows the confirmation of an order by itself. The rest of what is due happens when the server starts: the story is told without
/// it.
fn after_confirming(entity: &Entity) -> impl Iterator<Item = (Millis, Overdue)> + use<> {
    let key = entity.key();
    let due = entity.due().into_iter();
    due.filter(|due| matches!(due.job, Job::EndReviews | Job::AskStillInUse))
        .map(move |due| (due.at, Overdue { key, due }))
}

/// What was due by then has happened, each at its time.
fn happens(
    due: &mut BTreeSet<(Millis, Overdue)>,
    until: Millis,
    world: &mut BTreeMap<Key, Entity>,
    trail: &mut Vec<Told>,
) -> Result<(), SeedError> {
    while let Some((at, overdue)) = due.first().copied().filter(|(at, _)| *at <= until) {
        due.remove(&(at, overdue));
        let mut known = Known::default();
        let changes = loop {
            match overdue.decide(&known, at) {
                Ok(changes) => break changes.puts,
                // It is not due any more: both reviews came in.
                Err(Undecided::Rejected(_)) => break Vec::new(),
                Err(Undecided::NotLoaded(key)) => known.insert(key, world.get(&key).cloned()),
            }
        };
        for entity in changes {
            due.extend(after_confirming(&entity));
            trail.push(Told {
                at,
                user: SYSTEM,
                command: overdue.due.job.name(),
                before: world.insert(entity.key(), entity.clone()),
                after: entity,
            });
        }
    }
    Ok(())
}

async fn put_account(backend: &StorageBackend, person: &Person) -> Result<(), SeedError> {
    if person.signs_in || person.also_signs_in {
        backend
            .put_account(&person.phone, PASSWORD, person.actor.clone())
            .await?;
    } else {
        let account = NewAccount {
            phone: person.phone.clone(),
            password: NOBODY_SIGNS_IN.to_owned(),
            actor: person.actor.clone(),
            active: true,
            creator: None,
        };
        backend.write(Write::PutAccount(Box::new(account))).await?;
    }
    Ok(())
}

/// The accounts, as the terminal shows them.
fn told(demo: &Demo, invited: &[Invited]) -> String {
    let slips: Vec<String> = invited
        .iter()
        .map(|one| format!("{} 给{}（{}）", one.code, one.name, one.place))
        .collect();
    let mut text = format!(
        "演示账号（密码都是 {PASSWORD}；没用过的邀请码：{}）：\n",
        slips.join("，")
    );
    if let Some(first) = demo.people.iter().find(|p| p.signs_in) {
        let (name, phone) = COLLEAGUE;
        text.push_str(&format!("  {phone}  {name}  {}\n", role(&first.actor.role)));
    }
    let has_password = |p: &&Person| p.signs_in || p.also_signs_in;
    for person in demo.people.iter().filter(has_password) {
        let line = [&person.phone, &person.actor.name, &role(&person.actor.role)]
            .map(String::as_str)
            .join("  ");
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn role(role: &Role) -> String {
    match role {
        Role::Village { place } => format!("村干部 · {}", place.line()),
        Role::Member { org_name, .. } => format!("社会组织 · {org_name}"),
        Role::Bureau {
            region,
            region_name,
            department,
        } => {
            let level = match region.level() {
                Level::Province => "省级",
                Level::City => "市级",
                _ => "县级",
            };
            format!("{level} · {region_name}{}", department.label())
        }
        Role::Applicant => "社会组织 · 正在登记".to_owned(),
        Role::Administrator => "系统管理员".to_owned(),
    }
}
