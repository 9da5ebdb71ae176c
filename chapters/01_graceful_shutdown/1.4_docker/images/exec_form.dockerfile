FROM scratch

# exec form: the whole rest of the line is one JSON list, nothing behind it
CMD ["gunicorn", "main:app", "-k", "uvicorn_worker.UvicornWorker", "--graceful-timeout", "6"]
