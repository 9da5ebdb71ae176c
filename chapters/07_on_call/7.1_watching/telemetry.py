"""
What a service tells about itself: in metrics, in logs, and in spans.
"""

import json
import os
import time

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import Histogram

NAME = os.environ["NAME"]
DURATION = Histogram("duration_seconds", "From the request to the answer.", ["status"])


class ToFile(SpanExporter):
    def export(self, spans):
        with open(f"{os.environ['SPANS']}/{NAME}.jsonl", "a") as file:
            file.writelines(span.to_json(indent=None) + "\n" for span in spans)
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ToFile()))
tracer = provider.get_tracer(NAME)


def log(event, **more):
    """Write a line, with the number of the trace, and return that."""
    trace_id = f"{trace.get_current_span().get_span_context().trace_id:032x}"
    line = {"time": time.time(), "service": NAME, "trace": trace_id, "event": event}
    print(json.dumps(line | more), flush=True)
    return trace_id
