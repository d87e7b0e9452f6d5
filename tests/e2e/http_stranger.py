#!/usr/bin/env python3
"""Peers that an HTTP server does not want: http_stranger.py PORT KIND.  Ends with 0 when the server has got rid of them."""
import os
import socket
import sys
import time

port, kind = int(sys.argv[1]), sys.argv[2]


def connect():
    s = socket.create_connection(("127.0.0.1", port), timeout=15)
    return s


def closed(s):
    """Whether the other side ends it, within the time limit."""
    try:
        while s.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except socket.timeout:
        return False


def endless():
    """A header that never ends: it is cut off when its memory is used up."""
    s = connect()
    sent = 0
    try:
        s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ")
        while sent < 8 << 20:
            s.sendall(b"x" * 4096)
            sent += 4096
    except (ConnectionError, socket.timeout):
        pass
    assert sent < 4 << 20, "a header of %d bytes was taken" % sent
    print("sent=%d" % sent)


def ask():
    """As a program does."""
    begun = time.monotonic()
    s = connect()
    s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b" 200 OK" in s.recv(4096)
    s.close()
    return time.monotonic() - begun


def crowd():
    """A hundred that say nothing, or a letter now and then: who asks is answered all the same, and all have to leave."""
    crowd = []
    took = 0
    for i in range(100):
        crowd.append(connect())
        crowd[-1].sendall(b"GET " if i % 2 else b"G")
        if i % 10 == 9:
            took = max(took, ask())
    begun = time.monotonic()
    assert took < 2, "who asks waits for %.1f s" % took
    while crowd and time.monotonic() - begun < 15:
        for s in crowd[:]:
            try:
                s.sendall(b"/")
                s.setblocking(False)
                if not s.recv(100):
                    crowd.remove(s)
            except BlockingIOError:
                s.setblocking(True)
            except ConnectionError:
                crowd.remove(s)
        time.sleep(0.2)
    assert not crowd, "%d are still let in" % len(crowd)
    print("asked_ms=%d gone_s=%.1f" % (took * 1000, time.monotonic() - begun))


def garbage():
    for i in range(200):
        s = connect()
        try:
            s.sendall(os.urandom(1 + i * 37 % 4000) + b"\r\n\r\n")
            s.shutdown(socket.SHUT_WR)
            assert closed(s)
        except ConnectionError:
            pass
        s.close()


def deaf():
    """Asks for much, and does not read it."""
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        for _ in range(50):
            s.sendall(b"GET /api/tail?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    except (ConnectionError, socket.timeout):
        pass
    other = connect()
    other.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert other.recv(100).startswith(b"HTTP/1.1 200"), "one that does not read keeps others waiting"
    other.close()
    s.close()


{"endless": endless, "crowd": crowd, "garbage": garbage, "deaf": deaf}[kind]()
