/*
 * Fingerprints.  Names are hashed without what a compiler or a runtime numbers:
 *
 *	lambda$main$0  $$Lambda$14/0x0800  $Proxy12  Foo$1  GeneratedMethodAccessor7      digits behind '$' and such
 *words X$$EnhancerBySpringCGLIB$$1a2b3c  X$$SpringCGLIB$$0                               all behind the second "$$"
 *	main.func1.2  <>c__DisplayClass3_0  <Main>b__0_1  <Main>d__1.MoveNext             digits behind words and "__"
 *	fn.cold  fn.isra.0  fn.constprop.0  fn+0x1f                                       the suffix
 *	block (2 levels) in f  {{closure}}#2  java.base@17.0.1/                           the number
 */
#include "base/hash.h"
#include "trace/scan.h"

#define NAME 512
#define WORDS 256
#define SEED_LOW 0x67656e6c6f673031ULL
#define SEED_HIGH 0x74726163652d3031ULL

struct name {
	char text[NAME];
	size_t n;
	bool compiled; /* to machine code, with suffixes of its own */
};

struct word {
	const char *text;
	size_t n;
};

#define WORD(text)                                                                                                     \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

/* The end of the name, wherever they stand. */
static const struct word suffixes[] = {WORD(".cold"), WORD(".isra."), WORD(".constprop."), WORD(".part."),
	WORD(".llvm."), WORD(".lto_priv."), WORD("+0x")};

/* Digits behind these are a count of the compiler's. */
static const struct word counted[] = {WORD("$"), WORD("__"), WORD("|"), WORD("#"), WORD(".func"), WORD(".gowrap"),
	WORD(".deferwrap"), WORD("Accessor"), WORD("Proxy"), WORD("DisplayClass"), WORD("Lambda"), WORD("anonfun"),
	WORD("block ("), WORD("impl#")};

static bool ends_name(struct trace_text rest)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (slice_begins(rest, suffixes[i].text, suffixes[i].n))
			return true;
	return false;
}

static bool is_counted(const struct name *to)
{
	struct trace_text so_far = {to->text, (uint32_t)to->n};

	for (size_t i = 0; i < sizeof(counted) / sizeof(*counted); i++)
		if (slice_ends(so_far, counted[i].text, counted[i].n))
			return true;
	return false;
}

/* 14, 3_0, 1.2: how much of it is the number of something generated. */
static size_t count_len(struct trace_text s)
{
	size_t n = slice_digits(s);

	while (n && n + 1 < s.n && (s.p[n] == '_' || s.p[n] == '.') && is_digit(s.p[n + 1]))
		n += 1 + slice_digits(slice_skip(s, n + 1));
	return n;
}

/* 0x55d0…, and the slash that a hidden class has before it. */
static size_t address_len(struct trace_text s)
{
	size_t slash = s.n && *s.p == '/', n = slash + 2;

	if (!BEGINS(slice_skip(s, slash), "0x"))
		return 0;
	while (n < s.n && is_hex(s.p[n]))
		n++;
	return n;
}

static size_t skipped(const struct name *to, struct trace_text rest)
{
	size_t n = address_len(rest);

	if (n || !is_digit(*rest.p) || !is_counted(to))
		return n;
	n = count_len(rest);
	return BEGINS(slice_skip(rest, n), " levels)") ? n + 8 : n;
}

static void name_add(struct name *to, struct trace_text s)
{
	const char *cglib = FIND(s, "CGLIB$$");

	if (cglib)
		s = slice(s.p, cglib + 5);
	for (size_t i = 0; i < s.n && to->n < NAME;) {
		struct trace_text rest = slice_skip(s, i);
		size_t n = skipped(to, rest);

		if (to->compiled && i && ends_name(rest))
			break;
		if (!n)
			to->text[to->n++] = s.p[i];
		i += n ? n : 1;
	}
	if (to->n < NAME)
		to->text[to->n++] = '\n';
}

/* Packages part functions of one name in these; elsewhere the module is a file or a version. */
static bool has_module(enum trace_language l)
{
	return l == TRACE_GO || l == TRACE_RUST;
}

