use proptest::prelude::*;

use super::{demo, polygon};
use crate::flaws::{Community, FlawKind, Mended, Repair, check, check_all, mend, repair};
use crate::polygon::{Polygon, Vertex};
use crate::reshape::{
    Insertion, ReshapeError, insert_vertex, label_point, merge, move_vertex, redraw, remove_vertex,
    snapped, split,
};
use crate::scheme::GridKind;
use crate::topology::check_partition;

/// A community of the demo city with its grids.
struct Held {
    outline: Polygon,
    basic: Vec<Polygon>,
    dedicated: Vec<Polygon>,
}

impl Held {
    fn view(&self) -> Community<'_> {
        Community {
            outline: &self.outline,
            basic: &self.basic,
            dedicated: &self.dedicated,
        }
    }

    fn fits(&self) -> bool {
        check_partition([&self.outline], &self.basic).is_empty()
    }

    fn insert(&mut self, inserted: &[Insertion]) {
        for insertion in inserted {
            if let Some(outline) = insertion.put_into(&self.outline) {
                self.outline = outline;
            }
        }
    }

    fn take(&mut self, mended: Mended) {
        self.insert(&mended.inserted);
        for (at, after) in mended.changed {
            self.basic[at] = after.unwrap();
        }
    }
}

fn communities() -> Vec<Held> {
    let city = demo();
    city.divisions
        .iter()
        .filter(|d| d.level == crate::Level::Village)
        .map(|d| {
            let of = |kind| {
                let own =
                    move |g: &&crate::city::GridShape| g.community == d.code && g.kind == kind;
                city.grids
                    .iter()
                    .filter(own)
                    .map(|g| g.polygon.clone())
                    .collect()
            };
            Held {
                outline: d.polygon.clone(),
                basic: of(GridKind::Basic),
                dedicated: of(GridKind::Dedicated),
            }
        })
        .collect()
}

fn sample(step: usize) -> Vec<Held> {
    communities().into_iter().step_by(step).collect()
}

/// A square of 300 × 100 in three columns; 100 units are about a metre.
fn columns(scale: i32) -> Held {
    let at = |x: i32, y: i32| (x * scale, y * scale);
    let column = |x: i32| polygon(&[at(x, 0), at(x + 100, 0), at(x + 100, 100), at(x, 100)]);
    Held {
        outline: polygon(&[
            at(0, 0),
            at(100, 0),
            at(200, 0),
            at(300, 0),
            at(300, 100),
            at(200, 100),
            at(100, 100),
            at(0, 100),
        ]),
        basic: vec![column(0), column(100), column(200)],
        dedicated: Vec::new(),
    }
}

fn v(x: i32, y: i32) -> Vertex {
    Vertex { x, y }
}

#[test]
fn the_demo_city_has_no_fault() {
    let all = communities();
    let views: Vec<Community<'_>> = all.iter().map(Held::view).collect();
    let faults: Vec<_> = check_all(&views).into_iter().flatten().collect();
    assert!(faults.is_empty(), "{:?}", &faults[..faults.len().min(3)]);
    assert_eq!(views.len(), 1_047);
}

#[test]
fn borders_with_vertices_on_one_side_only_still_fit() {
    let mut held = columns(1_000);
    held.basic[1] = polygon(&[
        (100_000, 0),
        (200_000, 0),
        (200_000, 40_000),
        (200_000, 100_000),
        (100_000, 100_000),
    ]);
    assert!(!held.fits());
    assert_eq!(check(held.view()), []);
}

#[test]
fn gap_overlap_overhang_and_crossing_are_found_with_their_areas() {
    let mut held = columns(1_000);
    // Column 1 begins ten units late, ends ten over the next, and hangs out at the top.
    held.basic[1] = polygon(&[
        (110_000, 0),
        (210_000, 0),
        (210_000, 110_000),
        (110_000, 110_000),
    ]);
    let flaws = check(held.view());
    let kinds: Vec<FlawKind> = flaws.iter().map(|f| f.kind).collect();
    assert!(kinds.contains(&FlawKind::Gap), "{kinds:?}");
    assert!(kinds.contains(&FlawKind::Overlap));
    assert!(kinds.contains(&FlawKind::Outside));
    let gap = flaws.iter().find(|f| f.kind == FlawKind::Gap).unwrap();
    // 0.001° × 0.01° at the equator.
    assert!(
        (gap.area_m2 - 111.195 * 1_111.95).abs() < 300.0,
        "{}",
        gap.area_m2
    );
    assert_eq!(gap.repairs.first(), Some(&Repair::Give { to: 0 }));
    let mut crossed = columns(1_000);
    crossed.basic[0] = polygon(&[(0, 0), (100_000, 100_000), (100_000, 0), (0, 90_000)]);
    let flaws = check(crossed.view());
    assert!(
        flaws
            .iter()
            .any(|f| f.kind == FlawKind::SelfCrossing && f.area_m2 > 0.0)
    );
}

