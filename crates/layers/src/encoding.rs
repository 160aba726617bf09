//! How the texts of a file are written: UTF-8 or GB18030 (with GBK and GB 2312 inside it).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// An encoding of Chinese texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// GB 18030-2022, which holds GBK and GB 2312.
    Gb18030,
}

impl Encoding {
    /// The encoding of these bytes: UTF-8 when they are valid as such, else GB18030.
    #[must_use]
    pub fn guess(bytes: &[u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() {
            Self::Utf8
        } else {
            Self::Gb18030
        }
    }

    /// The text; what cannot be read becomes U+FFFD.
    #[must_use]
    pub fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                String::from_utf8_lossy(bytes)
            }
            Self::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(bytes).0,
        }
    }

    /// The bytes of a text.
    #[must_use]
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
        })
    }
}

impl FromStr for Encoding {
    type Err = ();

    /// Names in use, also those of `.cpg` files: `UTF-8`, `65001`, `GBK`, `CP936`, `GB2312`, `GB18030`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        match text
            .to_ascii_lowercase()
            .replace(['-', '_', ' '], "")
            .as_str()
        {
            "utf8" | "65001" => Ok(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" | "cp936" | "936" | "54936" | "ansi936" | "euccn" => {
                Ok(Self::Gb18030)
            }
            _ => Err(()),
        }
    }
}
