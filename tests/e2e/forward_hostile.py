#!/usr/bin/env python3
"""What nobody should send, to input forward: forward_hostile.py WHAT HOST:PORT.

Ends with 0 when the server has closed the connection (or, where that is right, has kept it open).
"""
import gzip
import socket
import struct
import sys
import time

from forward_send import EventTime, pack, zstd

TIME = EventTime(1766399445, 0)
HEAD = b"\x93" + pack("a.b")


def connect(to):
    host, port = to.rsplit(":", 1)
    s = socket.create_connection((host, int(port)), 5)
    s.settimeout(8)
    return s


def expect_closed(s, data):
    """Everything that can be sent is; then the server has to have closed."""
    try:
        s.sendall(data)
        while s.recv(65536):
            pass
    except (ConnectionResetError, BrokenPipeError):
        pass


def expect_open(s, data):
    s.sendall(data)
    s.sendall(pack(["a.b", TIME, {"message": "still here"}, {"chunk": "open"}]))
    assert s.recv(100).startswith(b"\x81\xa3ack"), "no acknowledgement"


def bomb(squeezed, name):
    return HEAD + b"\xc6" + struct.pack(">I", len(squeezed)) + squeezed + pack({"compressed": name, "chunk": "b"})


def one(to):
    return connect(to)


CASES = {
    # Nothing at all, again and again: heartbeats and messages without entries.
    "empty": lambda to: expect_open(one(to), b"\xc0" * 1000 + pack(["a.b", b"", {}]) + pack(["a.b", [], {}])),
    "a_byte_that_is_no_value": lambda to: expect_closed(one(to), b"\xc1"),
    "no_message": lambda to: expect_closed(one(to), pack({"a": 1})),
    "text": lambda to: expect_closed(one(to), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "absurd_text": lambda to: expect_closed(one(to), b"\x93\xdb\xff\xff\xff\xff" + b"x" * 100),
    "absurd_bytes": lambda to: expect_closed(one(to), HEAD + b"\xc6\xff\xff\xff\xff"),
    "absurd_array": lambda to: expect_closed(one(to), HEAD + b"\xdd\xff\xff\xff\xff"),
    "absurd_map": lambda to: expect_closed(one(to), HEAD + pack(TIME) + b"\xdf\xff\xff\xff\xff"),
    "absurd_within": lambda to: expect_closed(
        one(to), HEAD + pack(b"\x92" + pack(TIME) + b"\xdf\x00\x10\x00\x00" + b"\xa1x") + b"\x80"
    ),
    "truncated_entries": lambda to: expect_closed(
        one(to), pack(["a.b", pack([TIME, {"message": "x"}])[:-1], {"chunk": "t"}])
    ),
    "nested": lambda to: expect_closed(one(to), HEAD + b"\x91" * 1000000),
    "nested_maps": lambda to: expect_closed(one(to), HEAD + pack(TIME) + b"\x81\xa1a" * 300000),
    "nested_within": lambda to: expect_closed(
        one(to), HEAD + pack(b"\x92" + pack(TIME) + b"\x81\xa1a" * 1000 + b"\xc0") + b"\x80"
    ),
    "gzip_bomb": lambda to: expect_closed(one(to), bomb(gzip.compress(b"\x00" * (64 << 20)), "gzip")),
    "zstd_bomb": lambda to: expect_closed(one(to), bomb(zstd(b"\x00" * (64 << 20)), "zstd")),
    "gzip_damaged": lambda to: expect_closed(one(to), bomb(gzip.compress(b"\x92" * 5000)[:-12], "gzip")),
    "zstd_damaged": lambda to: expect_closed(one(to), bomb(zstd(b"\x92" * 5000)[:-5], "zstd")),
    "unknown_compression": lambda to: expect_closed(one(to), bomb(b"\x92\xc0\xc0", "lz4")),
    # Many keys twice, many keys, many elements: in time that grows with their bytes.
    "many_keys": lambda to: expect_open(
        one(to),
        pack(["a.b", [[TIME, {"k%d" % i: {"j%d" % j: i for j in range(300)} for i in range(300)}]] * 2, {}]),
    ),
    "keys_twice": lambda to: expect_open(
        one(to), b"\x93" + pack("a.b") + pack(TIME) + b"\xdf\x00\x01\x00\x00" + b"\xa1k\x01" * 65536
    ),
    "endless": lambda to: endless(to),
    "slowly": lambda to: slowly(to),
    "idle": lambda to: idle(to),
    "garbage": lambda to: expect_closed(one(to), bytes(range(256)) * 40),
    "says_nothing": lambda to: expect_closed(one(to), b""),
    "says_much": lambda to: expect_closed(one(to), b"\x96" + pack("PING") + pack("x" * 100000)),
    "hangs_in_the_handshake": lambda to: expect_closed(one(to), b"\x16\x03\x01\x02\x00\x01"),
}


def endless(to):
    """A text that never ends, within the limit by its own word, and one that goes on beyond it."""
    s = connect(to)
    try:
        s.sendall(HEAD + b"\xdc\xff\xff")
        while True:
            s.sendall((b"\x92" + pack(TIME) + b"\x81\xa1a" + pack("x" * 60000)) * 10)
    except (ConnectionResetError, BrokenPipeError):
        return


def slowly(to):
    """A message byte by byte: its time is over before it is."""
    s = connect(to)
    data = pack(["a.b", TIME, {"message": "x" * 1000}])
    try:
        for i in range(len(data)):
            s.sendall(data[i : i + 1])
            time.sleep(0.05)
    except (ConnectionResetError, BrokenPipeError):
        return
    raise SystemExit("the server has waited for all of it")


def idle(to):
    """Many connections that say nothing; then one that does."""
    idlers = [connect(to) for _ in range(500)]
    expect_open(connect(to), b"")
    print(len(idlers))


if __name__ == "__main__":
    CASES[sys.argv[1]](sys.argv[2])