static uint64_t key_of(enum trace_language l, const struct trace_frame *f)
{
	struct name name = {.compiled = l == TRACE_C || l == TRACE_CPP || l == TRACE_RUST};

	if (has_module(l))
		name_add(&name, f->module);
	if (!(l == TRACE_JAVASCRIPT && IS(f->class_name, "Object")))
		name_add(&name, f->class_name);
	name_add(&name, f->function);
	return hash64(name.text, name.n, SEED_LOW);
}

/* Frames come innermost first: each counts once, where it is seen first. */
static void add_first(struct scan_keys *keys, uint64_t key)
{
	for (uint32_t i = 0; i < keys->n; i++)
		if (keys->key[i] == key)
			return;
	if (keys->n < SCAN_KEYS)
		keys->key[keys->n++] = key;
}

/* Frames come outermost first: the newest is put in front, out of the place where it was. */
static void add_last(struct scan_keys *keys, uint64_t key)
{
	uint32_t at = 0;

	while (at < keys->n && keys->key[at] != key)
		at++;
	if (at == keys->n)
		at = keys->n < SCAN_KEYS ? keys->n++ : SCAN_KEYS - 1;
	memmove(keys->key + 1, keys->key, at * sizeof(key));
	keys->key[0] = key;
}

void trace_keys_add(struct trace_scan *s, int exception, const struct trace_frame *f)
{
	void (*add)(struct scan_keys *, uint64_t) = s->reversed ? add_last : add_first;
	uint64_t key;

	if (!f->function.n)
		return;
	key = key_of(s->t->language, f);
	add(&s->all[exception], key);
	if (f->in_app)
		add(&s->in_app[exception], key);
}

/* The words of a message that are words: nothing with a digit in it, and nothing quoted. */
static void message_add(struct name *to, struct trace_text m)
{
	const char *nl = slice_chr(m, '\n');
	char quote = 0;
	size_t i = 0;

	m = slice_take(nl ? slice(m.p, nl) : m, WORDS);
	while (i < m.n) {
		size_t from = i;
		bool plain = true;

		for (; i < m.n && is_word(m.p[i]); i++)
			plain &= !is_digit(m.p[i]);
		for (size_t k = from; plain && !quote && k < i; k++)
			to->text[to->n++] = m.p[k];
		if (i < m.n && (m.p[i] == '"' || m.p[i] == '\'' || m.p[i] == '`'))
			quote = (char)(quote ? 0 : m.p[i]);
		i++;
	}
}

static uint64_t type_key(struct trace_text type)
{
	struct name name = {.n = 0};

	name_add(&name, type);
	return hash64(name.text, name.n, SEED_HIGH);
}

static size_t keys_of(const struct trace_scan *s, const struct scan_keys *set, uint64_t *to)
{
	size_t n = 0;

	for (int i = 0; i < s->n; i++) {
		to[n++] = type_key(s->exceptions[i].type);
		memcpy(to + n, set[i].key, set[i].n * sizeof(*to));
		n += set[i].n;
	}
	return n;
}

static const struct scan_keys *which(const struct trace_scan *s, bool *any)
{
	bool own = false;

	*any = false;
	for (int i = 0; i < s->n; i++) {
		own |= s->in_app[i].n > 0;
		*any |= s->all[i].n > 0;
	}
	return own ? s->in_app : s->all;
}

/* "runtime error" is Go's for many things, and its message has no words of the program's own. */
static bool says_kind(const struct trace *t)
{
	return t->language == TRACE_GO && IS(t->exception_type, "runtime error");
}

static void hex(char *to, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++)
		to[i] = digits[v >> (60 - 4 * i) & 15];
}

void trace_fingerprint(struct trace_scan *s)
{
	uint64_t keys[SCAN_EXCEPTIONS * (SCAN_KEYS + 1) + 2];
	const char *language = trace_language_name(s->t->language);
	struct name words = {.n = 0};
	bool any;
	const struct scan_keys *set = which(s, &any);
	size_t n = keys_of(s, set, keys);

	keys[n++] = hash64(language, strlen(language), SEED_HIGH);
	if (!any || says_kind(s->t)) {
		message_add(&words, s->t->error_message);
		keys[n++] = hash64(words.text, words.n, SEED_HIGH);
	}
	hex(s->t->fingerprint, hash64(keys, n * sizeof(*keys), SEED_LOW));
	hex(s->t->fingerprint + 16, hash64(keys, n * sizeof(*keys), SEED_HIGH));
	s->t->fingerprint[32] = 0;
}
