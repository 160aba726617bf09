//! Clipping of rings to a tile with its margin (Sutherland–Hodgman, one side after the other).

use super::mercator::EXTENT;

/// How far geometry goes on beyond the tile, in tile units (eight pixels of a 512-pixel tile).
pub const MARGIN: i64 = 64;

type Point = (i64, i64);

/// The ring within the tile and its margin; may run along the margin's edge, and may be empty.
pub fn ring(ring: Vec<Point>) -> Vec<Point> {
    let (low, high) = (-MARGIN, EXTENT + MARGIN);
    let ring = side(
        ring,
        |p| p.0 - low,
        |a, b| (low, cross(a.0, a.1, b.0, b.1, low)),
    );
    let ring = side(
        ring,
        |p| high - p.0,
        |a, b| (high, cross(a.0, a.1, b.0, b.1, high)),
    );
    let ring = side(
        ring,
        |p| p.1 - low,
        |a, b| (cross(a.1, a.0, b.1, b.0, low), low),
    );
    side(
        ring,
        |p| high - p.1,
        |a, b| (cross(a.1, a.0, b.1, b.0, high), high),
    )
}

/// Keeps what lies where `depth` is not negative.
fn side(
    ring: Vec<Point>,
    depth: impl Fn(Point) -> i64,
    meet: impl Fn(Point, Point) -> Point,
) -> Vec<Point> {
    if ring.iter().all(|&p| depth(p) >= 0) {
        return ring;
    }
    let mut kept = Vec::with_capacity(ring.len() + 4);
    let mut push = |p: Point| {
        if kept.last() != Some(&p) {
            kept.push(p);
        }
    };
    let Some(&last) = ring.last() else {
        return ring;
    };
    let mut before = last;
    for &p in &ring {
        if (depth(before) >= 0) != (depth(p) >= 0) {
            // The same point whichever way neighbours walk the edge.
            push(meet(before.min(p), before.max(p)));
        }
        if depth(p) >= 0 {
            push(p);
        }
        before = p;
    }
    while kept.len() > 1 && kept.first() == kept.last() {
        kept.pop();
    }
    kept
}

/// The second coordinate where the first reaches `at`, rounded down.
fn cross(a0: i64, a1: i64, b0: i64, b1: i64, at: i64) -> i64 {
    let step = i128::from(b1 - a1) * i128::from(at - a0);
    a1 + step.div_euclid(i128::from(b0 - a0)) as i64
}
