//! What the import bench is made of: databases to write into, a shop that never existed, and the floor.

pub(crate) mod check;
pub(crate) mod floor;
pub(crate) mod postgres;
pub(crate) mod server;
pub(crate) mod shop;
pub(crate) mod world;
