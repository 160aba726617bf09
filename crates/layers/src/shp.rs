//! The shapes of a Shapefile (ESRI white paper of July 1998), points and polygons.

use crate::layer::{Budget, FileFault, Geometry, turning};
use crate::wkb::Walk;
use crate::wkt::closed;

const POINT: u32 = 1;
const POLYGON: u32 = 5;
/// Bytes of the header.
const HEAD: usize = 100;

/// Reads all shapes, in the order of their records.
///
/// # Errors
/// When it is cut, no Shapefile, or too large.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Geometry>, FileFault> {
    let broken = || FileFault::new("layer.not_shp");
    let mut walk = Walk { rest: bytes };
    if walk.u32(false) != Some(9994) {
        return Err(broken());
    }
    walk.rest = bytes.get(HEAD..).ok_or_else(broken)?;
    let mut shapes = Vec::new();
    while walk.rest.len() >= 8 {
        budget.feature()?;
        let _number = walk.u32(false);
        let words = walk.u32(false).ok_or_else(broken)?;
        let length = usize::try_from(words)
            .unwrap_or(usize::MAX)
            .saturating_mul(2);
        let content = walk.rest.get(..length).ok_or_else(broken)?;
        walk.rest = walk.rest.get(length..).unwrap_or_default();
        budget.points(length / 16)?;
        shapes.push(shape(content).unwrap_or(Geometry::Broken));
    }
    Ok(shapes)
}

fn shape(content: &[u8]) -> Option<Geometry> {
    let mut walk = Walk { rest: content };
    // Thousands are not used; 10 and more add heights, 20 and more measures, both behind the points.
    match walk.u32(true)? {
        0 => Some(Geometry::Nothing),
        1 | 11 | 21 => Some(Geometry::Point([walk.f64(true)?, walk.f64(true)?])),
        5 | 15 | 25 => polygon(&mut walk),
        3 | 13 | 23 => Some(Geometry::Other("LineString")),
        8 | 18 | 28 => Some(Geometry::Other("MultiPoint")),
        31 => Some(Geometry::Other("MultiPatch")),
        _ => None,
    }
}

fn polygon(walk: &mut Walk<'_>) -> Option<Geometry> {
    for _ in 0..4 {
        walk.f64(true)?;
    }
    let parts = usize::try_from(walk.u32(true)?).ok()?;
    let points = usize::try_from(walk.u32(true)?).ok()?;
    let fits = parts.checked_mul(4)?.checked_add(points.checked_mul(16)?)?;
    if walk.rest.len() < fits {
        return None;
    }
    let mut starts = Vec::with_capacity(parts + 1);
    for _ in 0..parts {
        starts.push(usize::try_from(walk.u32(true)?).ok()?);
    }
    starts.push(points);
    let mut all = Vec::with_capacity(points);
    for _ in 0..points {
        all.push([walk.f64(true)?, walk.f64(true)?]);
    }
    let mut rings = Vec::new();
    for pair in starts.windows(2) {
        let &[from, to] = pair else { continue };
        rings.push(all.get(from..to)?.to_vec());
    }
    Some(grouped(rings))
}

/// Outer rings run clockwise here and holes the other way; each hole goes to the outer ring around it.
fn grouped(rings: Vec<Vec<[f64; 2]>>) -> Geometry {
    let single = rings.len() == 1;
    let (outer, holes): (Vec<_>, Vec<_>) = rings
        .into_iter()
        .partition(|ring| single || turning(ring) <= 0.0);
    let mut all: Vec<Vec<Vec<[f64; 2]>>> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let place = all.iter().position(|rings| {
            let outer = rings.first().map_or(&[][..], Vec::as_slice);
            hole.iter().all(|p| inside(outer, *p) || outer.contains(p))
        });
        match place.and_then(|at| all.get_mut(at)) {
            Some(rings) => rings.push(hole),
            // No ring around it: some writers turn single rings the wrong way.
            None => all.push(vec![hole]),
        }
    }
    match all.len() {
        0 => Geometry::Nothing,
        1 => Geometry::Polygon(all.remove(0)),
        _ => Geometry::Polygons(all),
    }
}

fn inside(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).fold(false, |inside, (a, b)| {
        let crosses =
            (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0];
        inside ^ crosses
    })
}

