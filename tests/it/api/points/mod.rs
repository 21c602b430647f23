//! Points as time goes by: they become available, run out, come back; what was true at any instant can
//! be asked again, line by line, and is the sum of its lines.

mod expiry;
mod history;
mod report;
mod scene;
mod statement;
mod verify;
