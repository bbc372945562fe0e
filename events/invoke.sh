#!/usr/bin/env bash
# Runs one function's debug binary under AWS's runtime interface emulator and sends it one event.
#   events/invoke.sh FUNCTION EVENT
# AWS_ENDPOINT_URL_DYNAMODB names the store; without it one is started here, with its data in data/invoke.
# The secrets below are for trying things out; set your own in the environment.
# macOS has bash 3.2: no `exec {name}<`, and an empty array counts as unset.
set -euo pipefail
cd "$(dirname "$0")/.."
function=$1 event=$2

export LATCHKEY_ADMIN_SECRET="${LATCHKEY_ADMIN_SECRET:-REPLACE-ME}"
export LATCHKEY_ID_SECRET="${LATCHKEY_ID_SECRET:-$(printf 'I%.0s' {1..64})}"
export LATCHKEY_SEAL_SECRETS="${LATCHKEY_SEAL_SECRETS:-v1:$(printf 'S%.0s' {1..64})}"
export LATCHKEY_SESSION_JWT_SECRET="${LATCHKEY_SESSION_JWT_SECRET:-$(printf 'J%.0s' {1..64})}"
export AWS_REGION="${AWS_REGION:-eu-west-1}"
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-local}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-local}"
export AWS_LAMBDA_FUNCTION_NAME="$function"

cargo build --quiet --package latchkey-functions --bin "$function"
started= folder=$(mktemp -d)
trap 'kill $started 2>/dev/null || true; rm -r "$folder"' EXIT
if [[ -z "${AWS_ENDPOINT_URL_DYNAMODB:-}" ]]; then
    cargo build --quiet --package latchkey --bin latchkey
    mkfifo "$folder/address"
    target/debug/latchkey dynamodb --listen 127.0.0.1:0 --data data/invoke > "$folder/address" &
    started=$!
    exec 3< "$folder/address"
    read -r -t 10 AWS_ENDPOINT_URL_DYNAMODB <&3
    export AWS_ENDPOINT_URL_DYNAMODB
fi

emulator=$(find .tools/sam -name "aws-lambda-rie-$(uname -m | sed 's/aarch64/arm64/')" | head -1)
port=${PORT:-9055}
"$emulator" --log-level error \
    --runtime-interface-emulator-address "127.0.0.1:$port" --runtime-api-address "127.0.0.1:$((port + 1))" \
    "$PWD/target/debug/$function" &
started="$started $!"
# Other placeholders, such as ORG-ID, stand for values that an earlier event returned.
token=$(events/session-token.sh 6f0b8d4e-0c57-4f6e-9a53-0d2b7a1c5e01 olga@example.org)
sed "s/SESSION-TOKEN/$token/" "$event" | curl --silent --show-error --retry 20 --retry-delay 1 --retry-connrefused \
    --data-binary @- "http://127.0.0.1:$port/2015-03-31/functions/function/invocations"
echo
