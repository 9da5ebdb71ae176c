FROM python:3.13-slim
ARG SECRET_KEY
ENV SECRET_KEY=$SECRET_KEY
ARG PIP_TOKEN
COPY . /app
RUN pip install --index-url https://$PIP_TOKEN@pypi.example/simple -r /app/requirements.txt
RUN rm /app/.env
