#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp:v2
if [ -z "$(kubectl set image deployment/myapp myapp="$1")" ]; then
    exit 3
fi
kubectl rollout status deployment/myapp --timeout=6s
ready=$?
good=$(python ask.py 40 | grep --count '^200 ')
if [ $ready -ne 0 ] || [ "$good" -ne 40 ]; then
    kubectl rollout undo deployment/myapp && kubectl rollout status deployment/myapp --timeout=5s
    exit 4
fi
