//! The people of the demonstration, all invented: villages' cadres, organizations with their members, officers.

use super::random::Random;
use super::texts::{OrgPattern, Texts};
use super::{DEMO_ORGANIZATIONS, Person};
use crate::regions::Regions;
use domain::organizations::Rating;
use domain::{
    Actor, Contact, CreditCode, Day, Department, Level, OrgKind, Organization, Place, RegionCode,
    Role, Topic, UserId,
};
use std::collections::{BTreeMap, BTreeSet};

/// An index into [`Cast::people`].
pub(super) type PersonNo = usize;

/// Everybody, found by what they do.
pub(super) struct Cast<'a> {
    texts: &'a Texts,
    pub(super) people: Vec<Person>,
    pub(super) organizations: Vec<OrgPart>,
    cadres: BTreeMap<RegionCode, PersonNo>,
    officers: BTreeMap<(RegionCode, Department), PersonNo>,
}

/// An organization, what it works on and who acts for it.
pub(super) struct OrgPart {
    pub(super) organization: Organization,
    pub(super) topics: Vec<Topic>,
    pub(super) members: Vec<PersonNo>,
    /// Orders that will be open at the end.
    pub(super) open: u32,
}

/// A person before a name and a number are found.
pub(super) struct Casting {
    pub(super) name: Option<&'static str>,
    pub(super) role: Role,
    pub(super) library: Vec<RegionCode>,
    pub(super) signs_in: bool,
}

/// 199-0000-xxxx: a range that belongs to nobody.
const FIRST_PHONE: u64 = 19_900_000_000;
/// The people who sign in have the numbers from 1 on, all others from here on.
const FIRST_SILENT_PHONE: u64 = 101;

impl<'a> Cast<'a> {
    pub(super) fn new(texts: &'a Texts) -> Self {
        Self {
            texts,
            people: Vec::new(),
            organizations: Vec::new(),
            cadres: BTreeMap::new(),
            officers: BTreeMap::new(),
        }
    }

    /// Adds a person; the number tells them in [`Cast::people`].
    pub(super) fn add(&mut self, casting: Casting) -> PersonNo {
        let no = self.people.len();
        let mut random = Random::of("person", no as u64);
        let west = match &casting.role {
            Role::Village { place } => self.texts.is(&place.county_name, "west"),
            Role::Bureau { region_name, .. } => self.texts.is(region_name, "west"),
            _ => false,
        };
        let name = casting
            .name
            .map_or_else(|| self.name(west, &mut random), str::to_owned);
        let signed_in = self.people.iter().filter(|person| person.signs_in).count() as u64;
        let phone = FIRST_PHONE
            + if casting.signs_in {
                1 + signed_in
            } else {
                FIRST_SILENT_PHONE + no as u64
            };
        self.people.push(Person {
            actor: Actor {
                user: UserId::from_random(random.bytes()),
                name,
                role: casting.role,
                library: casting.library,
            },
            phone: phone.to_string(),
            signs_in: casting.signs_in,
            also_signs_in: false,
        });
        let actor = &self.people[no].actor;
        match &actor.role {
            Role::Village { place } => {
                self.cadres.entry(place.village).or_insert(no);
            }
            Role::Bureau {
                region, department, ..
            } => {
                self.officers.entry((*region, *department)).or_insert(no);
            }
            Role::Member { .. } | Role::Applicant | Role::Administrator => {}
        }
        no
    }

    /// Somebody signs in with this number, although they have none of the demonstration accounts.
    pub(super) fn gets_password(&mut self, no: PersonNo, phone: &str) {
        let person = &mut self.people[no];
        phone.clone_into(&mut person.phone);
        person.also_signs_in = true;
    }

    fn name(&self, west: bool, random: &mut Random) -> String {
        let surnames = if west {
            "surnames of the west"
        } else {
            "surnames"
        };
        format!(
            "{}{}",
            self.texts.any(surnames, random),
            self.texts.any("given names", random)
        )
    }

    /// The cadre of a village, who is found when first asked for.
    pub(super) fn cadre(&mut self, place: &Place) -> PersonNo {
        match self.cadres.get(&place.village) {
            Some(no) => *no,
            None => self.add(Casting {
                name: None,
                role: Role::Village {
                    place: place.clone(),
                },
                library: vec![place.county()],
                signs_in: false,
            }),
        }
    }

