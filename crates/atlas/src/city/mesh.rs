//! The mesh of small cells: the barycentric dual of a Delaunay triangulation of relaxed sites.
//!
//! A cell's corners are the centroids of the triangles about its site. They keep their distance from
//! each other (circumcentres do not), so rounding to the lattice is harmless; and exactly three
//! cells meet in each corner, so two sets of cells never touch in a point alone.

use delaunator::{EMPTY, Point, Triangulation, next_halfedge, triangulate};

use super::field::{Field, STEP_KM};
use super::plane::Km;
use super::seeded::Seeded;
use crate::polygon::{Vertex, orient};

/// No cell, no vertex, or no owner.
pub const NONE: u32 = u32::MAX;
/// Rounds of moving each site to the middle of its cell.
const RELAXATIONS: usize = 4;

/// Cells, their corners and neighbours.
pub struct Mesh {
    /// A point from which all of the cell's border is seen; one per cell.
    pub sites: Vec<Vertex>,
    /// The site on the plane, as it was drawn.
    pub places: Vec<Km>,
    /// All corners.
    pub vertices: Vec<Vertex>,
    /// The three cells about each corner.
    pub cells_about: Vec<[u32; 3]>,
    /// The corner at the other end of the edge between cells `k` and `k + 1`, or [`NONE`].
    pub next_to: Vec<[u32; 3]>,
    starts: Vec<u32>,
    corners: Vec<u32>,
    across: Vec<u32>,
}

impl Mesh {
    /// A mesh over the city and a collar about it; `None` when a cell's border cannot be seen from
    /// one point (not met with relaxed sites).
    pub fn new(field: &Field, random: &mut Seeded) -> Option<Self> {
        let mut points = scatter(field, random);
        let mut net = triangulate(&points);
        for _ in 0..RELAXATIONS {
            relax(&mut points, &net);
            net = triangulate(&points);
        }
        let mut mesh = Self::dual(field, &points, &net);
        mesh.see_all_borders(field).then_some(mesh)
    }

    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// The cell's corners, counter-clockwise; empty on the rim of the mesh.
    pub fn corners(&self, cell: u32) -> &[u32] {
        &self.corners[self.span(cell)]
    }

    /// The neighbour across each edge; edge `i` goes from corner `i` to corner `i + 1`.
    pub fn across(&self, cell: u32) -> &[u32] {
        &self.across[self.span(cell)]
    }

    fn span(&self, cell: u32) -> std::ops::Range<usize> {
        let cell = cell as usize;
        self.starts[cell] as usize..self.starts[cell + 1] as usize
    }

    fn dual(field: &Field, points: &[Point], net: &Triangulation) -> Self {
        let triangle = |t: usize| [0, 1, 2].map(|k| net.triangles[3 * t + k]);
        let count = net.triangles.len() / 3;
        let opposite = |e: usize| match net.halfedges[e] {
            EMPTY => NONE,
            twin => (twin / 3) as u32,
        };
        let mut mesh = Self {
            sites: points
                .iter()
                .map(|p| field.plane.to_vertex(km(p)))
                .collect(),
            places: points.iter().map(km).collect(),
            vertices: (0..count)
                .map(|t| {
                    field
                        .plane
                        .to_vertex(mean(triangle(t).map(|s| km(&points[s]))))
                })
                .collect(),
            cells_about: (0..count).map(|t| triangle(t).map(|s| s as u32)).collect(),
            next_to: (0..count)
                .map(|t| [0, 1, 2].map(|k| opposite(3 * t + k)))
                .collect(),
            starts: vec![0],
            corners: Vec::with_capacity(count * 3),
            across: Vec::with_capacity(count * 3),
        };
        for entry in entries(points.len(), net) {
            mesh.push_cell(entry, net);
        }
        mesh
    }

    /// Adds the next site's cell: the fan of triangles that `entry`, an edge towards it, begins.
    fn push_cell(&mut self, entry: usize, net: &Triangulation) {
        let from = self.corners.len();
        let mut edge = entry;
        while edge != EMPTY {
            let leaving = next_halfedge(edge);
            self.corners.push((edge / 3) as u32);
            self.across
                .push(net.triangles[next_halfedge(leaving)] as u32);
            edge = net.halfedges[leaving];
            if edge == entry {
                break;
            }
        }
        if edge == EMPTY {
            self.corners.truncate(from);
            self.across.truncate(from);
        }
        let corner = |i: usize| self.vertices[self.corners[i] as usize];
        let count = self.corners.len() - from;
        let fan = (1..count.saturating_sub(1))
            .map(|i| orient(corner(from), corner(from + i), corner(from + i + 1)));
        if fan.sum::<i128>() < 0 {
            self.corners[from..].reverse();
            self.across[from..].reverse();
            self.across[from..].rotate_left(1);
        }
        self.starts.push(self.corners.len() as u32);
    }

