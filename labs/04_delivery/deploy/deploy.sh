#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
# TODO: the exit code says whether all users are served by this image now.
kubectl set image deployment/myapp myapp="$1"
echo "Deployed $1."
