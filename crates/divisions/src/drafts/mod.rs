//! Drafts of the net (网格调整方案): several edits of grids, checked together, compared with today's net,
//! approved by a second person, taking effect at a date.
//!
//! A draft holds *steps*: each the edits somebody told in one command ([`Edit`]) and what they change
//! ([`Change`]), up to a cursor that undo and redo move. What a draft makes of the net is worked out by
//! [`plan`], pure: today's grids of the communities it touches with all changes laid upon them. It is
//! found at fault, compared, given codes, and finally written into the net by [`effect`].
//!
//! Whoever builds drafts from elsewhere (a file, another system) calls [`desk::open`] and
//! [`desk::put_edits`]. What must follow the net (cases, appointments) is a [`Follower`].

pub mod desk;
pub mod effect;
pub mod follow;
pub mod jobs;
pub mod lifecycle;
pub mod model;
pub mod plan;
pub mod routes;
pub mod show;
pub mod store;

pub use follow::{Follower, Followers, Move, Swap};
pub use model::{Change, Draft, DraftGrid, Edit, NetDraftState, NewNetDraft};
pub use plan::{Fault, Plan};

#[cfg(test)]
mod tests;
