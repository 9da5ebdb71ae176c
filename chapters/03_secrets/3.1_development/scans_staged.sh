#!/bin/sh
# As .git/hooks/pre-commit: no commit of what looks like a secret.
staged=$(mktemp -d)
trap 'rm -r "$staged"' EXIT
# What git is about to commit, and not what lies in the folder by now.
git diff --cached --name-only --diff-filter=d -z |
    git checkout-index --stdin -z --prefix="$staged/"
cd "$staged" && find . -type f -exec detect-secrets-hook {} +
