//! The schemas of Tyk's objects, from the types by which they are read.

use std::borrow::Cow;

use utoipa::openapi::schema::{KnownFormat, SchemaFormat, SchemaType};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::schema::{self, Kind};

/// Tyk's session: the document of a key, or of the limits of an organisation.
pub(crate) struct SessionDocument;

/// Tyk's policy, as requests have it.
pub(crate) struct PolicyDocument;

/// Tyk's policy, as answers show it: with every field.
pub(crate) struct ShownPolicy;

/// An instruction to replace the policies of a key.
pub(crate) struct PolicyInstruction;

/// What the fields mean that most keys have. `docs/tyk.md` has the others.
const MEANINGS: [(&str, &str); 16] = [
    ("access_rights", "What the key may call, by the ids of APIs"),
    ("alias", "A label, which the gate returns"),
    ("apply_policies", "The policies that the key follows"),
    ("date_created", "Set by the server"),
    ("expires", "Unix seconds from which on the key is refused; 0 for never"),
    ("is_inactive", "Whether it is switched off"),
    ("last_updated", "Unix seconds, set by the server"),
    ("meta_data", "Any JSON, which the gate returns"),
    ("org_id", "The organisation"),
    ("per", "The length of the rate's window in seconds; 0 for no rate"),
    ("quota_max", "Calls per quota period; 0 or less for no limit"),
    ("quota_remaining", "In answers: what is left of the quota"),
    ("quota_renewal_rate", "The length of the quota period in seconds; 0 or less if it never renews"),
    ("quota_renews", "In answers: Unix seconds at which the quota period ends"),
    ("rate", "Calls in `per` seconds; 0 for no rate"),
    ("tags", "Kept and shown"),
];

impl Kind {
    fn schema(&self) -> Schema {
        let of = |kind| ObjectBuilder::new().schema_type(kind);
        match self {
            Self::Bool => of(Type::Boolean).into(),
            Self::Int => of(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).into(),
            Self::Float => of(Type::Number).into(),
            Self::Text => of(Type::String).into(),
            Self::Time => of(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into(),
            Self::Any => ObjectBuilder::new().schema_type(SchemaType::AnyValue).into(),
            Self::List(of) => ArrayBuilder::new().items(RefOr::T(of.schema())).into(),
            Self::Map(values) => of(Type::Object).additional_properties(Some(values.schema())).into(),
            Self::Object(_) => self.object().into(),
        }
    }

    fn object(&self) -> ObjectBuilder {
        let Self::Object(fields) = self else { return ObjectBuilder::new() };
        let object = ObjectBuilder::new().schema_type(Type::Object);
        fields.iter().fold(object, |object, (name, kind)| object.property(*name, kind.schema()))
    }

    /// The object with the meaning of its fields.
    fn explained(&self, description: &str) -> RefOr<Schema> {
        let mut object = self.object().description(Some(description)).build();
        for (name, meaning) in MEANINGS {
            match object.properties.get_mut(name) {
                Some(RefOr::T(Schema::Object(field))) => field.description = Some(meaning.to_owned()),
                Some(RefOr::T(Schema::Array(field))) => field.description = Some(meaning.to_owned()),
                _ => {}
            }
        }
        Schema::Object(object).into()
    }
}

/// The fields of a shown policy that are null instead of empty.
const NULLABLE: [&str; 5] = ["access_rights", "graphql_access_rights", "meta_data", "smoothing", "tags"];
/// The only field that a shown policy may lack.
const OPTIONAL: &str = "post_expiry_action";

impl PartialSchema for ShownPolicy {
    fn schema() -> RefOr<Schema> {
        let mut object = schema::POLICY.object().description(Some("A policy, with every field")).build();
        for name in NULLABLE {
            match object.properties.get_mut(name) {
                Some(RefOr::T(Schema::Object(field))) => {
                    field.schema_type = SchemaType::from_iter([Type::Object, Type::Null])
                }
                Some(RefOr::T(Schema::Array(field))) => {
                    field.schema_type = SchemaType::from_iter([Type::Array, Type::Null])
                }
                _ => {}
            }
        }
        object.required = object.properties.keys().filter(|name| *name != OPTIONAL).cloned().collect();
        Schema::Object(object).into()
    }
}

impl PartialSchema for SessionDocument {
    fn schema() -> RefOr<Schema> {
        schema::SESSION
            .explained("A key, or the limits of an organisation. Fields that are zero, false or empty are left out")
    }
}

impl PartialSchema for PolicyDocument {
    fn schema() -> RefOr<Schema> {
        schema::POLICY.explained("A policy. The id is required: if `id` is missing, `_id` is taken")
    }
}

impl PartialSchema for PolicyInstruction {
    fn schema() -> RefOr<Schema> {
        schema::POLICY_INSTRUCTION.explained("The policies that the key is to follow; none takes it off its plan")
    }
}

/// Gives a schema its name in a document.
macro_rules! named {
    ($($schema:ident: $name:literal),+) => {$(
        impl ToSchema for $schema {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )+};
}

named!(SessionDocument: "Session", PolicyDocument: "Policy", ShownPolicy: "ShownPolicy", PolicyInstruction: "PolicyInstruction");
