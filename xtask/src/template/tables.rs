//! The block of each table, made as the store makes it on one machine, with its alarm.

use latchkey_shared::store::Table;

/// Every table's block, parted by empty lines.
pub(super) fn blocks() -> String {
    Table::ALL.into_iter().map(|table| format!("\n{}{}", block(table), alarm(table.name()))).collect::<String>() + "\n"
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
        "  {name}Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Sub \"${{TablePrefix}}{name}\"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
{attributes}      KeySchema:
{keys}{ttl}      PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: true }}
      DeletionProtectionEnabled: true
"
    )
}

fn alarm(name: &str) -> String {
    let [reads, writes] = ["reads", "writes"].map(|id| throttles(name, id));
    format!(
        "  {name}Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: DynamoDB throttled requests to {name}
      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]
      Metrics:
        - {{ Id: throttled, Expression: \"FILL(reads, 0) + FILL(writes, 0)\" }}
{reads}{writes}      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"
    )
}

fn throttles(name: &str, id: &str) -> String {
    let metric = if id == "reads" { "ReadThrottleEvents" } else { "WriteThrottleEvents" };
    format!(
        "        - Id: {id}
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/DynamoDB
              MetricName: {metric}
              Dimensions: [{{ Name: TableName, Value: !Ref {name}Table }}]
            Period: 60
            Stat: Sum
"
    )
}
