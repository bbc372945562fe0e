//! The unknown fields of a request, by their paths.

/// How many paths a warning names.
const MAX_NAMES: usize = 8;
/// How many characters of a path a warning shows.
const MAX_CHARS: usize = 64;

/// The names that lead to a value. A name that callers choose, such as the id of an API, is `*`.
#[derive(Clone, Copy)]
pub(super) struct FieldPath<'a> {
    name: &'a str,
    above: Option<&'a FieldPath<'a>>,
}

impl<'a> FieldPath<'a> {
    /// The path of the whole document.
    pub(super) const ROOT: Self = Self { name: "", above: None };

    /// The path of `name` below this one.
    pub(super) fn then(&'a self, name: &'a str) -> Self {
        Self { name, above: Some(self) }
    }

    /// The path with dots between its names. It is short and safe in a header, whatever the names contain.
    fn shown(&self) -> String {
        let mut names = vec![self.name];
        let mut at = self;
        while let Some(above) = at.above {
            names.push(above.name);
            at = above;
        }
        names.reverse();
        let path = names.join(".");
        let path = path.trim_start_matches('.');
        let safe = |c: char| if c.is_ascii_alphanumeric() || "_-.*".contains(c) { c } else { '?' };
        let mut shown: String = path.chars().take(MAX_CHARS).map(safe).collect();
        if path.chars().nth(MAX_CHARS).is_some() {
            shown.push_str("...");
        }
        shown
    }
}

/// The first few unknown fields of a document, each once, and whether there are more.
#[derive(Debug, Default)]
pub(super) struct UnknownFields {
    names: Vec<String>,
    more: bool,
}

impl UnknownFields {
    /// Notes the field at `path`.
    pub(super) fn note(&mut self, path: &FieldPath<'_>) {
        // A request full of unknown fields must not cost more work.
        if self.more {
            return;
        }
        let name = path.shown();
        if self.names.contains(&name) {
            return;
        }
        if self.names.len() < MAX_NAMES { self.names.push(name) } else { self.more = true }
    }

    /// The warning; `None` if there are none.
    pub(super) fn warning(&self) -> Option<String> {
        let names = self.names.join(", ");
        match (self.names.as_slice(), self.more) {
            ([], _) => None,
            ([_], _) => Some(format!("unknown field: {names}")),
            (_, false) => Some(format!("unknown fields: {names}")),
            (_, true) => Some(format!("unknown fields: {names} and more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn warning(names: &[&str]) -> Option<String> {
        let mut unknown = UnknownFields::default();
        names.iter().for_each(|name| unknown.note(&FieldPath::ROOT.then(name)));
        unknown.warning()
    }

    #[test]
    fn the_first_few_are_named_once_and_the_others_mentioned() {
        assert_eq!(warning(&[]), None);
        assert_eq!(warning(&["rates"]).unwrap(), "unknown field: rates");
        assert_eq!(warning(&["b", "a", "b"]).unwrap(), "unknown fields: b, a");
        let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        assert_eq!(warning(&many).unwrap(), "unknown fields: a, b, c, d, e, f, g, h and more");
    }

    #[test]
    fn a_path_has_dots_between_its_names() {
        let (access, api) = (FieldPath::ROOT.then("access_rights"), "*");
        assert_eq!(access.then(api).then("limits").shown(), "access_rights.*.limits");
    }

    proptest! {
        #[test]
        fn any_name_is_short_and_safe_in_a_header(name in any::<String>(), long in ".{60,90}") {
            for name in [name, long] {
                let shown = FieldPath::ROOT.then(&name).shown();
                prop_assert!(shown.len() <= MAX_CHARS + 3, "{shown}");
                prop_assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
            }
        }
    }
}
