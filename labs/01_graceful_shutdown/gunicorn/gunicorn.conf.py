# From the command line of an earlier project, where it read
#     gunicorn main:app --timeout 120 --graceful-timeout 30
# TODO: reports are answered, the platform never has to kill, and the worker always cleans up.
timeout = 120
graceful_timeout = 30
