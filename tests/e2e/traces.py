"""Writes stack traces slowly into many files, and compares what became of them.

traces.py write SAMPLES LOGS FILES
traces.py compare ONCE SLOW FILES
"""
import glob
import json
import os
import random
import sys
import time


def lines_of(path, n):
    head = f"2025-12-22 10:30:45,{n:03d} "
    with open(path, encoding="utf-8") as f:
        trace = f.read().splitlines(keepends=True)
    before = [f"{head}INFO [main] shop.Main: before {n}\n", f"{head}ERROR [main] shop.Main: failed {n}\n"]
    return before + trace + [f"{head}INFO [main] shop.Main: after {n}\n"]


def pieces(lines, rng):
    """Two pieces of every fifth line, so that lines come without their ends."""
    for line in lines:
        if rng.random() < 0.2 and len(line) > 2:
            at = rng.randrange(1, len(line))
            yield line[:at]
            yield line[at:]
        else:
            yield line


def write(samples, logs, count):
    rng = random.Random(7)
    names = sorted(glob.glob(samples + "/*.txt"))
    open_files = []
    for n in range(count):
        path = f"{logs}/{n:03d}-{os.path.basename(names[n % len(names)])[:-4]}.log"
        text = list(pieces(lines_of(names[n % len(names)], n), rng))
        open_files.append((open(path, "w", encoding="utf-8"), text))
    turn = 0
    while open_files:
        for file, text in list(open_files):
            file.write(text.pop(0))
            file.flush()
            if not text:
                file.close()
                open_files.remove((file, text))
        turn += 1
        time.sleep(0.25 if turn % 8 == 0 else 0.02)  # the writer is slow, that is the test


def read(path):
    docs, traces = {}, {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            doc = json.loads(line)
            source = doc["source"]
            place = (source["path"], json.dumps(source["offset"]), json.dumps(source["length"]))
            (traces if "log_id" in doc else docs)[place] = doc
    return docs, traces


def text_of(doc):
    return (doc["source"]["path"], doc.get("message"), doc.get("stack_trace"), doc.get("fingerprint"))


def compare(once, slow, count):
    docs, traces = read(once)
    slow_docs, slow_traces = read(slow)
    differ = [k for k in docs if k not in slow_docs or text_of(docs[k]) != text_of(slow_docs[k])]
    more = [k for k in slow_docs if k not in docs]
    lost = [k for k in traces if k not in slow_traces or text_of(traces[k]) != text_of(slow_traces[k])]
    with_trace = {doc["source"]["path"] for doc in traces.values()}
    without = sorted({place[0] for place in docs} - with_trace)
    languages = {doc["language"] for doc in traces.values()}
    print(f"{count} files: {len(docs)} events, {len(traces)} traces in {len(with_trace)} files of {len(languages)} "
          f"languages; slowly: {len(differ)} events differ, {len(more)} more, {len(lost)} traces differ")
    if without:
        print("  without a trace:", without, file=sys.stderr)
    for k in differ[:5]:
        print("  differs:", text_of(docs[k]), "slowly:", text_of(slow_docs[k]) if k in slow_docs else None, file=sys.stderr)
    for k in more[:5]:
        print("  more:", text_of(slow_docs[k]), file=sys.stderr)
    sys.exit(1 if differ or more or lost or len(with_trace) < count or len(languages) < 12 else 0)


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    compare(sys.argv[2], sys.argv[3], int(sys.argv[4]))
