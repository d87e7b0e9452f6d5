#include "mine/text.h"

static const char *const holes[EL_KINDS] = {
	[EL_ANY] = "{}",
	[EL_NUM] = "{num}",
	[EL_HEX] = "{hex}",
	[EL_IP] = "{ip}",
	[EL_UUID] = "{uuid}",
	[EL_PATH] = "{path}",
	[EL_URL] = "{url}",
	[EL_EMAIL] = "{email}",
	[EL_TIME] = "{time}",
	[EL_DURATION] = "{duration}",
	[EL_SIZE] = "{size}",
};

struct writer {
	char *to;
	size_t n;
};

static void put(struct writer *w, const char *p, size_t n)
{
	if (w->to && n)
		memcpy(w->to + w->n, p, n);
	w->n += n;
}

/* What separates elements: signs as they are, control characters as blanks. */
static void put_form(struct writer *w, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool blank = (uint8_t)p[i] < ' ' || p[i] == 0x7f;

		put(w, blank ? " " : p + i, 1);
		if (p[i] == '{' || p[i] == '}')
			put(w, p + i, 1);
	}
}

size_t text_write(char *to, const struct part *part, size_t parts, const char *form, size_t n)
{
	struct writer w = {to, 0};
	size_t from = 0;

	for (size_t i = 0; i < parts; i++) {
		const struct part *e = &part[i];
		size_t end = (size_t)e->at + e->len;

		put_form(&w, form + from, e->at - from);
		if (e->kind == EL_WORD)
			put_form(&w, form + e->at, e->len);
		else
			put(&w, holes[e->kind], strlen(holes[e->kind]));
		from = end;
	}
	put_form(&w, form + from, n - from);
	return w.n;
}
