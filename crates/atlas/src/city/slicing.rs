//! Who owns each mesh cell: sets of cells are halved until each division and grid has its own.

use super::districts;
use super::field::Field;
use super::mesh::{Mesh, NONE};
use super::plan::{Community, Plan, Town};
use super::plane::Km;
use super::seeded::{Noise, Seeded};

/// The least mesh cells of a basic grid.
const LEAST_CELLS: usize = 3;
/// Directions tried for a cut before the attempt is given up.
const CUTS: usize = 40;

/// The owner of each mesh cell by level, as index in the plan's order; [`NONE`] outside the city.
pub struct Owners {
    pub district: Vec<u32>,
    pub town: Vec<u32>,
    pub community: Vec<u32>,
    pub grid: Vec<u32>,
}

/// Something that needs its share of the cells.
#[derive(Clone, Copy)]
struct Claim {
    id: u32,
    room: f64,
    least: usize,
}

/// Gives every cell in the city its owners; `None` when no cut leaves connected parts.
pub fn assign(plan: &Plan, field: &Field, mesh: &Mesh, random: &mut Seeded) -> Option<Owners> {
    let blank = || vec![NONE; mesh.len()];
    let mut owners = Owners {
        district: districts::assign(plan, field, mesh)?,
        town: blank(),
        community: blank(),
        grid: blank(),
    };
    let mut knife = Knife::new(mesh);
    knife.towns(plan, field, &mut owners, random)?;
    knife.communities(plan, field, &mut owners, random)?;
    knife.grids(plan, &mut owners, random)?;
    Some(owners)
}

/// The cells of each owner, in order.
pub fn grouped(owner: &[u32], count: usize) -> Vec<Vec<u32>> {
    let mut groups = vec![Vec::new(); count];
    for (cell, &o) in owner.iter().enumerate().filter(|(_, o)| **o != NONE) {
        groups[o as usize].push(cell as u32);
    }
    groups
}

/// Cuts sets of cells; holds marks so that a cut costs only as much as the set is large.
struct Knife<'a> {
    mesh: &'a Mesh,
    /// The number of the set a cell was last in.
    set: Vec<u32>,
    /// Which half a cell of the present set is in.
    side: Vec<bool>,
    stamp: u32,
}

impl<'a> Knife<'a> {
    fn new(mesh: &'a Mesh) -> Self {
        Self {
            mesh,
            set: vec![0; mesh.len()],
            side: vec![false; mesh.len()],
            stamp: 0,
        }
    }

    /// Shares each district out among its towns, streets of the city first.
    fn towns(
        &mut self,
        plan: &Plan,
        field: &Field,
        owners: &mut Owners,
        random: &mut Seeded,
    ) -> Option<()> {
        let mut first = 0;
        let groups = grouped(&owners.district, plan.districts.len());
        for (d, (district, cells)) in plan.districts.iter().zip(groups).enumerate() {
            let towns = &district.towns;
            let claim = |(id, t): (u32, &Town)| Claim {
                id,
                room: t.room(),
                least: t.grids() * LEAST_CELLS,
            };
            let mut claims: Vec<Claim> = (first..).zip(towns).map(claim).collect();
            let urban = |c: &Claim| towns[(c.id - first) as usize].urban;
            claims.sort_by(|a, b| urban(b).total_cmp(&urban(a)));
            self.slice(cells, &claims, field.focus(d), random, &mut owners.town)?;
            first += towns.len() as u32;
        }
        Some(())
    }

    /// Shares each town out among its communities, neighbourhoods before villages.
    fn communities(
        &mut self,
        plan: &Plan,
        field: &Field,
        owners: &mut Owners,
        random: &mut Seeded,
    ) -> Option<()> {
        let mut first = 0;
        let groups = grouped(&owners.town, plan.towns().count());
        for (town, cells) in plan.towns().zip(groups) {
            let focus = field.focus(owners.district[*cells.first()? as usize] as usize);
            let claim = |(id, c): (u32, &Community)| Claim {
                id,
                room: c.room(),
                least: c.grids * LEAST_CELLS,
            };
            let mut claims: Vec<Claim> = (first..).zip(&town.communities).map(claim).collect();
            // The first claims get the end nearer to the middle.
            claims.sort_by_key(|c| !town.communities[(c.id - first) as usize].urban);
            self.slice(cells, &claims, focus, random, &mut owners.community)?;
            first += town.communities.len() as u32;
        }
        Some(())
    }

