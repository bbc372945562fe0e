//! A reservation of money. Its id contains everything about it, and only the service can make one.

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Key, KeyId};
use crate::clock::Millis;
use crate::limits::Money;
use crate::secrets::IdSecret;

/// Begins every id.
const PREFIX: &str = "res_";
/// Bytes of an authentication tag.
const TAG_BYTES: usize = 16;
/// Bytes of what it authenticates: the key's id, the amount, three times, and random ones.
const BYTES: usize = 16 + 16 + 3 * 8 + 16;

/// Money that a call reserved, until a report of the actual cost settles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The key that reserved it.
    pub key: KeyId,
    /// When that key was made: a later key with the same id has nothing to settle.
    pub made: Millis,
    /// How much was reserved.
    pub amount: Money,
    /// When it was reserved.
    pub at: Millis,
    /// The end of the month that it was taken from.
    pub month: Millis,
    /// Distinguishes it from every other.
    random: [u8; 16],
}

/// A text begins like a reservation's id, but the service made no such id for the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reservation of this key")]
pub struct Forged;

impl Reservation {
    /// What `key` reserved at `at`; `key` is its state right afterwards.
    #[must_use]
    pub fn new(key: &Key, amount: Money, at: Millis) -> Self {
        let month = key.config.limits.spend.map_or(0, |spend| spend.end);
        Self { key: key.id, made: key.made, amount, at, month, random: *uuid::Uuid::new_v4().as_bytes() }
    }

    /// The id, in printable ASCII.
    #[must_use]
    pub fn id(&self, ids: &IdSecret) -> String {
        let times = [self.made, self.at, self.month].map(i64::to_be_bytes);
        let amount = self.amount.nanos().to_be_bytes();
        let mut bytes = [self.key.as_bytes(), &amount, times.as_flattened(), &self.random].concat();
        bytes.extend(tag(ids, &bytes));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads an id; `None` for a text that does not begin like one.
    ///
    /// # Errors
    /// When it begins like one, but the service made no such id for `key`.
    pub fn read(id: &str, key: KeyId, ids: &IdSecret) -> Result<Option<Self>, Forged> {
        let Some(text) = id.strip_prefix(PREFIX) else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Forged)?;
        let (bytes, presented) = bytes.split_at_checked(BYTES).ok_or(Forged)?;
        constant_time::verify_slices_are_equal(presented, &tag(ids, bytes)).map_err(|_| Forged)?;
        let (of, rest) = bytes.split_at_checked(16).ok_or(Forged)?;
        let (amount, rest) = rest.split_first_chunk().ok_or(Forged)?;
        let amount = Money::from_nanos(i128::from_be_bytes(*amount));
        let ([made, at, month], random) = times(rest).ok_or(Forged)?;
        if of == key.as_bytes() { Ok(Some(Self { key, made, amount, at, month, random })) } else { Err(Forged) }
    }
}

/// Three times, and the sixteen bytes that follow them.
fn times(bytes: &[u8]) -> Option<([i64; 3], [u8; 16])> {
    let (times, random) = bytes.split_at_checked(3 * 8)?;
    let (times, _) = times.as_chunks::<8>();
    let times: [[u8; 8]; 3] = times.try_into().ok()?;
    Some((times.map(i64::from_be_bytes), random.try_into().ok()?))
}

fn tag(ids: &IdSecret, bytes: &[u8]) -> Vec<u8> {
    ids.tag("reservation", &[bytes]).as_ref().iter().take(TAG_BYTES).copied().collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn ids(byte: u8) -> IdSecret {
        IdSecret::parse(&STANDARD.encode([byte; 32])).unwrap()
    }

    fn key(byte: u8) -> KeyId {
        KeyId::from_digest(&[byte; 16])
    }

    fn reservation(numbers: [i64; 4], random: [u8; 16]) -> Reservation {
        let [made, amount, at, month] = numbers;
        Reservation { key: key(1), made, amount: Money::from_nanos(amount.into()), at, month, random }
    }

    #[test]
    fn an_id_is_read_back_for_its_own_key_and_secret_only() {
        let reserved = reservation([1, 500_000, 3, 4], [7; 16]);
        let id = reserved.id(&ids(1));
        assert!(id.len() <= 255 && id.is_ascii(), "{id}");
        assert_eq!(Reservation::read(&id, key(1), &ids(1)), Ok(Some(reserved)));
        assert_eq!(Reservation::read(&id, key(2), &ids(1)), Err(Forged));
        assert_eq!(Reservation::read(&id, key(1), &ids(2)), Err(Forged));
        assert_eq!(Reservation::read("order-4711", key(1), &ids(1)), Ok(None));
        assert_eq!(Reservation::read("res_", key(1), &ids(1)), Err(Forged));
    }

    proptest! {
        #[test]
        fn any_damage_is_noticed(
            numbers in any::<[i64; 4]>(), random in any::<[u8; 16]>(), at in any::<prop::sample::Index>(), to in "[ -~]",
        ) {
            let id = reservation(numbers, random).id(&ids(1));
            let at = at.index(id.len() - PREFIX.len()) + PREFIX.len();
            let mut damaged = id.clone();
            damaged.replace_range(at..=at, &to);
            // A reservation with two valid ids could be settled twice.
            prop_assert_eq!(Reservation::read(&damaged, key(1), &ids(1)).is_ok(), damaged == id);
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in "res_[ -~]{0,120}") {
            prop_assert_eq!(Reservation::read(&text, key(1), &ids(1)), Err(Forged));
        }
    }
}
