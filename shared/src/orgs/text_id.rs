//! What every id that is a text can do.

/// Shows an id, and reads one back from the store, where only valid ones are.
macro_rules! text_id {
    ($id:ident) => {
        impl $id {
            /// Reads back an id that came from the store.
            #[must_use]
            pub(crate) fn from_stored(text: &str) -> Self {
                Self(text.to_owned())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $id {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(super) use text_id;