    /// Makes sure that the border of each cell in or beside the city is seen from its site, moving
    /// the site where needed.
    fn see_all_borders(&mut self, field: &Field) -> bool {
        let inside: Vec<bool> = self.places.iter().map(|&p| field.inside(p)).collect();
        (0..self.len() as u32).all(|cell| {
            let matters = inside[cell as usize]
                || self.across(cell).iter().any(|&next| inside[next as usize]);
            if !matters || self.sees(cell, self.sites[cell as usize]) {
                return true;
            }
            let corners = self
                .corners(cell)
                .iter()
                .map(|&v| self.vertices[v as usize]);
            let count = corners.len() as i64;
            let sum = corners.fold((0, 0), |s, v| (s.0 + i64::from(v.x), s.1 + i64::from(v.y)));
            let middle = Vertex {
                x: (sum.0 / count) as i32,
                y: (sum.1 / count) as i32,
            };
            self.sites[cell as usize] = middle;
            self.sees(cell, middle)
        })
    }

    fn sees(&self, cell: u32, site: Vertex) -> bool {
        let ring = self.corners(cell);
        let next = ring.iter().cycle().skip(1);
        ring.iter()
            .zip(next)
            .all(|(&a, &b)| orient(site, self.vertices[a as usize], self.vertices[b as usize]) > 0)
    }
}

fn km(p: &Point) -> Km {
    Km { x: p.x, y: p.y }
}

fn mean(corners: [Km; 3]) -> Km {
    let sum = corners.iter().fold(Km::default(), |s, p| Km {
        x: s.x + p.x,
        y: s.y + p.y,
    });
    Km {
        x: sum.x / 3.0,
        y: sum.y / 3.0,
    }
}

/// For each site an edge towards it; on the hull the one that begins the whole fan.
fn entries(sites: usize, net: &Triangulation) -> Vec<usize> {
    let mut entry = vec![EMPTY; sites];
    for e in 0..net.triangles.len() {
        let end = net.triangles[next_halfedge(e)];
        if net.halfedges[e] == EMPTY || entry[end] == EMPTY {
            entry[end] = e;
        }
    }
    entry
}

/// Random sites by density: a carried remainder over the raster keeps the numbers even.
fn scatter(field: &Field, random: &mut Seeded) -> Vec<Point> {
    let (low, columns, rows) = field.extent();
    let mut points = Vec::new();
    let mut owed = 0.0;
    for row in 0..rows {
        for step in 0..columns {
            let column = if row % 2 == 0 {
                step
            } else {
                columns - 1 - step
            };
            let corner = Km {
                x: low.x + column as f64 * STEP_KM,
                y: low.y + row as f64 * STEP_KM,
            };
            let middle = Km {
                x: corner.x + STEP_KM / 2.0,
                y: corner.y + STEP_KM / 2.0,
            };
            if !field.in_collar(middle) {
                continue;
            }
            owed += field.density(middle) * STEP_KM * STEP_KM;
            while owed >= 1.0 {
                owed -= 1.0;
                points.push(Point {
                    x: corner.x + random.unit() * STEP_KM,
                    y: corner.y + random.unit() * STEP_KM,
                });
            }
        }
    }
    points
}

/// Moves each site with a whole fan to the mean of its neighbours and itself.
fn relax(points: &mut [Point], net: &Triangulation) {
    let mut sums = vec![(0.0, 0.0, 0.0); points.len()];
    let mut rim = vec![false; points.len()];
    for e in 0..net.triangles.len() {
        let (from, to) = (net.triangles[e], net.triangles[next_halfedge(e)]);
        let sum = &mut sums[to];
        *sum = (sum.0 + points[from].x, sum.1 + points[from].y, sum.2 + 1.0);
        if net.halfedges[e] == EMPTY {
            rim[from] = true;
            rim[to] = true;
        }
    }
    let inner = points.iter_mut().zip(sums).zip(rim).filter(|(_, rim)| !rim);
    for ((p, (x, y, count)), _) in inner {
        *p = Point {
            x: (p.x + x) / (count + 1.0),
            y: (p.y + y) / (count + 1.0),
        };
    }
}
