use proptest::prelude::*;

use super::{demo, polygon};
use crate::codes::Level;
use crate::coords::{LonLat, haversine_m};
use crate::locate::{Located, NetIndex};
use crate::polygon::{Polygon, Vertex};
use crate::scheme::GridKind;
use crate::topology::{Fault, check_partition, check_simple};

fn demo_index() -> NetIndex {
    let grids = (0..).zip(&demo().grids);
    NetIndex::build(7, grids.map(|(id, g)| (id, g.kind, &g.polygon)))
}

fn at(x: i32, y: i32) -> LonLat {
    Vertex { x, y }.to_lonlat()
}

/// A net of jittered quadrilaterals halved into triangles, with its outer square.
fn triangles(side: i32, jitter: &[(i32, i32)]) -> (Polygon, Vec<Polygon>) {
    let step = 12;
    let vertex = |i: i32, j: i32| {
        let inner = (1..side).contains(&i) && (1..side).contains(&j);
        let (dx, dy) = if inner {
            jitter[(i * side + j) as usize]
        } else {
            (0, 0)
        };
        (i * step + dx, j * step + dy)
    };
    let mut parts = Vec::new();
    for (i, j) in (0..side).flat_map(|i| (0..side).map(move |j| (i, j))) {
        let [a, b, c, d] = [
            vertex(i, j),
            vertex(i + 1, j),
            vertex(i + 1, j + 1),
            vertex(i, j + 1),
        ];
        parts.push(polygon(&[a, b, c]));
        parts.push(polygon(&[a, c, d]));
    }
    let along: Vec<i32> = (0..side).collect();
    let border = [
        along.iter().map(|&i| vertex(i, 0)).collect::<Vec<_>>(),
        along.iter().map(|&j| vertex(side, j)).collect(),
        along.iter().map(|&i| vertex(side - i, side)).collect(),
        along.iter().map(|&j| vertex(0, side - j)).collect(),
    ];
    (polygon(&border.concat()), parts)
}

proptest! {
    /// The lattice is so coarse here that most points tried lie on edges and vertices.
    #[test]
    fn each_point_of_the_whole_lies_in_exactly_one_part(
        jitter in prop::collection::vec((-2..3, -2..3), 25),
    ) {
        let (whole, parts) = triangles(5, &jitter);
        prop_assert_eq!(check_partition([&whole], &parts), []);
        let index = NetIndex::build(1, (0..).zip(&parts).map(|(i, p)| (i, GridKind::Basic, p)));
        for p in (-1..=61).flat_map(|x| (-1..=61).map(move |y| Vertex { x, y })) {
            let holders: Vec<u32> =
                (0..).zip(&parts).filter(|(_, part)| part.holds(p)).map(|(i, _)| i).collect();
            prop_assert_eq!(holders.len(), usize::from(whole.holds(p)), "{:?}", p);
            prop_assert_eq!(index.locate_vertex(p).basic, holders.first().copied());
        }
    }

    #[test]
    fn the_raster_agrees_with_the_exact_test_at_any_scale(
        ring in prop::collection::vec((0..3_000_000, 0..3_000_000), 3..12),
        points in prop::collection::vec((0..3_000_000, 0..3_000_000), 50),
    ) {
        let Ok(shape) = Polygon::new(
            ring.iter().map(|&(x, y)| Vertex { x, y }).collect(), Vec::new(),
        ) else { return Ok(()) };
        let index = NetIndex::build(1, [(5, GridKind::Basic, &shape), (6, GridKind::Dedicated, &shape)]);
        let corners = ring.iter().copied();
        for p in points.iter().copied().chain(corners).map(|(x, y)| Vertex { x, y }) {
            let wanted = if shape.holds(p) {
                Located { basic: Some(5), dedicated: vec![6] }
            } else {
                Located::default()
            };
            prop_assert_eq!(index.locate_vertex(p), wanted);
        }
    }
}

#[test]
fn every_corner_and_edge_of_the_demo_net_belongs_to_one_grid() {
    let index = demo_index();
    let city = &demo().divisions[0];
    assert_eq!(city.level, Level::City);
    let border: std::collections::HashSet<_> = city.polygon.exterior().iter().collect();
    let basic = demo().grids.iter().filter(|g| g.kind == GridKind::Basic);
    for (a, b) in basic.flat_map(|g| g.polygon.edges()) {
        let half = |p: i32, q: i32| p + (q - p) / 2;
        let middle = Vertex {
            x: half(a.x, b.x),
            y: half(a.y, b.y),
        };
        let inside = |v: Vertex| !border.contains(&v) || city.polygon.holds(v);
        assert_eq!(index.locate_vertex(a).basic.is_some(), inside(a));
        let outer = border.contains(&a) && border.contains(&b);
        assert!(outer || index.locate_vertex(middle).basic.is_some());
    }
}

