//! Failures that a dialect's `Failure` only wraps.

/// Lets `?` turn each of these into the variant of its name.
macro_rules! wraps {
    ($failure:ident: $($wrapped:ident),+) => {$(
        impl From<$wrapped> for $failure {
            fn from(wrapped: $wrapped) -> Self {
                Self::$wrapped(wrapped)
            }
        }
    )+};
}

pub(super) use wraps;
