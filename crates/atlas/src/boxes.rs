//! Which polygons a box on the map touches, exact on the lattice.

use crate::polygon::{Polygon, Vertex, orient};

/// A box with sides along the meridians and parallels, its border included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatticeBox {
    /// South-west corner.
    pub low: Vertex,
    /// North-east corner; neither coordinate less than that of `low`.
    pub high: Vertex,
}

impl LatticeBox {
    /// Whether `p` lies in the box or on its border.
    #[must_use]
    pub fn holds(&self, p: Vertex) -> bool {
        (self.low.x..=self.high.x).contains(&p.x) && (self.low.y..=self.high.y).contains(&p.y)
    }

    /// Whether the boxes have a point in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.low.x <= other.high.x
            && other.low.x <= self.high.x
            && self.low.y <= other.high.y
            && other.low.y <= self.high.y
    }

    /// Whether the polygon, its border included, has a point in common with the box. O(n) in its
    /// vertices.
    #[must_use]
    pub fn touches(&self, polygon: &Polygon) -> bool {
        let (low, high) = polygon.bounds();
        if !self.meets(&Self { low, high }) {
            return false;
        }
        // Either an edge comes into the box, or the box lies wholly inside or outside.
        polygon.edges().any(|(a, b)| self.crossed(a, b)) || polygon.holds(self.low)
    }

    /// Whether the segment has a point in common with the box: it does not when both ends lie
    /// beyond one side, or all four corners on one side of it.
    fn crossed(&self, a: Vertex, b: Vertex) -> bool {
        let beyond = a.x.max(b.x) < self.low.x
            || a.x.min(b.x) > self.high.x
            || a.y.max(b.y) < self.low.y
            || a.y.min(b.y) > self.high.y;
        if beyond {
            return false;
        }
        let corners = [
            self.low,
            Vertex {
                x: self.high.x,
                y: self.low.y,
            },
            self.high,
            Vertex {
                x: self.low.x,
                y: self.high.y,
            },
        ];
        let sides = corners.map(|c| orient(a, b, c).signum());
        sides.iter().any(|s| *s >= 0) && sides.iter().any(|s| *s <= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(x: i32, y: i32) -> Vertex {
        Vertex { x, y }
    }

    fn polygon(points: &[(i32, i32)]) -> Polygon {
        Polygon::new(points.iter().map(|p| v(p.0, p.1)).collect(), Vec::new()).unwrap()
    }

    fn square(low: (i32, i32), high: (i32, i32)) -> LatticeBox {
        LatticeBox {
            low: v(low.0, low.1),
            high: v(high.0, high.1),
        }
    }

    #[test]
    fn a_box_touches_what_it_holds_what_holds_it_and_what_crosses_it() {
        let triangle = polygon(&[(0, 0), (100, 0), (0, 100)]);
        for (low, high, wanted, why) in [
            ((-10, -10), (110, 110), true, "holds it"),
            ((10, 10), (20, 20), true, "lies inside"),
            ((-50, 40), (200, 45), true, "a band through it"),
            ((60, 60), (90, 90), false, "in its bounds, beyond the slope"),
            ((50, 50), (90, 90), true, "a corner on the slope"),
            ((100, 0), (120, 20), true, "a corner in common"),
            ((101, 0), (120, 20), false, "just beside"),
        ] {
            assert_eq!(square(low, high).touches(&triangle), wanted, "{why}");
        }
        let ring = Polygon::new(
            vec![v(0, 0), v(90, 0), v(90, 90), v(0, 90)],
            vec![vec![v(30, 30), v(60, 30), v(60, 60), v(30, 60)]],
        )
        .unwrap();
        assert!(!square((40, 40), (50, 50)).touches(&ring), "in the hole");
        assert!(square((20, 40), (50, 50)).touches(&ring));
    }
}
