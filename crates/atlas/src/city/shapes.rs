//! From owned cells to polygons: the border of each set of cells, walked once around.

use std::collections::VecDeque;

use super::mesh::{Mesh, NONE};
use super::plan::Plan;
use super::slicing::{Owners, grouped};
use super::{AreaShape, City, Division, GridShape, short_name};
use crate::coords::LonLat;
use crate::polygon::{Polygon, Vertex};
use crate::scheme::{CodeScheme, GridKind};

/// Draws all divisions and basic grids; `None` when a shape is not one simple ring.
pub fn draw(plan: &Plan, mesh: &Mesh, owners: &Owners) -> Option<City> {
    let everything: Vec<u32> = owners
        .district
        .iter()
        .map(|&o| if o == NONE { NONE } else { 0 })
        .collect();
    let mut divisions = Vec::new();
    let mut add = |level: Vec<&Division>, owner: &[u32]| {
        let shapes = outlines(mesh, owner, level.len())?;
        divisions.extend(
            level
                .into_iter()
                .zip(shapes)
                .map(|(d, (polygon, at))| AreaShape {
                    code: d.code,
                    level: d.level,
                    parent: d.parent,
                    name: d.name.clone(),
                    polygon,
                    label_point: at,
                }),
        );
        Some(())
    };
    add(vec![&plan.city], &everything)?;
    add(
        plan.districts.iter().map(|d| &d.division).collect(),
        &owners.district,
    )?;
    add(plan.towns().map(|t| &t.division).collect(), &owners.town)?;
    add(
        plan.communities().map(|c| &c.division).collect(),
        &owners.community,
    )?;
    let grids = basic_grids(plan, mesh, owners)?;
    Some(City { divisions, grids })
}

/// The basic grids, numbered in each community from west to east, then north to south.
fn basic_grids(plan: &Plan, mesh: &Mesh, owners: &Owners) -> Option<Vec<GridShape>> {
    let scheme = CodeScheme::demo();
    let count = plan.communities().map(|c| c.grids).sum();
    let mut shapes = outlines(mesh, &owners.grid, count)?.into_iter();
    let mut grids = Vec::with_capacity(count);
    for community in plan.communities() {
        let mut own: Vec<(Polygon, LonLat)> = shapes.by_ref().take(community.grids).collect();
        own.sort_by_key(|(_, at)| (Vertex::from(*at).x, -Vertex::from(*at).y));
        let name = short_name(&community.division.name);
        for (serial, (polygon, label_point)) in (1..).zip(own) {
            grids.push(GridShape {
                code: scheme
                    .compose(community.division.code, GridKind::Basic, serial)
                    .ok()?,
                kind: GridKind::Basic,
                dedicated_kind: None,
                community: community.division.code,
                name: format!("{name}第{serial}网格"),
                polygon,
                label_point,
            });
        }
    }
    Some(grids)
}

/// The polygon and a point well inside of each owner's cells.
fn outlines(mesh: &Mesh, owner: &[u32], count: usize) -> Option<Vec<(Polygon, LonLat)>> {
    let depth = depths(mesh, owner);
    let mut next = vec![NONE; mesh.vertices.len()];
    let groups = grouped(owner, count);
    groups
        .iter()
        .enumerate()
        .map(|(id, cells)| {
            let ring = walk(mesh, owner, id as u32, cells, &mut next)?;
            let at = deepest(mesh, cells, &depth)?;
            Some((Polygon::new(ring, Vec::new()).ok()?, at))
        })
        .collect()
}

/// Walks the border of one owner's cells; `None` when it is not one ring (a hole, or two parts).
fn walk(
    mesh: &Mesh,
    owner: &[u32],
    id: u32,
    cells: &[u32],
    next: &mut [u32],
) -> Option<Vec<Vertex>> {
    let mut start = NONE;
    let mut edges = 0;
    for &cell in cells {
        let corners = mesh.corners(cell);
        for (i, &neighbour) in mesh.across(cell).iter().enumerate() {
            if owner[neighbour as usize] != id {
                next[corners[i] as usize] = corners[(i + 1) % corners.len()];
                start = start.min(corners[i]);
                edges += 1;
            }
        }
    }
    let mut ring = Vec::with_capacity(edges);
    let mut at = start;
    while ring.len() < edges {
        ring.push(*mesh.vertices.get(at as usize)?);
        at = next[at as usize];
        if at == start {
            break;
        }
    }
    (at == start && ring.len() == edges).then_some(ring)
}

/// How many steps each cell lies from its owner's border.
fn depths(mesh: &Mesh, owner: &[u32]) -> Vec<u32> {
    let mut depth = vec![NONE; owner.len()];
    let mut queue = VecDeque::new();
    for cell in (0..owner.len()).filter(|&c| owner[c] != NONE) {
        if mesh
            .across(cell as u32)
            .iter()
            .any(|&n| owner[n as usize] != owner[cell])
        {
            depth[cell] = 0;
            queue.push_back(cell);
        }
    }
    while let Some(cell) = queue.pop_front() {
        for &n in mesh.across(cell as u32) {
            let n = n as usize;
            if owner[n] == owner[cell] && depth[n] == NONE {
                depth[n] = depth[cell] + 1;
                queue.push_back(n);
            }
        }
    }
    depth
}

/// The site of the deepest cell; of several, the one nearest to their middle.
fn deepest(mesh: &Mesh, cells: &[u32], depth: &[u32]) -> Option<LonLat> {
    let count = cells.len() as i64;
    let sites = cells.iter().map(|&c| mesh.sites[c as usize]);
    let sum = sites.fold((0, 0), |s, v| (s.0 + i64::from(v.x), s.1 + i64::from(v.y)));
    let (x, y) = (sum.0 / count.max(1), sum.1 / count.max(1));
    let rank = |&&c: &&u32| {
        let site = mesh.sites[c as usize];
        let (dx, dy) = (i64::from(site.x) - x, i64::from(site.y) - y);
        (std::cmp::Reverse(depth[c as usize]), dx * dx + dy * dy)
    };
    cells
        .iter()
        .min_by_key(rank)
        .map(|&c| mesh.sites[c as usize].to_lonlat())
}