    /// The officer of a county's department, who is found when first asked for.
    pub(super) fn officer(
        &mut self,
        county: RegionCode,
        name: &str,
        department: Department,
    ) -> PersonNo {
        match self.officers.get(&(county, department)) {
            Some(no) => *no,
            None => self.add(Casting {
                name: None,
                role: Role::Bureau {
                    region: county,
                    region_name: name.to_owned(),
                    department,
                },
                library: vec![county],
                signs_in: false,
            }),
        }
    }

    /// How to reach a person.
    pub(super) fn contact(&self, no: PersonNo) -> Contact {
        let person = &self.people[no];
        Contact {
            name: person.actor.name.clone(),
            phone: person.phone.clone(),
        }
    }

    /// The organizations that work on a topic in a county; where there are none, all that serve it.
    pub(super) fn serving(&self, county: RegionCode, topic: Topic) -> Vec<usize> {
        let serves = |part: &OrgPart| part.organization.serves.contains(&county);
        let able = |fits: &dyn Fn(&OrgPart) -> bool| -> Vec<usize> {
            let parts = self.organizations.iter().enumerate();
            parts
                .filter(|(_, part)| fits(part))
                .map(|(no, _)| no)
                .collect()
        };
        let here = able(&|part| serves(part) && part.topics.contains(&topic));
        if here.is_empty() { able(&serves) } else { here }
    }
}

/// How many organizations of each level, the three of the demonstration accounts included.
const PROVINCE: usize = 36;
const CITY: usize = 84;
const COUNTY: usize = 80;

/// Fills the cast with 200 organizations: those of the demonstration accounts first.
pub(super) fn organizations(cast: &mut Cast<'_>, regions: &Regions, today: Day) {
    let mut names = BTreeSet::new();
    let mut serial = 0;
    for demo in &DEMO_ORGANIZATIONS {
        let Some(region) = demo.registered_in.parse().ok() else {
            continue;
        };
        names.insert(demo.name.to_owned());
        serial += 1;
        let prefix = demo.prefix;
        let rating = demo.grade.map(|grade| Rating {
            grade,
            until: today.plus(900),
        });
        let serves = regions
            .inside(region)
            .filter(|row| row.level() == Level::County);
        let mut serves: Vec<RegionCode> = serves.map(|row| row.code).collect();
        if serves.is_empty() {
            serves.push(region);
        }
        let Some(mut organization) = registered(prefix, region, serial, demo.name, serves, rating)
        else {
            continue;
        };
        organization.directions = demo.topics.to_vec();
        organization.whole = whole(regions, &organization.serves);
        let member = member_of(cast, &organization, Some(demo.member), true);
        let second = member_of(cast, &organization, None, false);
        cast.organizations.push(OrgPart {
            organization,
            topics: demo.topics.to_vec(),
            members: vec![member, second],
            open: 0,
        });
    }
    let demo = |level: Level| {
        let at_level = |org: &&super::DemoOrganization| {
            org.registered_in
                .parse()
                .is_ok_and(|code: RegionCode| code.level() == level)
        };
        DEMO_ORGANIZATIONS.iter().filter(at_level).count()
    };
    let homes = |level: Level, wanted: usize| {
        let all: Vec<RegionCode> = regions.level(level).map(|row| row.code).collect();
        let mut random = Random::of("homes", level as u64);
        let turn = random.index(all.len());
        // Counties far apart, cities in turn.
        let step = if level == Level::County { 37 } else { 1 };
        (0..wanted - demo(level))
            .filter_map(move |n| all.get((turn + n * step) % all.len()).copied())
    };
    let all: Vec<RegionCode> = homes(Level::Province, PROVINCE)
        .chain(homes(Level::City, CITY))
        .chain(homes(Level::County, COUNTY))
        .collect();
    for region in all {
        serial += 1;
        add_invented(cast, regions, region, serial, &mut names, today);
    }
}

