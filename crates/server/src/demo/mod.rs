//! The demo: a schematic city with a year behind it, in an empty folder.
