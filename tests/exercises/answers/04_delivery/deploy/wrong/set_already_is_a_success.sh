#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
[[ $1 == *@sha256:* ]] || exit 2
is_set=$(kubectl get deployment/myapp -o jsonpath='{.spec.template.spec.containers[0].image}')
if [ "$is_set" = "$1" ]; then
    echo "$1 is set already."
    exit 0
fi

back() {
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s"
    exit 1
}

kubectl set image deployment/myapp myapp="$1"
kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s" || back
if python ask.py 40 | grep --invert-match '^200 '; then
    back
fi
