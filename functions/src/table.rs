//! The table of all functions; each stands at the head of its endpoint's own file.

use latchkey_shared::runtime::function::{Function, Route};

use crate::unrouted::{self, Fallback};
use crate::{gate, gmi, requesty, tyk};

const DIALECTS: [&[&Function]; 4] = [tyk::FUNCTIONS, gmi::FUNCTIONS, requesty::FUNCTIONS, gate::FUNCTIONS];

/// The dialects by how they answer what no route takes. The first that owns a path answers it: the gate, which owns what
/// begins with `/v1`, comes behind the dialect that owns parts of that.
pub(crate) static FALLBACKS: [&Fallback; 4] = [&tyk::FALLBACK, &gmi::FALLBACK, &requesty::FALLBACK, &gate::FALLBACK];

const ROUTED: usize = {
    let (mut count, mut at) = (0, 0);
    while at < DIALECTS.len() {
        count += DIALECTS[at].len();
        at += 1;
    }
    count
};

/// Every function: those of each dialect, and last the one that answers what no route takes.
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

/// The routes alone, in the same order: a function that only looks for a route does not link every handler.
pub(crate) const ROUTES: [&[Route]; FUNCTIONS.len()] = {
    let mut routes: [&[Route]; FUNCTIONS.len()] = [&[]; FUNCTIONS.len()];
    let mut at = 0;
    while at < FUNCTIONS.len() {
        routes[at] = FUNCTIONS[at].routes;
        at += 1;
    }
    routes
};
