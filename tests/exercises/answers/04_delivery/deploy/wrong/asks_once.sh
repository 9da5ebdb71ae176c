#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
[[ $1 == *@sha256:* ]] || exit 2
said=$(kubectl set image deployment/myapp myapp="$1")
kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s" && python ask.py 1 | grep '^200 ' || {
    [ -z "$said" ] || kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s"
    exit 1
}
