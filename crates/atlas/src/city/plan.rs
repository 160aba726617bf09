//! What is to be drawn: which divisions, how many grids each community has, how much room each needs.

use std::collections::BTreeMap;

use super::seeded::Seeded;
use super::{Anchor, BASIC_GRIDS, CityError, Division};
use crate::codes::{DivisionCode, Level};

/// Part of the stream space that the plan uses, apart from the attempts'.
const PLAN_STREAM: u64 = 1 << 32;

/// The divisions to draw, with numbers of grids and room.
pub struct Plan {
    pub city: Division,
    pub districts: Vec<District>,
}

pub struct District {
    pub division: Division,
    pub anchor: Anchor,
    pub towns: Vec<Town>,
}

pub struct Town {
    pub division: Division,
    /// 0 rural … 2 the middle of the city.
    pub urban: f64,
    pub communities: Vec<Community>,
}

pub struct Community {
    pub division: Division,
    /// Basic grids, ≥ 1.
    pub grids: usize,
    /// A neighbourhood (居委会), not a village (村委会).
    pub urban: bool,
}

impl Community {
    /// Room relative to others nearby: a rural grid is larger than an urban one.
    pub fn room(&self) -> f64 {
        self.grids as f64 * if self.urban { 0.75 } else { 1.2 }
    }
}

impl Town {
    pub fn room(&self) -> f64 {
        self.communities.iter().map(Community::room).sum()
    }

    pub fn grids(&self) -> usize {
        self.communities.iter().map(|c| c.grids).sum()
    }
}

impl District {
    pub fn room(&self) -> f64 {
        self.towns.iter().map(Town::room).sum()
    }
}

impl Plan {
    pub fn new(divisions: &[Division], anchors: &[Anchor], seed: u64) -> Result<Self, CityError> {
        let mut children: BTreeMap<DivisionCode, Vec<&Division>> = BTreeMap::new();
        for d in divisions {
            children.entry(d.parent).or_default().push(d);
        }
        children
            .values_mut()
            .for_each(|list| list.sort_by_key(|d| d.code));
        let mut cities = divisions.iter().filter(|d| d.level == Level::City);
        let (Some(city), None) = (cities.next(), cities.next()) else {
            return Err(CityError::NotOneCity);
        };
        let below = |d: &Division| children.get(&d.code).map_or(&[][..], Vec::as_slice);
        let mut districts = Vec::new();
        for district in below(city) {
            let anchor = anchors.iter().find(|a| a.code == district.code);
            let anchor = anchor.ok_or(CityError::Incomplete(district.code))?.clone();
            let towns = below(district).iter().filter(|t| !t.name.contains("监狱"));
            let towns = towns
                .map(|t| town(t, below(t)))
                .collect::<Result<Vec<_>, _>>()?;
            if towns.is_empty() {
                return Err(CityError::Incomplete(district.code));
            }
            districts.push(District {
                division: (*district).clone(),
                anchor,
                towns,
            });
        }
        if districts.is_empty() {
            return Err(CityError::Incomplete(city.code));
        }
        let mut plan = Self {
            city: city.clone(),
            districts,
        };
        plan.share_out_grids(seed)?;
        Ok(plan)
    }

    pub fn towns(&self) -> impl Iterator<Item = &Town> {
        self.districts.iter().flat_map(|d| &d.towns)
    }

    pub fn communities(&self) -> impl Iterator<Item = &Community> {
        self.towns().flat_map(|t| &t.communities)
    }

    /// Gives each community one grid and shares out the rest by largest remainder.
    fn share_out_grids(&mut self, seed: u64) -> Result<(), CityError> {
        let mut random = Seeded::new(seed, PLAN_STREAM);
        let weights: Vec<f64> = self
            .communities()
            .map(|c| random.between(0.5, 1.5) * if c.urban { 1.15 } else { 0.85 })
            .collect();
        let rest = BASIC_GRIDS
            .checked_sub(weights.len())
            .ok_or(CityError::TooManyCommunities)?;
        let extra = largest_remainder(&weights, rest);
        let communities = self.districts.iter_mut().flat_map(|d| &mut d.towns);
        let communities = communities.flat_map(|t| &mut t.communities);
        communities.zip(extra).for_each(|(c, n)| c.grids = 1 + n);
        Ok(())
    }
}

fn town(division: &Division, communities: &[&Division]) -> Result<Town, CityError> {
    let communities: Vec<Community> = communities
        .iter()
        .map(|c| Community {
            division: (*c).clone(),
            grids: 1,
            urban: !c.name.contains("村委"),
        })
        .collect();
    if communities.is_empty() {
        return Err(CityError::Incomplete(division.code));
    }
    let urban = communities.iter().filter(|c| c.urban).count() as f64 / communities.len() as f64;
    let street = if division.name.ends_with("街道") {
        1.0
    } else {
        0.0
    };
    Ok(Town {
        division: division.clone(),
        urban: urban + street,
        communities,
    })
}

/// Shares `total` out by `weights`; the sum is exact, ties go to the first.
pub fn largest_remainder(weights: &[f64], total: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|w| w / sum * total as f64).collect();
    let mut shares: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (exact[b] - exact[b].floor()).total_cmp(&(exact[a] - exact[a].floor())));
    let missing = total.saturating_sub(shares.iter().sum());
    order.into_iter().take(missing).for_each(|i| shares[i] += 1);
    shares
}

/// A community's name without the committee: 朝阳花园社区居委会 → 朝阳花园社区, 某某村委会 → 某某村.
#[must_use]
pub fn short_name(name: &str) -> &str {
    let name = name.split('（').next().unwrap_or(name);
    let name = name
        .strip_suffix("委会")
        .or_else(|| name.strip_suffix("民委员会"))
        .unwrap_or(name);
    name.strip_suffix('居')
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name)
}
