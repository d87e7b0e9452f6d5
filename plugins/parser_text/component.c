/* Who speaks: the name of a class, a logger or a program, by what stands around it. */
#include <string.h>

#include "head.h"

#define LOOK_AHEAD 4 /* words between the time and the level */

/* "name   : " as Spring pads it */
static bool colon_next(const struct word *w, const char *end)
{
	return end - w->next >= 2 && w->blanks && w->next[0] == ':' && is_blank(w->next[1]);
}

/* "prog[123]" */
static bool split_pid(struct head *h, struct slice *name)
{
	const char *open = name->n > 2 && name->p[name->n - 1] == ']' ? memrchr(name->p, '[', name->n) : NULL;
	int64_t v;

	if (!open || !word_is_number(slice(open + 1, name->p + name->n - 1), &v))
		return false;
	if (!(h->have & HAVE_PID))
		h->pid = v;
	h->have |= HAVE_PID;
	name->n = (size_t)(open - name->p);
	return true;
}

static bool put_component(struct head *h, struct slice name, const char *next)
{
	h->component = name;
	h->have |= HAVE_COMPONENT;
	h->p = next;
	return true;
}

/* What follows "name:" is the message, but for a level that was still missing. */
static bool close_head(struct head *h)
{
	struct word w = word_at(h->p, h->end);

	if (!(h->have & HAVE_LEVEL) && w.w.n)
		head_level(h, &w);
	h->done = true;
	return true;
}

/* "production.ERROR" of Laravel */
static void split_level(struct head *h)
{
	struct slice name = h->component, level;
	const char *dot = memrchr(name.p, '.', name.n);

	level = dot ? slice(dot + 1, name.p + name.n) : (struct slice){0};
	if (h->have & HAVE_LEVEL || !level.n || !word_is_level(level, false))
		return;
	h->level = level;
	h->have |= HAVE_LEVEL;
	h->component = slice(name.p, dot);
}

/* "name: ", "name[12]: " */
static bool take_named(struct head *h, const struct word *w)
{
	struct slice name = w->w;
	bool pid = split_pid(h, &name);

	if (!word_is_name(name) && !pid)
		return false;
	put_component(h, name, w->next);
	split_level(h);
	return close_head(h);
}

/* "module:function:12", "file.go:23" */
static bool take_code(struct head *h, const struct word *w)
{
	const char *last = memrchr(w->w.p, ':', w->w.n), *first;
	int64_t line;

	if (!last || h->code.n || !word_is_number(slice(last + 1, w->w.p + w->w.n), &line))
		return false;
	first = memchr(w->w.p, ':', w->w.n);
	if (!word_is_name(slice(w->w.p, first)) || (first == last && !memchr(w->w.p, '.', (size_t)(first - w->w.p))))
		return false;
	h->line = slice(last + 1, w->w.p + w->w.n);
	if (first == last) {
		h->code = w->w;
	} else {
		h->method = slice(first + 1, last);
		h->component = slice(w->w.p, first);
		h->have |= HAVE_COMPONENT;
	}
	h->p = w->next;
	return true;
}

/* "c.x.Foo.bar(Foo.java:12)" */
static bool take_method(struct head *h, const struct word *w)
{
	const char *open = w->w.p[w->w.n - 1] == ')' ? memchr(w->w.p, '(', w->w.n) : NULL;
	const char *dot = open ? memrchr(w->w.p, '.', (size_t)(open - w->w.p)) : NULL;

	if (!dot || dot == w->w.p || !memchr(open, ':', (size_t)(w->w.p + w->w.n - open)) ||
		!word_is_name(slice(w->w.p, open)))
		return false;
	h->method = slice(dot + 1, open);
	h->code = slice(open + 1, w->w.p + w->w.n - 1);
	return put_component(h, slice(w->w.p, dot), w->next);
}

static bool has_capital_part(struct slice w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] >= 'A' && w.p[i] <= 'Z' && (i == 0 || w.p[i - 1] == '.' || w.p[i - 1] == ':'))
			return true;
	return false;
}

/* A name that nothing marks as one but its form, or the columns that it stands in. */
static bool take_bare(struct head *h, const struct word *w)
{
	bool bracket = w->next < h->end && *w->next == '[';

	struct slice name = w->w;

	if (!(h->have & HAVE_LEVEL))
		return false;
	if (w->next == h->end && (split_pid(h, &name) || h->inner)) /* .NET: the message stands in the next line */
		return word_is_name(name) && put_component(h, name, w->next);
	if (!word_is_name(w->w))
		return false;
	if (!(w->blanks > 1 && w->next < h->end) && !(word_is_qualified(w->w) && (bracket || has_capital_part(w->w))))
		return false;
	return put_component(h, w->w, w->next);
}

/* "chrome.exe *64 - " */
static bool take_program(struct head *h, const struct word *w)
{
	struct word mark = word_at(w->next, h->end);

	if (!word_is_name(w->w) || *w->next != '*' || !dash_next(&mark, h->end))
		return false;
	return put_component(h, slice(w->w.p, mark.w.p + mark.w.n), mark.next);
}

/* "R02-M1 RAS KERNEL INFO ": what stands before the level, in columns; the last of them names the component. */
static bool take_columns(struct head *h)
{
	struct word w = word_at(h->p, h->end), last = {0};
	int i = 0;

	if (h->have & (HAVE_LEVEL | HAVE_COMPONENT) || !(h->have & HAVE_TIME))
		return false;
	for (; i < LOOK_AHEAD && w.w.n && word_is_label(w.w) && !word_is_level(w.w, false) && w.mark != ':'; i++) {
		last = w;
		w = word_at(w.next, h->end);
	}
	if (!i || !word_is_level(w.w, false))
		return false;
	if (memchr(last.w.p, '@', last.w.n)) { /* user@database */
		h->thread = last.w;
		h->have |= HAVE_THREAD;
	} else if (word_is_name(last.w)) {
		put_component(h, last.w, w.w.p);
	}
	h->level = w.w;
	h->have |= HAVE_LEVEL;
	h->p = w.next;
	h->done = true;
	return true;
}

/* "host prog[12]: " behind a time that was not the line's first word */
static bool take_host(struct head *h, const struct word *w)
{
	struct word prog = word_at(w->next, h->end);
	struct slice name = prog.w;
	struct head try = *h;

	if (!h->prefix.n || h->have & (HAVE_LEVEL | HAVE_COMPONENT) || w->mark || prog.mark != ':')
		return false;
	if (!split_pid(&try, &name) && !word_is_name(name))
		return false;
	*h = try;
	put_component(h, name, prog.next);
	h->done = true;
	return true;
}

bool head_component(struct head *h, const struct word *w)
{
	if (!(h->have & (HAVE_TIME | HAVE_LEVEL)) || h->have & HAVE_COMPONENT)
		return false;
	if (take_code(h, w))
		return true;
	if (w->mark == ':' && (w->blanks || w->next == h->end) && take_named(h, w))
		return true;
	if (colon_next(w, h->end) && h->have & HAVE_LEVEL) {
		h->done = true;
		return put_component(h, w->w, w->next + 1);
	}
	if (take_method(h, w))
		return true;
	if (w->mark == '|' && word_is_name(w->w))
		return put_component(h, w->w, w->next);
	if (dash_next(w, h->end) && word_is_name(w->w))
		return put_component(h, w->w, w->next);
	return take_host(h, w) || take_columns(h) || take_program(h, w) || take_bare(h, w);
}
