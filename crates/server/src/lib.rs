//! The binary's parts: settings, the router of all domains, the web faces, readiness, the demo.

pub mod administrator;
pub mod bench;
pub mod boot;
pub mod cli;
pub mod demo;
pub mod document;
pub mod faces;
pub mod files;
pub mod home;
pub mod import;
pub mod schematic;
pub mod serve;
pub mod settings;
#[cfg(feature = "controlled-clock")]
mod test_clock;
