#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -euo pipefail
grep --quiet --extended-regexp '@sha256:[0-9a-f]{64}$' <<< "$1"

generation() {
    kubectl get deployment/myapp -o 'jsonpath={.metadata.generation}'
}

back() {
    trap - ERR
    if [ "$(generation)" != "$before" ]; then
        kubectl rollout undo deployment/myapp
        kubectl rollout status deployment/myapp --timeout=5s
    fi
    exit 1
}

before=$(generation)
trap back ERR
kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout=6s
[ "$(python ask.py 60 | cut --delimiter=' ' --fields=1 | sort --unique)" = 200 ]
