//! Schools, banks, hospitals, markets and parks: small rectangles over the basic grids.

use super::mesh::Mesh;
use super::plan::{Community, Plan, largest_remainder};
use super::plane::{Km, Plane};
use super::seeded::Seeded;
use super::slicing::{Owners, grouped};
use super::{City, DEDICATED_GRIDS, DedicatedKind, GridShape, short_name};
use crate::polygon::{Polygon, Vertex};
use crate::scheme::{CodeScheme, GridKind};
use crate::topology::lies_within;

const KINDS: [DedicatedKind; 5] = [
    DedicatedKind::School,
    DedicatedKind::Bank,
    DedicatedKind::Hospital,
    DedicatedKind::Market,
    DedicatedKind::Park,
];
const ORDINALS: [&str; 5] = ["第一", "第二", "第三", "第四", "第五"];

/// Adds the dedicated grids, each within one mesh cell and so within one basic grid.
pub fn lay(
    plan: &Plan,
    mesh: &Mesh,
    owners: &Owners,
    city: &mut City,
    random: &mut Seeded,
) -> Option<()> {
    let weights: Vec<f64> = plan
        .communities()
        .map(|c| c.grids as f64 * random.between(0.4, 1.6) * if c.urban { 1.3 } else { 0.8 })
        .collect();
    let numbers = largest_remainder(&weights, DEDICATED_GRIDS);
    let cells = grouped(&owners.community, numbers.len());
    for ((community, number), mut cells) in plan.communities().zip(numbers).zip(cells) {
        let first = random.below(KINDS.len());
        for serial in 1..=number {
            let kind = KINDS[(first + serial * 2) % KINDS.len()];
            let (polygon, site) = loop {
                let cell = take_roomy(mesh, &mut cells, random)?;
                if let Some(polygon) = premises(mesh, cell, kind, random) {
                    break (polygon, mesh.sites[cell as usize]);
                }
            };
            city.grids
                .push(grid(community, kind, serial, polygon, site)?);
        }
    }
    Some(())
}

fn grid(
    community: &Community,
    kind: DedicatedKind,
    serial: usize,
    polygon: Polygon,
    site: Vertex,
) -> Option<GridShape> {
    let code = community.division.code;
    // Kinds come round in turn, so the round tells how many of this kind came before.
    let round = (serial - 1) / KINDS.len();
    Some(GridShape {
        code: CodeScheme::demo()
            .compose(code, GridKind::Dedicated, serial as u32)
            .ok()?,
        kind: GridKind::Dedicated,
        dedicated_kind: Some(kind),
        community: code,
        name: format!(
            "{}{}",
            short_name(&community.division.name),
            place_name(kind, round)?
        ),
        polygon,
        label_point: site.to_lonlat(),
    })
}

fn place_name(kind: DedicatedKind, round: usize) -> Option<String> {
    let ordinal = ORDINALS.get(round)?;
    let word = match kind {
        DedicatedKind::School => return Some(format!("{ordinal}小学")),
        DedicatedKind::Bank => "银行网点",
        DedicatedKind::Hospital => "卫生服务中心",
        DedicatedKind::Market => "农贸市场",
        DedicatedKind::Park => "公园",
    };
    Some(if round == 0 {
        word.to_owned()
    } else {
        format!("{ordinal}{word}")
    })
}

/// Takes the roomiest of a few cells picked at random out of the list.
fn take_roomy(mesh: &Mesh, cells: &mut Vec<u32>, random: &mut Seeded) -> Option<u32> {
    if cells.is_empty() {
        return None;
    }
    let picks: Vec<usize> = (0..4).map(|_| random.below(cells.len())).collect();
    let room = |i: &usize| cell_polygon(mesh, cells[*i]).map_or(0, |p| p.doubled_area());
    let best = picks.into_iter().max_by_key(room)?;
    Some(cells.swap_remove(best))
}

fn cell_polygon(mesh: &Mesh, cell: u32) -> Option<Polygon> {
    let corners = mesh
        .corners(cell)
        .iter()
        .map(|&v| mesh.vertices[v as usize]);
    Polygon::new(corners.collect(), Vec::new()).ok()
}

/// A turned rectangle about the cell's site, as large as the kind needs and the cell allows.
fn premises(mesh: &Mesh, cell: u32, kind: DedicatedKind, random: &mut Seeded) -> Option<Polygon> {
    let within = cell_polygon(mesh, cell)?;
    let site = mesh.sites[cell as usize];
    let plane = Plane::new(site.to_lonlat());
    let (long, wide) = half_sides_km(kind);
    let turn = random.between(-0.4, 0.4);
    let norm = (1.0 + turn * turn).sqrt();
    let (east, north) = (1.0 / norm, turn / norm);
    let mut scale = random.between(0.85, 1.2);
    for _ in 0..10 {
        let corner = |a: f64, b: f64| {
            let (a, b) = (a * long * scale, b * wide * scale);
            plane.to_vertex(Km {
                x: a * east - b * north,
                y: a * north + b * east,
            })
        };
        let ring = vec![
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ];
        let polygon = Polygon::new(ring, Vec::new()).ok()?;
        if lies_within(&polygon, &within) {
            return Some(polygon);
        }
        scale *= 0.82;
    }
    None
}

/// Half of length and width of the usual premises, kilometres.
fn half_sides_km(kind: DedicatedKind) -> (f64, f64) {
    match kind {
        DedicatedKind::School => (0.085, 0.065),
        DedicatedKind::Bank => (0.025, 0.018),
        DedicatedKind::Hospital => (0.075, 0.060),
        DedicatedKind::Market => (0.060, 0.045),
        DedicatedKind::Park => (0.140, 0.100),
    }
}
