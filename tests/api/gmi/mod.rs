//! The GMI dialect, by row of its specification.

mod asking;
