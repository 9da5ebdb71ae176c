#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp:v2
set -euo pipefail
image=$1

is_set=$(kubectl get deployment/myapp -o jsonpath='{.spec.template.spec.containers[0].image}')
if [ "$is_set" = "$image" ]; then
    echo "Nothing to roll out: $image is set already." >&2
    exit 1
fi

# Whether all pods are ready, and users get their page.
succeeds() {
    kubectl rollout status deployment/myapp --timeout=6s || return 1
    answers=$(python ask.py 40)
    ! grep --invert-match '^200 ' <<< "$answers"
}

kubectl set image deployment/myapp myapp="$image"
if ! succeeds; then
    kubectl rollout undo deployment/myapp
    kubectl rollout status deployment/myapp --timeout=5s
    echo "$image does not serve users; $is_set is back." >&2
    exit 1
fi
