//! The tables, and how they are made where no template makes them: on a laptop and in tests.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::StoreError;
use crate::settings::Settings;

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

    /// The name in DynamoDB where only a prefix is set.
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

/// The name of each table in DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames([String; Table::ALL.len()]);

impl TableNames {
    /// The names by which `settings` call the tables.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let name = |table: Table| {
            let given = match table {
                Table::Keys => &settings.keys_table,
                Table::OrgKeys => &settings.org_keys_table,
                Table::Organizations => &settings.organizations_table,
                Table::Usage => &settings.usage_table,
                Table::Audit => &settings.audit_table,
            };
            given.clone().unwrap_or_else(|| table.full_name(&settings.table_prefix))
        };
        Self(Table::ALL.map(name))
    }

    /// These names, in the order of [`Table::ALL`].
    #[must_use]
    pub const fn named(names: [String; Table::ALL.len()]) -> Self {
        Self(names)
    }

    /// Names that all begin with `prefix`.
    #[must_use]
    pub fn with_prefix(prefix: &str) -> Self {
        Self(Table::ALL.map(|table| table.full_name(prefix)))
    }

    /// The name of `table`.
    #[must_use]
    pub fn name(&self, table: Table) -> &str {
        // The tables stand in `ALL` in the order of their declaration.
        &self.0[table as usize]
    }
}

/// Makes every table that is not there yet.
pub async fn create(client: &Client, names: &TableNames) -> Result<(), StoreError> {
    for table in Table::ALL {
        create_one(client, table, names.name(table)).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_name_of_its_setting_or_else_the_prefix() {
        for own in Table::ALL {
            let setting = format!("LATCHKEY_{}_TABLE", own.name().replace("OrgKeys", "Org_Keys").to_uppercase());
            let get = |name: &str| match name {
                "LATCHKEY_TABLE_PREFIX" => Some("dev.".to_owned()),
                name => (name == setting).then(|| "restored".to_owned()),
            };
            let names = TableNames::of(&Settings::read(get).unwrap());
            for table in Table::ALL {
                let expected = if table == own { "restored".to_owned() } else { format!("dev.{}", table.name()) };
                assert_eq!(names.name(table), expected, "{setting}");
            }
        }
    }
}
