#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
[[ $1 == *@sha256:* ]] || exit 2
said=$(kubectl set image deployment/myapp myapp="$1")

back() {
    [ -z "$said" ] || kubectl rollout undo deployment/myapp
    exit 1
}

kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s" || back
if python ask.py 40 | grep --invert-match '^200 '; then
    back
fi
