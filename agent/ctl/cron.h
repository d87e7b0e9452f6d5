/*
 * A schedule as crontab(5) has it: "minute hour day month weekday", with lists, ranges, steps and names, or @hourly,
 * @daily, @midnight, @weekly, @monthly, @yearly, @annually.  Where day and weekday are both restricted, either will do.
 *
 * When clocks change: what is due every hour ("*" in that field) follows the clock that is shown, and so is due in both
 * hours that it shows twice.  What is due at certain hours is due once: the earlier time of two, and a time that was
 * not shown when it would have been without the change.
 */
#ifndef CTL_CRON_H
#define CTL_CRON_H

#include <genlog/err.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/tz.h"

struct cron {
	uint64_t minutes;
	uint32_t hours, days, months, weekdays; /* bits from 0; of days and months, from 1 */
	bool any_hour, any_day, any_weekday;
};

/* 0; -EINVAL with words. */
int cron_parse(struct cron *c, const char *text, struct genlog_err *err);

/* Seconds UTC.  The first due time after `t`, the last at or before it.  -ENOENT: none within eight years. */
int cron_next(const struct cron *c, const struct tz *z, int64_t t, int64_t *out);
int cron_last(const struct cron *c, const struct tz *z, int64_t t, int64_t *out);

#endif
