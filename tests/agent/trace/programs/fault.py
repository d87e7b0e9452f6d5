"""Faults on purpose: each is told behind a line of a log that names it."""
import asyncio
import logging
import sys

logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("fault")


class OrderError(Exception):
    pass


def plain():
    return {}["missing"]


def chained():
    try:
        plain()
    except KeyError as e:
        raise OrderError("order 17 is bad") from e


def during():
    try:
        plain()
    except KeyError:
        return 1 / 0


def group():
    errors = []
    for f in (plain, during):
        try:
            f()
        except Exception as e:
            errors.append(e)
    raise ExceptionGroup("two of them", errors)


def deep(n=0):
    return deep(n + 1)


def message():
    raise ValueError("first line\nsecond line\n\n  last line")


def generator():
    return sum(1 // x for x in (1, 0))


def syntax():
    compile("x = (1 +", "made.py", "exec")


async def inner():
    await asyncio.sleep(0)
    raise TimeoutError("too late")


def asynchronous():
    asyncio.run(inner())


def missing():
    open("/nonexistent/file")


def interrupt():
    raise KeyboardInterrupt


def main():
    if len(sys.argv) > 1:
        chained()
    for f in (plain, chained, during, group, deep, message, generator, syntax, asynchronous, missing, interrupt):
        try:
            f()
        except BaseException:
            log.exception("case %s", f.__name__)
    log.error("case end")


main()
