"""Score articles from a generator and print, as JSON, how much memory that took.

    python tests/benchmarks/memory.py ARTICLES COUNT

ARTICLES has one article a line, as a JSON string; the file is read again and again until COUNT
articles have been scored. Linux only, for /proc.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from forewarn import score

SAMPLES = 5


def resident(field: str) -> int:
    """Return a size of this process in bytes: ``VmRSS`` is now, ``VmHWM`` the most so far.

    (``ru_maxrss`` would not do: a process that was just started inherits its parent's.)
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


def articles(path: Path, count: int, sizes: list[int]) -> Iterator[str]:
    """Yield articles, noting the size of the process at equal distances."""
    done = 0
    while done < count:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if done == count:
                    break
                done += 1
                yield json.loads(line)
                if done % (count // SAMPLES) == 0:
                    sizes.append(resident("VmRSS"))


if __name__ == "__main__":
    sizes: list[int] = []
    score(articles(Path(sys.argv[1]), int(sys.argv[2]), sizes))
    print(json.dumps({"sizes": sizes, "peak": resident("VmHWM")}))
