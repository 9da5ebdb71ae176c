#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -e
kubectl set image deployment/myapp myapp="$1"
python ask.py 1 | grep v2 || {
    kubectl rollout undo deployment/myapp
    exit 1
}
