//! The API as its callers meet it: what it costs, what it refuses and in which words, whom it tells
//! what, how it is described, and how it stops.

mod actor;
mod audit;
mod bad_input;
mod by_hand;
mod cancelling;
mod events;
mod exports;
mod filters;
mod following;
mod fulfilments;
mod guides;
mod imports;
mod interrupted;
mod isolation;
mod jobs;
mod lists;
mod people;
mod plans;
mod points;
mod pools;
mod rules;
mod running;
mod sale_files;
mod sales;
mod schema;
mod seed;
mod seed_access;
mod seed_pools;
mod sessions;
mod shown;
mod sockets;
mod statements;
mod streams;
mod webhooks;
