//! The shared black-box cases.
