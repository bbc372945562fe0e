//! Answers of the Tyk dialect that no type of its endpoints stands for.
#![expect(dead_code, reason = "the fields are described, and written elsewhere")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// Tokens, or hashes if keys are hashed; or the ids of organisations.
#[derive(ToSchema)]
pub(super) struct KeyList {
    keys: Vec<String>,
}

/// The health of the service and its store.
#[derive(ToSchema)]
pub(super) struct Health {
    status: HealthStatus,
    version: String,
    description: String,
    details: HealthDetails,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum HealthStatus {
    Pass,
    Fail,
}

#[derive(ToSchema)]
struct HealthDetails {
    redis: ComponentHealth,
}

/// The health of the store, under the name that scripts for Tyk Gateway know.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct ComponentHealth {
    status: HealthStatus,
    component_type: String,
    #[schema(format = DateTime)]
    time: String,
}

/// An API of the settings.
#[derive(ToSchema)]
pub(super) struct ApiDefinition {
    name: String,
    slug: String,
    api_id: String,
    org_id: String,
    active: bool,
    use_keyless: bool,
    auth: ApiAuth,
    version_data: VersionData,
    proxy: ApiProxy,
}

#[derive(ToSchema)]
struct ApiAuth {
    auth_header_name: String,
    use_param: bool,
    param_name: String,
    use_cookie: bool,
    cookie_name: String,
    use_certificate: bool,
}

#[derive(ToSchema)]
struct VersionData {
    not_versioned: bool,
    default_version: String,
    versions: BTreeMap<String, ApiVersion>,
}

#[derive(ToSchema)]
struct ApiVersion {
    name: String,
    expires: String,
    use_extended_paths: bool,
}

#[derive(ToSchema)]
struct ApiProxy {
    listen_path: String,
    /// Empty: Latchkey forwards no requests.
    target_url: String,
    strip_listen_path: bool,
}
