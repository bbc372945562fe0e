//! The store: DynamoDB, used directly. Every call that the product makes is in this folder.

mod attributes;
mod audit;
mod batch;
mod check;
mod check_org;
pub mod client;
mod conditional;
mod error;
mod fingerprints;
mod give_back;
mod head_count;
mod idempotency;
mod invitations;
mod joining;
mod key_changes;
mod key_count;
mod key_item;
mod keys;
mod limits_item;
mod list;
mod member_item;
mod members;
mod memory;
mod org_profile;
mod organisations;
mod outcome;
mod record;
mod register;
mod report;
mod reseal;
mod roll_up;
mod shared_windows;
pub mod tables;
mod take;
mod transaction;
mod usage;

use aws_sdk_dynamodb::Client;

use crate::config::Settings;

pub use check::KeyCheck;
pub use check_org::{OrgCheck, OrgRead};
pub use error::StoreError;
pub use fingerprints::{Exchanged, Fingerprints};
pub use idempotency::Earlier;
pub use invitations::{Invitation, NamedInvitation};
pub use joining::{Accepted, Joined};
pub use keys::{Change, Changed, Created, Found, NewKey, Sought, Terms};
pub use list::{ListedKey, Page, Place};
pub use member_item::Membership;
pub use members::{MemberChange, MemberChanged};
pub use org_profile::OrgProfile;
pub use organisations::OrgChange;
pub use record::Counters;
pub use register::{NewOrg, Registered};
pub use report::{KNOWN_FOR, Report, Reported};
pub use reseal::Resealed;
pub use shared_windows::{SharedCheck, SharedWindows};
pub use tables::Table;
pub use take::{Full, Take, applying_windows};
pub use usage::{HOUR, KeyUse, Used, UsedByHour};

/// The tables of one service.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    /// The same client without retries of its own, for calls whose repetition is decided here.
    once: Client,
    prefix: String,
    max_key_bytes: usize,
    memory: memory::Memory,
}

impl Store {
    /// The tables that `settings` name, reached through `client`.
    #[must_use]
    pub fn new(client: Client, settings: &Settings) -> Self {
        let (prefix, max_key_bytes) = (settings.table_prefix.clone(), settings.max_key_bytes);
        let once = client::without_retries(&client);
        Self { client, once, prefix, max_key_bytes, memory: memory::Memory::default() }
    }

    /// The client through which the tables are reached.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn table(&self, table: Table) -> String {
        table.full_name(&self.prefix)
    }
}
