#!/usr/bin/env bash
# Generates a client in Python and one in TypeScript from every OpenAPI document, into target/clients, and uses both.
#   tests/openapi/serve.sh tests/openapi/clients.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
clients=target/clients sources=tests/openapi/clients
rm -rf "$clients"
mkdir -p "$clients/python" "$clients/typescript"

for document in tyk gmi requesty gate; do
    .tools/clients/bin/openapi-python-client generate --fail-on-warning --overwrite --meta none \
        --config "$sources/python.yaml" --path "docs/openapi/$document.json" \
        --output-path "$clients/python/latchkey_$document"
    .tools/npm/node_modules/.bin/openapi-typescript "docs/openapi/$document.json" \
        --output "$clients/typescript/$document.ts"
done

PYTHONPATH="$clients/python" .tools/clients/bin/python "$sources/key.py"

cp "$sources/key.ts" "$sources/tsconfig.json" "$clients/typescript"
echo '{"type": "module"}' > "$clients/typescript/package.json"
ln -s "$PWD/.tools/npm/node_modules" "$clients/typescript/node_modules"
.tools/npm/node_modules/.bin/tsc --project "$clients/typescript"
node "$clients/typescript/key.js"
