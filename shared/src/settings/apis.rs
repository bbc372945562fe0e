//! The APIs that exist, and the organisation that each belongs to.

use std::collections::BTreeMap;

use super::Problem;
use crate::orgs::OrgId;

/// The APIs that exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apis(BTreeMap<String, OrgId>);

impl Apis {
    /// The organisation of the API `api`, if the API is listed.
    #[must_use]
    pub fn org(&self, api: &str) -> Option<&OrgId> {
        self.0.get(api)
    }

    /// The listed APIs in the order of their ids, each with its organisation.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OrgId)> {
        self.0.iter().map(|(api, org)| (api.as_str(), org))
    }

    /// Whether the API `api` exists. If none is listed, each does.
    #[must_use]
    pub fn exists(&self, api: &str) -> bool {
        self.0.is_empty() || self.0.contains_key(api)
    }

    /// These APIs and one more.
    #[must_use]
    pub fn with(&self, api: &str, org: OrgId) -> Self {
        let mut apis = self.0.clone();
        apis.insert(api.to_owned(), org);
        Self(apis)
    }

    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(|entry| {
            let (api, org) = entry.split_once('@').filter(|(api, _)| !api.is_empty()).ok_or("must read API@ORG,…")?;
            let org = OrgId::parse(org).map_err(|_| "names an impossible organisation")?;
            Ok((api.to_owned(), org))
        });
        Ok(Self(entries.collect::<Result<_, &str>>()?))
    }
}
