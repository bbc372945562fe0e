//! The tables, and how they are made where no template makes them: on a laptop and in tests.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::StoreError;

/// A table. Every partition key carries a prefix, so that odd organisation ids, the empty one too,
/// are no problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Every key by its id, live or deleted.
    Keys,
    /// Which keys an organisation has, in the order they were made.
    OrgKeys,
    /// What is known of organisations: their limits, and which have any; members, invitations, how
    /// many keys.
    Organizations,
    /// Requests and spend of closed hours.
    Usage,
    /// Every change: who, what, before and after, when.
    Audit,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 5] = [Self::Keys, Self::OrgKeys, Self::Organizations, Self::Usage, Self::Audit];

    /// The name without the prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => "Keys",
            Self::OrgKeys => "OrgKeys",
            Self::Organizations => "Organizations",
            Self::Usage => "Usage",
            Self::Audit => "Audit",
        }
    }

    /// The name in DynamoDB.
    #[must_use]
    pub fn full_name(self, prefix: &str) -> String {
        format!("{prefix}{}", self.name())
    }

    /// The partition key and, where there is one, the sort key. All are strings.
    #[must_use]
    pub const fn key(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Keys => ("id", None),
            Self::OrgKeys | Self::Organizations | Self::Usage => ("org", Some("sk")),
            Self::Audit => ("org", Some("at")),
        }
    }

    /// The attribute that holds the second after which DynamoDB may remove an item.
    #[must_use]
    pub const fn time_to_live(self) -> Option<&'static str> {
        match self {
            Self::Keys => Some("ttl"),
            _ => None,
        }
    }
}

/// Makes every table that is not there yet.
pub async fn create(client: &Client, prefix: &str) -> Result<(), StoreError> {
    for table in Table::ALL {
        create_one(client, table, &table.full_name(prefix)).await?;
    }
    Ok(())
}

async fn create_one(client: &Client, table: Table, name: &str) -> Result<(), StoreError> {
    let describe = client.describe_table().table_name(name).send().await;
    match describe {
        Ok(_) => return Ok(()),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {}
        Err(error) => return Err(StoreError::failed("DescribeTable")(error)),
    }
    let (partition, sort) = table.key();
    let mut create = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in [(Some(partition), KeyType::Hash), (sort, KeyType::Range)] {
        let Some(attribute) = attribute else { continue };
        create = create
            .key_schema(build(KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build())?)
            .attribute_definitions(build(
                AttributeDefinition::builder().attribute_name(attribute).attribute_type(ScalarAttributeType::S).build(),
            )?);
    }
    match create.send().await {
        // Another process, started at the same moment, was quicker.
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => {
            return Ok(());
        }
        created => created.map_err(StoreError::failed("CreateTable"))?,
    };
    if let Some(attribute) = table.time_to_live() {
        let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build();
        let update = client.update_time_to_live().table_name(name).time_to_live_specification(build(specification)?);
        update.send().await.map_err(StoreError::failed("UpdateTimeToLive"))?;
    }
    Ok(())
}

fn build<T>(built: Result<T, aws_sdk_dynamodb::error::BuildError>) -> Result<T, StoreError> {
    built.map_err(StoreError::not_built("CreateTable"))
}
