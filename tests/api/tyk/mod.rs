//! The Tyk dialect, by row of its specification.

mod capacity;
mod hash_keys;
mod idempotency;
mod races;
mod reseal;
