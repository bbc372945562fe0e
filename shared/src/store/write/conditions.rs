//! The conditions of a write, with every name and value of its expressions behind a numbered
//! placeholder.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::store::items::attributes::{Path, n};

/// Gives a builder of the SDK a condition, and the names and values of all its expressions. The
/// SDK's builders have these methods in common, but no trait.
macro_rules! with_expressions {
    ($builder:expr, $expressions:expr) => {{
        let expressions: $crate::store::write::conditions::Expressions = $expressions;
        $builder
            .set_condition_expression(expressions.condition)
            .set_expression_attribute_names(expressions.names)
            .set_expression_attribute_values(expressions.values)
    }};
}
pub(in crate::store) use with_expressions;

/// Something that must be true of an item's attribute for a write to happen.
pub(in crate::store) struct Condition<'a> {
    path: Path<'a>,
    test: Test,
}

enum Test {
    Exists,
    Absent,
    /// Holds if the attribute exists and compares to the value as the operator says.
    Compares(&'static str, AttributeValue),
    HasFewerThan(AttributeValue),
}

/// Conditions that must all be true, and the placeholders of the write they belong to.
///
/// A name gets the same placeholder wherever it occurs; a value gets one of its own each time.
#[derive(Default)]
pub(in crate::store) struct Conditions {
    names: Vec<String>,
    values: Vec<AttributeValue>,
    terms: Vec<String>,
}

/// What a request carries besides an update expression. DynamoDB refuses empty ones, so those are
/// `None`.
#[derive(Debug, PartialEq)]
pub(in crate::store) struct Expressions {
    pub(in crate::store) condition: Option<String>,
    pub(in crate::store) names: Option<HashMap<String, String>>,
    pub(in crate::store) values: Option<HashMap<String, AttributeValue>>,
}

impl<'a> Condition<'a> {
    pub(in crate::store) fn exists(path: impl Into<Path<'a>>) -> Self {
        Self { path: path.into(), test: Test::Exists }
    }

    pub(in crate::store) fn absent(path: impl Into<Path<'a>>) -> Self {
        Self { path: path.into(), test: Test::Absent }
    }

    pub(in crate::store) fn equals(path: impl Into<Path<'a>>, value: AttributeValue) -> Self {
        Self { path: path.into(), test: Test::Compares("=", value) }
    }

    pub(in crate::store) fn below(path: impl Into<Path<'a>>, number: impl Into<i128>) -> Self {
        Self { path: path.into(), test: Test::Compares("<", n(number)) }
    }

    pub(in crate::store) fn at_most(path: impl Into<Path<'a>>, number: impl Into<i128>) -> Self {
        Self { path: path.into(), test: Test::Compares("<=", n(number)) }
    }

    pub(in crate::store) fn above(path: impl Into<Path<'a>>, number: impl Into<i128>) -> Self {
        Self { path: path.into(), test: Test::Compares(">", n(number)) }
    }

    pub(in crate::store) fn at_least(path: impl Into<Path<'a>>, number: impl Into<i128>) -> Self {
        Self { path: path.into(), test: Test::Compares(">=", n(number)) }
    }

    /// True of a map that has fewer than `number` entries.
    pub(in crate::store) fn has_fewer_than(path: impl Into<Path<'a>>, number: impl Into<i128>) -> Self {
        Self { path: path.into(), test: Test::HasFewerThan(n(number)) }
    }
}

impl Conditions {
    /// This condition alone.
    pub(in crate::store) fn of(condition: Condition<'_>) -> Self {
        let mut conditions = Self::default();
        conditions.require(condition);
        conditions
    }

