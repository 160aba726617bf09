//! Pictures, documents and videos: checked by content, pictures made anew so that nothing of the device
//! or position is left in them, what must not be seen burnt out, and all kept under names nobody can guess.
//!
//! [`photo`] is the pure part: bytes in, clean bytes out. [`files`] keeps objects; [`store`] the rows.

pub mod desk;
pub mod files;
mod kind;
pub mod photo;
pub mod routes;
pub mod store;

#[cfg(test)]
mod tests;

pub use files::Files;
pub use kind::{Kind, sniff};
pub use routes::{RULES, State};
pub use store::MediaRow;

use kernel::MediaId;
use kernel::vault::Vault;

/// The address of a medium: `variant` is `full`, `thumb` or `file`. The token proves that this server
/// gave it out, so that a picture needs no session and cannot be found by guessing.
#[must_use]
pub fn url(vault: &Vault, id: MediaId, variant: &str) -> String {
    format!(
        "/api/media/{id}/{variant}?t={}",
        vault.link_token("media", id.0)
    )
}

/// How far apart two pictures' difference hashes are: 0 the same, 64 nothing in common.
#[must_use]
pub fn likeness_distance(a: i64, b: i64) -> u32 {
    (a ^ b).count_ones()
}
