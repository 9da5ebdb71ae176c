#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp:v2
back() {
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout=6s
    exit 1
}

[ "$(kubectl get deployment/myapp -o jsonpath='{.spec.template.spec.containers[0].image}')" != "$1" ] || back
kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout=6s || back
if python ask.py 40 | grep --invert-match '^200 '; then
    back
fi
