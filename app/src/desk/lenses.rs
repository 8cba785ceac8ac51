//! Designations that this device knows, to look at needs through them (lens). All functions here are tracked.

use crate::desk::Desk;
use domain::Facts;
use domain::designations::Lens;
use std::collections::BTreeSet;

impl Desk {
    /// The names of the lists that hold today. Tracked.
    #[must_use]
    pub fn lenses(self) -> Vec<String> {
        let today = self.today();
        let held = self.list(|facts| matches!(facts, Facts::Designation(one) if one.holds(today)));
        let names: BTreeSet<String> = held
            .into_iter()
            .map(|item| item.summary.title().to_owned())
            .collect();
        names.into_iter().collect()
    }

    /// The regions of a list that holds today. Tracked.
    #[must_use]
    pub fn lens(self, name: &str) -> Lens {
        let today = self.today();
        let held = self.list(|facts| matches!(facts, Facts::Designation(one) if one.holds(today)));
        let regions = held.into_iter().filter_map(|item| {
            let summary = item.summary.designation()?;
            (summary.texts.name == name).then_some(summary.facts.region)
        });
        Lens::new(regions.collect())
    }
}
