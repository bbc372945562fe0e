#!/usr/bin/env bash
# Prints a session token as an identity provider would issue it, for trying the GMI endpoints; valid for an hour.
#   LATCHKEY_SESSION_JWT_SECRET=… events/session-token.sh USER EMAIL
set -euo pipefail
user=$1 email=$2 now=$(date +%s)
url64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

head=$(printf '{"alg":"HS256","typ":"JWT"}' | url64)
claims=$(printf '{"userId":"%s","email":"%s","email_verified":true,"firstName":"%s","lastName":"Tester","iat":%d,"exp":%d}' \
    "$user" "$email" "${email%%@*}" "$now" $((now + 3600)) | url64)
signature=$(printf '%s.%s' "$head" "$claims" |
    openssl dgst -sha256 -hmac "${LATCHKEY_SESSION_JWT_SECRET:?must be set}" -binary | url64)
printf '%s.%s.%s\n' "$head" "$claims" "$signature"
