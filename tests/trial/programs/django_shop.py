"""
Django, in one file: a fast view, and a slow one; for an ASGI server and for a WSGI server.
"""

import time

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"])


def fast(_: HttpRequest) -> HttpResponse:
    return HttpResponse("fast")


def slow(_: HttpRequest) -> HttpResponse:
    time.sleep(0.5)
    return HttpResponse("slow")


urlpatterns = [path("", fast), path("slow", slow)]
asgi = get_asgi_application()
wsgi = get_wsgi_application()
