"""What a program that does not know the protocol may do to the admin socket: each is sent away, and none hurts it."""
import socket
import struct
import sys

path = sys.argv[1]
noise = sys.stdin.buffer.read()


def bson(elements):
    return struct.pack("<i", len(elements) + 5) + elements + b"\0"


def text(key, value):
    return b"\x02" + key + b"\0" + struct.pack("<i", len(value) + 1) + value + b"\0"


def say(what, then_close=False):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(5)
    s.connect(path)
    try:
        s.sendall(what)
        if then_close:
            return b""
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
        return answer
    except (BrokenPipeError, ConnectionResetError):  # sent away
        return b""
    finally:
        s.close()


assert b"no command" in say(bson(text(b"command", b"what")))
assert b"no command" in say(bson(b""))
assert b"no request" in say(struct.pack("<i", -1) + b"\0")
assert b"no request" in say(struct.pack("<i", 1 << 30) + b"\0")
assert b"no request" in say(bson(b"\x02command\0" + struct.pack("<i", 1 << 20) + b"x\0"))
assert b"no request" in say(bson(b"\x7fcommand\0"))
assert b"no request" in say(bson(b"\x02command"))
assert b"no level" in say(bson(text(b"command", b"tail") + text(b"level", b"%n%n%s")))
for length in range(1, 40):
    say(bson(text(b"command", b"status"))[:length])
say(noise)
for _ in range(200):
    say(bson(text(b"command", b"status")), then_close=True)
assert b"health" in say(bson(text(b"command", b"status")) * 3)
