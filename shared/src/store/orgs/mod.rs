//! Organisations: their limits, profiles and members.

pub(in crate::store) mod heads;
pub(in crate::store) mod invitations;
pub(in crate::store) mod join;
pub(in crate::store) mod limits;
pub(in crate::store) mod members;
pub(in crate::store) mod profile;
pub(in crate::store) mod register;
mod seats;
