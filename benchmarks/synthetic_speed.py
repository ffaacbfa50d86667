"""Reports a second of the synthetic generator, and its peak memory.

python benchmarks/synthetic_speed.py -n 20000 --workers 2
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from pathstage.corpus.synthetic import write_corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        started = time.perf_counter()
        write_corpus(path, arguments.n, seed=1, workers=arguments.workers)
        seconds = time.perf_counter() - started
        megabytes = path.stat().st_size / 1e6
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    cpu = sum(sum(resource.getrusage(w)[:2]) for w in who)
    peak = max(resource.getrusage(w).ru_maxrss for w in who) / 1024
    print(f"{arguments.n} reports, {megabytes:.0f} MB in {seconds:.0f} s ({arguments.n / seconds:.0f} reports/s)")
    print(f"CPU {cpu:.0f} s with {arguments.workers} workers; the largest process used {peak:.0f} MiB")


if __name__ == "__main__":
    main()
