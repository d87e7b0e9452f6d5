#!/usr/bin/env python3
"""A sender of the Fluent Forward protocol, written from its description, for the tests of input forward.

Numbered records go out in chunks, which are sent again until they are acknowledged; what was acknowledged is printed.
"""
import argparse
import gzip
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
import time


def pack(v):
    if v is None:
        return b"\xc0"
    if v is True or v is False:
        return b"\xc3" if v else b"\xc2"
    if isinstance(v, int):
        if 0 <= v < 128:
            return bytes([v])
        if -(1 << 31) <= v < 1 << 31:
            return b"\xd2" + struct.pack(">i", v)
        return b"\xd3" + struct.pack(">q", v)
    if isinstance(v, float):
        return b"\xcb" + struct.pack(">d", v)
    if isinstance(v, EventTime):
        return b"\xd7\x00" + struct.pack(">II", v.seconds, v.nanos)
    if isinstance(v, str):
        b = v.encode()
        if len(b) < 32:
            return bytes([0xA0 | len(b)]) + b
        return b"\xdb" + struct.pack(">I", len(b)) + b
    if isinstance(v, bytes):
        return b"\xc6" + struct.pack(">I", len(v)) + v
    if isinstance(v, (list, tuple)):
        return b"\xdd" + struct.pack(">I", len(v)) + b"".join(map(pack, v))
    return b"\xdf" + struct.pack(">I", len(v)) + b"".join(pack(k) + pack(x) for k, x in v.items())


class EventTime:
    def __init__(self, seconds, nanos):
        self.seconds, self.nanos = seconds, nanos


class Incomplete(Exception):
    pass


def unpack(b, at=0):
    """One value at `at`: (value, the place behind it)."""

    def take(n):
        nonlocal at
        if at + n > len(b):
            raise Incomplete
        at += n
        return b[at - n : at]

    def length(n):
        return int.from_bytes(take(n), "big")

    def many(n, pairs):
        nonlocal at
        out = []
        for _ in range(n * (2 if pairs else 1)):
            v, at = unpack(b, at)
            out.append(v)
        return dict(zip(out[::2], out[1::2])) if pairs else out

    c = take(1)[0]
    if c < 0x80:
        v = c
    elif c < 0x90:
        v = many(c & 15, True)
    elif c < 0xA0:
        v = many(c & 15, False)
    elif c < 0xC0:
        v = take(c & 31).decode()
    elif c >= 0xE0:
        v = c - 256
    elif c in (0xC0, 0xC2, 0xC3):
        v = {0xC0: None, 0xC2: False, 0xC3: True}[c]
    elif c in (0xC4, 0xC5, 0xC6):
        v = take(length(1 << (c - 0xC4)))
    elif c in (0xD9, 0xDA, 0xDB):
        v = take(length(1 << (c - 0xD9))).decode()
    elif c in (0xCC, 0xCD, 0xCE, 0xCF):
        v = length(1 << (c - 0xCC))
    elif c in (0xD0, 0xD1, 0xD2, 0xD3):
        n = 1 << (c - 0xD0)
        v = int.from_bytes(take(n), "big", signed=True)
    elif c == 0xCB:
        v = struct.unpack(">d", take(8))[0]
    elif c == 0xD7:
        take(1)
        v = EventTime(length(4), length(4))
    elif c in (0xDC, 0xDD):
        v = many(length(2 if c == 0xDC else 4), False)
    elif c in (0xDE, 0xDF):
        v = many(length(2 if c == 0xDE else 4), True)
    else:
        raise ValueError("unexpected byte %02x" % c)
    return v, at


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


class Connection:
    def __init__(self, args):
        self.args = args
        self.buffer = b""
        if args.to.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(args.timeout)
            self.socket.connect(args.to[5:])
        else:
            host, port = args.to.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)), args.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if args.tls:
            context = ssl.create_default_context(cafile=args.tls)
            context.check_hostname = False
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        if args.key:
            self.handshake()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        while True:
            try:
                v, at = unpack(self.buffer)
                self.buffer = self.buffer[at:]
                return v
            except Incomplete:
                more = self.socket.recv(65536)
                if not more:
                    raise ConnectionError("the peer has closed the connection")
                self.buffer += more

    def handshake(self):
        a = self.args
        word, options = self.receive()
        assert word == "HELO", word
        nonce, auth = options["nonce"], options["auth"]
        salt = os.urandom(16)
        host, key = b"sender.example", a.key.encode()
        shown = hashlib.sha512(salt + host + nonce + key).hexdigest()
        password = hashlib.sha512(auth + a.user.encode() + a.password.encode()).hexdigest() if auth else ""
        self.send(pack(["PING", host.decode(), salt, shown, a.user if auth else "", password]))
        word, yes, reason, name, proof = self.receive()
        assert word == "PONG", word
        if not yes:
            print("refused:", reason)
            sys.exit(3)
        if proof != hashlib.sha512(salt + name.encode() + nonce + key).hexdigest():
            print("the server does not know the key")
            sys.exit(4)

    def close(self):
        self.socket.close()


def record(args, i):
    text = "%s %07d" % (args.text, i)
    return {"message": text, "n": i, "level": "warn", "pad": "x" * args.pad}


def message(args, first, last):
    when = EventTime(1766399445 + first // 1000, 123000000)
    entries = [[[when, {}] if args.newer else when, record(args, i)] for i in range(first, last)]
    options = {"size": last - first}
    if args.ack:
        options["chunk"] = hashlib.md5(("%s %d %d" % (args.text, first, last)).encode()).hexdigest()
    packed = b"".join(map(pack, entries))
    if args.mode == "message":
        return [args.tag, entries[0][0], entries[0][1], options], options.get("chunk")
    if args.mode == "forward":
        return [args.tag, entries, options], options.get("chunk")
    if args.mode == "gzip":
        half = sum(len(pack(e)) for e in entries[: len(entries) // 2])
        packed = gzip.compress(packed[:half]) + gzip.compress(packed[half:])
        options["compressed"] = "gzip"
    elif args.mode == "zstd":
        packed = zstd(packed)
        options["compressed"] = "zstd"
    elif args.mode == "str":
        return None, (pack(args.tag), packed, pack(options), options.get("chunk"))
    return [args.tag, packed, options], options.get("chunk")


def encode(args, first, last):
    m, chunk = message(args, first, last)
    if m is None:  # entries as a str that is none
        tag, packed, options, chunk = chunk
        return b"\x93" + tag + b"\xdb" + struct.pack(">I", len(packed)) + packed + options, chunk
    return pack(m), chunk


def deliver(args, spans):
    """Sends what is not acknowledged yet, some chunks ahead; returns when all is."""
    waiting = {}
    connection = None
    resent = 0
    acked = set()
    todo = list(spans)
    while todo or waiting:
        try:
            if connection is None:
                connection = Connection(args)
            while todo and len(waiting) < args.window:
                first, last = todo.pop(0)
                data, chunk = encode(args, first, last)
                if args.ack:
                    waiting[chunk] = (first, last)
                connection.send(data)
                time.sleep(args.pause)
            if waiting:
                answer = connection.receive()
                if answer["ack"] in waiting:
                    acked.add(answer["ack"])
                    del waiting[answer["ack"]]
        except (OSError, ConnectionError):
            if not args.retry:
                raise
            if connection:
                connection.close()
            connection = None
            resent += len(waiting)
            todo = list(waiting.values()) + todo
            waiting = {}
            time.sleep(0.02)
    if args.hold:
        connection.send(b"\xc0")
        sys.stdin.read()
    if not args.ack:
        connection.socket.shutdown(socket.SHUT_WR)
        while connection.socket.recv(65536):
            pass
    connection.close()
    return len(acked), resent


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--to", required=True, help="HOST:PORT or unix:PATH")
    p.add_argument("--mode", default="packed", choices=["message", "forward", "packed", "str", "gzip", "zstd"])
    p.add_argument("--count", type=int, default=1)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--chunk", type=int, default=100, help="records in one")
    p.add_argument("--window", type=int, default=4, help="chunks that wait for their acknowledgement")
    p.add_argument("--tag", default="test.tag")
    p.add_argument("--text", default="line")
    p.add_argument("--pad", type=int, default=0)
    p.add_argument("--times", type=int, default=1, help="all of it so many times")
    p.add_argument("--pause", type=float, default=0, help="seconds behind each chunk")
    p.add_argument("--timeout", type=float, default=5)
    p.add_argument("--tls", help="the CA's certificate")
    p.add_argument("--key")
    p.add_argument("--user", default="")
    p.add_argument("--password", default="")
    for flag in ("ack", "retry", "newer", "hold"):
        p.add_argument("--" + flag, action="store_true")
    return p.parse_args()


def main():
    args = options()
    size = 1 if args.mode == "message" else args.chunk
    end = args.first + args.count
    spans = [(i, min(i + size, end)) for i in range(args.first, end, size)] * args.times
    acked, resent = deliver(args, spans)
    print("acked=%d resent=%d" % (acked, resent))


if __name__ == "__main__":
    main()
