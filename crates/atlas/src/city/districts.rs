//! The district of each mesh cell: connected, without holes.

use super::field::Field;
use super::mesh::{Mesh, NONE};
use super::plan::Plan;

/// The district of each cell by the field, with stray pieces given to their surroundings.
pub fn assign(plan: &Plan, field: &Field, mesh: &Mesh) -> Option<Vec<u32>> {
    let outside = plan.districts.len() as u32;
    let whole = |cell: usize| !mesh.corners(cell as u32).is_empty();
    let mut owner: Vec<u32> = mesh
        .places
        .iter()
        .enumerate()
        .map(|(cell, &p)| match whole(cell) && field.inside(p) {
            true => field.district(p) as u32,
            false => outside,
        })
        .collect();
    for _ in 0..12 {
        if !give_away_strays(mesh, &mut owner, outside as usize + 1) {
            owner
                .iter_mut()
                .filter(|o| **o == outside)
                .for_each(|o| *o = NONE);
            return Some(owner);
        }
    }
    None
}

/// Gives each piece of an owner but its largest to the neighbour with the longest contact; tells
/// whether there was any.
fn give_away_strays(mesh: &Mesh, owner: &mut [u32], owners: usize) -> bool {
    let pieces = pieces(mesh, owner);
    let mut largest = vec![0; owners];
    for (label, piece) in &pieces {
        largest[*label as usize] = piece.len().max(largest[*label as usize]);
    }
    let strays = pieces
        .iter()
        .filter(|(l, piece)| piece.len() < largest[*l as usize]);
    let mut any = false;
    for (label, piece) in strays {
        let mut contact = vec![0_usize; owners];
        for &next in piece.iter().flat_map(|&c| mesh.across(c)) {
            contact[owner[next as usize] as usize] += 1;
        }
        contact[*label as usize] = 0;
        let heir = (0..owners).max_by_key(|&o| contact[o]).unwrap_or_default() as u32;
        piece.iter().for_each(|&c| owner[c as usize] = heir);
        any = true;
    }
    any
}

/// All connected pieces with their owner.
fn pieces(mesh: &Mesh, owner: &[u32]) -> Vec<(u32, Vec<u32>)> {
    let mut seen: Vec<bool> = (0..owner.len())
        .map(|c| mesh.corners(c as u32).is_empty())
        .collect();
    let mut pieces = Vec::new();
    for start in 0..owner.len() as u32 {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        let label = owner[start as usize];
        let mut piece = vec![start];
        let mut at = 0;
        while at < piece.len() {
            for &next in mesh.across(piece[at]) {
                let n = next as usize;
                if owner[n] == label && !std::mem::replace(&mut seen[n], true) {
                    piece.push(next);
                }
            }
            at += 1;
        }
        pieces.push((label, piece));
    }
    pieces
}
