"""On what and when a benchmark ran."""
from __future__ import annotations

import datetime
import os
import platform
import re


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as text:
            found = re.search(r"^model name\s*: (.+)$", text.read(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def describe() -> dict[str, str]:
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{memory_gib()} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
    }
