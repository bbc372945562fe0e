//! The table of all functions. Each function is defined at the head of its endpoint's own file.

use latchkey_shared::runtime::function::{Function, Route};

use crate::unrouted::{self, Fallback};
use crate::{gate, gmi, requesty, tyk};

const DIALECTS: [&[&Function]; 4] = [tyk::FUNCTIONS, gmi::FUNCTIONS, requesty::FUNCTIONS, gate::FUNCTIONS];

/// Who answers a path that no route takes: the first that owns it. The gate comes last, because it owns all of `/v1`
/// except for what the Requesty dialect owns.
pub(crate) static FALLBACKS: [&Fallback; 4] = [&tyk::FALLBACK, &gmi::FALLBACK, &requesty::FALLBACK, &gate::FALLBACK];

const ROUTED: usize = {
    let (mut count, mut at) = (0, 0);
    while at < DIALECTS.len() {
        count += DIALECTS[at].len();
        at += 1;
    }
    count
};

/// Every function: those of each dialect, then the one that answers what no route takes.
pub const FUNCTIONS: [&Function; ROUTED + 1] = {
    let mut functions = [&unrouted::FUNCTION; ROUTED + 1];
    let (mut at, mut dialect) = (0, 0);
    while dialect < DIALECTS.len() {
        let mut own = 0;
        while own < DIALECTS[dialect].len() {
            functions[at] = DIALECTS[dialect][own];
            at += 1;
            own += 1;
        }
        dialect += 1;
    }
    functions
};

/// The routes alone, in the same order, so that a function that only looks up a route does not link every handler.
pub(crate) const ROUTES: [&[Route]; FUNCTIONS.len()] = {
    let mut routes: [&[Route]; FUNCTIONS.len()] = [&[]; FUNCTIONS.len()];
    let mut at = 0;
    while at < FUNCTIONS.len() {
        routes[at] = FUNCTIONS[at].routes;
        at += 1;
    }
    routes
};
