"""Documents of the agent against the ground truth of real logs: corpus.py CORPUS WORK SYSTEM..."""
import csv
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

LEVELS = {
    "notice": "INFO", "info": "INFO", "error": "ERROR", "warn": "WARN", "warning": "WARN", "fatal": "CRITICAL",
    "severe": "ERROR", "failure": "ERROR", "debug": "DEBUG", "v": "DEBUG", "d": "DEBUG", "i": "INFO", "w": "WARN",
    "e": "ERROR",
}
# How the columns make a time, and its pattern; None: without a year, of which the nearest to now counts.
TIMES = {
    "Apache": ("{Time}", "%a %b %d %H:%M:%S %Y"),
    "HDFS": ("{Date} {Time}", "%y%m%d %H%M%S"),
    "Hadoop": ("{Date} {Time}", "%Y-%m-%d %H:%M:%S,%f"),
    "Linux": ("{Month} {Date} {Time}", None),
    "OpenSSH": ("{Date} {Day} {Time}", None),
    "OpenStack": ("{Date} {Time}", "%Y-%m-%d %H:%M:%S.%f"),
    "Spark": ("{Date} {Time}", "%y/%m/%d %H:%M:%S"),
    "Zookeeper": ("{Date} {Time}", "%Y-%m-%d %H:%M:%S,%f"),
}
NO_LEVEL = {"Linux"}  # the column holds the host
NO_COMPONENT = {"OpenSSH"}


def nearest(text):
    now = datetime.now(timezone.utc)
    tries = []
    for year in (now.year - 1, now.year, now.year + 1):
        try:
            tries.append(datetime.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=timezone.utc))
        except ValueError:
            pass
    return min(tries, key=lambda t: abs(t - now))


def wanted_time(system, row):
    columns, pattern = TIMES[system]
    text = columns.format(**row)
    return nearest(text) if pattern is None else datetime.strptime(text, pattern).replace(tzinfo=timezone.utc)


def document_time(doc):
    return datetime.fromisoformat(doc["timestamp"]["$date"].replace("Z", "+00:00"))


def component_is_right(doc, want):
    have = doc.get("class_name", "")
    # Zookeeper's column begins within the thread's name: only its end is the component.
    return have == want or (":" in want and have == want.rsplit(":", 1)[1])


def grouping(found, truth):
    """The share of lines whose group is exactly the true one."""
    by_found, by_truth = defaultdict(set), defaultdict(set)
    for i, (f, t) in enumerate(zip(found, truth)):
        by_found[f].add(i)
        by_truth[t].add(i)
    good = sum(len(lines) for lines in by_truth.values() if by_found[found[min(lines)]] == lines)
    return good / len(truth)


def documents_by_offset(path):
    docs, events = {}, 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            doc = json.loads(line)
            if "log_id" in doc:
                continue
            offset = doc["source"]["offset"]
            docs[int(offset["$numberLong"]) if isinstance(offset, dict) else offset] = doc
            events += 1
    return docs, events


def line_offsets(path):
    offsets, at = [], 0
    with open(path, "rb") as f:
        for line in f:
            offsets.append(at)
            at += len(line)
    return offsets


def measure(corpus, work, system):
    base = f"{corpus}/{system}/{system}_2k.log"
    with open(base + "_structured.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    docs, events = documents_by_offset(f"{work}/{system}/out.json")
    good = defaultdict(int)
    ids, texts = [], []
    for offset, row in zip(line_offsets(base), rows):
        doc = docs.get(offset)
        ids.append(doc.get("template_id") if doc else None)
        texts.append(doc.get("message_template") if doc else None)
        if not doc:
            continue
        good["message"] += doc["message"].strip() == row["Content"].strip()
        want = wanted_time(system, row) if system in TIMES else None
        good["time"] += want is None or abs(document_time(doc) - want) < timedelta(milliseconds=1)
        good["level"] += system in NO_LEVEL or "Level" not in row or doc["level"] == LEVELS[row["Level"].lower()]
        good["component"] += system in NO_COMPONENT or component_is_right(doc, row.get("Component", doc.get("class_name", "")))
    truth = [row["EventId"] for row in rows]
    n = len(rows)
    share = {k: good[k] / n for k in ("time", "level", "message", "component")}
    return share, grouping(ids, truth), grouping(texts, truth), n, events


def main():
    corpus, work, systems = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed, groups = [], []
    print(f"{'system':<10} {'lines':>5} {'docs':>5}   time  level message component  groups by id / by text")
    for system in systems:
        share, by_id, by_text, n, events = measure(corpus, work, system)
        groups.append(by_id)
        print(f"{system:<10} {n:>5} {events:>5} {share['time']:6.3f} {share['level']:6.3f} {share['message']:7.3f} "
              f"{share['component']:9.3f} {by_id:8.3f} / {by_text:.3f}")
        for what, least in (("time", 0.99), ("level", 0.99), ("message", 0.99), ("component", 0.95)):
            if share[what] < least:
                failed.append(f"{system}: {what} {share[what]:.3f}, wanted {least}")
        if events != n:
            failed.append(f"{system}: {events} documents of {n} lines")
    mean = sum(groups) / len(groups)
    print(f"groups by id, mean: {mean:.3f}")
    if mean < 0.93:
        failed.append(f"grouping {mean:.3f}, wanted 0.93")
    for line in failed:
        print("FAILED:", line)
    sys.exit(1 if failed else 0)


main()
