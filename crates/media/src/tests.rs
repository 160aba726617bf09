use image::{Rgb, RgbImage};

use crate::kind::{Kind, goes_on, pdf_acts, sniff};
use crate::photo::{Area, Fault, clean};

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut image = RgbImage::new(width, height);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        *pixel = Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8]);
    }
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .encode_image(&image)
        .unwrap();
    bytes
}

/// A JPEG with an EXIF block that holds a marker text, as a camera writes it after the first marker.
fn with_exif(jpeg: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0".to_vec();
    block.extend_from_slice(secret);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xff, 0xe1]);
    bytes.extend_from_slice(&u16::try_from(block.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(&block);
    bytes.extend_from_slice(&jpeg[2..]);
    bytes
}

#[test]
fn nothing_the_camera_wrote_is_left_in_a_picture() {
    let secret = b"Serial 4711 at 31.8N 119.9E";
    let bytes = with_exif(&picture(640, 480), secret);
    assert!(bytes.windows(secret.len()).any(|w| w == secret));
    let photo = clean(&bytes, &[]).unwrap();
    for made in [&photo.full, &photo.thumb] {
        assert!(!made.windows(secret.len()).any(|w| w == secret));
        assert!(!made.windows(4).any(|w| w == b"Exif"));
    }
    assert_eq!((photo.width, photo.height), (640, 480));
}

#[test]
fn what_is_blurred_is_flat_in_the_picture_that_is_kept() {
    let photo = clean(&picture(800, 600), &[Area(0.25, 0.25, 0.5, 0.5)]).unwrap();
    let made = image::load_from_memory(&photo.full).unwrap().to_rgb8();
    // Inside one of the six tiles neighbours are the same; outside they are not.
    let spread = |x0: u32, y0: u32| {
        let all: Vec<i32> = (0..20)
            .map(|i| i32::from(made.get_pixel(x0 + i, y0).0[0]))
            .collect();
        all.iter().max().unwrap() - all.iter().min().unwrap()
    };
    assert!(spread(210, 170) <= 6, "{}", spread(210, 170));
    assert!(spread(20, 20) > 12);
}

#[test]
fn a_large_picture_is_scaled_and_keeps_its_shape() {
    let photo = clean(&picture(4000, 1000), &[]).unwrap();
    assert_eq!((photo.width, photo.height), (2048, 512));
}

#[test]
fn a_picture_that_unfolds_too_far_is_refused_before_it_does() {
    // A PNG header that promises 60,000 × 60,000 pixels.
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes);
    let mut png = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::write_image(encoder, &[0; 3], 1, 1, image::ExtendedColorType::Rgb8)
        .unwrap();
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    assert!(matches!(
        clean(&png, &[]),
        Err(Fault::Broken | Fault::TooManyPixels)
    ));
}

#[test]
fn what_is_no_picture_is_refused_whatever_its_beginning() {
    assert_eq!(
        clean(b"\xff\xd8\xff\xe0<script>alert(1)</script>", &[]).unwrap_err(),
        Fault::Broken
    );
    let half = &picture(400, 400)[..200];
    assert_eq!(clean(half, &[]).unwrap_err(), Fault::Broken);
}

#[test]
fn files_are_known_by_their_content() {
    assert_eq!(sniff(&picture(8, 8)).map(|s| s.0), Some(Kind::Photo));
    assert_eq!(sniff(b"%PDF-1.7 ...").map(|s| s.0), Some(Kind::Document));
    assert_eq!(
        sniff(b"\0\0\0\x18ftypisom\0\0\0\0").map(|s| s.0),
        Some(Kind::Video)
    );
    assert_eq!(sniff(b"\0\0\0\x18ftypheic\0\0\0\0"), None);
    assert_eq!(
        sniff(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm").map(|s| s.0),
        Some(Kind::Video)
    );
    for other in [
        &b"<svg xmlns="[..],
        b"GIF89a",
        b"MZ\x90",
        b"PK\x03\x04",
        b"#!/bin/sh",
        b"",
    ] {
        assert_eq!(sniff(other), None);
    }
}

#[test]
fn a_file_that_breaks_off_is_no_file_of_its_kind() {
    let jpeg = picture(80, 80);
    let (_, mime) = sniff(&jpeg).unwrap();
    assert!(goes_on(mime, &jpeg));
    assert!(!goes_on(mime, &jpeg[..jpeg.len() / 2]));
    assert!(!goes_on("application/pdf", b"%PDF-1.7 junk"));
    assert!(goes_on(
        "application/pdf",
        b"%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n"
    ));
    let head = b"\0\0\0\x10ftypisom\0\0\0\0";
    let film = [&head[..], b"\0\0\0\x08moov", b"\0\0\0\x0cmdat1234"].concat();
    assert!(goes_on("video/mp4", &film));
    assert!(!goes_on("video/mp4", &film[..film.len() - 2]));
    assert!(!goes_on("video/mp4", head));
    assert!(!goes_on(
        "video/webm",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"
    ));
}

#[test]
fn a_pdf_that_acts_is_seen_through_escapes() {
    assert!(pdf_acts(b"%PDF-1.4 1 0 obj << /OpenAction 2 0 R >>"));
    assert!(pdf_acts(b"%PDF-1.4 << /J#61vaScript (x) >>"));
    assert!(!pdf_acts(b"%PDF-1.4 << /Type /Catalog /AAPL 1 >>"));
}

#[test]
fn the_same_scene_has_a_like_hash_and_another_has_not() {
    let a = clean(&picture(800, 600), &[]).unwrap();
    let b = clean(&picture(800, 600), &[Area(0.0, 0.0, 0.1, 0.1)]).unwrap();
    assert!(crate::likeness_distance(a.likeness, b.likeness) <= 12);
}
