//! The names that a new account's role carries: of its places from the table of regions, of its organization from the organization.

use crate::backend::{StorageBackend, unavailable};
use crate::regions::Regions;
use api::ApiError;
use domain::accounts::{Names, OpeningFault, Post};
use domain::{Level, Organization, RegionCode, Role};
use std::collections::{BTreeMap, BTreeSet};

/// Names that were looked up.
pub(super) struct NameBook {
    regions: Regions,
    organizations: BTreeMap<String, Organization>,
}

impl NameBook {
    /// The role of a post, and the counties that its organization serves.
    pub(super) fn role(&self, post: &Post) -> Result<(Role, Vec<RegionCode>), OpeningFault> {
        let mut serves = Vec::new();
        let names = match post {
            Post::Village(village) => {
                let place = self.regions.place(*village);
                Names::Village(place.ok_or(OpeningFault::NoSuchPlace)?)
            }
            Post::Bureau { region, .. } => {
                let name = self.regions.short_name(*region);
                Names::Bureau(name.ok_or(OpeningFault::NoSuchPlace)?)
            }
            Post::Member { org, .. } => {
                let organization = self.organizations.get(&org.to_string());
                let organization = organization.ok_or(OpeningFault::NoSuchOrganization)?;
                serves.clone_from(&organization.serves);
                Names::Organization(organization.name.clone())
            }
            Post::Applicant | Post::Administrator => return Err(OpeningFault::NotYours),
        };
        let role = post.role(names).ok_or(OpeningFault::NoSuchPlace)?;
        Ok((role, serves))
    }

    /// Where the organization of a member is registered; none for everybody else.
    pub(super) fn registered_in(&self, post: &Post) -> Option<RegionCode> {
        let Post::Member { org, .. } = post else {
            return None;
        };
        let organization = self.organizations.get(&org.to_string())?;
        Some(organization.registered_in)
    }

    /// What a place is called: short, and as the table of regions writes it.
    pub(super) fn called(&self, post: &Post) -> Vec<String> {
        let code = match post {
            Post::Village(village) => *village,
            Post::Bureau { region, .. } => *region,
            Post::Member { .. } | Post::Applicant | Post::Administrator => return Vec::new(),
        };
        let whole = self.regions.get(code).map(|region| region.name.clone());
        self.regions
            .short_name(code)
            .into_iter()
            .chain(whole)
            .collect()
    }
}

impl StorageBackend {
    /// Looks up the names of these posts.
    pub(super) async fn names(&self, posts: &[Post]) -> Result<NameBook, ApiError> {
        let mut codes = BTreeSet::new();
        let mut organizations = BTreeMap::new();
        for post in posts {
            match post {
                Post::Village(code) | Post::Bureau { region: code, .. } => {
                    codes.insert(*code);
                    codes.extend([Level::Town, Level::County, Level::City].map(|l| code.at(l)));
                }
                Post::Member { org, .. } => {
                    let code = org.to_string();
                    if !organizations.contains_key(&code)
                        && let Some(found) = self.organization(&code).await?
                    {
                        organizations.insert(code, found);
                    }
                }
                Post::Applicant | Post::Administrator => {}
            }
        }
        let codes: Vec<RegionCode> = codes.into_iter().collect();
        let regions = self
            .storage
            .regions_by_code(&codes, self.clock.now().day())
            .await;
        let regions = regions.map_err(|e| unavailable(&e))?;
        Ok(NameBook {
            regions: Regions::of(regions),
            organizations,
        })
    }

    /// The regions of a level inside a region, with names for people: of a village with its town. Those that exist for statistics only
    /// are left out.
    pub(super) async fn names_inside(
        &self,
        region: RegionCode,
        level: Level,
    ) -> Result<Vec<(RegionCode, String)>, ApiError> {
        let today = self.clock.now().day();
        let found = self
            .storage
            .regions_inside(Some(region), level, today)
            .await;
        let found = found.map_err(|e| unavailable(&e))?;
        if level != Level::Village {
            return Ok(found.into_iter().map(|r| (r.code, r.name)).collect());
        }
        let above: BTreeSet<RegionCode> = found
            .iter()
            .flat_map(|r| [Level::Town, Level::County, Level::City].map(|l| r.code.at(l)))
            .collect();
        let above: Vec<RegionCode> = above.into_iter().collect();
        let mut rows = self
            .storage
            .regions_by_code(&above, today)
            .await
            .map_err(|e| unavailable(&e))?;
        let villages: Vec<RegionCode> = found
            .iter()
            .filter(|region| !region.is_statistical())
            .map(|region| region.code)
            .collect();
        rows.extend(found);
        rows.sort_unstable_by_key(|region| region.code);
        let regions = Regions::of(rows);
        let is_one_town = region.level() == Level::Town;
        let name = |village: RegionCode| {
            let place = regions.place(village)?;
            Some(if is_one_town {
                place.village_name
            } else {
                format!("{} {}", place.town_name, place.village_name)
            })
        };
        let named = villages.into_iter();
        Ok(named
            .filter_map(|village| Some((village, name(village)?)))
            .collect())
    }
}