#[test]
fn the_index_agrees_with_a_test_of_all_grids() {
    let index = demo_index();
    let grids = &demo().grids;
    for grid in grids.iter().step_by(29) {
        for p in [
            grid.polygon.exterior()[0],
            grid.polygon.exterior()[1],
            grid.label_point.into(),
        ] {
            let holders = |kind: GridKind| -> Vec<u32> {
                let holds =
                    |(_, g): &(u32, &crate::city::GridShape)| g.kind == kind && g.polygon.holds(p);
                (0..).zip(grids).filter(holds).map(|(i, _)| i).collect()
            };
            let found = index.locate_vertex(p);
            assert_eq!(
                found.basic.into_iter().collect::<Vec<_>>(),
                holders(GridKind::Basic)
            );
            assert_eq!(found.dedicated, holders(GridKind::Dedicated));
        }
    }
}

#[test]
fn what_happens_in_a_dedicated_grid_is_its_own() {
    let index = demo_index();
    for (id, grid) in (0..).zip(&demo().grids) {
        let found = index.locate(grid.label_point);
        assert_eq!(
            found.owner(),
            Some(id)
                .filter(|_| found.dedicated.is_empty())
                .or(found.dedicated.first().copied(),)
        );
        if grid.kind == GridKind::Dedicated {
            assert_eq!(found.owner(), Some(id));
            assert!(found.basic.is_some());
        }
    }
    assert_eq!((index.net_number(), index.len()), (7, 6_257));
}

#[test]
fn distances_are_metres_to_the_border() {
    // A square of 0.01° at 32° north: about 1,112 m high and 943 m wide.
    let (x, y) = (1_200_000_000, 320_000_000);
    let square = polygon(&[
        (x, y),
        (x + 100_000, y),
        (x + 100_000, y + 100_000),
        (x, y + 100_000),
    ]);
    let index = NetIndex::build(1, [(3, GridKind::Basic, &square)]);
    let east = at(x + 200_000, y + 50_000);
    let wanted = haversine_m(at(x + 100_000, y + 50_000), east);
    assert!((index.distance_to_border_m(3, east).unwrap() - wanted).abs() < 1.0);
    assert!((index.nearest(east, 2_000.0).unwrap().1 - wanted).abs() < 1.0);
    assert_eq!(index.nearest(east, 500.0), None);
    let inside = at(x + 50_000, y + 50_000);
    assert_eq!(index.nearest(inside, 0.0), Some((3, 0.0)));
    let to_side = index.distance_to_border_m(3, inside).unwrap();
    assert!((to_side - wanted / 2.0).abs() < 1.0);
    assert_eq!(index.distance_to_border_m(4, inside), None);
    // The outer border itself, which the half-open rule leaves out on one side, is found so.
    assert_eq!(index.locate(at(x + 100_000, y)).basic, None);
    assert!(index.nearest(at(x + 100_000, y), 1.0).unwrap().1 < 0.01);
}

#[test]
fn an_empty_net_locates_nothing() {
    let index = NetIndex::build(0, std::iter::empty());
    assert!(index.is_empty());
    assert_eq!(index.locate(at(0, 0)), Located::default());
    assert_eq!(index.nearest(at(0, 0), 1e9), None);
}

#[test]
fn gaps_overlaps_and_strays_are_faults() {
    let whole = polygon(&[(0, 0), (20, 0), (20, 10), (0, 10)]);
    let split = polygon(&[(0, 0), (10, 0), (20, 0), (20, 10), (10, 10), (0, 10)]);
    let left = polygon(&[(0, 0), (10, 0), (10, 10), (0, 10)]);
    let right = polygon(&[(10, 0), (20, 0), (20, 10), (10, 10)]);
    let thin = polygon(&[(10, 0), (20, 0), (20, 10), (11, 10)]);
    let fat = polygon(&[(9, 0), (20, 0), (20, 10), (9, 10)]);
    assert_eq!(check_partition([&split], [&left, &right]), []);
    assert_eq!(check_partition([&left, &right], [&split]), []);
    // A border that lacks a neighbour's vertex is a fault: later edits would tear it open.
    assert!(!check_partition([&whole], [&left, &right]).is_empty());
    assert!(check_partition([&split], [&left]).contains(&Fault::Area { missing: 200 }));
    assert!(!check_partition([&split], [&left, &thin]).is_empty());
    assert!(!check_partition([&split], [&left, &fat]).is_empty());
    let doubled = check_partition([&split], [&left, &right, &right]);
    assert!(doubled.iter().any(|f| matches!(
        f,
        Fault::Overlap {
            children: (1, 2),
            ..
        }
    )));
    assert!(check_simple(&whole).is_empty());
    assert!(!check_simple(&polygon(&[(0, 0), (10, 9), (10, 0), (0, 10)])).is_empty());
    assert!(
        !check_simple(&polygon(&[
            (0, 0),
            (10, 0),
            (5, 5),
            (10, 10),
            (0, 10),
            (5, 5)
        ]))
        .is_empty()
    );
}
