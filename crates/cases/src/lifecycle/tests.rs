//! Promises of the rules, without a database: the table row by row, every transition, random lives.

mod matrix;
mod random;
mod standing_in;
mod table;
mod world;
