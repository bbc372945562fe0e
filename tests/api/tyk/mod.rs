//! The Tyk dialect, by row of its specification.

mod capacity;