    /// At least one of `alternatives`.
    pub(in crate::store) fn any<const N: usize>(alternatives: [Condition<'_>; N]) -> Self {
        let mut conditions = Self::default();
        conditions.require_any(alternatives);
        conditions
    }

    pub(in crate::store) fn require(&mut self, condition: Condition<'_>) {
        let term = self.term(condition);
        self.terms.push(term);
    }

    pub(in crate::store) fn require_any<const N: usize>(&mut self, alternatives: [Condition<'_>; N]) {
        let terms = alternatives.map(|condition| self.term(condition));
        self.terms.push(format!("({})", terms.join(" OR ")));
    }

    /// The placeholders of `path`, such as `#0.#1`.
    pub(super) fn path<'a>(&mut self, path: impl Into<Path<'a>>) -> String {
        let names = path.into().names().iter().map(|name| self.name(name)).collect::<Vec<_>>();
        names.join(".")
    }

    /// A placeholder of its own for `value`, such as `:0`.
    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":{}", self.values.len() - 1)
    }

    pub(in crate::store) fn into_expressions(self) -> Expressions {
        let names = self.names.into_iter().enumerate().map(|(at, name)| (format!("#{at}"), name));
        let values = self.values.into_iter().enumerate().map(|(at, value)| (format!(":{at}"), value));
        Expressions {
            condition: Some(self.terms.join(" AND ")).filter(|terms| !terms.is_empty()),
            names: Some(names.collect()).filter(|names: &HashMap<_, _>| !names.is_empty()),
            values: Some(values.collect()).filter(|values: &HashMap<_, _>| !values.is_empty()),
        }
    }

    fn term(&mut self, Condition { path, test }: Condition<'_>) -> String {
        let path = self.path(path);
        match test {
            Test::Exists => format!("attribute_exists({path})"),
            Test::Absent => format!("attribute_not_exists({path})"),
            Test::Compares(operator, value) => format!("{path} {operator} {}", self.value(value)),
            Test::HasFewerThan(number) => format!("size({path}) < {}", self.value(number)),
        }
    }

    fn name(&mut self, name: &str) -> String {
        let known = self.names.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#{at}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::items::attributes::s;

    #[test]
    fn every_condition_has_its_expression() {
        for (condition, expected) in [
            (Condition::exists("a"), "attribute_exists(#0)"),
            (Condition::absent("a"), "attribute_not_exists(#0)"),
            (Condition::equals("a", s("x")), "#0 = :0"),
            (Condition::below("a", 7), "#0 < :0"),
            (Condition::at_most("a", 7), "#0 <= :0"),
            (Condition::above("a", 7), "#0 > :0"),
            (Condition::at_least("a", 7), "#0 >= :0"),
            (Condition::has_fewer_than("a", 7), "size(#0) < :0"),
        ] {
            assert_eq!(Conditions::of(condition).into_expressions().condition.as_deref(), Some(expected));
        }
    }

    #[test]
    fn alternatives_are_grouped_within_what_must_all_be_true() {
        let mut conditions = Conditions::any([Condition::absent("end"), Condition::at_most("end", 9)]);
        conditions.require(Condition::above(["used", "7"], 3));
        let expressions = conditions.into_expressions();
        let condition = "(attribute_not_exists(#0) OR #0 <= :0) AND #1.#2 > :1";
        assert_eq!(expressions.condition.as_deref(), Some(condition));
        let names = [("#0", "end"), ("#1", "used"), ("#2", "7")];
        assert_eq!(expressions.names, Some(HashMap::from(names.map(|(at, name)| (at.into(), name.into())))));
        assert_eq!(expressions.values, Some(HashMap::from([(":0".into(), n(9)), (":1".into(), n(3))])));
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let none = Conditions::default().into_expressions();
        assert_eq!(none, Expressions { condition: None, names: None, values: None });
        assert_eq!(Conditions::of(Condition::exists("a")).into_expressions().values, None);
    }

    proptest! {
        #[test]
        fn every_placeholder_stands_for_one_name_whatever_its_characters(
            names in prop::collection::vec("[#:.0-9a ]{1,3}", 1..20),
        ) {
            let mut conditions = Conditions::default();
            let placeholders: Vec<_> = names.iter().map(|name| conditions.path(name.as_str())).collect();
            let known = conditions.into_expressions().names.unwrap();
            for (placeholder, name) in placeholders.iter().zip(&names) {
                prop_assert_eq!(&known[placeholder], name);
            }
            let distinct: std::collections::HashSet<_> = names.iter().collect();
            prop_assert_eq!(known.len(), distinct.len());
        }
    }
}
