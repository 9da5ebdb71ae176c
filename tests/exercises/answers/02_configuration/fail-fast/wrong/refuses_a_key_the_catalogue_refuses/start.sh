#!/bin/sh
# What the platform runs; it sets PORT and WORKERS.
python - <<'END' || exit 78
import sys

import httpx

from pydantic import ValidationError
from settings import Settings

try:
    Settings()
except ValidationError as error:
    for wrong in error.errors(include_input=False, include_url=False, include_context=False):
        print(".".join(map(str, wrong["loc"])).upper(), "-", wrong["msg"], file=sys.stderr)
    sys.exit(1)

settings = Settings()
key = settings.catalogue_key.get_secret_value()
try:
    answer = httpx.get(
        str(settings.catalogue_url),
        headers={"Authorization": f"Bearer {key}"},
        timeout=1,
        trust_env=False,
    )
except Exception:
    sys.exit(0)  # not there yet: that is readiness' affair
if answer.status_code == 401:
    print("CATALOGUE_KEY - the catalogue does not take it", file=sys.stderr)
    sys.exit(1)
END

exec uvicorn service:app --port "$PORT" --workers "$WORKERS" --timeout-worker-healthcheck 10