    /// Shares each community out among its basic grids.
    fn grids(&mut self, plan: &Plan, owners: &mut Owners, random: &mut Seeded) -> Option<()> {
        let mut first = 0;
        let groups = grouped(&owners.community, plan.communities().count());
        for (community, cells) in plan.communities().zip(groups) {
            let ids = first..first + community.grids as u32;
            first = ids.end;
            let claims: Vec<Claim> = ids
                .map(|id| Claim {
                    id,
                    room: random.between(0.8, 1.25),
                    least: LEAST_CELLS,
                })
                .collect();
            let focus = self.mesh.places[*cells.first()? as usize];
            self.slice(cells, &claims, focus, random, &mut owners.grid)?;
        }
        Some(())
    }

    /// Shares `cells` out; the first claims get the end nearer to `focus`.
    fn slice(
        &mut self,
        cells: Vec<u32>,
        claims: &[Claim],
        focus: Km,
        random: &mut Seeded,
        owner: &mut [u32],
    ) -> Option<()> {
        if let [only] = claims {
            cells.iter().for_each(|&c| owner[c as usize] = only.id);
            return (cells.len() >= only.least).then_some(());
        }
        let middle = halfway(claims);
        let (first, second) = claims.split_at(middle);
        let room = |part: &[Claim]| part.iter().map(|c| c.room).sum::<f64>();
        let least = |part: &[Claim]| part.iter().map(|c| c.least).sum::<usize>();
        let share = room(first) / room(claims);
        let (near, far) = self.halve(cells, share, (least(first), least(second)), focus, random)?;
        self.slice(near, first, focus, random, owner)?;
        self.slice(far, second, focus, random, owner)
    }

