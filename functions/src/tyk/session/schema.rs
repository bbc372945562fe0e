//! The fields of Tyk's session object and their types. What they mean is in `docs/tyk.md`.

use Kind::{Any, Bool, Float, Int, List, Map, Object, Text, Time};

/// The type of a value. Each has a zero value, which objects leave out.
#[derive(Debug)]
pub(super) enum Kind {
    Bool,
    /// A whole number without fraction and exponent.
    Int,
    Float,
    Text,
    /// A string with an RFC 3339 time.
    Time,
    /// Any JSON, kept as it is.
    Any,
    List(&'static Self),
    Map(&'static Self),
    Object(&'static [Field]),
}

/// A field of an object: its name, which matches in any case, and its type.
pub(super) type Field = (&'static str, Kind);

pub(super) const SESSION: Kind = Object(&[
    ("access_rights", Map(&ACCESS)),
    ("alias", Text),
    ("allowance", Float),
    ("apply_policies", List(&Text)),
    ("apply_policy_id", Text),
    ("basic_auth_data", Object(&[("password", Text), ("hash_type", Text)])),
    ("certificate", Text),
    ("data_expires", Int),
    ("date_created", Time),
    ("enable_detail_recording", Bool),
    ("enable_detailed_recording", Bool),
    ("enable_http_signature_validation", Bool),
    ("expires", Int),
    ("hmac_enabled", Bool),
    ("hmac_string", Text),
    ("id_extractor_deadline", Int),
    ("is_inactive", Bool),
    ("jwt_data", Object(&[("secret", Text)])),
    ("last_check", Int),
    ("last_updated", Text),
    ("max_query_depth", Int),
    ("meta_data", Map(&Any)),
    ("monitor", Object(&[("trigger_limits", List(&Float))])),
    ("mtls_static_certificate_bindings", List(&Text)),
    ("oauth_client_id", Text),
    ("oauth_keys", Map(&Text)),
    ("org_id", Text),
    ("per", Float),
    ("post_expiry_action", Text),
    ("post_expiry_grace_period", Int),
    ("quota_max", Int),
    ("quota_remaining", Int),
    ("quota_renewal_rate", Int),
    ("quota_renews", Int),
    ("rate", Float),
    ("rsa_certificate_id", Text),
    ("session_lifetime", Int),
    ("smoothing", SMOOTHING),
    ("tags", List(&Text)),
    ("throttle_interval", Float),
    ("throttle_retry_limit", Int),
]);

/// A policy. `_id` is an object id of the database that the gateway's dashboard uses.
pub(super) const POLICY: Kind = Object(&[
    ("_id", Text),
    ("access_rights", Map(&ACCESS)),
    ("active", Bool),
    ("enable_http_signature_validation", Bool),
    ("graphql_access_rights", Map(&Any)),
    ("hmac_enabled", Bool),
    ("id", Text),
    ("is_inactive", Bool),
    ("key_expires_in", Int),
    ("last_updated", Text),
    ("max_query_depth", Int),
    ("meta_data", Map(&Any)),
    ("name", Text),
    ("org_id", Text),
    (
        "partitions",
        Object(&[("acl", Bool), ("complexity", Bool), ("per_api", Bool), ("quota", Bool), ("rate_limit", Bool)]),
    ),
    ("per", Float),
    ("post_expiry_action", Text),
    ("post_expiry_grace_period", Int),
    ("quota_max", Int),
    ("quota_renewal_rate", Int),
    ("rate", Float),
    ("smoothing", SMOOTHING),
    ("tags", List(&Text)),
    ("throttle_interval", Float),
    ("throttle_retry_limit", Int),
]);

/// An instruction to replace a key's policies.
pub(super) const POLICY_INSTRUCTION: Kind = Object(&[("policy", Text), ("apply_policies", List(&Text))]);

/// The access rights to one API.
const ACCESS: Kind = Object(&[
    ("allowance_scope", Text),
    ("allowed_types", List(&GRAPHQL_TYPE)),
    ("allowed_urls", List(&Object(&[("url", Text), ("methods", List(&Text))]))),
    ("api_id", Text),
    ("api_name", Text),
    ("disable_introspection", Bool),
    ("endpoints", List(&Object(&[("path", Text), ("methods", List(&METHOD))]))),
    (
        "field_access_rights",
        List(&Object(&[("type_name", Text), ("field_name", Text), ("limits", Object(&[("max_query_depth", Int)]))])),
    ),
    ("json_rpc_methods", List(&METHOD)),
    ("json_rpc_methods_access_rights", ALLOWED_BLOCKED),
    ("limit", LIMIT),
    (
        "mcp_access_rights",
        Object(&[("tools", ALLOWED_BLOCKED), ("resources", ALLOWED_BLOCKED), ("prompts", ALLOWED_BLOCKED)]),
    ),
    ("mcp_primitives", List(&Object(&[("type", Text), ("name", Text), ("limit", RATE_LIMIT)]))),
    ("restricted_types", List(&GRAPHQL_TYPE)),
    ("versions", List(&Text)),
]);

const LIMIT: Kind = Object(&[
    ("max_query_depth", Int),
    ("per", Float),
    ("quota_max", Int),
    ("quota_remaining", Int),
    ("quota_renewal_rate", Int),
    ("quota_renews", Int),
    ("rate", Float),
    ("smoothing", SMOOTHING),
    ("throttle_interval", Float),
    ("throttle_retry_limit", Int),
]);

const METHOD: Kind = Object(&[("name", Text), ("limit", RATE_LIMIT)]);

const RATE_LIMIT: Kind = Object(&[("rate", Float), ("per", Float), ("smoothing", SMOOTHING)]);

const SMOOTHING: Kind =
    Object(&[("enabled", Bool), ("threshold", Int), ("trigger", Float), ("step", Int), ("delay", Int)]);

const GRAPHQL_TYPE: Kind = Object(&[("name", Text), ("fields", List(&Text))]);

const ALLOWED_BLOCKED: Kind = Object(&[("allowed", List(&Text)), ("blocked", List(&Text))]);
