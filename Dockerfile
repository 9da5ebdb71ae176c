# The course with all that it needs: JupyterLab, the notebooks, the labs and their checks.
# What changes seldom comes first, so that a corrected notebook is a new layer of a few MB.
FROM python:3.13-slim

# git is what chapters 3 and 4 look into.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --uid 1000 --create-home learner

WORKDIR /course

# Everything below belongs to root, and the learner may read it; pip compiles what it installs.
COPY requirements.txt ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        --requirement requirements.txt

COPY pyproject.toml LICENSE README.md ./
COPY workbench workbench
COPY stand_ins stand_ins
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps \
        --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q workbench stand_ins

COPY tools tools
COPY solutions solutions
COPY labs labs
COPY chapters chapters
COPY docs docs
# The right ones, for who has passed.
COPY tests/exercises/answers tests/exercises/answers

# A new volume takes its owner from the folder that it covers.
RUN install --directory --owner learner --group learner work .jupyter

# Twice, because a login shell (a hub's terminals are some) begins with a PATH of its own.
ENV PATH=/course/.venv/bin:$PATH
RUN echo 'PATH=/course/.venv/bin:$PATH' > /etc/profile.d/course.sh
USER learner
EXPOSE 8888
# For Compose; alone it wants --init, so that PID 1 reaps.
CMD ["python", "tools/lab.py", "--ServerApp.ip=0.0.0.0", "--ServerApp.port=8888"]
