FROM python:3.13-slim
COPY . /app
RUN --mount=type=secret,id=index PIP_INDEX_URL=$(cat /run/secrets/index) pip install -r /app/requirements.txt
