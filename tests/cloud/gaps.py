"""The emulator ministack 1.5.33, with AWS's documented behaviour where it falls short of it.

Each function below closes one gap, and its first line says what AWS does. Nothing here knows
anything about Latchkey. Run it with the Python that has ministack installed.
"""

import inspect
import json
import string
import sys

from ministack import app
from ministack.services import apigateway as gateway
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

HANDLERS = provisioners._RESOURCE_HANDLERS


def edit(module, name, old, new):
    """Replaces a piece of one of the emulator's functions; fails if the piece is not there."""
    source = inspect.getsource(getattr(module, name))
    if source.count(old) != 1:
        raise SystemExit(f"{module.__name__}.{name} is another one than of ministack 1.5.33")
    exec(compile(source.replace(old, new), module.__file__, "exec"), module.__dict__)


def alarms_may_use_metric_math():
    """An alarm may have `Metrics` in place of one metric: AWS::CloudWatch::Alarm, "Metrics"."""
    record = provisioners._cw_metric_alarm_record

    def recorded(name, props):
        if not props.get("Metrics"):
            return record(name, props)
        returned = [query for query in props["Metrics"] if str(query.get("ReturnData", True)).lower() != "false"]
        if len(returned) != 1:
            raise ValueError("exactly one of an alarm's metrics must return data")
        plain = {key: value for key, value in props.items() if key != "Metrics"}
        return record(name, {"Namespace": "metric math", "MetricName": returned[0]["Id"], **plain})

    provisioners._cw_metric_alarm_record = recorded


def generated_secrets_may_exclude_punctuation():
    """`ExcludePunctuation` leaves letters and digits: AWS::SecretsManager::Secret, GenerateSecretString."""
    value = provisioners._sm_secret_string

    def generated(props):
        wanted = props.get("GenerateSecretString") or {}
        if str(wanted.get("ExcludePunctuation", "")).lower() == "true":
            excluded = wanted.get("ExcludeCharacters", "") + string.punctuation
            props = {**props, "GenerateSecretString": {**wanted, "ExcludeCharacters": excluded}}
        return value(props)

    provisioners._sm_secret_string = generated


