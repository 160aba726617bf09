//! A picture made anew: turned upright, what must not be seen burnt out, scaled, encoded as JPEG
//! without a byte of what the camera wrote beside it.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageReader, Limits, RgbImage};
use jiff::civil::DateTime;
use serde::Deserialize;

/// The longest side kept, pixels.
pub const LONGEST: u32 = 2048;

/// The longest side of a thumbnail, pixels.
pub const THUMB: u32 = 360;

/// The most pixels decoded: a small file can unfold into a huge picture.
const MOST_PIXELS: u64 = 60_000_000;

/// A rectangle in shares of the upright picture's width and height: x, y, width, height, each 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Area(pub f32, pub f32, pub f32, pub f32);

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("media.broken")]
    Broken,
    /// It would unfold into too many pixels.
    #[error("media.too_many_pixels")]
    TooManyPixels,
}

/// A clean picture.
#[derive(Debug)]
pub struct Photo {
    /// JPEG, at most [`LONGEST`] on a side.
    pub full: Vec<u8>,
    /// JPEG, at most [`THUMB`] on a side.
    pub thumb: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 64-bit difference hash.
    pub likeness: i64,
    /// When the camera says it was taken, without a zone.
    pub taken: Option<DateTime>,
}

/// Makes a clean picture of `bytes`, with `areas` burnt out.
///
/// # Errors
/// [`Fault`]; nothing was kept.
pub fn clean(bytes: &[u8], areas: &[Area]) -> Result<Photo, Fault> {
    let taken = taken(bytes);
    let picture = decode(bytes)?;
    let mut picture = shrink(&picture, LONGEST).to_rgb8();
    for area in areas {
        burn(&mut picture, *area);
    }
    Ok(Photo {
        taken,
        ..encoded(picture)?
    })
}

/// A picture that is clean already, encoded with its thumbnail and likeness.
///
/// # Errors
/// When it cannot be encoded.
pub fn encoded(picture: RgbImage) -> Result<Photo, Fault> {
    let (width, height) = picture.dimensions();
    let likeness = likeness(&picture);
    let picture = DynamicImage::ImageRgb8(picture);
    let thumb = shrink(&picture, THUMB).to_rgb8();
    Ok(Photo {
        full: encode(&picture.into_rgb8(), 85)?,
        thumb: encode(&thumb, 78)?,
        width,
        height,
        likeness,
        taken: None,
    })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, Fault> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| Fault::Broken)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_PIXELS * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Fault::Broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Fault::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(|_| Fault::Broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Fault::Broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn shrink(picture: &DynamicImage, longest: u32) -> DynamicImage {
    let (width, height) = picture.dimensions();
    if width.max(height) <= longest {
        return picture.clone();
    }
    // Halving by the cheap way first keeps the good filter affordable.
    let rough = picture.thumbnail(longest * 2, longest * 2);
    rough.resize(longest, longest, FilterType::CatmullRom)
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .map_err(|_| Fault::Broken)?;
    Ok(bytes)
}

/// Replaces an area by a few flat tiles, so that nothing can be brought back.
fn burn(picture: &mut RgbImage, Area(x, y, w, h): Area) {
    let (width, height) = picture.dimensions();
    let pixel = |share: f32, side: u32| -> u32 {
        let side_f = f64::from(side);
        let at = (f64::from(share.clamp(0.0, 1.0)) * side_f).round();
        // Within 0..=side by the clamp above.
        (0..=side).rev().find(|p| f64::from(*p) <= at).unwrap_or(0)
    };
    let (left, top) = (pixel(x, width), pixel(y, height));
    let (right, bottom) = (pixel(x + w, width), pixel(y + h, height));
    let tile = ((right.saturating_sub(left)).max(bottom.saturating_sub(top)) / 6).max(12);
    let mut ty = top;
    while ty < bottom {
        let mut tx = left;
        while tx < right {
            flatten(
                picture,
                tx,
                ty,
                (tx + tile).min(right),
                (ty + tile).min(bottom),
            );
            tx += tile;
        }
        ty += tile;
    }
}

fn flatten(picture: &mut RgbImage, left: u32, top: u32, right: u32, bottom: u32) {
    let (mut sum, mut count) = ([0_u64; 3], 0_u64);
    for y in top..bottom {
        for x in left..right {
            for (total, value) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                *total += u64::from(value);
            }
            count += 1;
        }
    }
    let mean = sum.map(|s| u8::try_from(s / count.max(1)).unwrap_or(u8::MAX));
    for y in top..bottom {
        for x in left..right {
            picture.put_pixel(x, y, image::Rgb(mean));
        }
    }
}

/// 64-bit difference hash: of a 9 × 8 grey picture, whether each pixel is brighter than the next.
fn likeness(picture: &RgbImage) -> i64 {
    let grey = image::imageops::grayscale(picture);
    let small = image::imageops::resize(&grey, 9, 8, FilterType::Triangle);
    let mut hash = 0_u64;
    for y in 0..8 {
        for x in 0..8 {
            let brighter = small.get_pixel(x, y).0[0] > small.get_pixel(x + 1, y).0[0];
            hash = (hash << 1) | u64::from(brighter);
        }
    }
    i64::from_ne_bytes(hash.to_ne_bytes())
}

/// When the camera says the picture was taken.
fn taken(bytes: &[u8]) -> Option<DateTime> {
    let exif = exif::Reader::new()
        .read_from_container(&mut Cursor::new(bytes))
        .ok()?;
    let field = exif.get_field(exif::Tag::DateTimeOriginal, exif::In::PRIMARY)?;
    let exif::Value::Ascii(lines) = &field.value else {
        return None;
    };
    let text = std::str::from_utf8(lines.first()?).ok()?;
    DateTime::strptime("%Y:%m:%d %H:%M:%S", text.trim()).ok()
}
