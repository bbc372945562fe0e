//! Tables and plots of what was measured, and the document that they stand in.

mod bars;
pub(crate) mod document;
pub(crate) mod functions;
pub(crate) mod journal;
mod lines;
pub(crate) mod server;
mod svg;
pub(crate) mod table;
