//! The store: DynamoDB, used directly. Every call that the product makes is in this folder.
//!
//! Imports go one way, from top to bottom: `restore`, `gate`, `usage`, `policies`, `orgs`, `keys`,
//! `fingerprints`, `audit`, `client`, `lookup`, `write`, `items`, `tables`, `error`.

mod audit;
pub mod client;
mod error;
mod fingerprints;
mod gate;
mod items;
mod keys;
mod lookup;
mod orgs;
mod policies;
mod restore;
pub mod tables;
mod usage;
mod write;

use aws_sdk_dynamodb::Client;

use crate::settings::Settings;

pub use audit::{AuditPage, AuditPlace, AuditQuery, AuditRecord};
pub use error::StoreError;
pub use fingerprints::{Exchanged, Fingerprints};
pub use gate::check::KeyCheck;
pub use gate::check_org::OrgCheck;
pub use gate::org_reads::OrgReads;
pub use gate::shared_windows::SharedCheck;
pub use gate::take::{Full, Take, applying_windows};
pub use items::member::Membership;
pub use items::policy::StoredPolicy;
pub use items::primary_key::org_binding;
pub use items::shared_windows::SharedWindows;
pub use items::usage_key::HOUR;
pub use keys::change::{Change, Changed};
pub use keys::create::{Created, Terms};
pub use keys::find::{Found, Sought};
pub use keys::list::ListedKey;
pub use keys::naming::NamingKey;
pub use keys::new_key::NewKey;
pub use keys::repeat::Earlier;
pub use keys::reseal::Resealed;
pub use keys::walk::{Stretch, Walk, WalkPlace};
pub use lookup::{Page, Place};
pub use orgs::invitations::{Invitation, NamedInvitation};
pub use orgs::join::{Accepted, Joined};
pub use orgs::limits::OrgChange;
pub use orgs::members::{MemberChange, MemberChanged};
pub use orgs::profile::OrgProfile;
pub use orgs::register::{NewOrg, Registered};
pub use policies::change::PolicyDeleted;
pub use policies::find::FoundPolicies;
pub use restore::{RestoreError, Restored};
pub use tables::{Table, TableNames};
pub use usage::key_use::KeyUse;
pub use usage::report::{KNOWN_FOR, Report, Reported};
pub use usage::used::{Used, UsedByHour, UsedByKey};
pub use write::replace_config::Counters;

/// The tables of one service.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    /// The same client without retries, for calls that must not be repeated blindly.
    once: Client,
    names: TableNames,
    max_key_bytes: usize,
    remembered: gate::remembered::Remembered,
}

impl Store {
    /// The tables that `settings` name, reached through `client`.
    #[must_use]
    pub fn new(client: Client, settings: &Settings) -> Self {
        let (names, max_key_bytes) = (TableNames::of(settings), settings.max_key_bytes);
        let once = client::without_retries(&client);
        Self { client, once, names, max_key_bytes, remembered: gate::remembered::Remembered::default() }
    }

    /// The client through which the tables are reached.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn table(&self, table: Table) -> &str {
        self.names.name(table)
    }
}
