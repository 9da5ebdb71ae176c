"""
Three readers of a workflow: its schema, zizmor, and our policy.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from policy import violations


def schema_accepts(workflow):
    code, _ = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)
    return code == 0


def security_faults(workflow):
    """
    What zizmor finds: how often each kind.
    """
    _, said = tool("zizmor", "--offline", "--pedantic", "--format=json", "--quiet", workflow)
    kinds = [found["ident"] for found in yaml.safe_load(said)]
    return {kind: kinds.count(kind) for kind in sorted(kinds)}


def our_faults(workflow):
    return violations(yaml.safe_load(Path(workflow).read_text(encoding="utf-8")))


def tool(*command):
    """
    Run a tool of this environment; return its exit code and what it prints.
    """
    program = shutil.which(command[0], path=f"{sys.prefix}/bin")
    done = subprocess.run([program, *command[1:]], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout
