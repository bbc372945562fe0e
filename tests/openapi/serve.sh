#!/usr/bin/env bash
# Runs a command against a local server in memory, and fails if the service itself failed meanwhile.
#   tests/openapi/serve.sh COMMAND…
# The command finds in its environment: LATCHKEY_URL, LATCHKEY_ADMIN_SECRET, SESSION_TOKEN of an owner, API_KEY of that
# owner's organisation, MANAGING_KEY of the Requesty dialect.
set -euo pipefail
cd "$(dirname "$0")/../.."

export LATCHKEY_ADMIN_SECRET=only-for-these-tests LATCHKEY_SESSION_JWT_SECRET=only-for-these-tests-of-the-api
server=${SERVER:-target/debug/latchkey}
scratch=$(mktemp -d)
touch "$scratch/greeting"
"$server" --memory --listen 127.0.0.1:0 > "$scratch/greeting" 2> "$scratch/log" &
process=$!
trap 'kill "$process" 2> /dev/null || true; rm -rf "$scratch"' EXIT

for _ in $(seq 100); do
    LATCHKEY_URL=$(sed -n 's/.* on \(http:.*\)/\1/p' "$scratch/greeting")
    [ -z "$LATCHKEY_URL" ] || break
    kill -0 "$process" 2> /dev/null || { cat "$scratch/log" >&2; exit 1; }
    sleep 0.1
done
export LATCHKEY_URL

field() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }
SESSION_TOKEN=$(events/session-token.sh olga olga@example.org)
organization=$(curl -sf "$LATCHKEY_URL/api/v1/organizations" -H "Authorization: Bearer $SESSION_TOKEN" \
    -d '{"name": "Acme"}' | field id)
API_KEY=$(curl -sf "$LATCHKEY_URL/api/v1/organizations/$organization/api-keys" \
    -H "Authorization: Bearer $SESSION_TOKEN" -d '{"name": "first"}' | field key)
MANAGING_KEY=$(curl -sf "$LATCHKEY_URL/v1/manage/apikey" -H "Authorization: Bearer $LATCHKEY_ADMIN_SECRET" \
    -H "X-Organization-Id: acme" \
    -d '{"name": "first", "permissions": {"manage": "write", "completions": "write"}}' | field api_key)
export SESSION_TOKEN API_KEY MANAGING_KEY

"$@"
if grep -E ' (ERROR|panicked)' "$scratch/log"; then
    echo "The service itself failed: see above." >&2
    exit 1
fi
