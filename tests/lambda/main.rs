//! Every function's binary, started as Lambda starts it.
