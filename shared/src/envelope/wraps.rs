//! Failures that a dialect's `Failure` only wraps.

/// Lets `?` turn each of these into the variant of its name; `Internal` also what becomes one.
macro_rules! wraps {
    ($failure:ident: Internal, $($wrapped:ident),+) => {
        impl<E: Into<Internal>> From<E> for $failure {
            fn from(internal: E) -> Self {
                Self::Internal(internal.into())
            }
        }

        wraps!($failure: $($wrapped),+);
    };
    ($failure:ident: $($wrapped:ident),+) => {$(
        impl From<$wrapped> for $failure {
            fn from(wrapped: $wrapped) -> Self {
                Self::$wrapped(wrapped)
            }
        }
    )+};
}

pub(super) use wraps;
