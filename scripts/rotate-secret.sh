#!/usr/bin/env bash
# Changes a secret of a running stack without a deploy, in two steps.
#   scripts/rotate-secret.sh begin admin|seal|session SECRET   puts a new secret in front; the old ones go on
#   scripts/rotate-secret.sh end admin|seal|session SECRET     ends all but the newest
# SECRET is the ARN or the name of the secret in Secrets Manager. No secret is printed or passed as an argument.
# macOS has bash 3.2.
set -euo pipefail
umask 077

step=${1:-} kind=${2:-} secret=${3:-}
case "$step $kind" in
    "begin admin" | "begin session") new=$(openssl rand -hex 32) ;;
    "begin seal") new="v$(date -u +%Y%m%d%H%M%S):$(openssl rand -base64 32)" ;;
    "end admin" | "end seal" | "end session") new= ;;
    *)
        sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
[[ -n "$secret" ]] || { echo "no SECRET: the ARN is an output of the stack" >&2; exit 2; }

# One secret a line, the newest first; seal secrets may also be parted by commas.
entries() {
    if [[ "$kind" == seal ]]; then tr ',' '\n'; else cat; fi | sed -e 's/[[:space:]]*$//' -e '/^$/d'
}

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
aws secretsmanager get-secret-value --secret-id "$secret" --query SecretString --output text | entries > "$folder/old"
[[ -s "$folder/old" ]] || { echo "the secret is empty" >&2; exit 1; }
if [[ "$step" == begin ]]; then
    printf '%s\n' "$new" | cat - "$folder/old" > "$folder/new"
else
    head -n 1 "$folder/old" > "$folder/new"
fi
aws secretsmanager put-secret-value --secret-id "$secret" --secret-string "file://$folder/new" --query VersionId --output text
