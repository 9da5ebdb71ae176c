#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp:v2
set -euo pipefail

generation() {
    kubectl get deployment/myapp -o 'jsonpath={.metadata.generation}'
}

back() {
    trap - ERR
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout=5s
    exit 1
}

before=$(generation)
kubectl set image deployment/myapp myapp="$1"
if [ "$(generation)" = "$before" ]; then
    echo "Nothing has changed." >&2
    exit 1
fi
trap back ERR
kubectl rollout status deployment/myapp --timeout=6s
[ "$(python ask.py 60 | sort --unique)" = "200 ${1##*:}" ]
