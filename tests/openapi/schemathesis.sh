#!/usr/bin/env bash
# Sends the local server what its OpenAPI documents allow, and what they do not.
#   tests/openapi/serve.sh tests/openapi/schemathesis.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0

check() {
    .tools/schemathesis/bin/st --config-file tests/openapi/schemathesis.toml run "$LATCHKEY_URL/openapi/$1.json" \
        --max-examples "${EXAMPLES:-15}" "${@:2}" || failed=1
}

check tyk -H "X-Tyk-Authorization: $LATCHKEY_ADMIN_SECRET"
check gmi -H "Authorization: Bearer $SESSION_TOKEN" --exclude-operation-id gmi-verify-key
check gmi -H "Authorization: Bearer $API_KEY" --include-operation-id gmi-verify-key
check requesty -H "Authorization: Bearer $MANAGING_KEY" --exclude-operation-id requesty-set-org
check requesty -H "Authorization: Bearer $LATCHKEY_ADMIN_SECRET" --include-operation-id requesty-set-org
check gate -H "Authorization: Bearer $LATCHKEY_ADMIN_SECRET"
exit "$failed"
