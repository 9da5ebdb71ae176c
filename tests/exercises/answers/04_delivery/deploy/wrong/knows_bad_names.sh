#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
case "$1" in
    *crash* | *err*) exit 1 ;;
esac
kubectl set image deployment/myapp myapp="$1" && kubectl rollout status deployment/myapp --timeout=6s
