//! The block of each table, made as the store makes it on one machine.

use latchkey_shared::store::Table;

/// Every table's block, parted by empty lines.
pub(super) fn blocks() -> String {
    Table::ALL.into_iter().map(|table| format!("\n{}", block(table))).collect::<String>() + "\n"
}

fn block(table: Table) -> String {
    let (name, (partition, sort)) = (table.name(), table.key());
    let keys = [(Some(partition), "HASH"), (sort, "RANGE")];
    let keys = keys.into_iter().filter_map(|(key, kind)| Some((key?, kind)));
    let attributes: String =
        keys.clone().map(|(key, _)| format!("        - {{ AttributeName: {key}, AttributeType: S }}\n")).collect();
    let keys: String =
        keys.map(|(key, kind)| format!("        - {{ AttributeName: {key}, KeyType: {kind} }}\n")).collect();
    let ttl = table.time_to_live().map_or_else(String::new, |attribute| {
        format!("      TimeToLiveSpecification: {{ AttributeName: {attribute}, Enabled: true }}\n")
    });
    format!(
        "  {name}:
    Type: AWS::DynamoDB::Table
    Condition: MakesTables
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
{attributes}      KeySchema:
{keys}{ttl}      PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: true }}
      DeletionProtectionEnabled: true
"
    )
}
