"""
What is pushed to a registry is pulled from it, by its tag or by its digest.
"""

import shutil

import httpx2
import pytest

from stand_ins import registry
from tools import ROOT
from workbench import start

CONFIGURATION = ROOT / "chapters" / "04_delivery" / "4.1_pipeline" / "registry.yml"


@pytest.mark.skipif(not shutil.which("docker-registry"), reason="there is no docker-registry")
def test_a_tag_moves_and_a_digest_does_not() -> None:
    """
    1. One image is pushed under a tag, then another under the same tag.

    Result: the tag names the second, the first's digest still the first; no other tag is there.
    """
    serve = "env REGISTRY_HTTP_ADDR=127.0.0.1:{port} docker-registry serve"
    with start(f"{serve} {CONFIGURATION}", ready="/v2/", name="registry") as server:
        first = registry.push(server.url, "prod", "version 1")
        second = registry.push(server.url, "prod", "version 2")

        assert first != second
        assert registry.pull(server.url, "prod") == "version 2"
        assert registry.pull(server.url, first) == "version 1"
        with pytest.raises(httpx2.HTTPStatusError):
            registry.pull(server.url, "other")
