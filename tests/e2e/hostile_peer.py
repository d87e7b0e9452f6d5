#!/usr/bin/env python3
"""A peer that means no good: hostile_peer.py WHAT HOST PORT [NUMBER] — see the functions below, each with its words.

Connections that are to stay open do so until standard input ends."""
import os
import socket
import sys
import time


def connect(host, port):
    s = socket.create_connection((host, port), timeout=20)
    s.settimeout(20)
    return s


def send_until_closed(s, data):
    try:
        s.sendall(data)
    except OSError:
        pass


def raw(host, port, _):
    """What standard input holds, then the end."""
    s = connect(host, port)
    send_until_closed(s, sys.stdin.buffer.read())
    s.shutdown(socket.SHUT_WR)
    try:
        while s.recv(65536):
            pass
    except OSError:
        pass


def endless(host, port, mib):
    """So many MiB without an end of a message, then an end and a good one."""
    s = connect(host, port)
    block = b"a" * (1 << 20)
    s.sendall(b"<13>endless ")
    for _ in range(mib):
        s.sendall(block)
    s.sendall(b"\n<13>after the endless one\n")
    s.close()


def idle(host, port, n):
    """So many connections that say nothing."""
    kept = [connect(host, port) for _ in range(n)]
    print(len(kept), flush=True)
    sys.stdin.read()


def unfinished(host, port, n):
    """So many connections, each with 900 KiB of a message that does not end."""
    kept = []
    for _ in range(n):
        s = connect(host, port)
        send_until_closed(s, b"<13>unfinished " + b"u" * (900 << 10))
        kept.append(s)
    print(len(kept), flush=True)
    sys.stdin.read()


def slow(host, port, n):
    """So many connections, each a byte at a time, until all are closed by the other side; prints the seconds."""
    kept = [connect(host, port) for _ in range(n)]
    for s in kept:
        s.setblocking(False)
    began = time.monotonic()
    while kept and time.monotonic() - began < 60:
        for s in list(kept):
            try:
                s.send(b"s")
                if s.recv(1) == b"":
                    raise ConnectionError
            except BlockingIOError:
                pass
            except OSError:
                s.close()
                kept.remove(s)
        time.sleep(0.02)
    print(f"{time.monotonic() - began:.1f} {len(kept)}", flush=True)


def garbage(host, port, n):
    """So many connections with random bytes."""
    for _ in range(n):
        s = connect(host, port)
        send_until_closed(s, os.urandom(4096))
        s.close()


def datagrams(host, port, n):
    """Empty datagrams, large ones, random ones."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(n):
        for data in (b"", os.urandom(1 + i * 37 % 3000), b"<13>" + b"x" * 60000, b"<", b"<999>", b"\0" * 50, b"\n"):
            s.sendto(data, (host, port))


if __name__ == "__main__":
    what, host, port = globals()[sys.argv[1]], sys.argv[2], int(sys.argv[3])
    what(host, port, int(sys.argv[4]) if len(sys.argv) > 4 else 1)
