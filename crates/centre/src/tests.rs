//! Promises of the work list and of what is read beside it, through the product's door and against a
//! real database.

mod coverage;
mod list;
mod live;
mod overview;
mod palette;
mod reach;
mod sealer;
mod sheet;
mod tiles;
mod views;
mod wire;
pub(crate) mod world;
