//! The `latchkey` binary as its user starts, stops and breaks it.
