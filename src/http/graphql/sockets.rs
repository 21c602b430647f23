//! How many WebSockets are open in this process, in all and of each caller.
//!
//! A connection takes its place when it is opened, and becomes a caller's when it has introduced itself; it
//! gives both back when it ends, however it ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::super::settings::SocketSettings;

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of: HashMap<String, usize>,
}

/// One connection's place, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    sockets: Arc<Sockets>,
    caller: Mutex<Option<String>>,
}

impl Sockets {
    /// Takes a place for a new connection; none, where there are too many.
    pub(super) fn enter(self: &Arc<Self>, settings: &SocketSettings) -> Option<Seat> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= settings.max_connections {
            return None;
        }
        open.all += 1;
        Some(Seat {
            sockets: Arc::clone(self),
            caller: Mutex::default(),
        })
    }
}

impl Seat {
    /// Makes the place a caller's; false, where they have too many.
    pub(super) fn claim(&self, caller: String, settings: &SocketSettings) -> bool {
        let mut own = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_some() {
            return true;
        }
        let mut open = self.sockets.open.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = open.of.get(&caller).copied().unwrap_or_default();
        if theirs >= settings.max_per_caller {
            return false;
        }
        open.of.insert(caller.clone(), theirs + 1);
        *own = Some(caller);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let caller = self.caller.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let mut open = self.sockets.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        let Some(caller) = caller else { return };
        match open.of.get_mut(&caller) {
            Some(theirs) if *theirs > 1 => *theirs -= 1,
            _ => {
                open.of.remove(&caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn places_are_counted_in_all_and_for_each_caller_and_given_back() {
        let settings = SocketSettings {
            max_connections: 3,
            max_per_caller: 1,
            ..SocketSettings::default()
        };
        let sockets = Arc::new(Sockets::default());
        let seats: Vec<Seat> = (0..3).map(|_| sockets.enter(&settings).unwrap()).collect();
        assert!(sockets.enter(&settings).is_none());
        let ana = || "ana".to_owned();
        assert!(seats[0].claim(ana(), &settings) && seats[0].claim(ana(), &settings));
        assert!(!seats[1].claim(ana(), &settings));
        assert!(seats[1].claim("bia".to_owned(), &settings));
        drop(seats);
        let open = sockets.open.lock().unwrap();
        assert_eq!((open.all, open.of.len()), (0, 0));
    }
}
