//! The API as its callers meet it: what it costs, what it refuses and in which words, whom it tells
//! what, and how it is described.

mod actor;
mod bad_input;
mod seed;
mod statements;
