//! A map that can forget its oldest entries.

use alloc::collections::VecDeque;
use core::hash::Hash;

use bevy::platform::collections::HashMap;

/// A map that knows in which order its keys were added.
#[derive(Debug)]
pub(crate) struct RecentMap<K, V> {
    values: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, V> RecentMap<K, V> {
    /// Adds a key, or changes its value.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.values.insert(key, value).is_none() {
            self.order.push_back(key);
        }
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.values.get(&key)
    }

    #[cfg(feature = "client")]
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.values.get_mut(&key)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Forgets the oldest keys until no more than this many are left. Returns the number of keys forgotten.
    pub(crate) fn forget_oldest(&mut self, max: usize) -> usize {
        let excess = self.order.len().saturating_sub(max);
        if max == 0 {
            // Faster than to remove each.
            self.values.clear();
            self.order.clear();
        } else {
            for key in self.order.drain(..excess) {
                self.values.remove(&key);
            }
        }
        excess
    }
}

impl<K, V> Default for RecentMap<K, V> {
    fn default() -> Self {
        Self {
            values: HashMap::default(),
            order: VecDeque::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_keys_are_forgotten_first() {
        let mut map = RecentMap::default();
        for key in [1, 2, 3] {
            map.insert(key, key * 10);
        }
        map.insert(1, 70); // keeps its place
        assert_eq!(map.forget_oldest(4), 0);
        assert_eq!(map.forget_oldest(1), 2);
        assert_eq!([1, 2, 3].map(|key| map.get(key).copied()), [None, None, Some(30)]);
        assert_eq!(map.forget_oldest(0), 1);
        assert_eq!(map.get(3), None);
    }
}
