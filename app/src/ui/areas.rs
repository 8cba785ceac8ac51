//! The province with its cities and counties, as forms offer them and pages name them. Fetched once and kept on the device.

use crate::desk::Desk;
use crate::device::remote;
use api::Area;
use domain::{Level, RegionCode};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Under this name they are kept.
const KEPT: &str = "kept/areas";

/// The areas as far as they are known.
#[derive(Clone, Copy)]
pub struct Areas {
    /// By code: the province, each city, each county. None while they are read for the first time.
    pub all: RwSignal<Option<Vec<Area>>>,
}

impl Areas {
    /// Those that are kept, and then the server's.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let all = RwSignal::new(None);
        spawn_local(async move {
            let kept = desk.draft::<Vec<Area>>(KEPT).await;
            let is_there = kept.is_some();
            if is_there {
                all.try_set(kept);
            }
            match remote::areas().await {
                Ok(now) => {
                    // If they cannot be kept, they are fetched again next time.
                    let _kept = desk.put_draft(KEPT, &now).await;
                    all.try_set(Some(now));
                }
                Err(_) if is_there => {}
                Err(_) => {
                    all.try_set(Some(Vec::new()));
                }
            }
        });
        Self { all }
    }

    /// The name of a region; its code where the name is not known.
    #[must_use]
    pub fn name(self, code: RegionCode) -> String {
        self.all.with(|all| {
            let found = all.iter().flatten().find(|area| area.code == code);
            found.map_or_else(|| code.to_string(), |area| area.name.clone())
        })
    }

    /// The counties of a city or of the province.
    #[must_use]
    pub fn counties(self, of: RegionCode) -> Vec<RegionCode> {
        self.all.with(|all| {
            let all = all.iter().flatten().map(|area| area.code);
            all.filter(|code| code.level() == Level::County && of.contains(*code))
                .collect()
        })
    }

    /// The cities, or the province, of which all counties are among these; nothing while the table is not known.
    #[must_use]
    pub fn whole(self, counties: &[RegionCode]) -> Option<Vec<RegionCode>> {
        self.all.with(|all| {
            let all = all.as_ref().filter(|all| !all.is_empty())?;
            let of = |level| {
                all.iter()
                    .map(|a| a.code)
                    .filter(move |c: &RegionCode| c.level() == level)
            };
            let is_whole = |region: &RegionCode| {
                let mut inside = of(Level::County).filter(|c| region.contains(*c)).peekable();
                inside.peek().is_some() && inside.all(|c| counties.contains(&c))
            };
            let mut whole: Vec<RegionCode> = of(Level::Province).filter(is_whole).collect();
            let cities = of(Level::City).filter(|c| !whole.iter().any(|w| w.contains(*c)));
            let cities: Vec<RegionCode> = cities.filter(is_whole).collect();
            whole.extend(cities);
            Some(whole)
        })
    }

    /// What an organization serves, in few words: the whole province and whole cities by their name.
    #[must_use]
    pub fn served(self, serves: &[RegionCode]) -> String {
        let known = self
            .all
            .with(|all| all.as_ref().is_some_and(|all| !all.is_empty()));
        if !known {
            return format!("{} 个县（市、区）", serves.len());
        }
        let mut names = Vec::new();
        let mut done: Vec<RegionCode> = Vec::new();
        let whole = self.whole(serves).unwrap_or_default();
        if let Some(province) = whole.iter().find(|code| code.level() == Level::Province) {
            return format!("{}全省", self.name(*province));
        }
        for county in serves {
            let city = county.at(Level::City);
            if done.contains(&city) {
                continue;
            }
            let of_city = self.counties(city);
            if of_city.len() > 1 && of_city.iter().all(|c| serves.contains(c)) {
                done.push(city);
                names.push(format!("{}全市（州）", self.name(city)));
            } else {
                names.push(self.name(*county));
            }
        }
        names.join("、")
    }
}
