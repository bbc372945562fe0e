//! The dialects: the functions of each, and who answers what no route takes.

use latchkey_shared::runtime::function::{Function, Route, routes};

use crate::fallback::Fallback;
use crate::{gate, gmi, requesty, tyk};

const DIALECTS: [&[&Function]; 4] = [tyk::FUNCTIONS, gmi::FUNCTIONS, requesty::FUNCTIONS, gate::FUNCTIONS];

/// Who answers a path that no route takes: the first that owns it. The gate comes last, because it owns all of `/v1`
/// except for what the Requesty dialect owns.
pub(crate) static FALLBACKS: [&Fallback; 5] =
    [&tyk::FALLBACK, &tyk::hello::FALLBACK, &gmi::FALLBACK, &requesty::FALLBACK, &gate::FALLBACK];

const COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < DIALECTS.len() {
        count += DIALECTS[at].len();
        at += 1;
    }
    count
};

/// The functions of all dialects.
pub(crate) const ROUTED: [&Function; COUNT] = {
    let mut functions = [DIALECTS[0][0]; COUNT];
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
pub(crate) const ROUTES: [&[Route]; COUNT] = routes(&ROUTED);