/// The shapes and their index (`.shp`, `.shx`). All points, or all polygons; what is neither is null.
pub(crate) fn write(shapes: &[&Geometry]) -> (Vec<u8>, Vec<u8>) {
    let points = shapes.iter().any(|g| matches!(g, Geometry::Point(_)));
    let kind = if points { POINT } else { POLYGON };
    let records: Vec<Vec<u8>> = shapes.iter().map(|g| record(g, kind)).collect();
    let mut bounds = Bounds::default();
    for shape in shapes {
        match shape {
            Geometry::Point(p) => bounds.add(*p),
            Geometry::Polygon(rings) => rings.iter().flatten().for_each(|p| bounds.add(*p)),
            Geometry::Polygons(all) => all.iter().flatten().flatten().for_each(|p| bounds.add(*p)),
            _ => {}
        }
    }
    let length = HEAD + records.iter().map(|r| r.len() + 8).sum::<usize>();
    let mut shp = head(length, kind, &bounds);
    let mut shx = head(HEAD + 8 * records.len(), kind, &bounds);
    for (number, record) in (1_u32..).zip(&records) {
        shx.extend(words(shp.len()));
        shx.extend(words(record.len()));
        shp.extend(number.to_be_bytes());
        shp.extend(words(record.len()));
        shp.extend(record);
    }
    (shp, shx)
}

/// A length in words of 16 bits, big endian.
fn words(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes / 2).unwrap_or(u32::MAX).to_be_bytes()
}

fn head(length: usize, kind: u32, bounds: &Bounds) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    out.extend(9994_u32.to_be_bytes());
    out.extend([0; 20]);
    out.extend(words(length));
    out.extend(1000_u32.to_le_bytes());
    out.extend(kind.to_le_bytes());
    bounds
        .numbers()
        .iter()
        .for_each(|n| out.extend(n.to_le_bytes()));
    out.extend([0; 32]);
    out
}

struct Bounds {
    low: [f64; 2],
    high: [f64; 2],
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            low: [f64::INFINITY; 2],
            high: [f64::NEG_INFINITY; 2],
        }
    }
}

impl Bounds {
    fn add(&mut self, [x, y]: [f64; 2]) {
        self.low = [self.low[0].min(x), self.low[1].min(y)];
        self.high = [self.high[0].max(x), self.high[1].max(y)];
    }

    fn numbers(&self) -> [f64; 4] {
        if self.low[0] > self.high[0] {
            return [0.0; 4];
        }
        [self.low[0], self.low[1], self.high[0], self.high[1]]
    }
}

fn record(shape: &Geometry, kind: u32) -> Vec<u8> {
    let mut out = Vec::new();
    match (shape, kind) {
        (Geometry::Point([x, y]), POINT) => {
            out.extend(POINT.to_le_bytes());
            out.extend(x.to_le_bytes());
            out.extend(y.to_le_bytes());
        }
        (Geometry::Polygon(rings), POLYGON) => rings_record(&mut out, std::slice::from_ref(rings)),
        (Geometry::Polygons(all), POLYGON) => rings_record(&mut out, all),
        _ => out.extend(0_u32.to_le_bytes()),
    }
    out
}

fn rings_record(out: &mut Vec<u8>, all: &[Vec<Vec<[f64; 2]>>]) {
    let mut bounds = Bounds::default();
    let (mut starts, mut points): (Vec<u32>, Vec<[f64; 2]>) = (Vec::new(), Vec::new());
    for rings in all {
        for (n, ring) in rings.iter().enumerate() {
            starts.push(u32::try_from(points.len()).unwrap_or(u32::MAX));
            let mut ring: Vec<[f64; 2]> = closed(ring).collect();
            // Outer rings clockwise, holes counter-clockwise.
            if (turning(&ring) > 0.0) == (n == 0) {
                ring.reverse();
            }
            ring.iter().for_each(|p| bounds.add(*p));
            points.extend(ring);
        }
    }
    out.extend(POLYGON.to_le_bytes());
    bounds
        .numbers()
        .iter()
        .for_each(|n| out.extend(n.to_le_bytes()));
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    out.extend(count(starts.len()));
    out.extend(count(points.len()));
    starts.iter().for_each(|s| out.extend(s.to_le_bytes()));
    for [x, y] in points {
        out.extend(x.to_le_bytes());
        out.extend(y.to_le_bytes());
    }
}
