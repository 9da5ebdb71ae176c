#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -e
kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout=6s && python -c 'import os, urllib.request as r; r.urlopen(os.environ["SHOP"] + "/ready")' || {
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout=6s
    exit 1
}
