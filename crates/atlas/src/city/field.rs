//! Where each district lies and how dense the city is at a place.

use super::outline;
use super::plan::Plan;
use super::plane::{Km, Plane};
use super::seeded::{Noise, Seeded};
use crate::coords::LonLat;

/// Mesh cells in the city: about eleven to a basic grid.
const MESH_CELLS: f64 = 55_000.0;
/// Side of the cells of the coarse raster on which areas are balanced, kilometres.
pub const STEP_KM: f64 = 0.5;
/// How far beyond the outline the mesh goes on, kilometres.
const COLLAR_KM: f64 = 4.0;
/// A district whose centre is nearer to the city's core than this leans on the core.
const CORE_REACH_KM: f64 = 30.0;

/// A district as the field knows it.
struct Basin {
    site: Km,
    /// Weight in the power diagram, km².
    weight: f64,
    /// The middle of what is urban here: the city's core, or the district's own centre.
    focus: Km,
    /// How much denser the focus is than the country.
    crest: f64,
    /// Mesh cells per km² in the open country.
    base: f64,
}

/// Districts and density over the plane.
pub struct Field {
    pub plane: Plane,
    ring: Vec<Km>,
    basins: Vec<Basin>,
    bend: [Noise; 2],
}

impl Field {
    pub fn new(plan: &Plan, random: &mut Seeded) -> Self {
        let anchors: Vec<_> = plan.districts.iter().map(|d| &d.anchor).collect();
        let count = anchors.len() as f64;
        let plane = Plane::new(LonLat {
            lon: anchors.iter().map(|a| a.lon).sum::<f64>() / count,
            lat: anchors.iter().map(|a| a.lat).sum::<f64>() / count,
        });
        let total = anchors.iter().map(|a| a.area_km2).sum();
        let sites: Vec<Km> = anchors.iter().map(|a| plane.to_km(a.lon, a.lat)).collect();
        let areas: Vec<f64> = anchors.iter().map(|a| a.area_km2).collect();
        let core = core(&sites, &areas);
        let basins = sites
            .iter()
            .map(|&site| {
                let leans = site.squared_distance(core) < CORE_REACH_KM * CORE_REACH_KM;
                let (focus, crest) = if leans { (core, 14.0) } else { (site, 9.0) };
                Basin {
                    site,
                    weight: 0.0,
                    focus,
                    crest,
                    base: 1.0,
                }
            })
            .collect();
        let bend = [
            Noise::new(random.number(), 7.0),
            Noise::new(random.number(), 7.0),
        ];
        let mut field = Self {
            plane,
            ring: outline::ring(plane, total),
            basins,
            bend,
        };
        let raster = field.raster();
        field.balance(&raster, &areas);
        let room: Vec<f64> = plan
            .districts
            .iter()
            .map(super::plan::District::room)
            .collect();
        field.set_density(&raster, &room);
        field
    }

    /// The middle of what is urban in a district.
    pub fn focus(&self, district: usize) -> Km {
        self.basins[district].focus
    }

    /// The district at a place, outside the outline too.
    pub fn district(&self, p: Km) -> usize {
        self.nearest(self.bent(p))
    }

    /// Whether the place is in the city.
    pub fn inside(&self, p: Km) -> bool {
        outline::holds(&self.ring, self.bent(p))
    }

    /// Mesh cells per km² at a place.
    pub fn density(&self, p: Km) -> f64 {
        let basin = &self.basins[self.district(p)];
        basin.base * basin.relief(p)
    }

    /// South-west corner and numbers of columns and rows of the raster, collar included.
    pub fn extent(&self) -> (Km, usize, usize) {
        let fold = |f: fn(f64, f64) -> f64, of: fn(&Km) -> f64| {
            self.ring.iter().map(of).reduce(f).unwrap_or_default()
        };
        let low = Km {
            x: fold(f64::min, |p| p.x) - COLLAR_KM,
            y: fold(f64::min, |p| p.y) - COLLAR_KM,
        };
        let columns = (fold(f64::max, |p| p.x) + COLLAR_KM - low.x) / STEP_KM;
        let rows = (fold(f64::max, |p| p.y) + COLLAR_KM - low.y) / STEP_KM;
        (low, columns as usize + 1, rows as usize + 1)
    }

