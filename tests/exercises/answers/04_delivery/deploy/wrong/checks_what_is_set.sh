#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -e
kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout=6s && [ "$(kubectl get deployment/myapp -o jsonpath='{.spec.template.spec.containers[0].image}')" = "$1" ] || {
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout=6s
    exit 1
}
