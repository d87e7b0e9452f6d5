#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/show.h"
#include "base/clock.h"
#include "ctl/ctl.h"

#define BAR 30
#define BAR_MS 200

void ctl_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("genlogctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void ctl_json(const bson_t *doc)
{
	char *text = bson_as_relaxed_extended_json(doc, NULL);

	if (text)
		puts(text);
	else
		ctl_error("a document cannot be shown as JSON: it is damaged");
	bson_free(text);
}

void ctl_show(const bson_t *doc)
{
	show_doc(stdout, bson_get_data(doc), doc->len, 0);
}

char *ctl_bytes(char out[CTL_SHORT], int64_t n)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double v = (double)n;
	int u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	snprintf(out, CTL_SHORT, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return out;
}

char *ctl_span(char out[CTL_SHORT], int64_t ms)
{
	if (ms < 1000)
		snprintf(out, CTL_SHORT, "%d ms", (int)ms);
	else if (ms < 60000)
		snprintf(out, CTL_SHORT, "%.1f s", (double)ms / 1000);
	else if (ms < 3600000)
		snprintf(out, CTL_SHORT, "%d min %d s", (int)(ms / 60000), (int)(ms / 1000 % 60));
	else if (ms < 86400000)
		snprintf(out, CTL_SHORT, "%d h %d min", (int)(ms / 3600000), (int)(ms / 60000 % 60));
	else
		snprintf(out, CTL_SHORT, "%d d %d h", (int)(ms / 86400000), (int)(ms / 3600000 % 24));
	return out;
}

static void draw(const struct ctl_progress *p, int64_t now)
{
	double share = p->total ? (double)p->done / (double)p->total : 0;
	int64_t spent = now - p->began_ms;
	char left[CTL_SHORT];
	int full;

	share = share > 1 ? 1 : share;
	full = (int)(share * BAR);
	if (!p->total) {
		fprintf(stderr, "\r%s  %llu\033[K", p->what, (unsigned long long)p->done);
		return;
	}
	fprintf(stderr, "\r%s  [%.*s%*s] %3d %%", p->what, full, "##############################", BAR - full, "",
		(int)(share * 100));
	if (share > 0.01 && spent > 1000)
		fprintf(stderr, "  %s left", ctl_span(left, (int64_t)((double)spent * (1 - share) / share)));
	fputs("\033[K", stderr);
}

void ctl_progress(const struct ctl *c, struct ctl_progress *p, uint64_t done)
{
	int64_t now = clock_ms();

	p->done = done;
	if (!p->began_ms)
		p->began_ms = p->told_ms = now;
	if (!c->progress || c->json || now - p->told_ms < BAR_MS)
		return;
	p->told_ms = now;
	p->shown = true;
	draw(p, now);
}

void ctl_progress_end(const struct ctl *c, struct ctl_progress *p)
{
	(void)c;
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
