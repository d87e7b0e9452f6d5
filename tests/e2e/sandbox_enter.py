"""Runs a program as the unit contrib/systemd/genlogd.service has systemd run it, as far as one can by hand.

    sandbox_enter.py UNIT WRITABLE_FOLDER PROGRAM [ARG...]

Read from the unit: SystemCallFilter, SystemCallErrorNumber, RestrictAddressFamilies, AmbientCapabilities, NoNewPrivileges,
ProtectSystem, PrivateDevices, ProtectKernelTunables, ProtectControlGroups, RestrictSUIDSGID, UMask.  The caller has made a mount namespace.
"""
import ctypes
import errno
import os
import re
import subprocess
import sys

import seccomp

inner = sys.argv[1] == "--inner"
unit, writable, program = sys.argv[1 + inner], sys.argv[2 + inner], sys.argv[3 + inner:]
libc = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18

settings = {}
for line in open(unit):
    if m := re.match(r"([A-Za-z]+)=(.*)", line.strip()):
        settings.setdefault(m[1], []).append(m[2])


def check(result, what):
    if result < 0:
        e = ctypes.get_errno()
        sys.exit(f"sandbox: {what}: {os.strerror(e)}")


def mount(source, target, kind, flags, data=None):
    check(libc.mount(source and source.encode(), target.encode(), kind and kind.encode(), flags, data and data.encode()), target)


def calls_of(name):
    """The system calls of a set, with those of the sets in it."""
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in text.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            found |= calls_of(word)
    return found


def allowed_calls():
    calls = calls_of("@default")
    for words in settings["SystemCallFilter"]:
        minus = words.startswith("~")
        for word in words.lstrip("~").split():
            calls = calls - calls_of(word) if minus else calls | calls_of(word)
    return calls


# RestrictSUIDSGID: nothing gets a bit that gives its owner or group to others; where the call has its mode.
MODE_OF = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "mkdir": 1, "mkdirat": 2}


def filter_calls():
    code = getattr(errno, settings["SystemCallErrorNumber"][0])
    f = seccomp.SyscallFilter(seccomp.ERRNO(code))
    families = [getattr(__import__("socket"), n) for n in settings["RestrictAddressFamilies"][0].split()]
    for call in sorted(allowed_calls()):
        try:
            if call == "socket":
                for family in families:
                    f.add_rule(seccomp.ALLOW, call, seccomp.Arg(0, seccomp.EQ, family))
            elif call in MODE_OF and settings["RestrictSUIDSGID"] == ["yes"]:
                f.add_rule(seccomp.ALLOW, call, seccomp.Arg(MODE_OF[call], seccomp.MASKED_EQ, 0o6000, 0))
            else:
                f.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass  # one that this machine does not have
    f.load()


def protect_files():
    assert settings["ProtectSystem"] == ["strict"] and settings["PrivateDevices"] == ["yes"]
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount(writable, writable, None, MS_BIND | MS_REC)
    mount("/", "/", None, MS_BIND | MS_REC)
    for target in [m.split()[4] for m in open("/proc/self/mountinfo")]:
        if not target.startswith(("/proc", "/dev", writable)):
            libc.mount(None, target.encode(), None, MS_REMOUNT | MS_BIND | MS_RDONLY, None)
    mount(writable, writable, None, MS_BIND | MS_REC)
    for target in ("/proc/sys", "/sys/fs/cgroup"):
        if os.path.isdir(target):
            mount(target, target, None, MS_BIND | MS_REC)
            libc.mount(None, target.encode(), None, MS_REMOUNT | MS_BIND | MS_RDONLY, None)


def as_nobody():
    caps = settings["AmbientCapabilities"]
    assert settings["NoNewPrivileges"] == ["yes"] and settings["CapabilityBoundingSet"] == caps
    each = "-all," + ",".join("+" + name[4:].lower() for name in caps[0].split())
    return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--inh-caps=" + each,
            "--ambient-caps=" + each, "--bounding-set=" + each, "--no-new-privs"]


if inner:
    os.umask(int(settings["UMask"][0], 8))
    filter_calls()
    os.execvp(program[0], program)
protect_files()
command = as_nobody() + [sys.executable, __file__, "--inner", unit, writable] + program
os.execvp(command[0], command)
