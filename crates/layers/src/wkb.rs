//! Well-known binary of points and polygons, in either byte order, with or without heights.

use crate::layer::{Budget, FileFault, Geometry};
use crate::wkt::closed;

/// Bytes walked from front to back.
pub(crate) struct Walk<'a> {
    pub rest: &'a [u8],
}

impl Walk<'_> {
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        self.rest = tail;
        Some(*head)
    }

    pub fn u32(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    pub fn f64(&mut self, little: bool) -> Option<f64> {
        let bytes = self.take()?;
        Some(if little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }
}

/// Reads a geometry; what cannot be read is [`Geometry::Broken`].
///
/// # Errors
/// When the file holds too many points.
pub(crate) fn parse(bytes: &[u8], budget: &mut Budget) -> Result<Geometry, FileFault> {
    let mut walk = Walk { rest: bytes };
    let found = geometry(&mut walk, false).unwrap_or(Geometry::Broken);
    budget.points(bytes.len() / 16)?;
    Ok(found)
}

fn geometry(walk: &mut Walk<'_>, inner: bool) -> Option<Geometry> {
    let little = walk.take::<1>()? == [1];
    let kind = walk.u32(little)?;
    // EWKB marks heights, measures and a number of the system in the highest bits; ISO adds thousands.
    let (mut dimensions, has_srid) = (2, kind & 0x2000_0000 != 0);
    dimensions += usize::from(kind & 0x8000_0000 != 0) + usize::from(kind & 0x4000_0000 != 0);
    let plain = kind & 0x0fff_ffff;
    dimensions += match plain / 1000 {
        1 | 2 => 1,
        3 => 2,
        _ => 0,
    };
    if has_srid {
        walk.u32(little)?;
    }
    match plain % 1000 {
        1 => {
            let point = point(walk, little, dimensions)?;
            // An empty point is written as not-a-number.
            Some(if point[0].is_nan() {
                Geometry::Nothing
            } else {
                Geometry::Point(point)
            })
        }
        3 => Some(Geometry::Polygon(rings(walk, little, dimensions)?)),
        6 if !inner => {
            let count = walk.u32(little)?;
            let mut all = Vec::new();
            for _ in 0..count {
                match geometry(walk, true)? {
                    Geometry::Polygon(rings) => all.push(rings),
                    _ => return None,
                }
            }
            Some(Geometry::Polygons(all))
        }
        2 | 5 => Some(Geometry::Other("LineString")),
        4 => Some(Geometry::Other("MultiPoint")),
        7 => Some(Geometry::Other("GeometryCollection")),
        8..=12 => Some(Geometry::Other("Curve")),
        _ => None,
    }
}

fn point(walk: &mut Walk<'_>, little: bool, dimensions: usize) -> Option<[f64; 2]> {
    let point = [walk.f64(little)?, walk.f64(little)?];
    for _ in 2..dimensions {
        walk.f64(little)?;
    }
    Some(point)
}

fn rings(walk: &mut Walk<'_>, little: bool, dimensions: usize) -> Option<Vec<Vec<[f64; 2]>>> {
    let count = walk.u32(little)?;
    let mut rings = Vec::new();
    for _ in 0..count {
        let points = usize::try_from(walk.u32(little)?).ok()?;
        if walk.rest.len() / (8 * dimensions) < points {
            return None;
        }
        let mut ring = Vec::with_capacity(points);
        for _ in 0..points {
            ring.push(point(walk, little, dimensions)?);
        }
        rings.push(ring);
    }
    Some(rings)
}

/// Writes a geometry, little endian; nothing for what is none.
#[must_use]
pub(crate) fn bytes(geometry: &Geometry) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match geometry {
        Geometry::Point([x, y]) => {
            head(&mut out, 1);
            out.extend(x.to_le_bytes());
            out.extend(y.to_le_bytes());
        }
        Geometry::Polygon(rings) => polygon(&mut out, rings),
        Geometry::Polygons(all) => {
            head(&mut out, 6);
            count(&mut out, all.len());
            all.iter().for_each(|rings| polygon(&mut out, rings));
        }
        Geometry::Nothing | Geometry::Other(_) | Geometry::Broken => return None,
    }
    Some(out)
}

fn head(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

fn count(out: &mut Vec<u8>, n: usize) {
    out.extend(u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
}

fn polygon(out: &mut Vec<u8>, rings: &[Vec<[f64; 2]>]) {
    head(out, 3);
    count(out, rings.len());
    for ring in rings {
        count(out, closed(ring).count());
        for [x, y] in closed(ring) {
            out.extend(x.to_le_bytes());
            out.extend(y.to_le_bytes());
        }
    }
}
