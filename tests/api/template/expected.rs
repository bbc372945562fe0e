//! What `template.yaml` is to say of a function and of a table, as text to paste.

use std::fmt::Write;

use latchkey_shared::runtime::function::{Function, Serves};
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table;

/// The resource's name: `TykCreateKey` for `tyk-create-key`.
pub(super) fn resource(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// A function with its log and its alarm.
pub(super) fn function(function: &Function) -> String {
    let (resource, name) = (resource(function.name), function.name);
    let mut text = format!(
        "  {resource}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/{name}/
      LoggingConfig: {{ LogGroup: !Ref {resource}Log }}
      Environment:
        Variables:
"
    );
    for secret in function.secrets {
        text += variables(*secret);
    }
    if !function.access.is_empty() {
        text += "      Policies:\n        - Version: \"2012-10-17\"\n          Statement:\n";
    }
    for (table, actions) in function.access {
        let actions: Vec<_> = actions.iter().map(|action| format!("dynamodb:{action:?}")).collect();
        let (table, actions) = (table.name(), actions.join(", "));
        writeln!(text, "            - {{ Effect: Allow, Action: [{actions}], Resource: !GetAtt {table}Table.Arn }}")
            .unwrap();
    }
    if matches!(function.serves, Serves::Requests(_)) {
        text += "      Events:\n";
    }
    for route in function.routes {
        let (method, path, event) = (route.method, route.path, event(route.method, route.path));
        writeln!(
            text,
            "        {event}: {{ Type: HttpApi, Properties: {{ ApiId: !Ref Api, Method: {method}, Path: \"{path}\" }} }}"
        )
        .unwrap();
    }
    if matches!(function.serves, Serves::Requests(_)) && function.routes.is_empty() {
        // Without method and path it is the API's $default route.
        text += "        Default: { Type: HttpApi, Properties: { ApiId: !Ref Api } }\n";
    }
    text + &format!(
        "  {resource}Log:
    Type: AWS::Logs::LogGroup
    Properties: {{ RetentionInDays: !Ref LogRetentionDays }}
  {resource}Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: {name} ended without an answer
      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{{ Name: FunctionName, Value: !Ref {resource} }}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"
    )
}

/// The event's name: `GetTykKeysKeyName` for `GET /tyk/keys/{keyName}`.
fn event(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(resource);
    resource(&method.to_lowercase()) + &words.collect::<String>()
}

/// The settings by which a function is given a secret.
fn variables(secret: Secret) -> &'static str {
    match secret {
        Secret::Admin => {
            "          LATCHKEY_ADMIN_SECRET: !Sub \"{{resolve:secretsmanager:${AdminSecret}:SecretString:::${AdminSecretVersion}}}\"
          LATCHKEY_ADMIN_SECRET_PREVIOUS: !If
            - HasPreviousAdminSecret
            - !Sub \"{{resolve:secretsmanager:${AdminSecret}:SecretString:::${PreviousAdminSecretVersion}}}\"
            - !Ref AWS::NoValue
"
        }
        Secret::Id => {
            "          LATCHKEY_ID_SECRET: !Sub \"{{resolve:secretsmanager:${IdSecret}:SecretString:::${IdSecretVersion}}}\"
"
        }
        Secret::Session => {
            "          LATCHKEY_SESSION_JWT_SECRET: !If
            - HasSessionJwtSecret
            - !Sub \"{{resolve:secretsmanager:${SessionJwtSecretArn}:SecretString}}\"
            - !Ref AWS::NoValue
"
        }
        Secret::Seal => {
            "          LATCHKEY_SEAL_SECRETS: !If
            - HasPreviousSealSecret
            - !Sub \"${SealSecretName}:{{resolve:secretsmanager:${SealSecret}:SecretString:::${SealSecretVersion}}},\\
              ${PreviousSealSecretName}:{{resolve:secretsmanager:${SealSecret}:SecretString:::${PreviousSealSecretVersion}}}\"
            - !Sub \"${SealSecretName}:{{resolve:secretsmanager:${SealSecret}:SecretString:::${SealSecretVersion}}}\"
"
        }
    }
}

/// A table with its alarm.
pub(super) fn table(table: Table) -> String {
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
  {name}Throttled:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: DynamoDB turned requests to {name} away
      AlarmActions: !If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]
      Metrics:
        - {{ Id: throttled, Expression: \"FILL(reads, 0) + FILL(writes, 0)\" }}
        - Id: reads
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/DynamoDB
              MetricName: ReadThrottleEvents
              Dimensions: [{{ Name: TableName, Value: !Ref {name}Table }}]
            Period: 60
            Stat: Sum
        - Id: writes
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/DynamoDB
              MetricName: WriteThrottleEvents
              Dimensions: [{{ Name: TableName, Value: !Ref {name}Table }}]
            Period: 60
            Stat: Sum
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"
    )
}
