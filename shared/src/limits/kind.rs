//! The kinds of limits, and one value for each kind of window. A new kind of window starts here.

use std::ops::{Index, IndexMut};

use super::LimitKind::Window;

/// What can be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// A window of requests.
    Window(WindowKind),
    /// The month's money.
    Spend,
}

impl LimitKind {
    /// The rate's window.
    pub const RATE: Self = Window(WindowKind::Rate);
    /// The quota's window.
    pub const QUOTA: Self = Window(WindowKind::Quota);
}

/// The kinds of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// Requests per short window.
    Rate,
    /// Requests per long window.
    Quota,
}

impl WindowKind {
    /// Every kind, in the order in which they are checked.
    pub const ALL: [Self; 2] = [Self::Rate, Self::Quota];

    /// The name in the store and in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Quota => "quota",
        }
    }
}

/// One value for each kind of window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerKind<T>([T; WindowKind::ALL.len()]);

impl<T> PerKind<T> {
    /// The value that `of` gives for each kind.
    pub fn from_fn(of: impl FnMut(WindowKind) -> T) -> Self {
        Self(WindowKind::ALL.map(of))
    }

    /// The value that `of` gives for each kind.
    ///
    /// # Errors
    /// The first error of `of`.
    pub fn try_from_fn<E>(mut of: impl FnMut(WindowKind) -> Result<T, E>) -> Result<Self, E>
    where
        T: Default,
    {
        let mut values = Self(WindowKind::ALL.map(|_| T::default()));
        for kind in WindowKind::ALL {
            values[kind] = of(kind)?;
        }
        Ok(values)
    }

    /// What `to` makes of each value.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> PerKind<U> {
        PerKind(self.0.map(to))
    }

    /// Each kind and its value.
    pub fn iter(&self) -> impl Iterator<Item = (WindowKind, &T)> {
        WindowKind::ALL.into_iter().zip(&self.0)
    }
}

impl<T> Index<WindowKind> for PerKind<T> {
    type Output = T;

    fn index(&self, kind: WindowKind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<WindowKind> for PerKind<T> {
    fn index_mut(&mut self, kind: WindowKind) -> &mut T {
        &mut self.0[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_value_of_its_own() {
        let mut names = PerKind::from_fn(WindowKind::name);
        assert!(names.iter().all(|(kind, name)| kind.name() == *name));
        names[WindowKind::Quota] = "other";
        assert_eq!((names[WindowKind::Rate], names[WindowKind::Quota]), ("rate", "other"));
        let failed: Result<PerKind<u8>, _> = PerKind::try_from_fn(Err);
        assert_eq!(failed, Err(WindowKind::Rate));
    }
}
