//! What an instance remembers of the keys and organisations it saw last: a guess, never an answer.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::plans::KnownPolicies;
use crate::keys::{Key, KeyId, OrgLimits, SharedName};
use crate::orgs::OrgId;
use crate::rights::Access;
use crate::store::items::shared_windows::SharedWindows;

/// Bytes of the keys that are remembered: an eighth of a function's 256 MB.
const KEY_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of the organisations that are remembered.
const ORG_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of the shared windows that are remembered.
const SHARED_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of the policies that are remembered.
const POLICY_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of an entry besides its name and item: the links of its order, and its slot in the table.
const ENTRY: usize = 64;

/// The items last seen, as many as fit into a number of bytes. The least recently used are
/// forgotten first.
#[derive(Clone, Debug)]
pub(in crate::store) struct Remembered {
    keys: Arc<Mutex<Cache<KeyId, Key>>>,
    orgs: Arc<Mutex<Cache<OrgId, OrgLimits>>>,
    shared: Arc<Mutex<Cache<SharedName, SharedWindows>>>,
    policies: Arc<Mutex<Cache<OrgId, KnownPolicies>>>,
}

impl Default for Remembered {
    fn default() -> Self {
        let keys = Arc::new(Mutex::new(Cache::new(KEY_BYTES)));
        let orgs = Arc::new(Mutex::new(Cache::new(ORG_BYTES)));
        let policies = Arc::new(Mutex::new(Cache::new(POLICY_BYTES)));
        Self { keys, orgs, shared: Arc::new(Mutex::new(Cache::new(SHARED_BYTES))), policies }
    }
}

impl Remembered {
    pub(in crate::store) fn key(&self, id: KeyId) -> Option<Key> {
        locked(&self.keys, |keys| keys.get(&id).cloned())
    }

    /// The access rights of a key that is remembered, without counting as a use.
    pub(in crate::store) fn key_access(&self, id: KeyId) -> Option<Access> {
        locked(&self.keys, |keys| keys.peek(&id).map(|key| key.config.access.clone()))
    }

    /// The access rights of an organisation that is remembered, without counting as a use.
    pub(in crate::store) fn org_access(&self, org: &OrgId) -> Option<Access> {
        locked(&self.orgs, |orgs| orgs.peek(org).map(|limits| limits.config.access.clone()))
    }

    /// The organisation that owned the key when it was last seen, and whether it followed policies.
    pub(in crate::store) fn owner_of(&self, id: KeyId) -> Option<(OrgId, bool)> {
        locked(&self.keys, |keys| keys.peek(&id).map(|key| (key.org.clone(), key.plan.is_some())))
    }

    pub(in crate::store) fn remember_key(&self, key: &Key) {
        let bytes = size_of::<KeyId>() + key.size();
        locked(&self.keys, |keys| keys.put(key.id, key.clone(), bytes));
    }

    pub(in crate::store) fn forget_key(&self, id: KeyId) {
        locked(&self.keys, |keys| keys.pop(&id));
    }

    pub(in crate::store) fn shared(&self, name: &SharedName) -> Option<SharedWindows> {
        locked(&self.shared, |shared| shared.get(name).cloned())
    }

    pub(in crate::store) fn remember_shared(&self, name: &SharedName, windows: &SharedWindows) {
        let bytes = name.size() + windows.size();
        locked(&self.shared, |shared| shared.put(name.clone(), windows.clone(), bytes));
    }

    pub(in crate::store) fn policies(&self, org: &OrgId) -> Option<KnownPolicies> {
        locked(&self.policies, |policies| policies.get(org).cloned())
    }

    pub(in crate::store) fn remember_policies(&self, org: &OrgId, known: KnownPolicies) {
        let bytes = size_of::<OrgId>() + org.as_str().len() + known.size();
        locked(&self.policies, |policies| policies.put(org.clone(), known, bytes));
    }

    pub(in crate::store) fn org(&self, org: &OrgId) -> Option<OrgLimits> {
        locked(&self.orgs, |orgs| orgs.get(org).cloned())
    }

    pub(in crate::store) fn remember_org(&self, org: &OrgId, limits: &OrgLimits) {
        let bytes = size_of::<OrgId>() + org.as_str().len() + limits.size();
        locked(&self.orgs, |orgs| orgs.put(org.clone(), limits.clone(), bytes));
    }

    pub(in crate::store) fn forget_org(&self, org: &OrgId) {
        locked(&self.orgs, |orgs| orgs.pop(org));
    }
}

/// A thread that panicked here left nothing half done: one call is one step.
fn locked<K: Hash + Eq, V, T>(cache: &Mutex<Cache<K, V>>, step: impl FnOnce(&mut Cache<K, V>) -> T) -> T {
    step(&mut cache.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Items with the bytes of each, and never more than `most` bytes in all.
#[derive(Debug)]
struct Cache<K: Hash + Eq, V> {
    items: LruCache<K, (V, usize)>,
    bytes: usize,
    most: usize,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    fn new(most: usize) -> Self {
        Self { items: LruCache::unbounded(), bytes: 0, most }
    }

    fn get(&mut self, name: &K) -> Option<&V> {
        self.items.get(name).map(|(item, _)| item)
    }

    /// As `get`, without counting as a use.
    fn peek(&self, name: &K) -> Option<&V> {
        self.items.peek(name).map(|(item, _)| item)
    }

    /// Puts an item in the place of the one of that name, and forgets others until there is room
    /// for it.
    fn put(&mut self, name: K, item: V, bytes: usize) {
        let bytes = bytes.saturating_add(ENTRY);
        if let Some((_, before)) = self.items.put(name, (item, bytes)) {
            self.bytes -= before;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        while self.bytes > self.most {
            let Some((_, (_, forgotten))) = self.items.pop_lru() else { return };
            self.bytes -= forgotten;
        }
    }

    fn pop(&mut self, name: &K) {
        if let Some((_, bytes)) = self.items.pop(name) {
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a cache of `most` bytes holds, the most recently used first.
    fn held(cache: &Cache<u8, ()>) -> Vec<u8> {
        cache.items.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn the_least_recently_used_are_forgotten_first() {
        let mut cache = Cache::new(3 * (100 + ENTRY));
        for name in [1, 2, 3] {
            cache.put(name, (), 100);
        }
        assert!(cache.get(&1).is_some());
        cache.put(4, (), 100);
        assert_eq!(held(&cache), [4, 1, 3]);
        // One that is as large as two makes two go.
        cache.put(5, (), 200 + ENTRY);
        assert_eq!(held(&cache), [5, 4]);
    }

    #[test]
    fn what_is_larger_than_everything_is_not_remembered() {
        let mut cache = Cache::new(1000);
        cache.put(1, (), 1001);
        assert!(cache.get(&1).is_none() && cache.bytes == 0);
    }

    proptest! {
        #[test]
        fn never_more_bytes_are_held_than_allowed(steps in prop::collection::vec((0_u8..8, 0_usize..500, any::<bool>()), 0..200)) {
            let mut cache = Cache::new(1000);
            for (name, bytes, forget) in steps {
                if forget { cache.pop(&name) } else { cache.put(name, (), bytes) }
                prop_assert_eq!(cache.bytes, cache.items.iter().map(|(_, (_, bytes))| bytes).sum::<usize>());
                prop_assert!(cache.bytes <= 1000);
            }
        }
    }
}
