//! The one way to write an update of an item, whether it is sent alone or as a part of a
//! transaction.

use aws_sdk_dynamodb::types::AttributeValue;

use super::conditions::{Condition, Conditions, Expressions};
use crate::store::items::attributes::{Path, n, name};

/// What an update changes, and the conditions under which it does. DynamoDB evaluates the
/// right-hand sides against the item as it was before the update.
#[derive(Default)]
pub(in crate::store) struct Update {
    conditions: Conditions,
    set: Vec<String>,
    remove: Vec<String>,
}

impl Update {
    /// An update that happens only at this revision, and keeps it.
    pub(in crate::store) fn at_revision(revision: i64) -> Self {
        let mut update = Self::default();
        update.require(Condition::equals(name::REVISION, n(revision)));
        update
    }

    /// An update that happens only at this revision, and makes the next. So it never happens twice.
    pub(in crate::store) fn revise(revision: i64) -> Self {
        let mut update = Self::at_revision(revision);
        update.set(name::REVISION, n(revision + 1));
        update
    }

    pub(in crate::store) fn require(&mut self, condition: Condition<'_>) {
        self.conditions.require(condition);
    }

    /// Requires at least one of `alternatives`.
    pub(in crate::store) fn require_any<const N: usize>(&mut self, alternatives: [Condition<'_>; N]) {
        self.conditions.require_any(alternatives);
    }

    pub(in crate::store) fn set<'a>(&mut self, path: impl Into<Path<'a>>, value: AttributeValue) {
        let (path, value) = (self.conditions.path(path), self.conditions.value(value));
        self.set.push(format!("{path} = {value}"));
    }

    pub(in crate::store) fn set_all(&mut self, attributes: impl IntoIterator<Item = (String, AttributeValue)>) {
        attributes.into_iter().for_each(|(name, value)| self.set(&name, value));
    }

    /// Sets the attribute, or removes it where there is no value.
    pub(in crate::store) fn set_or_remove<'a>(&mut self, path: impl Into<Path<'a>>, value: Option<AttributeValue>) {
        match value {
            Some(value) => self.set(path, value),
            None => self.remove(path),
        }
    }

    /// Adds `by` to a number that exists.
    pub(in crate::store) fn add<'a>(&mut self, path: impl Into<Path<'a>>, by: impl Into<i128>) {
        let path = path.into();
        self.set_sum(path.clone(), path, by);
    }

    /// Sets a number to the number at `from` plus `by`.
    pub(in crate::store) fn set_sum<'a>(
        &mut self,
        path: impl Into<Path<'a>>,
        from: impl Into<Path<'a>>,
        by: impl Into<i128>,
    ) {
        let (path, from) = (self.conditions.path(path), self.conditions.path(from));
        let by = self.conditions.value(n(by));
        self.set.push(format!("{path} = {from} + {by}"));
    }

    /// Adds `by` to a counter that starts at 0 where it does not exist.
    pub(in crate::store) fn count<'a>(&mut self, path: impl Into<Path<'a>>, by: impl Into<i128>) {
        let path = self.conditions.path(path);
        let (none, by) = (self.conditions.value(n(0)), self.conditions.value(n(by)));
        self.set.push(format!("{path} = if_not_exists({path}, {none}) + {by}"));
    }

    pub(in crate::store) fn copy<'a>(&mut self, path: impl Into<Path<'a>>, from: impl Into<Path<'a>>) {
        let (path, from) = (self.conditions.path(path), self.conditions.path(from));
        self.set.push(format!("{path} = {from}"));
    }

    pub(in crate::store) fn remove<'a>(&mut self, path: impl Into<Path<'a>>) {
        let path = self.conditions.path(path);
        self.remove.push(path);
    }

    pub(in crate::store) fn remove_all<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        names.into_iter().for_each(|name| self.remove(name));
    }

    /// Whether it changes nothing.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }

    /// The update expression, and what goes with it.
    pub(in crate::store) fn into_expressions(self) -> (String, Expressions) {
        let clauses = [("SET", self.set), ("REMOVE", self.remove)];
        let clauses = clauses.into_iter().filter(|(_, actions)| !actions.is_empty());
        let clauses: Vec<_> = clauses.map(|(keyword, actions)| format!("{keyword} {}", actions.join(", "))).collect();
        (clauses.join(" "), self.conditions.into_expressions())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::items::attributes::s;
    use crate::store::write::readable::readable;

    #[test]
    fn each_change_has_its_expression() {
        let mut update = Update::default();
        update.set("a", s("x"));
        update.add("b", -5);
        update.set_sum("c", "d", 7);
        update.count(["e", "7"], 1);
        update.copy("f", "a");
        update.remove("g");
        update.remove(["e", "6"]);
        let (expression, expressions) = update.into_expressions();
        let set = "SET #0 = :0, #1 = #1 + :1, #2 = #3 + :2, #4.#5 = if_not_exists(#4.#5, :3) + :4, #6 = #0";
        assert_eq!(expression, format!("{set} REMOVE #7, #4.#8"));
        assert_eq!(expressions.condition, None);
        let names = ["a", "b", "c", "d", "e", "7", "f", "g", "6"];
        let names = names.into_iter().enumerate().map(|(at, name)| (format!("#{at}"), name.to_owned()));
        assert_eq!(expressions.names, Some(names.collect()));
        let values = [s("x"), n(-5), n(7), n(0), n(1)];
        let values = values.into_iter().enumerate().map(|(at, value)| (format!(":{at}"), value));
        assert_eq!(expressions.values, Some(values.collect()));
    }

    #[test]
    fn a_value_exists_or_its_attribute_is_removed() {
        let mut update = Update::default();
        update.set_or_remove("a", Some(n(1)));
        update.set_or_remove("b", None);
        assert_eq!(readable(update), "SET a = 1 REMOVE b");
    }

    #[test]
    fn a_revision_is_required_and_only_a_revising_update_changes_it() {
        let mut update = Update::at_revision(3);
        assert!(update.is_empty());
        update.remove("a");
        assert_eq!(readable(update), "REMOVE a IF v = 3");
        assert_eq!(readable(Update::revise(3)), "SET v = 4 IF v = 3");
    }

    #[test]
    fn conditions_and_changes_share_their_names() {
        let mut update = Update::default();
        update.require(Condition::above("left", 0));
        update.require_any([Condition::absent("end"), Condition::below("end", 9)]);
        update.add("left", -1);
        assert_eq!(update.into_expressions().1.names.map(|names| names.len()), Some(2));
    }
}
