//! Point → grid, in memory: the index of one net, replaced whole when the net changes.
//!
//! A uniform raster of 0.001° holds for each cell either its one owner or a short list of
//! candidates; only candidates are tested exactly, by integer arithmetic with the half-open rule of
//! [`Polygon::holds`], so that no point on a shared border is in two basic grids or in none.

mod raster;

use crate::coords::LonLat;
use crate::polygon::{METRES_PER_DEGREE, Polygon, UNITS_PER_DEGREE, Vertex, crosses};
use crate::scheme::GridKind;
use raster::Raster;

/// Where a point lies in the net.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Located {
    /// The basic grid; `None` outside the net.
    pub basic: Option<u32>,
    /// The dedicated grids over it, in the order of building; nearly always none or one.
    pub dedicated: Vec<u32>,
}

impl Located {
    /// The grid that owns what happens here: the dedicated one where there is one.
    #[must_use]
    pub fn owner(&self) -> Option<u32> {
        self.dedicated.first().copied().or(self.basic)
    }
}

/// One grid as the index keeps it.
struct Entry {
    id: u32,
    kind: GridKind,
    low: Vertex,
    high: Vertex,
    /// Range in `NetIndex::edges`.
    from: u32,
    to: u32,
}

/// The index of one net version. Immutable; share it behind an `Arc` and swap the `Arc`.
pub struct NetIndex {
    net_number: i64,
    entries: Vec<Entry>,
    edges: Vec<(Vertex, Vertex)>,
    /// Entry indices sorted by id.
    by_id: Vec<u32>,
    raster: Raster,
}

impl std::fmt::Debug for NetIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetIndex")
            .field("net_number", &self.net_number)
            .field("grids", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl NetIndex {
    /// Builds the index of net `net_number` from `(id, kind, polygon)` of every grid.
    ///
    /// Ids are the caller's and should be unique. Where basic grids overlap (a faulty net), the one
    /// given first wins.
    pub fn build<'a>(
        net_number: i64,
        grids: impl IntoIterator<Item = (u32, GridKind, &'a Polygon)>,
    ) -> Self {
        let mut entries = Vec::new();
        let mut edges = Vec::new();
        for (id, kind, polygon) in grids {
            let from = edges.len() as u32;
            edges.extend(polygon.edges());
            let (low, high) = polygon.bounds();
            entries.push(Entry {
                id,
                kind,
                low,
                high,
                from,
                to: edges.len() as u32,
            });
        }
        let mut by_id: Vec<u32> = (0..entries.len() as u32).collect();
        by_id.sort_by_key(|&i| entries[i as usize].id);
        let raster = Raster::build(&entries, &edges);
        Self {
            net_number,
            entries,
            edges,
            by_id,
            raster,
        }
    }

    /// The number of the net this index was built from.
    #[must_use]
    pub fn net_number(&self) -> i64 {
        self.net_number
    }

    /// How many grids the net has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the net has no grids.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The basic grid and the dedicated grids at a point.
    #[must_use]
    pub fn locate(&self, point: LonLat) -> Located {
        self.locate_vertex(point.into())
    }

    /// As [`Self::locate`], for a point on the lattice.
    #[must_use]
    pub fn locate_vertex(&self, p: Vertex) -> Located {
        let cell = self.raster.at(p);
        let holds = |&i: &u32| holds(&self.edges, &self.entries[i as usize], p);
        let id = |i: u32| self.entries[i as usize].id;
        let basic = cell
            .owner
            .or_else(|| cell.basic.iter().copied().find(holds));
        let dedicated = cell
            .dedicated
            .iter()
            .copied()
            .filter(holds)
            .map(id)
            .collect();
        Located {
            basic: basic.map(id),
            dedicated,
        }
    }

    /// Distance from the point to the border of grid `id` in metres, inside or outside; `None` when
    /// the net has no such grid.
    #[must_use]
    pub fn distance_to_border_m(&self, id: u32, point: LonLat) -> Option<f64> {
        let found = self
            .by_id
            .binary_search_by_key(&id, |&i| self.entries[i as usize].id)
            .ok()?;
        Some(self.border_distance_m(&self.entries[self.by_id[found] as usize], point))
    }

    /// The basic grid nearest to the point and its distance in metres (0 inside), at most `max_m`.
    ///
    /// For points just outside the city or on its outer border; linear in the number of grids.
    #[must_use]
    pub fn nearest(&self, point: LonLat, max_m: f64) -> Option<(u32, f64)> {
        if let Some(id) = self.locate(point).basic {
            return Some((id, 0.0));
        }
        let mut best: Option<(u32, f64)> = None;
        for entry in self.entries.iter().filter(|e| e.kind == GridKind::Basic) {
            let limit = best.map_or(max_m, |(_, m)| m);
            if box_distance_m(entry, point) > limit {
                continue;
            }
            let metres = self.border_distance_m(entry, point);
            if metres <= limit && best.is_none_or(|(_, m)| metres < m) {
                best = Some((entry.id, metres));
            }
        }
        best
    }

    fn border_distance_m(&self, entry: &Entry, point: LonLat) -> f64 {
        let flat = Flat::about(point);
        let edges = &self.edges[entry.from as usize..entry.to as usize];
        let squares = edges.iter().map(|&(a, b)| flat.squared_distance(a, b));
        squares.fold(f64::INFINITY, f64::min).sqrt()
    }
}

#[inline]
fn holds(edges: &[(Vertex, Vertex)], entry: &Entry, p: Vertex) -> bool {
    let own = &edges[entry.from as usize..entry.to as usize];
    own.iter()
        .fold(false, |inside, &(a, b)| inside ^ crosses(a, b, p))
}

fn box_distance_m(entry: &Entry, point: LonLat) -> f64 {
    let flat = Flat::about(point);
    let (west, south) = flat.metres(entry.low);
    let (east, north) = flat.metres(entry.high);
    let beyond = |low: f64, high: f64| f64::max(f64::max(low, -high), 0.0);
    beyond(west, east).hypot(beyond(south, north))
}

/// Metres east and north of a point, on the plane that touches there.
struct Flat {
    at: LonLat,
    metres_per_degree_east: f64,
}

impl Flat {
    fn about(at: LonLat) -> Self {
        Self {
            at,
            metres_per_degree_east: METRES_PER_DEGREE * at.lat.to_radians().cos(),
        }
    }

    fn metres(&self, v: Vertex) -> (f64, f64) {
        let (lon, lat) = (
            f64::from(v.x) / UNITS_PER_DEGREE,
            f64::from(v.y) / UNITS_PER_DEGREE,
        );
        (
            (lon - self.at.lon) * self.metres_per_degree_east,
            (lat - self.at.lat) * METRES_PER_DEGREE,
        )
    }

    /// From the plane's origin to the segment.
    fn squared_distance(&self, a: Vertex, b: Vertex) -> f64 {
        let ((ax, ay), (bx, by)) = (self.metres(a), self.metres(b));
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let t = if length > 0.0 {
            (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (x, y) = (ax + t * dx, ay + t * dy);
        x * x + y * y
    }
}
