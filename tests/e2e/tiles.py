"""Whether the ranges of documents tile a file: tiles.py DOCUMENTS FILE"""
import json
import sys


def number(v):
    return int(v["$numberLong"]) if isinstance(v, dict) else v


def main():
    with open(sys.argv[2], "rb") as f:
        data = f.read()
    ranges = []
    with open(sys.argv[1], encoding="utf-8") as f:
        for line in f:
            doc = json.loads(line)
            if "log_id" not in doc:
                ranges.append((number(doc["source"]["offset"]), number(doc["source"]["length"])))
    ranges.sort()
    at = missing = doubled = 0
    for offset, length in ranges:
        missing += len(data[at:offset].replace(b"\n", b"").replace(b"\r", b""))
        doubled += max(0, at - offset)
        at = max(at, offset + length)
    missing += len(data[at:].replace(b"\n", b"").replace(b"\r", b""))
    if missing or doubled:
        print(f"{missing} bytes in no document, {doubled} in two", file=sys.stderr)
        sys.exit(1)


main()
