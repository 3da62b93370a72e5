#!/usr/bin/env bash
# Sends a signed message to a receiver of yours, to try its check.
# Usage: WEBHOOK_SECRET=whsec_... ./send.sh https://example.com/hooks
set -euo pipefail

url=$1
body=${2:-'{"event":"job.created","timestamp":"2026-01-01T00:00:00Z","organizationId":"00000000-0000-0000-0000-000000000000","data":{}}'}
id="msg_$(openssl rand -hex 16)"
timestamp=$(date +%s)

# What follows whsec_ is base64; any other secret stands for its own bytes.
if [[ $WEBHOOK_SECRET == whsec_* ]]; then
  key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
else
  key=$(printf %s "$WEBHOOK_SECRET" | od -An -v -tx1 | tr -d ' \n')
fi
sign() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary; }
signature="v1,$(printf '%s.%s.%s' "$id" "$timestamp" "$body" | sign | base64)"
hex=$(printf %s "$body" | sign | od -An -v -tx1 | tr -d ' \n')

curl --include --data-binary "$body" "$url" \
  --header "Content-Type: application/json" \
  --header "X-Webhook-Signature: $hex" \
  --header "webhook-id: $id" \
  --header "webhook-timestamp: $timestamp" \
  --header "webhook-signature: $signature"
