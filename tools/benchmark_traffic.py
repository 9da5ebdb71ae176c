"""
Compare `traffic` with `wrk` on an endpoint that takes 20 ms: run it, read the table.

    .venv/bin/python -m tools.benchmark_traffic

wrk is a closed loop: a number of connections, each with its next request as soon as the last
is answered. The number is chosen so that it makes about as many requests a second as `traffic`
is told to. A benchmark, not a test: a busy machine is allowed to be busy. A star marks what
differs by more than 15 %.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import ROOT
from workbench import start, traffic
from workbench._traffic import percentile

HERE = ROOT / "tests" / "workbench"
SECONDS = 10
SHARES = (0.5, 0.95, 0.99)
TAKES = 0.02  # seconds that the endpoint waits
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
REPORT = """
done = function(summary, latency, requests)
    for _, share in ipairs({50, 95, 99}) do
        io.write(string.format("P %f\\n", latency:percentile(share) / 1000))
    end
end
"""


def by_wrk(url: str, connections: int, script: Path) -> tuple[float, list[float]]:
    """
    Requests per second and percentiles in ms, as wrk has them.
    """
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", script, url],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS + 30,
    ).stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])
    return rate, [float(ms) for ms in re.findall(r"^P ([\d.]+)", said, re.MULTILINE)]


def by_traffic(url: str, rate: float) -> list[float]:
    """
    Percentiles in ms, as our own load has them.
    """
    with traffic(url, rate=rate) as load:
        load.wait(int(rate * SECONDS))
    latencies = [sample.latency * 1000 for sample in load.samples]
    return [percentile(latencies, share) for share in SHARES]


def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("There is no wrk on PATH; Debian has it: apt-get install wrk.")
    script = Path(sys.argv[0]).with_suffix(".lua")
    script.write_text(REPORT)
    rows = []
    try:
        command = f"uvicorn --app-dir '{HERE}' answers:app --port {{port}} --log-level warning"
        with start(command, ready="/") as service:
            url = f"{service.url}/wait/{TAKES}"
            for rate, connections in ((50, 1), (200, 4)):
                rows.append((rate, by_traffic(url, rate), *by_wrk(url, connections, script)))
    finally:
        script.unlink()
    print(f"\n{'per second':>12} {'':>8} {'traffic':>9} {'wrk':>9} {'ratio':>6}")
    for rate, ours, wrk_rate, theirs in rows:
        for share, mine, other in zip(SHARES, ours, theirs, strict=True):
            ratio = mine / other
            star = " *" if abs(ratio - 1) > 0.15 else ""
            print(
                f"{rate:>5} ({wrk_rate:4.0f}) {f'p{share * 100:.0f}':>8}"
                f" {mine:6.1f} ms {other:6.1f} ms {ratio:6.2f}{star}"
            )


if __name__ == "__main__":
    main()
