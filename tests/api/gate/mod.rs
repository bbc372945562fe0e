//! The gate: what it answers, what it counts, what it costs, and what it holds to under races and failures.

mod asking;
mod authorizer;
mod capacity;
mod faulty;
mod get_usage;
mod interrupted;
mod judged_at_once;
mod model;
mod money_keys;
mod money_model;
mod money_races;
mod races;
mod refusals;
mod reports;
mod rules;
mod sample;
mod spend;
mod urls;
mod usage;
mod verify;
mod windows;