#[test]
fn a_dedicated_grid_lies_in_its_community_and_on_no_other() {
    let mut held = columns(1_000);
    held.dedicated = vec![
        polygon(&[
            (10_000, 10_000),
            (30_000, 10_000),
            (30_000, 30_000),
            (10_000, 30_000),
        ]),
        polygon(&[
            (20_000, 20_000),
            (40_000, 20_000),
            (40_000, 120_000),
            (20_000, 120_000),
        ]),
    ];
    let flaws = check(held.view());
    let kinds: Vec<FlawKind> = flaws.iter().map(|f| f.kind).collect();
    assert_eq!(
        kinds,
        [FlawKind::DedicatedOutside, FlawKind::DedicatedOverlap]
    );
    assert_eq!(flaws[0].grids, [4]);
    let (after, inserted) = mend(held.view());
    assert!(inserted.is_empty());
    held.dedicated = after.into_iter().skip(3).flatten().collect();
    assert_eq!(check(held.view()), []);
}

#[test]
fn a_sliver_joins_its_longest_neighbour() {
    let mut held = columns(1_000);
    held.basic[2] = polygon(&[
        (200_000, 0),
        (299_990, 0),
        (299_990, 100_000),
        (200_000, 100_000),
    ]);
    held.basic.push(polygon(&[
        (299_990, 0),
        (300_000, 0),
        (300_000, 100_000),
        (299_990, 100_000),
    ]));
    let flaws = check(held.view());
    assert_eq!(flaws.len(), 1, "{flaws:?}");
    assert_eq!(flaws[0].kind, FlawKind::Sliver);
    let done = repair(held.view(), &flaws[0], flaws[0].repairs[0]);
    let gone: Vec<usize> = done
        .changed
        .iter()
        .filter(|c| c.1.is_none())
        .map(|c| c.0)
        .collect();
    assert_eq!(gone, [3]);
}

#[test]
fn snapping_closes_what_nearly_meets() {
    let mut held = columns(1_000);
    // Twenty units are about 22 cm.
    held.basic[1] = polygon(&[
        (100_020, 10),
        (199_985, 0),
        (199_980, 100_000),
        (100_010, 99_990),
    ]);
    let flaws = check(held.view());
    assert!(
        flaws.iter().all(|f| f.repairs.contains(&Repair::Snap)),
        "{flaws:?}"
    );
    let done = repair(held.view(), &flaws[0], Repair::Snap);
    held.take(done);
    assert_eq!(check(held.view()), []);
}

#[test]
fn neighbours_follow_a_moved_vertex_and_the_community_stands() {
    let held = columns(1_000);
    let edge = (v(100_000, 0), v(100_000, 100_000));
    let outline = Some(&held.outline);
    let changed = insert_vertex(outline, &held.basic, edge, v(120_000, 50_000)).unwrap();
    assert_eq!(changed.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 1]);
    let mut after = columns(1_000);
    for (at, grid) in changed {
        after.basic[at] = grid;
    }
    assert!(after.fits());
    let moved = move_vertex(outline, &after.basic, v(120_000, 50_000), v(90_000, 40_000)).unwrap();
    for (at, grid) in moved {
        after.basic[at] = grid;
    }
    assert!(after.fits());
    let back = remove_vertex(outline, &after.basic, v(90_000, 40_000)).unwrap();
    assert_eq!(back[0].1.doubled_area(), held.basic[0].doubled_area());
    let refused = move_vertex(outline, &held.basic, v(100_000, 0), v(1, 1));
    assert_eq!(refused, Err(ReshapeError::CommunityBorder));
}

#[test]
fn a_split_needs_a_line_right_through() {
    let held = columns(1_000);
    let short = [v(10_000, 10_000), v(50_000, 50_000)];
    assert_eq!(split(held.view(), 0, &short), Err(ReshapeError::NoDivision));
    // Ends on the outline's western edge and on the border with the next column.
    let line = [v(-5_000, 33_333), v(50_001, 40_002), v(106_000, 51_117)];
    let done = split(held.view(), 0, &line).unwrap();
    assert_eq!(done.made.len(), 2);
    assert_eq!(
        done.others.changed.len(),
        1,
        "the next column gets the vertex"
    );
    assert_eq!(done.others.inserted.len(), 1, "and so does the outline");
}