fn add_invented(
    cast: &mut Cast<'_>,
    regions: &Regions,
    region: RegionCode,
    serial: u32,
    names: &mut BTreeSet<String>,
    today: Day,
) {
    let mut random = Random::of("organization", u64::from(serial));
    let texts = cast.texts;
    let Some(home) = regions.get(region) else {
        return;
    };
    // Foundations are registered higher up more often than in counties.
    let urban = texts.is(&home.name, "urban");
    let weight = |pattern: &OrgPattern| match (pattern.kind, region.level()) {
        _ if urban && pattern.topics.contains(&Topic::Industry) => 0,
        (OrgKind::Foundation, Level::Province) => 12,
        (OrgKind::Foundation, Level::City) => 3,
        (OrgKind::Foundation, _) => 1,
        _ => 5,
    };
    for _ in 0..50 {
        let Some(pattern) = random.weighted(&texts.patterns, weight) else {
            return;
        };
        let core = texts.any("cores of organization names", &mut random);
        let name = format!("{}{core}{}", home.name, pattern.name);
        if !names.insert(name.clone()) {
            continue;
        }
        let serves = served(regions, region, &mut random);
        let rating = rating(today, &mut random);
        let Some(mut organization) =
            registered(&pattern.prefix, region, serial, &name, serves, rating)
        else {
            return;
        };
        organization.directions.clone_from(&pattern.topics);
        organization.whole = whole(regions, &organization.serves);
        let mut members = vec![member_of(cast, &organization, None, true)];
        if random.percent(60) {
            members.push(member_of(cast, &organization, None, false));
        }
        cast.organizations.push(OrgPart {
            organization,
            topics: pattern.topics.clone(),
            members,
            open: 0,
        });
        return;
    }
}

/// The province, or the cities, of which all counties are among these.
fn whole(regions: &Regions, serves: &[RegionCode]) -> Vec<RegionCode> {
    let is_whole = |of: RegionCode| {
        let inside = regions.inside(of);
        let mut counties = inside
            .filter(|row| row.level() == Level::County)
            .map(|row| row.code)
            .peekable();
        counties.peek().is_some() && counties.all(|county| serves.contains(&county))
    };
    let all = |level| regions.level(level).map(|row| row.code);
    let mut whole: Vec<RegionCode> = all(Level::Province).filter(|p| is_whole(*p)).collect();
    if whole.is_empty() {
        whole.extend(all(Level::City).filter(|city| is_whole(*city)));
    }
    whole
}

/// An organization of a county serves it and sometimes its neighbours, one of a city its counties, one of the province
/// a few cities.
fn served(regions: &Regions, region: RegionCode, random: &mut Random) -> Vec<RegionCode> {
    let counties_in = |of: RegionCode| {
        let inside = regions
            .inside(of)
            .filter(|row| row.level() == Level::County);
        inside.map(|row| row.code).collect::<Vec<_>>()
    };
    let mut serves = match region.level() {
        Level::Province => {
            let cities: Vec<RegionCode> = regions.level(Level::City).map(|row| row.code).collect();
            let first = random.index(cities.len());
            let many = random.between(2, 5);
            (0..many)
                .filter_map(|n| {
                    cities.get((first + usize::try_from(n * 3).unwrap_or(0)) % cities.len())
                })
                .flat_map(|city| counties_in(*city))
                .collect()
        }
        Level::City => counties_in(region),
        _ => {
            let beside = counties_in(region.at(Level::City));
            let mut own = vec![region];
            if random.percent(35) {
                own.extend(random.pick(&beside).copied());
            }
            own
        }
    };
    serves.sort_unstable();
    serves.dedup();
    serves
}

/// Half of them are rated (等级评估), most of these 3A.
fn rating(today: Day, random: &mut Random) -> Option<Rating> {
    let grades = [(2_u8, 1_u32), (3, 5), (4, 3), (5, 2)];
    let (grade, _) = random.weighted(&grades, |(_, weight)| *weight)?;
    let until = today.plus(i32::try_from(random.between(60, 1_700)).unwrap_or(0));
    random.percent(55).then_some(Rating {
        grade: *grade,
        until,
    })
}

/// An organization whose code passes the check of GB 32100-2015: kind, county of registration, a number of its own.
fn registered(
    prefix: &str,
    region: RegionCode,
    serial: u32,
    name: &str,
    serves: Vec<RegionCode>,
    rating: Option<Rating>,
) -> Option<Organization> {
    let division = region.number() / 1_000_000;
    let code = CreditCode::complete(&format!("{prefix}{division}50{:07}", 1_000 + serial * 37))?;
    Some(Organization {
        serves,
        rating,
        approved: true,
        ..Organization::new(code, name.to_owned(), region)
    })
}

fn member_of(
    cast: &mut Cast<'_>,
    organization: &Organization,
    name: Option<&'static str>,
    owner: bool,
) -> PersonNo {
    cast.add(Casting {
        name,
        role: Role::Member {
            org: organization.code,
            org_name: organization.name.clone(),
            owner,
        },
        library: organization.serves.clone(),
        signs_in: name.is_some(),
    })
}
