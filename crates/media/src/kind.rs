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