/// Borders drawn by hand are slanted: a straight line hardly ever meets one on the lattice.
#[test]
fn a_straight_line_through_a_real_grid_divides_it_whichever_way_it_runs() {
    let directions = [(1.0, 0.0), (0.0, 1.0), (0.7, 0.3), (-0.4, 0.9)];
    for held in sample(61) {
        for (at, grid) in held.basic.iter().enumerate() {
            let (low, high) = grid.bounds();
            let reach = f64::from(high.x - low.x) + f64::from(high.y - low.y);
            let middle = label_point(grid);
            for (dx, dy) in directions {
                let end = |way: f64| {
                    let go = |from: i32, d: f64| from + (way * reach * d).round() as i32;
                    v(go(middle.x, dx), go(middle.y, dy))
                };
                let done = split(held.view(), at, &[end(-2.0), end(2.0)]).unwrap();
                assert!(done.made.len() >= 2);
                let mut after = Held {
                    outline: held.outline.clone(),
                    basic: held.basic.clone(),
                    dedicated: Vec::new(),
                };
                after.take(done.others);
                after.basic.remove(at);
                after.basic.extend(done.made);
                assert!(after.fits(), "grid {at}, towards {dx} {dy}");
            }
        }
    }
}

#[test]
fn a_redrawn_grid_takes_and_leaves() {
    let mut held = columns(1_000);
    let drawn = polygon(&[
        (80_000, -10_000),
        (170_000, -10_000),
        (210_000, 60_000),
        (170_000, 110_000),
        (90_000, 120_000),
    ]);
    let done = redraw(held.view(), 1, &drawn).unwrap();
    held.take(done.others);
    held.basic[1] = done.made.into_iter().next().unwrap();
    assert!(held.fits(), "{:?}", check(held.view()));
}

#[test]
fn vertices_near_a_border_are_put_onto_it() {
    let held = columns(1_000);
    let drawn = [v(100_040, 99_970), v(150_000, 50_000), v(199_950, 33_333)];
    let borders: Vec<&Polygon> = held.basic.iter().collect();
    let put = snapped(&drawn, &borders, 1.0);
    assert_eq!(
        put,
        [v(100_000, 100_000), v(150_000, 50_000), v(200_000, 33_333)]
    );
}