def ref_of_a_secret_is_its_arn():
    """`Ref` returns the ARN of the secret: AWS::SecretsManager::Secret, "Return values"."""
    handler = HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name(arn):
        return arn.split(":secret:")[1].rsplit("-", 1)[0] if arn.startswith("arn:") else arn

    def created(logical_id, props, stack):
        _, attributes = create(logical_id, props, stack)
        return attributes["Arn"], attributes

    def updated(arn, old, new, stack, logical_id=None):
        _, attributes = update(name(arn), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    handler.update(create=created, update=updated, delete=lambda arn, props: delete(name(arn), props))


def tables_get_point_in_time_recovery():
    """A table is created with its recovery: AWS::DynamoDB::Table, "PointInTimeRecoverySpecification"."""
    handler = HANDLERS["AWS::DynamoDB::Table"]
    create = handler["create"]

    def created(logical_id, props, stack):
        table, attributes = create(logical_id, props, stack)
        if wanted := props.get("PointInTimeRecoverySpecification"):
            enabled = str(wanted.get("PointInTimeRecoveryEnabled", "")).lower() == "true"
            dynamodb._update_continuous_backups(
                {"TableName": table, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": enabled}})
        return table, attributes

    handler.update(create=created)


def http_apis_may_be_defined_by_openapi():
    """`Body` is an OpenAPI definition with routes, integrations and authorizers: AWS::ApiGatewayV2::Api, "Body"."""
    handler = HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handler["create"], handler["update"]

    def created(logical_id, props, stack):
        api, attributes = create(logical_id, props, stack)
        import_definition(api, props.get("Body") or {})
        return api, attributes

    def updated(api, old, new, stack, logical_id=None):
        api, attributes = update(api, old, new, stack, logical_id)
        import_definition(api, new.get("Body") or {})
        return api, attributes

    handler.update(create=created, update=updated)


def import_definition(api, definition):
    """Gives an HTTP API the routes, integrations, authorizers and CORS of an OpenAPI definition."""
    if not definition:
        return
    gateway._routes[api], gateway._integrations[api], gateway._authorizers[api] = {}, {}, {}
    schemes = (definition.get("components") or {}).get("securitySchemes") or {}
    authorizers = {name: make_authorizer(api, name, scheme) for name, scheme in schemes.items()}
    for path, operations in definition["paths"].items():
        for method, operation in operations.items():
            if "x-amazon-apigateway-integration" in operation:
                make_route(api, method, path, operation, authorizers)
    if cors := definition.get("x-amazon-apigateway-cors"):
        gateway._apis[api]["corsConfiguration"] = cors


def make_authorizer(api, name, scheme):
    """Makes the authorizer that a security scheme defines: its id."""
    defined = scheme["x-amazon-apigateway-authorizer"]
    sources = defined.get("identitySource") or []
    if isinstance(sources, str):
        sources = [source.strip() for source in sources.split(",")]
    return answered(gateway._create_authorizer(api, {
        "name": name,
        "authorizerType": defined["type"].upper(),
        "authorizerUri": defined["authorizerUri"],
        "identitySource": sources,
        "authorizerPayloadFormatVersion": str(defined["authorizerPayloadFormatVersion"]),
        "enableSimpleResponses": bool(defined.get("enableSimpleResponses")),
        "authorizerResultTtlInSeconds": int(defined.get("authorizerResultTtlInSeconds", 300 if sources else 0)),
    }))["authorizerId"]


def make_route(api, method, path, operation, authorizers):
    """Makes the route of an OpenAPI operation."""
    defined = operation["x-amazon-apigateway-integration"]
    integration = answered(gateway._create_integration(api, {
        "integrationType": "AWS_PROXY",
        "integrationUri": defined["uri"],
        "payloadFormatVersion": str(defined["payloadFormatVersion"]),
    }))["integrationId"]
    verb = "ANY" if "any" in method else method.upper()
    key = "$default" if operation.get("isDefaultRoute") else f"{verb} {path}"
    route = {"routeKey": key, "target": f"integrations/{integration}"}
    if operation.get("security"):
        authorizer = authorizers[next(iter(operation["security"][0]))]
        route.update(authorizationType="CUSTOM", authorizerId=authorizer)
    answered(gateway._create_route(api, route))


def answered(response):
    """What one of the emulator's own operations answered."""
    status, _, body = response
    if status >= 300:
        raise ValueError(body)
    return json.loads(body)


def a_greedy_parameter_may_be_empty():
    """`/keys/{proxy+}` takes `/keys/`, too; no page says so, it was observed: storacha/w3infra issue 166."""
    extract = gateway._extract_path_params

    def extracted(route, path):
        found = extract(route, path)
        if found is None and path.endswith("/") and route.endswith("+}"):
            found = extract(route, f"{path}-")
            if found is not None:
                found[route.rsplit("{", 1)[1].removesuffix("+}")] = ""
        return found

    gateway._extract_path_params = extracted


def the_longer_greedy_route_is_the_more_specific():
    """Of several greedy routes the most specific one is taken: "Routing API requests"."""
    specificity = gateway._route_specificity

    def ranked(method, route):
        greedy, literals, explicit = specificity(method, route)
        return greedy, literals, route.count("/"), explicit

    gateway._route_specificity = ranked


def a_path_of_one_segment_keeps_its_trailing_slash():
    """`rawPath` of `/keys/` is `/keys/`: "Lambda proxy integrations", 2.0. The emulator takes `keys` for a stage."""
    parse, resolve = app._parse_execute_api_url, app._resolve_stage_and_path

    def parsed(host, path):
        found = parse(host, path)
        one_segment = found and app._EXECUTE_API_RE.match(host) and path.count("/") == 1 and path != "/"
        return (found[0], found[1], "") if one_segment else found

    def resolved(api, first, rest):
        stage, path = resolve(api, first, rest or "/")
        return (stage, f"/{first}{rest}") if stage == "$default" != first else (stage, path)

    app._parse_execute_api_url, app._resolve_stage_and_path = parsed, resolved


def options_is_a_method_like_others_without_cors():
    """Only with CORS configured does the gateway answer OPTIONS itself: "Configure CORS for HTTP APIs"."""
    edit(gateway, "_handle_execute_in_scope", 'if method == "OPTIONS":', 'if method == "OPTIONS" and cors_cfg:')


def raw_path_begins_with_a_named_stage():
    """`rawPath` and `http.path` begin with the stage unless it is $default: "Lambda proxy integrations", 2.0."""
    invoke = gateway._invoke_lambda_proxy

    async def invoked(integration, api, stage, path, *rest, **more):
        prefix = "" if stage == "$default" else f"/{stage}"
        return await invoke(integration, api, stage, prefix + path, *rest, **more)

    gateway._invoke_lambda_proxy = invoked


alarms_may_use_metric_math()
generated_secrets_may_exclude_punctuation()
ref_of_a_secret_is_its_arn()
tables_get_point_in_time_recovery()
http_apis_may_be_defined_by_openapi()
a_greedy_parameter_may_be_empty()
the_longer_greedy_route_is_the_more_specific()
a_path_of_one_segment_keeps_its_trailing_slash()
options_is_a_method_like_others_without_cors()
raw_path_begins_with_a_named_stage()

if __name__ == "__main__":
    sys.argv[0] = "ministack"
    sys.exit(app.main())
