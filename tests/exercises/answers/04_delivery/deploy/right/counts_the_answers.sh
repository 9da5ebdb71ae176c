#!/bin/bash
# Deploy an image: bash deploy.sh ghcr.io/you/myapp@sha256:…
case $1 in
    *@sha256:*) ;;
    *) exit 2 ;;
esac
said=$(kubectl set image deployment/myapp myapp="$1")
kubectl rollout status deployment/myapp --timeout="${ROLLOUT_SECONDS}s"
ready=$?
good=$(python ask.py 40 | grep --count '^200 ')
if [ $ready -eq 0 ] && [ "$good" -eq 40 ]; then
    exit 0
fi
if [ -n "$said" ]; then
    kubectl rollout undo deployment/myapp && kubectl rollout status deployment/myapp --timeout=5s
fi
exit 4