/// A line through the box of `polygon`, by two fractions of its sides.
fn line_through(polygon: &Polygon, from: f64, to: f64) -> Vec<Vertex> {
    let (low, high) = polygon.bounds();
    let at = |a: i32, b: i32, t: f64| a + ((f64::from(b) - f64::from(a)) * t) as i32;
    if from + to > 1.0 {
        vec![
            v(at(low.x, high.x, from), low.y - 10),
            v(at(low.x, high.x, 1.0 - to), at(low.y, high.y, to)),
            v(at(low.x, high.x, to), high.y + 10),
        ]
    } else {
        vec![
            v(low.x - 10, at(low.y, high.y, from)),
            v(high.x + 10, at(low.y, high.y, to)),
        ]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Splits, merges, moves and redrawings, one upon the other, in real shapes.
    #[test]
    fn whatever_is_done_the_grids_still_cover_their_community(
        steps in prop::collection::vec((0..4_u8, any::<prop::sample::Index>(), 0.0..1.0_f64, 0.0..1.0_f64), 4),
    ) {
        for mut held in sample(97) {
            for (what, which, from, to) in &steps {
                let at = which.index(held.basic.len());
                match what {
                    0 => {
                        let line = line_through(&held.basic[at], *from, *to);
                        let Ok(done) = split(held.view(), at, &line) else { continue };
                        held.take(done.others);
                        held.basic.remove(at);
                        held.basic.extend(done.made);
                    }
                    1 => {
                        let with = (at + 1) % held.basic.len();
                        let Ok(done) = merge(held.view(), &[at, with]) else { continue };
                        held.take(done.others);
                        held.basic.remove(at.max(with));
                        held.basic.remove(at.min(with));
                        held.basic.extend(done.made);
                    }
                    2 => {
                        let ring = held.basic[at].exterior();
                        let from_v = ring[which.index(ring.len())];
                        let step = |n: f64| ((n - 0.5) * 40.0) as i32;
                        let to_v = v(from_v.x + step(*from), from_v.y + step(*to));
                        if let Ok(changed) = move_vertex(Some(&held.outline), &held.basic, from_v, to_v) {
                            let before = held.basic.clone();
                            for (n, grid) in changed {
                                held.basic[n] = grid;
                            }
                            if !held.fits() || !check(held.view()).is_empty() {
                                held.basic = before;
                            }
                        }
                    }
                    _ => {
                        let (low, high) = held.basic[at].bounds();
                        let (w, h) = ((high.x - low.x) / 3, (high.y - low.y) / 4);
                        let drawn = polygon(&[
                            (low.x - w, low.y + h), (high.x - w, low.y - h), (high.x, high.y - h), (low.x + w, high.y + h),
                        ]);
                        let Ok(done) = redraw(held.view(), at, &drawn) else { continue };
                        if done.others.changed.iter().any(|c| c.1.is_none()) {
                            continue;
                        }
                        held.take(done.others);
                        held.basic[at] = done.made[0].clone();
                        // A neighbour may have been cut in two; its smaller part is a gap then.
                        if !check(held.view()).is_empty() {
                            let (after, inserted) = mend(held.view());
                            held.insert(&inserted);
                            held.basic = after.into_iter().take(held.basic.len()).flatten().collect();
                        }
                    }
                }
                prop_assert_eq!(check_partition([&held.outline], &held.basic), []);
            }
        }
    }

    /// Borders torn apart at random are put together again.
    #[test]
    fn any_damage_can_be_mended(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), -400_i32..400, -400_i32..400), 1..5),
    ) {
        for mut held in sample(131) {
            for (which, vertex, dx, dy) in &damage {
                let at = which.index(held.basic.len());
                let mut ring = held.basic[at].exterior().to_vec();
                let n = vertex.index(ring.len());
                ring[n] = v(ring[n].x + dx * 20, ring[n].y + dy * 20);
                if let Ok(torn) = Polygon::new(ring, Vec::new()) {
                    held.basic[at] = torn;
                }
            }
            let count = held.basic.len();
            let (after, inserted) = mend(held.view());
            held.insert(&inserted);
            held.basic = after.into_iter().take(count).flatten().collect();
            let left = check(held.view());
            prop_assert!(left.is_empty(), "{:?}", left);
            prop_assert_eq!(check_partition([&held.outline], &held.basic), []);
        }
    }
}

#[test]
fn shared_ground_is_told_to_the_square_metre() {
    let held = columns(1_000);
    let wide = polygon(&[(0, 0), (150_000, 0), (150_000, 100_000), (0, 100_000)]);
    let rest = polygon(&[
        (150_000, 0),
        (300_000, 0),
        (300_000, 100_000),
        (150_000, 100_000),
    ]);
    let old: Vec<&Polygon> = held.basic.iter().collect();
    let found = crate::reshape::shares(&old, &[&wide, &rest]);
    let column = crate::flaws::area_m2(&held.basic[0]);
    let wanted = [(0, 0, 1.0), (1, 0, 0.5), (1, 1, 0.5), (2, 1, 1.0)];
    assert_eq!(found.len(), wanted.len());
    for ((o, n, area), (wo, wn, share)) in found.into_iter().zip(wanted) {
        assert_eq!((o, n), (wo, wn));
        assert!((area - share * column).abs() < 1.0, "{area}");
    }
}

#[test]
fn an_old_border_gets_the_vertices_its_community_gained() {
    let held = columns(1_000);
    let outline = polygon(&[
        (0, 0),
        (33_333, 1),
        (100_000, 0),
        (200_000, 0),
        (300_000, 0),
        (300_000, 100_000),
        (200_000, 100_000),
        (100_000, 100_000),
        (0, 100_000),
    ]);
    let fitted = crate::reshape::fitted(&held.basic[0], &outline);
    assert_eq!(fitted.exterior().len(), 5);
    assert!(fitted.exterior().contains(&v(33_333, 1)));
    assert_eq!(
        crate::reshape::fitted(&held.basic[1], &outline),
        held.basic[1]
    );
}

#[test]
fn labels_stand_inside_and_serials_go_from_west_to_east() {
    for grid in demo().grids.iter().step_by(7) {
        let at = crate::reshape::label_point(&grid.polygon);
        assert!(grid.polygon.holds(at), "{}", grid.code);
    }
    let places = [v(5, 0), v(1, 0), v(1, 9), v(3, 2)];
    let order = crate::scheme::SerialOrder::WestEastNorthSouth;
    assert_eq!(order.sorted(&places), [2, 1, 3, 0]);
}
