//! What an instance remembers of the keys and organisations it saw last: a guess, never an answer.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::shared_windows::SharedWindows;
use crate::keys::{Access, Key, KeyId, OrgId, OrgLimits, SharedName};

/// How many keys, and how many organisations, are remembered.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// The items last seen, the least recently used forgotten first.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    keys: Arc<Mutex<LruCache<KeyId, Key>>>,
    orgs: Arc<Mutex<LruCache<OrgId, OrgLimits>>>,
    shared: Arc<Mutex<LruCache<SharedName, SharedWindows>>>,
}

impl Default for Memory {
    fn default() -> Self {
        let keys = Arc::new(Mutex::new(LruCache::new(CAPACITY)));
        let orgs = Arc::new(Mutex::new(LruCache::new(CAPACITY)));
        Self { keys, orgs, shared: Arc::new(Mutex::new(LruCache::new(CAPACITY))) }
    }
}

impl Memory {
    pub(super) fn key(&self, id: KeyId) -> Option<Key> {
        locked(&self.keys, |keys| keys.get(&id).cloned())
    }

    /// The access rights of a key that is remembered, without counting as a use.
    pub(super) fn key_access(&self, id: KeyId) -> Option<Access> {
        locked(&self.keys, |keys| keys.peek(&id).map(|key| key.config.access.clone()))
    }

    /// The access rights of an organisation that is remembered, without counting as a use.
    pub(super) fn org_access(&self, org: &OrgId) -> Option<Access> {
        locked(&self.orgs, |orgs| orgs.peek(org).map(|limits| limits.config.access.clone()))
    }

    /// Whose the key was when it was last seen.
    pub(super) fn owner_of(&self, id: KeyId) -> Option<OrgId> {
        locked(&self.keys, |keys| keys.peek(&id).map(|key| key.org.clone()))
    }

    pub(super) fn remember_key(&self, key: &Key) {
        locked(&self.keys, |keys| drop(keys.put(key.id, key.clone())));
    }

    pub(super) fn forget_key(&self, id: KeyId) {
        locked(&self.keys, |keys| drop(keys.pop(&id)));
    }

    pub(super) fn shared(&self, name: &SharedName) -> Option<SharedWindows> {
        locked(&self.shared, |shared| shared.get(name).cloned())
    }

    pub(super) fn remember_shared(&self, name: &SharedName, windows: &SharedWindows) {
        locked(&self.shared, |shared| drop(shared.put(name.clone(), windows.clone())));
    }

    pub(super) fn org(&self, org: &OrgId) -> Option<OrgLimits> {
        locked(&self.orgs, |orgs| orgs.get(org).cloned())
    }

    pub(super) fn remember_org(&self, org: &OrgId, limits: &OrgLimits) {
        locked(&self.orgs, |orgs| drop(orgs.put(org.clone(), limits.clone())));
    }

    pub(super) fn forget_org(&self, org: &OrgId) {
        locked(&self.orgs, |orgs| drop(orgs.pop(org)));
    }
}

/// A thread that panicked here left nothing half done: one call is one step.
fn locked<K: std::hash::Hash + Eq, V, T>(
    cache: &Mutex<LruCache<K, V>>,
    step: impl FnOnce(&mut LruCache<K, V>) -> T,
) -> T {
    step(&mut cache.lock().unwrap_or_else(PoisonError::into_inner))
}
