//! Well-known binary, the form in which geometry is stored: little endian, no SRID.

use crate::coords::LonLat;
use crate::polygon::{Polygon, Vertex};

const LITTLE_ENDIAN: u8 = 1;
const TYPE_POLYGON: u32 = 3;

/// Why bytes are not a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WkbError {
    /// The bytes end too early, or go on after the polygon.
    #[error("wkb.wrong_length")]
    Length,
    /// Big endian, extended, or not a polygon.
    #[error("wkb.not_a_polygon")]
    Type,
    /// A coordinate out of range or a ring without area.
    #[error("wkb.bad_ring")]
    Ring,
}

/// The polygon as WKB; rings are closed, coordinates longitude/latitude degrees.
#[must_use]
pub fn polygon_to_wkb(polygon: &Polygon) -> Vec<u8> {
    let points: usize = polygon.rings().map(|r| r.len() + 1).sum();
    let mut out = Vec::with_capacity(9 + 8 * 4 + points * 16);
    out.push(LITTLE_ENDIAN);
    out.extend(TYPE_POLYGON.to_le_bytes());
    out.extend((polygon.rings().count() as u32).to_le_bytes());
    for ring in polygon.rings() {
        out.extend((ring.len() as u32 + 1).to_le_bytes());
        for v in ring.iter().chain(ring.first()) {
            let p = v.to_lonlat();
            out.extend(p.lon.to_le_bytes());
            out.extend(p.lat.to_le_bytes());
        }
    }
    out
}

/// Reads what [`polygon_to_wkb`] wrote; other writers' coordinates go to the nearest lattice point.
///
/// # Errors
/// When the bytes are cut, too long, of another type, or hold a ring without area.
pub fn polygon_from_wkb(bytes: &[u8]) -> Result<Polygon, WkbError> {
    let mut rest = bytes;
    if take::<1>(&mut rest)? != [LITTLE_ENDIAN] || take_u32(&mut rest)? != TYPE_POLYGON {
        return Err(WkbError::Type);
    }
    let count = take_u32(&mut rest)?;
    let mut rings = Vec::new();
    for _ in 0..count {
        rings.push(take_ring(&mut rest)?);
    }
    if !rest.is_empty() {
        return Err(WkbError::Length);
    }
    let mut rings = rings.into_iter();
    let exterior = rings.next().ok_or(WkbError::Ring)?;
    Polygon::new(exterior, rings.collect()).map_err(|_| WkbError::Ring)
}

fn take_ring(rest: &mut &[u8]) -> Result<Vec<Vertex>, WkbError> {
    let points = take_u32(rest)? as usize;
    if rest.len() / 16 < points {
        return Err(WkbError::Length);
    }
    let mut ring = Vec::with_capacity(points);
    for _ in 0..points {
        let lon = f64::from_le_bytes(take(rest)?);
        let lat = f64::from_le_bytes(take(rest)?);
        ring.push(LonLat::new(lon, lat).map_err(|_| WkbError::Ring)?.into());
    }
    Ok(ring)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], WkbError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(WkbError::Length)?;
    *rest = tail;
    Ok(*head)
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, WkbError> {
    Ok(u32::from_le_bytes(take(rest)?))
}