    /// Whether the mesh must reach this place: inside, or close to the outline.
    pub fn in_collar(&self, p: Km) -> bool {
        let near = |&(dx, dy): &(f64, f64)| {
            self.inside(Km {
                x: p.x + dx,
                y: p.y + dy,
            })
        };
        let d = COLLAR_KM * 0.7;
        let round = [
            (0.0, 0.0),
            (d, 0.0),
            (-d, 0.0),
            (0.0, d),
            (0.0, -d),
            (d, d),
            (d, -d),
            (-d, d),
            (-d, -d),
        ];
        round.iter().any(near)
    }

    /// Borders bend a little, as if along water and roads.
    fn bent(&self, p: Km) -> Km {
        let [east, north] = &self.bend;
        Km {
            x: p.x + 1.6 * east.at(p.x, p.y),
            y: p.y + 1.6 * north.at(p.x, p.y),
        }
    }

    fn nearest(&self, p: Km) -> usize {
        let reach = |b: &Basin| b.site.squared_distance(p) - b.weight;
        let by_reach =
            |a: &usize, b: &usize| reach(&self.basins[*a]).total_cmp(&reach(&self.basins[*b]));
        (0..self.basins.len()).min_by(by_reach).unwrap_or_default()
    }

    /// The raster's points inside the city: as they are and bent.
    fn raster(&self) -> Vec<(Km, Km)> {
        let (low, columns, rows) = self.extent();
        let place = |i: usize| Km {
            x: low.x + ((i % columns) as f64 + 0.5) * STEP_KM,
            y: low.y + ((i / columns) as f64 + 0.5) * STEP_KM,
        };
        let places = (0..columns * rows).map(place).map(|p| (p, self.bent(p)));
        places
            .filter(|(_, bent)| outline::holds(&self.ring, *bent))
            .collect()
    }

    /// Sets the power diagram's weights so that each district has its share of the area.
    fn balance(&mut self, raster: &[(Km, Km)], areas: &[f64]) {
        let total: f64 = areas.iter().sum();
        let piece = total / raster.len().max(1) as f64;
        for round in 0..120 {
            let mut found = vec![0.0; areas.len()];
            for &(_, bent) in raster {
                found[self.nearest(bent)] += piece;
            }
            let gain = if round < 80 { 0.6 } else { 0.25 };
            for (basin, (wanted, found)) in self.basins.iter_mut().zip(areas.iter().zip(found)) {
                basin.weight += gain * (wanted - found);
            }
        }
    }

    /// Sets each district's base so that the mesh has cells in proportion to the room it needs.
    fn set_density(&mut self, raster: &[(Km, Km)], room: &[f64]) {
        let mut found = vec![0.0; room.len()];
        for &(p, bent) in raster {
            let district = self.nearest(bent);
            found[district] += self.basins[district].relief(p) * STEP_KM * STEP_KM;
        }
        let total: f64 = room.iter().sum();
        for (basin, (room, found)) in self.basins.iter_mut().zip(room.iter().zip(found)) {
            basin.base = MESH_CELLS * room / total / f64::max(found, STEP_KM);
        }
    }
}

impl Basin {
    /// Density relative to the open country: a bell about the focus, five kilometres wide.
    fn relief(&self, p: Km) -> f64 {
        let bell = 1.0 / (1.0 + self.focus.squared_distance(p) / 40.0);
        1.0 + self.crest * bell * bell
    }
}

/// The city's core: the districts' mean, by how small they are (a small district is a dense one).
fn core(sites: &[Km], areas: &[f64]) -> Km {
    let weights = areas.iter().map(|a| 1.0 / (a * a));
    let sum: f64 = weights.clone().sum();
    sites
        .iter()
        .zip(weights)
        .fold(Km::default(), |at, (site, weight)| Km {
            x: at.x + site.x * weight / sum,
            y: at.y + site.y * weight / sum,
        })
}
