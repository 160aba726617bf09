//! The product as a whole: rights, several servers, kills, and what Cargo cannot see.

mod documents;
mod killed;
mod process;
mod rights;
mod shape;
mod two_servers;
