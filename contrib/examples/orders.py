#!/usr/bin/env python3
"""The same in Python: PYTHONPATH=contrib/bindings/python contrib/examples/orders.py"""
import datetime
import logging

import genlog

logging.basicConfig(level=logging.INFO, handlers=[genlog.Handler()])
with genlog.field("production_line", "L7"):
    for order in range(1, 4):
        genlog.info("Work order {order_id} status updated to {status}", order_id=order, status="released")
    logging.warning("torque %.1f is out of range", 12.5, extra={"station": "S7"})
    try:
        {}["none"]
    except KeyError:
        logging.exception("no such order")
genlog.doc("integration_event_log", integration_id="i-1", status="success",
           timestamp=datetime.datetime(2026, 1, 2, 3, 0, tzinfo=datetime.timezone.utc))
genlog.flush()