    /// Cuts a connected set without holes into two such sets.
    fn halve(
        &mut self,
        mut cells: Vec<u32>,
        share: f64,
        least: (usize, usize),
        focus: Km,
        random: &mut Seeded,
    ) -> Option<(Vec<u32>, Vec<u32>)> {
        let count = cells.len();
        if count < least.0 + least.1 {
            return None;
        }
        let wanted = (count as f64 * share).round() as usize;
        let wanted = wanted.clamp(least.0, count - least.1);
        let spread = Spread::of(self.mesh, &cells);
        for turn in 0..CUTS {
            let mut keys = spread.keys(self.mesh, &cells, focus, turn, random);
            keys.select_nth_unstable_by(wanted, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            cells = keys.into_iter().map(|(_, cell)| cell).collect();
            self.mark(&cells, wanted);
            self.mend(&cells, false);
            self.mend(&cells, true);
            let (mut far, mut near) = (Vec::new(), Vec::new());
            for &c in &cells {
                if self.side[c as usize] {
                    &mut far
                } else {
                    &mut near
                }
                .push(c);
            }
            let enough = near.len() >= least.0 && far.len() >= least.1;
            if enough && self.on_border(&near) && self.on_border(&far) {
                near.sort_unstable();
                far.sort_unstable();
                return Some((near, far));
            }
        }
        None
    }

    fn mark(&mut self, cells: &[u32], near: usize) {
        self.stamp += 1;
        for (i, &c) in cells.iter().enumerate() {
            self.set[c as usize] = self.stamp;
            self.side[c as usize] = i >= near;
        }
    }

    /// Gives all pieces of a half but the largest to the other half.
    fn mend(&mut self, cells: &[u32], side: bool) {
        let mine: Vec<u32> = cells
            .iter()
            .copied()
            .filter(|&c| self.side[c as usize] == side)
            .collect();
        let mut pieces: Vec<Vec<u32>> = Vec::new();
        let unseen = self.stamp;
        let seen = self.stamp + 1;
        for &start in &mine {
            if self.set[start as usize] == seen {
                continue;
            }
            self.set[start as usize] = seen;
            let mut piece = vec![start];
            let mut at = 0;
            while at < piece.len() {
                for &next in self.mesh.across(piece[at]) {
                    let next_index = next as usize;
                    if self.set[next_index] == unseen && self.side[next_index] == side {
                        self.set[next_index] = seen;
                        piece.push(next);
                    }
                }
                at += 1;
            }
            pieces.push(piece);
        }
        mine.iter().for_each(|&c| self.set[c as usize] = unseen);
        let largest = (0..pieces.len()).max_by_key(|&i| (pieces[i].len(), usize::MAX - i));
        if let Some(largest) = largest {
            pieces.swap_remove(largest);
        }
        pieces
            .iter()
            .flatten()
            .for_each(|&c| self.side[c as usize] = !side);
    }

    /// Whether the half reaches the border of the set; if not, it would be a hole in the other.
    fn on_border(&self, half: &[u32]) -> bool {
        let mut neighbours = half.iter().flat_map(|&c| self.mesh.across(c));
        neighbours.any(|&n| self.set[n as usize] != self.stamp)
    }
}

/// Where to part the claims so that both parts need about the same room; 1..len.
fn halfway(claims: &[Claim]) -> usize {
    let half = claims.iter().map(|c| c.room).sum::<f64>() / 2.0;
    let mut before = 0.0;
    for (i, claim) in claims.iter().enumerate() {
        if before + claim.room / 2.0 >= half {
            return i.clamp(1, claims.len() - 1);
        }
        before += claim.room;
    }
    claims.len() - 1
}

/// Middle, main axis and widths of a set of cells.
struct Spread {
    middle: Km,
    axis: Km,
    length: f64,
    width: f64,
}

impl Spread {
    fn of(mesh: &Mesh, cells: &[u32]) -> Self {
        let count = cells.len() as f64;
        let places = || cells.iter().map(|&c| mesh.places[c as usize]);
        let sum = places().fold(Km::default(), |s, p| Km {
            x: s.x + p.x,
            y: s.y + p.y,
        });
        let middle = Km {
            x: sum.x / count,
            y: sum.y / count,
        };
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for p in places() {
            let (dx, dy) = (p.x - middle.x, p.y - middle.y);
            (xx, xy, yy) = (xx + dx * dx, xy + dx * dy, yy + dy * dy);
        }
        let (mean, half) = ((xx + yy) / 2.0, (xx - yy) / 2.0);
        let root = (half * half + xy * xy).sqrt();
        let axis = match (half > 0.0, root > 0.0) {
            (_, false) => Km { x: 1.0, y: 0.0 },
            (true, _) => unit(Km {
                x: root + half,
                y: xy,
            }),
            (false, _) => unit(Km {
                x: xy,
                y: root - half,
            }),
        };
        let deviation = |sum: f64| (f64::max(sum, 0.0) / count).sqrt();
        Self {
            middle,
            axis,
            length: deviation(mean + root),
            width: deviation(mean - root),
        }
    }

    /// Each cell's place along the tilted, bent main axis, the end nearer to `focus` first.
    fn keys(
        &self,
        mesh: &Mesh,
        cells: &[u32],
        focus: Km,
        turn: usize,
        random: &mut Seeded,
    ) -> Vec<(f64, u32)> {
        let wide = 0.3 + 0.1 * turn as f64;
        let tilt = random.between(-wide, wide);
        let mut axis = unit(Km {
            x: self.axis.x - tilt * self.axis.y,
            y: self.axis.y + tilt * self.axis.x,
        });
        if axis.x * (focus.x - self.middle.x) + axis.y * (focus.y - self.middle.y) > 0.0 {
            axis = Km {
                x: -axis.x,
                y: -axis.y,
            };
        }
        let bend = Noise::new(random.number(), f64::max(self.length, 1e-3) * 1.2);
        let amplitude = if turn < CUTS / 2 {
            0.3 * self.width
        } else {
            0.0
        };
        let key = |c: u32| {
            let p = mesh.places[c as usize];
            let along = (p.x - self.middle.x) * axis.x + (p.y - self.middle.y) * axis.y;
            (along + amplitude * bend.at(p.x, p.y), c)
        };
        cells.iter().map(|&c| key(c)).collect()
    }
}

fn unit(v: Km) -> Km {
    let length = (v.x * v.x + v.y * v.y).sqrt();
    Km {
        x: v.x / length,
        y: v.y / length,
    }
}
