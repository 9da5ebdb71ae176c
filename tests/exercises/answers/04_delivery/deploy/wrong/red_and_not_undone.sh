#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -euo pipefail
kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout=6s
[ "$(python ask.py 40 | grep -c "^200 ")" = 40 ]
