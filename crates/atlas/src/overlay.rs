//! Polygons laid over one another: what they have in common and what not, with areas.
//!
//! Crossings are rounded to the lattice, so results lie within a centimetre of the true ones; areas
//! below some hundredths of a square metre mean nothing.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::Overlay;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use crate::polygon::{METRES_PER_DEGREE, Polygon, UNITS_PER_DEGREE, Vertex};

type Contours = Vec<Vec<IntPoint<i64>>>;

fn contours<'a>(polygons: impl IntoIterator<Item = &'a Polygon>) -> Contours {
    let point = |v: &Vertex| IntPoint::new(i64::from(v.x), i64::from(v.y));
    polygons
        .into_iter()
        .flat_map(Polygon::rings)
        .map(|ring| ring.iter().map(point).collect())
        .collect()
}

fn laid(subject: &Contours, other: &Contours, rule: OverlayRule) -> Vec<Polygon> {
    // Outer rings wind once, holes the other way: where polygons overlap, the sum is above one.
    let shapes = Overlay::<i64>::from_subj_and_clip(subject.as_slice(), other.as_slice())
        .overlay(rule, FillRule::NonZero);
    let vertex = |p: IntPoint<i64>| {
        Some(Vertex {
            x: i32::try_from(p.x).ok()?,
            y: i32::try_from(p.y).ok()?,
        })
    };
    shapes
        .into_iter()
        .filter_map(|shape| {
            let mut rings = shape
                .into_iter()
                .map(|ring| ring.into_iter().map(vertex).collect::<Option<Vec<_>>>());
            let outer = rings.next()??;
            Polygon::new(outer, rings.collect::<Option<_>>()?).ok()
        })
        .collect()
}

/// What both have in common.
#[must_use]
pub fn common(a: &Polygon, b: &Polygon) -> Vec<Polygon> {
    laid(&contours([a]), &contours([b]), OverlayRule::Intersect)
}

/// What `whole` has and none of `parts`.
#[must_use]
pub fn left_over<'a>(
    whole: &Polygon,
    parts: impl IntoIterator<Item = &'a Polygon>,
) -> Vec<Polygon> {
    laid(
        &contours([whole]),
        &contours(parts),
        OverlayRule::Difference,
    )
}

/// Everything at least one of them has.
#[must_use]
pub fn united<'a>(polygons: impl IntoIterator<Item = &'a Polygon>) -> Vec<Polygon> {
    laid(&contours(polygons), &Contours::new(), OverlayRule::Subject)
}

/// The area of all of them, square metres, on the sphere about each one's middle latitude.
#[must_use]
pub fn area_m2(polygons: &[Polygon]) -> f64 {
    polygons.iter().map(|p| p.area_km2() * 1e6).sum()
}

/// The mean width in metres: twice the area by the length of the border. What is narrower than people
/// could stand in is a sliver.
#[must_use]
pub fn width_m(polygon: &Polygon) -> f64 {
    let (low, high) = polygon.bounds();
    let lat = (f64::from(low.y) + f64::from(high.y)) / 2.0 / UNITS_PER_DEGREE;
    let y = METRES_PER_DEGREE / UNITS_PER_DEGREE;
    let x = y * lat.to_radians().cos();
    let length = |(a, b): (Vertex, Vertex)| {
        let dx = (i64::from(a.x) - i64::from(b.x)) as f64 * x;
        let dy = (i64::from(a.y) - i64::from(b.y)) as f64 * y;
        dx.hypot(dy)
    };
    let border: f64 = polygon.edges().map(length).sum();
    if border > 0.0 {
        2.0 * polygon.area_km2() * 1e6 / border
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: i32, south: i32, side: i32) -> Polygon {
        let (x, y) = (1_199_000_000 + west, 317_000_000 + south);
        let ring = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)];
        Polygon::new(ring.map(|(x, y)| Vertex { x, y }).to_vec(), Vec::new()).unwrap()
    }

    #[test]
    fn areas_laid_over_one_another_add_up() {
        let (a, b) = (square(0, 0, 100_000), square(50_000, 50_000, 100_000));
        let both = area_m2(&common(&a, &b));
        let only = area_m2(&left_over(&a, [&b]));
        let all = area_m2(&united([&a, &b]));
        let one = a.area_km2() * 1e6;
        assert!((both - one / 4.0).abs() < one * 1e-4);
        assert!((both + only - one).abs() < one * 1e-4);
        assert!((all - one * 1.75).abs() < one * 1e-4);
        assert!(common(&a, &square(200_000, 0, 100)).is_empty());
        // Squares that only touch have nothing in common, and become one.
        let beside = square(100_000, 0, 100_000);
        assert!(common(&a, &beside).is_empty());
        assert_eq!(united([&a, &beside]).len(), 1);
    }

    #[test]
    fn a_hole_stays_a_hole() {
        let (whole, middle) = (square(0, 0, 90_000), square(30_000, 30_000, 30_000));
        let ring = left_over(&whole, [&middle]);
        assert_eq!(ring.len(), 1);
        assert_eq!(ring[0].holes().len(), 1);
        assert!(common(&ring[0], &middle).is_empty());
        let again = united([&ring[0], &middle]);
        assert_eq!(again.len(), 1);
        assert!(again[0].holes().is_empty());
        assert_eq!(again[0].doubled_area(), whole.doubled_area());
    }

    #[test]
    fn a_strip_is_as_wide_as_it_is() {
        let (x, y) = (1_199_000_000, 317_000_000);
        let ring = [
            (x, y),
            (x + 1_000_000, y),
            (x + 1_000_000, y + 90),
            (x, y + 90),
        ];
        let strip = Polygon::new(ring.map(|(x, y)| Vertex { x, y }).to_vec(), Vec::new()).unwrap();
        assert!((width_m(&strip) - 1.0).abs() < 0.01, "{}", width_m(&strip));
    }
}
