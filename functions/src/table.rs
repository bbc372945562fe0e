//! The table of all functions. Each function is defined at the head of its endpoint's own file.

use latchkey_shared::runtime::function::{Function, Route};

use crate::dialects::{self, ROUTED};
use crate::unrouted;

/// Every function: those of each dialect, then the one that answers what no route takes.
pub const FUNCTIONS: [&Function; ROUTED.len() + 1] = {
    let mut functions = [&unrouted::FUNCTION; ROUTED.len() + 1];
    let mut at = 0;
    while at < ROUTED.len() {
        functions[at] = ROUTED[at];
        at += 1;
    }
    functions
};

/// The routes of every function that has some, in the order of [`FUNCTIONS`].
pub const ROUTES: [&[Route]; ROUTED.len()] = dialects::ROUTES;
