//! The product as a whole: rights, several servers, kills, and what Cargo cannot see.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

mod documents;
mod killed;
mod process;
mod rights;
mod shape;
mod two_servers;
