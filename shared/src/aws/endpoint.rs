//! The endpoint of a service, which is the same for every call of a client.

use aws_sdk_dynamodb::config::endpoint as dynamodb;
use aws_sdk_secretsmanager::config::endpoint as secretsmanager;
use aws_smithy_runtime_api::client::endpoint::EndpointFuture;
use aws_smithy_types::endpoint::Endpoint;

/// How the names of regions begin whose services are below `amazonaws.com`.
const BEGINNINGS: [&str; 9] = ["af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];

/// An endpoint that is known before the first call. The SDK's rules would find the same one anew for
/// each call.
#[derive(Debug)]
pub struct FixedEndpoint(Endpoint);

impl FixedEndpoint {
    /// The endpoint at `url`, whatever the region is.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self(Endpoint::builder().url(url.into()).build())
    }

    /// The endpoint of `service` in a region of AWS's public or US government cloud; `None` for other
    /// regions, which are left to the SDK's rules.
    pub(super) fn of_region(service: &str, region: &str) -> Option<Self> {
        let is_known = BEGINNINGS.iter().any(|beginning| region.starts_with(beginning)) && !region.contains("-iso");
        let is_label = region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (is_known && is_label).then(|| Self::at(format!("https://{service}.{region}.amazonaws.com")))
    }
}

impl dynamodb::ResolveEndpoint for FixedEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a dynamodb::Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

impl secretsmanager::ResolveEndpoint for FixedEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a secretsmanager::Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The endpoints that the SDK finds for DynamoDB and for Secrets Manager.
    async fn by_the_rules(region: &str) -> [(&'static str, String); 2] {
        let params = dynamodb::Params::builder().region(region).account_id_endpoint_mode("preferred").build().unwrap();
        let resolver = dynamodb::DefaultResolver::new();
        let dynamodb = dynamodb::ResolveEndpoint::resolve_endpoint(&resolver, &params).await.unwrap();
        let params = secretsmanager::Params::builder().region(region).build().unwrap();
        let resolver = secretsmanager::DefaultResolver::new();
        let secrets = secretsmanager::ResolveEndpoint::resolve_endpoint(&resolver, &params).await.unwrap();
        [("dynamodb", dynamodb.url().to_owned()), ("secretsmanager", secrets.url().to_owned())]
    }

    #[tokio::test]
    async fn the_endpoint_of_a_region_is_the_one_that_the_sdk_finds() {
        let known = [
            "af-south-1",
            "ap-east-2",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-west-1",
            "il-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-gov-west-1",
            "us-west-2",
        ];
        for region in known {
            for (service, expected) in by_the_rules(region).await {
                let endpoint = FixedEndpoint::of_region(service, region).unwrap_or_else(|| panic!("{region} is known"));
                assert_eq!(endpoint.0.url(), expected);
            }
        }
        for region in ["cn-north-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1", "xx-1", ""]
        {
            assert!(FixedEndpoint::of_region("dynamodb", region).is_none(), "{region} is left to the SDK");
        }
        assert!(FixedEndpoint::of_region("dynamodb", "eu-west-1.example.org/").is_none());
    }
}
