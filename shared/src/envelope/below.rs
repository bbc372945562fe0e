//! What comes up from below and is a failure of every dialect that makes keys.

/// Makes failures of the store, of creates, and of secrets into the dialect's `Failure`.
macro_rules! from_below {
    ($failure:ty) => {
        impl From<crate::store::StoreError> for $failure {
            fn from(error: crate::store::StoreError) -> Self {
                Self::Store(error)
            }
        }

        impl From<super::Unrouted> for $failure {
            fn from(unrouted: super::Unrouted) -> Self {
                Self::Unrouted(unrouted)
            }
        }

        impl From<crate::keys::idempotency::NotMade> for $failure {
            fn from(not_made: crate::keys::idempotency::NotMade) -> Self {
                Self::NotMade(not_made)
            }
        }

        impl From<crate::secrets::NotGiven> for $failure {
            fn from(_: crate::secrets::NotGiven) -> Self {
                Self::Broken("a secret is missing that the function should have been given")
            }
        }

        impl From<crate::secrets::Unsealable> for $failure {
            fn from(_: crate::secrets::Unsealable) -> Self {
                Self::Broken("something sealed could not be opened, or could not be sealed")
            }
        }
    };
}
pub(super) use from_below;
