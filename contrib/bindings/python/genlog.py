"""Structured logs of a Python program to the node's agent, through libgenlog's rings in shared memory.

    import logging, genlog
    logging.getLogger().addHandler(genlog.Handler())
    logging.info("order %s released", order, extra={"order": order})

    genlog.warn("Torque {nm} out of range", nm=12.5, station="S7")       # a template with named holes
    with genlog.field("order", "WO_1"): ...                              # a field of all records of this thread
    genlog.doc("integration_event_log", integration_id="i-1", timestamp=datetime.now(timezone.utc), status="success")

Types: bool, int, float, str and bytes are kept, a datetime becomes a date; of everything else its str().  A call makes no system call, and what it has stored survives the death of the process.  No agent is needed; without
libgenlog itself the import fails with OSError.
"""
import contextlib
import ctypes
import datetime
import functools
import logging
import os
import threading
import traceback

DEBUG, INFO, WARN, ERROR, CRITICAL = 5, 9, 13, 17, 21

_lib = ctypes.CDLL(os.environ.get("GENLOG_LIBRARY") or "libgenlog.so.1")


class _Text(ctypes.Structure):
    _fields_ = [("p", ctypes.c_char_p), ("n", ctypes.c_size_t)]


class _Arg(ctypes.Union):
    _fields_ = [("i", ctypes.c_int64), ("u", ctypes.c_uint64), ("d", ctypes.c_double), ("s", _Text)]


_lib.genlog_register.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p,
                                 ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p]
_lib.genlog_register.restype = ctypes.c_int32
_lib.genlog_emit.argtypes = [ctypes.c_int32, ctypes.POINTER(_Arg)]
_lib.genlog_emit.restype = ctypes.c_bool
_lib.genlog_ctx_push.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
_lib.genlog_flush.argtypes = [ctypes.c_uint]
_lib.genlog_set_level.argtypes = [ctypes.c_int]

_MOST = 16  # fields of a record
_SITES_MOST = 2000  # templates; a program that makes up new ones all the time has their text told as a field
_sites = {}
_lock = threading.Lock()


def _bytes(text):
    return str(text).encode("utf-8", "replace")


def _put(arg, value):
    """Stores one value; returns its type's letter."""
    if isinstance(value, bool):
        arg.u = value
        return "b"
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        arg.i = value
        return "i"
    if isinstance(value, float):
        arg.d = value
        return "d"
    if isinstance(value, datetime.datetime):
        arg.i = int(value.timestamp() * 1000)
        return "t"
    data = value if isinstance(value, bytes) else _bytes(value)
    arg.s.p, arg.s.n = data, len(data)
    return "s"


def _site(level, template, names, types, collection, where):
    key = (level, template, names, types, collection, where)
    site = _sites.get(key)
    if site is None:
        with _lock:
            site = _sites.get(key)
            if site is None:
                if len(_sites) >= _SITES_MOST:
                    return 0
                file, line, function = where
                site = _lib.genlog_register(level, _bytes(template), _bytes(",".join(names)), types.encode(),
                                            _bytes(collection) if collection else None, _bytes(file), line,
                                            _bytes(function))
                _sites[key] = site
    return site


def _holes(template):
    names, i = [], 0
    while (i := template.find("{", i)) >= 0:
        if template.startswith("{{", i):
            i += 2
            continue
        end = template.find("}", i)
        if end < 0:
            break
        names.append(template[i + 1:end].split(":")[0].split(",")[0].lstrip("@$"))
        i = end + 1
    return names


def _emit(level, template, first, fields, collection=None, where=("", 0, "")):
    """Holes first, in their order; then the other fields."""
    values = [fields.get(name, "") for name in first]
    others = [name for name in fields if name not in first][:_MOST - len(values)]
    values = (values + [fields[name] for name in others])[:_MOST]
    args = (_Arg * max(len(values), 1))()
    types = "".join(_put(args[i], v) for i, v in enumerate(values))
    site = _site(level, template, tuple(_name(name) for name in others), types, collection, where)
    if site <= 0 and not collection:
        text = (_Arg * 1)()
        _put(text[0], _render(template, fields))
        return _lib.genlog_emit(_text_site(level), text)
    return site > 0 and _lib.genlog_emit(site, args)


def _name(name):
    """Names stand in a list with commas."""
    return str(name).replace(",", "_")


def _render(template, fields):
    for name in _holes(template):
        template = template.replace("{" + name + "}", str(fields.get(name, "")))
    return template


@functools.lru_cache(maxsize=8)
def _text_site(level):
    return _lib.genlog_register(level, b"{message}", b"", b"s", None, b"", 0, b"")


def log(level, template, **fields):
    return _emit(level, template, _holes(template), fields)


def debug(template, **fields):
    return log(DEBUG, template, **fields)


def info(template, **fields):
    return log(INFO, template, **fields)


def warn(template, **fields):
    return log(WARN, template, **fields)


def error(template, **fields):
    return log(ERROR, template, **fields)


def critical(template, **fields):
    return log(CRITICAL, template, **fields)


def doc(collection, **fields):
    """One document of any collection."""
    return _emit(INFO, "", [], fields, collection)


@contextlib.contextmanager
def field(key, value):
    _lib.genlog_ctx_push(_bytes(key), _bytes(value))
    try:
        yield
    finally:
        _lib.genlog_ctx_pop()


def flush(timeout_ms=1000):
    """Waits until the agent has taken all; False: it has not, or there is none."""
    return _lib.genlog_flush(timeout_ms) == 0


def set_level(level):
    _lib.genlog_set_level(level)


class Handler(logging.Handler):
    """A handler of the module logging; `extra` becomes fields, exceptions their traceback.  Formatters are not heeded:
    the record is what there is, in parts."""

    _usual = set(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}
    _levels = ((logging.CRITICAL, CRITICAL), (logging.ERROR, ERROR), (logging.WARNING, WARN), (logging.INFO, INFO))

    def emit(self, record):
        try:
            level = next((to for least, to in self._levels if record.levelno >= least), DEBUG)
            fields = {"message": record.getMessage(), "logger": record.name}
            for name, value in vars(record).items():
                if name not in self._usual:
                    fields[name] = value
            if record.exc_info and record.exc_info[0]:
                fields["stack_trace"] = "".join(traceback.format_exception(*record.exc_info))
            _emit(level, "{message}", ["message"], fields, None,
                  (record.pathname, record.lineno, record.funcName or ""))
        except Exception:  # as the module logging asks of handlers
            self.handleError(record)
