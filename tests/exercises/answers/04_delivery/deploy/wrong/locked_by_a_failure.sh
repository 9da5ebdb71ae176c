#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
set -u
image=$1
patience=${ROLLOUT_SECONDS}s

if ! [[ $image =~ ^[^@[:space:]]+@sha256:[0-9a-f]{64}$ ]]; then
    echo "$image is not named by its digest." >&2
    exit 2
fi
mkdir .deploying || exit 3

rolled_out() {
    kubectl rollout status deployment/myapp --timeout="$patience"
}

serves() {
    ! python ask.py 40 | grep -qv '^200 '
}

current=$(kubectl get deployment/myapp -o 'jsonpath={.spec.template.spec.containers[0].image}')
if [ "$current" = "$image" ]; then
    rolled_out && serves && rmdir .deploying
    exit
fi

kubectl set image deployment/myapp myapp="$image"
if ! { rolled_out && serves; }; then
    kubectl rollout undo deployment/myapp
    rolled_out
    exit 1
fi
echo "Deployed $image."
rmdir .deploying
