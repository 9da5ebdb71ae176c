#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
said=$(kubectl set image deployment/myapp myapp="$1")

back() {
    if [ -n "$said" ]; then
        kubectl rollout undo deployment/myapp
        kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s"
    fi
    exit 1
}

kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s" || back
if python ask.py 40 | grep --invert-match '^200 '; then
    back
fi
