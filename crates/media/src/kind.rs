//! What a file is, by its content.

use serde::Serialize;

/// What is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A JPEG, PNG or WebP picture.
    Photo,
    /// A PDF.
    Document,
    /// An MP4 or WebM video.
    Video,
}

impl Kind {
    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Document => "document",
            Self::Video => "video",
        }
    }

    /// The most bytes taken in.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Photo => 15 << 20,
            Self::Document => 20 << 20,
            Self::Video => 60 << 20,
        }
    }
}

/// The kind and media type of `bytes` by their first bytes; `None` for anything not taken in.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<(Kind, &'static str)> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |from: usize, magic: &[u8]| bytes.get(from..from + magic.len()) == Some(magic);
    if starts(b"\xff\xd8\xff") {
        return Some((Kind::Photo, "image/jpeg"));
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Some((Kind::Photo, "image/png"));
    }
    if starts(b"RIFF") && at(8, b"WEBP") {
        return Some((Kind::Photo, "image/webp"));
    }
    if starts(b"%PDF-1.") || starts(b"%PDF-2.") {
        return Some((Kind::Document, "application/pdf"));
    }
    if at(4, b"ftyp") && mp4_brand(bytes) {
        return Some((Kind::Video, "video/mp4"));
    }
    if starts(b"\x1a\x45\xdf\xa3") && webm(bytes) {
        return Some((Kind::Video, "video/webm"));
    }
    None
}

/// MP4 brands that hold video; HEIC pictures and audio share the container and are not taken.
fn mp4_brand(bytes: &[u8]) -> bool {
    let brands: [&[u8]; 9] = [
        b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ",
    ];
    let size = bytes
        .first_chunk::<4>()
        .map_or(0, |b| u32::from_be_bytes(*b));
    (8..=1024).contains(&size) && bytes.get(8..12).is_some_and(|b| brands.contains(&b))
}

/// A Matroska container says `webm` as its document type near the beginning.
fn webm(bytes: &[u8]) -> bool {
    bytes
        .get(..64.min(bytes.len()))
        .is_some_and(|head| head.windows(4).any(|w| w == b"webm"))
}

/// Whether the file goes on to its end as its kind does: the right first bytes alone are no film and no
/// document, and half a picture is none.
///
/// - JPEG: an end-of-image marker after the start of the scan;
/// - PDF: `startxref` and `%%EOF` in the last 2 KiB (ISO 32000-1, 7.5.5);
/// - MP4: boxes that fill the file, among them `moov` and `mdat`, or `moof` (ISO/IEC 14496-12, 4.2);
/// - WebM: a segment with a cluster in it (RFC 9559).
///
/// PNG and WebP carry their own sums and lengths, which decoding checks.
#[must_use]
pub fn goes_on(mime: &str, bytes: &[u8]) -> bool {
    match mime {
        "image/jpeg" => jpeg_ends(bytes),
        "application/pdf" => {
            let tail = bytes.get(bytes.len().saturating_sub(2048)..);
            tail.is_some_and(|t| holds(t, b"startxref") && holds(t, b"%%EOF"))
        }
        "video/mp4" => mp4_boxes(bytes).is_some_and(|boxes| {
            boxes.contains(b"moof") || (boxes.contains(b"moov") && boxes.contains(b"mdat"))
        }),
        "video/webm" => holds(bytes, b"\x18\x53\x80\x67") && holds(bytes, b"\x1f\x43\xb6\x75"),
        _ => true,
    }
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

/// Goes from marker to marker to the scan, so that a preview inside does not count, then looks for the end.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) else {
            return false;
        };
        if marker == 0xff {
            at += 1;
            continue;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            return bytes.get(at..).is_some_and(|scan| holds(scan, b"\xff\xd9"));
        }
    }
}

/// The kinds of the boxes a file consists of; `None` unless they fill it.
fn mp4_boxes(bytes: &[u8]) -> Option<Vec<[u8; 4]>> {
    let mut kinds = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let short = u32::from_be_bytes(*rest.first_chunk()?);
        kinds.push(*rest.get(4..)?.first_chunk()?);
        let size = match short {
            0 => rest.len(),
            1 => usize::try_from(u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)).ok()?,
            short => usize::try_from(short).ok()?,
        };
        rest = rest.get(size.max(8)..)?;
    }
    Some(kinds)
}

/// Whether a PDF could run something or carries files: such are refused.
///
/// Names can be written with `#xx` escapes, so those are undone before looking.
#[must_use]
pub fn pdf_acts(bytes: &[u8]) -> bool {
    let plain = unescape(bytes);
    let acts: [&[u8]; 8] = [
        b"/JavaScript",
        b"/JS",
        b"/Launch",
        b"/EmbeddedFile",
        b"/OpenAction",
        b"/AA",
        b"/RichMedia",
        b"/XFA",
    ];
    acts.iter().any(|act| {
        plain.windows(act.len() + 1).any(|w| {
            w.starts_with(act) && w.last().is_none_or(|next| !next.is_ascii_alphanumeric())
        })
    })
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *first == b'#')
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(code) = code {
            plain.push(code);
            rest = after.get(2..).unwrap_or_default();
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    plain
}
