//! `Debug` for what must not reach a log line.

/// Implements `Debug` for types that hold a secret: it writes the type's name alone.
macro_rules! opaque_debug {
    ($($kind:ty),*) => {$(
        impl std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($kind), "(…)"))
            }
        }
    )*};
}
pub(crate) use opaque_debug;
