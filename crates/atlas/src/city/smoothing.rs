//! Borders lose the mesh's zigzag: corners move, but only as far as the mesh stays planar.

use super::mesh::{Mesh, NONE};
use crate::polygon::{Vertex, orient};

const PASSES: usize = 14;

/// Moves corners towards their neighbours on the same border. Each cell's border stays visible from
/// its site, which keeps the whole mesh planar.
pub fn smooth(mesh: &mut Mesh, owner: &[u32]) {
    for _ in 0..PASSES {
        for v in 0..mesh.vertices.len() {
            if let Some(goal) = goal(mesh, owner, v) {
                approach(mesh, v, goal);
            }
        }
    }
}

/// Where a corner would rather be; `None` on the rim and away from all borders.
fn goal(mesh: &Mesh, owner: &[u32], v: usize) -> Option<Vertex> {
    let next_to = mesh.next_to[v];
    if next_to.contains(&NONE) {
        return None;
    }
    let about = mesh.cells_about[v].map(|c| owner[c as usize]);
    if about == [NONE; 3] {
        return None;
    }
    let is_border = |k: &usize| about[*k] != about[(*k + 1) % 3];
    let borders = (0..3).filter(is_border).count();
    let (mut x, mut y, mut parts) = (0_i64, 0_i64, 0_i64);
    let mut add = |p: Vertex, weight: i64| {
        x += i64::from(p.x) * weight;
        y += i64::from(p.y) * weight;
        parts += weight;
    };
    add(mesh.vertices[v], if borders == 3 { 3 } else { 1 });
    let followed = (0..3).filter(|k| borders == 0 || is_border(k));
    followed.for_each(|k| add(mesh.vertices[next_to[k] as usize], 1));
    Some(Vertex {
        x: (x / parts) as i32,
        y: (y / parts) as i32,
    })
}

/// Moves the corner to `goal`, or a half or quarter of the way, if the cells about it allow.
fn approach(mesh: &mut Mesh, v: usize, goal: Vertex) {
    let old = mesh.vertices[v];
    let part = |from: i32, to: i32, share: i32| from + (to - from) / share;
    let step = |share| Vertex {
        x: part(old.x, goal.x, share),
        y: part(old.y, goal.y, share),
    };
    if let Some(new) = [1, 2, 4]
        .map(step)
        .into_iter()
        .find(|&new| allowed(mesh, v, new))
    {
        mesh.vertices[v] = new;
    }
}

/// Whether all triangles of the corner with its cells' sites keep their sense and a fair size.
fn allowed(mesh: &Mesh, v: usize, new: Vertex) -> bool {
    let old = mesh.vertices[v];
    (0..3).all(|k| {
        let site = mesh.sites[mesh.cells_about[v][k] as usize];
        [k, (k + 2) % 3].into_iter().all(|edge| {
            let other = mesh.vertices[mesh.next_to[v][edge] as usize];
            let (before, after) = (orient(site, other, old), orient(site, other, new));
            before.signum() == after.signum() && after.abs() * 3 > before.abs()
        })
    })
}
