/*
 * The machinery of genlog.h's macros.  Not for use.
 *
 * A call site is a static struct gl_site; its arguments become an array of struct gl_arg.  By default they are handed
 * to gl_emit_site() of the library, whose ABI stays.  GENLOG_INLINE compiles the path into the program instead: 5 ns
 * less and five times the code; it links only to a library whose rings are laid out as this header has them.
 */
#ifndef GENLOG_MACROS_H
#define GENLOG_MACROS_H

#include <string.h>

#include "ring.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct gl_site {
	uint32_t id; /* 0: not registered; the library sets it */
	uint32_t line;
	uint8_t level, n_args;
	uint16_t flags;
	uint8_t types[GL_ARGS_MAX + 1];
	const char *message_template, *names, *file, *function, *collection;
};

struct gl_arg {
	uint64_t v; /* the value, or how many bytes */
	const char *p;
};

struct gl_text {
	const char *p;
	size_t n;
};

struct gl_time {
	int64_t ms;
};

/* Return addresses, innermost first, in memory of the calling thread. */
struct gl_trace {
	const uint64_t *p;
	size_t n;
};

/* A thread's end of its ring, in memory that a forked child finds zeroed: it has no room then, and takes the slow path.
 */
struct gl_producer {
	uint64_t head;
	uint64_t limit;	      /* below ERROR */
	uint64_t limit_error; /* ERROR and above: an eighth more */
	uint64_t mask;
	uint8_t *base;
	struct gl_ring *ring;
	struct gl_segment *segment;
	struct gl_producer *recorder;
	uint64_t gap, gap_time; /* dropped and not told yet */
	uint32_t index, depth;
} __attribute__((aligned(64)));

struct gl_thread_state {
	struct gl_producer *producer;
	uint32_t busy; /* a call is under way in this thread */
};

#define GL_LAYOUT 1

/* Of the whole process, on one line of the cache.  threshold: the lowest level that does anything. */
struct gl_common {
	int threshold, level, clock;
} __attribute__((aligned(64)));
extern struct gl_common gl_common;
void gl_emit_site(struct gl_site *site, const struct gl_arg *args);
struct gl_trace gl_backtrace(void);

static inline struct gl_text genlog_text(const char *p, size_t n)
{
	struct gl_text t;

	t.p = p;
	t.n = n;
	return t;
}

static inline struct gl_time genlog_time(int64_t ms)
{
	struct gl_time t;

	t.ms = ms;
	return t;
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define GL_INLINE static inline __attribute__((always_inline))

/* ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────── */

GL_INLINE struct gl_arg gl_arg_u(uint64_t v)
{
	struct gl_arg a;

	a.v = v;
	a.p = NULL;
	return a;
}

GL_INLINE struct gl_arg gl_arg_i(int64_t v)
{
	return gl_arg_u((uint64_t)v);
}

GL_INLINE struct gl_arg gl_arg_d(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return gl_arg_u(bits);
}

GL_INLINE struct gl_arg gl_arg_p(const void *v)
{
	return gl_arg_u((uint64_t)(uintptr_t)v);
}

GL_INLINE struct gl_arg gl_arg_time(struct gl_time v)
{
	return gl_arg_i(v.ms);
}

GL_INLINE struct gl_arg gl_arg_text(struct gl_text v)
{
	struct gl_arg a;

	a.v = !v.p ? 0 : v.n < GL_TEXT_MAX ? v.n : GL_TEXT_MAX;
	a.p = v.p;
	return a;
}

GL_INLINE struct gl_arg gl_arg_trace(struct gl_trace v)
{
	return gl_arg_text(genlog_text((const char *)v.p, v.n * sizeof(*v.p)));
}

GL_INLINE struct gl_arg gl_arg_s(const char *v)
{
	const char *p = v ? v : "(null)";

	return gl_arg_text(genlog_text(p, strlen(p)));
}

#ifdef __cplusplus
#define GL_CONSTANT constexpr
#else
#define GL_CONSTANT static inline
#endif

/* Holes of a template, `{{` and `}}` aside. */
GL_CONSTANT unsigned gl_holes(const char *p)
{
	unsigned n = 0;

	for (; *p; p++) {
		if (p[0] == '{' && p[1] == '{')
			p++;
		else if (*p == '{')
			n++;
	}
	return n;
}

#ifdef __cplusplus
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

template <class T> constexpr uint8_t gl_type_of()
{
	using D = std::decay_t<T>;

	if (std::is_same_v<D, std::nullptr_t>)
		return GL_POINTER;
	if (std::is_same_v<D, bool>)
		return GL_BOOL;
	if (std::is_floating_point_v<D>)
		return GL_DOUBLE;
	if (std::is_enum_v<D> || (std::is_integral_v<D> && std::is_signed_v<D>))
		return GL_INT;
	if (std::is_integral_v<D>)
		return GL_UINT;
	if (std::is_same_v<D, gl_time>)
		return GL_TIME;
	if (std::is_same_v<D, gl_trace>)
		return GL_TRACE;
	if (std::is_same_v<D, char *> || std::is_same_v<D, const char *> || std::is_same_v<D, gl_text> ||
		std::is_convertible_v<T, std::string_view>)
		return GL_TEXT;
	return GL_POINTER;
}

template <class T> GL_INLINE gl_arg gl_arg_of(const T &x)
{
	using D = std::decay_t<T>;

	if constexpr (std::is_same_v<D, std::nullptr_t>)
		return gl_arg_p(nullptr);
	else if constexpr (std::is_same_v<D, gl_text>)
		return gl_arg_text(x);
	else if constexpr (std::is_same_v<D, gl_time>)
		return gl_arg_time(x);
	else if constexpr (std::is_same_v<D, gl_trace>)
		return gl_arg_trace(x);
	else if constexpr (std::is_same_v<D, char *> || std::is_same_v<D, const char *>)
		return gl_arg_s(x);
	else if constexpr (std::is_convertible_v<const T &, std::string_view>) {
		std::string_view v = x;
		return gl_arg_text(genlog_text(v.data(), v.size()));
	} else if constexpr (std::is_floating_point_v<D>)
		return gl_arg_d((double)x);
	else if constexpr (std::is_integral_v<D> || std::is_enum_v<D>)
		return gl_arg_i((int64_t)x);
	else
		return gl_arg_p((const void *)x);
}

#define GL_TYPE(x) gl_type_of<decltype(x)>()
#define GL_VALUE(x) gl_arg_of(x)
#define GL_CHECK(message_template, n)                                                                                  \
	static_assert(gl_holes(message_template) <= (n), "the template has a hole without an argument")
#else
#define GL_TYPE(x)                                                                                                     \
	_Generic((x), _Bool: GL_BOOL, char: GL_INT, signed char: GL_INT, short: GL_INT, int: GL_INT, long: GL_INT,     \
		long long: GL_INT, unsigned char: GL_UINT, unsigned short: GL_UINT, unsigned: GL_UINT,                 \
		unsigned long: GL_UINT, unsigned long long: GL_UINT, float: GL_DOUBLE, double: GL_DOUBLE,              \
		char *: GL_TEXT, const char *: GL_TEXT, struct gl_text: GL_TEXT, struct gl_time: GL_TIME, struct gl_trace: GL_TRACE,              \
		default: GL_POINTER)
#define GL_VALUE(x)                                                                                                    \
	_Generic((x), _Bool: gl_arg_u, char: gl_arg_i, signed char: gl_arg_i, short: gl_arg_i, int: gl_arg_i,          \
		long: gl_arg_i, long long: gl_arg_i, unsigned char: gl_arg_u, unsigned short: gl_arg_u,                \
		unsigned: gl_arg_u, unsigned long: gl_arg_u, unsigned long long: gl_arg_u, float: gl_arg_d,            \
		double: gl_arg_d, char *: gl_arg_s, const char *: gl_arg_s, struct gl_text: gl_arg_text,               \
		struct gl_time: gl_arg_time, struct gl_trace: gl_arg_trace, default: gl_arg_p)(x)
#define GL_CHECK(message_template, n) (void)0 /* the library tells at the first call */
#endif

#if defined(GENLOG_INLINE) || defined(GENLOG_LIBRARY)
#include "genlog_path.h"
#endif

/* ── macros ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

#define GL_JOIN_(a, b) a##b
#define GL_JOIN(a, b) GL_JOIN_(a, b)
/* The first argument is not counted: it is there so that the list is never empty, which ISO C does not allow. */
#define GL_COUNT_(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, n, ...) n
#define GL_COUNT(...) GL_COUNT_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, _)
#define GL_MAP0(m, _)
#define GL_MAP1(m, _, a) m(a),
#define GL_MAP2(m, _, a, ...) m(a), GL_MAP1(m, _, __VA_ARGS__)
#define GL_MAP3(m, _, a, ...) m(a), GL_MAP2(m, _, __VA_ARGS__)
#define GL_MAP4(m, _, a, ...) m(a), GL_MAP3(m, _, __VA_ARGS__)
#define GL_MAP5(m, _, a, ...) m(a), GL_MAP4(m, _, __VA_ARGS__)
#define GL_MAP6(m, _, a, ...) m(a), GL_MAP5(m, _, __VA_ARGS__)
#define GL_MAP7(m, _, a, ...) m(a), GL_MAP6(m, _, __VA_ARGS__)
#define GL_MAP8(m, _, a, ...) m(a), GL_MAP7(m, _, __VA_ARGS__)
#define GL_MAP9(m, _, a, ...) m(a), GL_MAP8(m, _, __VA_ARGS__)
#define GL_MAP10(m, _, a, ...) m(a), GL_MAP9(m, _, __VA_ARGS__)
#define GL_MAP11(m, _, a, ...) m(a), GL_MAP10(m, _, __VA_ARGS__)
#define GL_MAP12(m, _, a, ...) m(a), GL_MAP11(m, _, __VA_ARGS__)
#define GL_MAP13(m, _, a, ...) m(a), GL_MAP12(m, _, __VA_ARGS__)
#define GL_MAP14(m, _, a, ...) m(a), GL_MAP13(m, _, __VA_ARGS__)
#define GL_MAP15(m, _, a, ...) m(a), GL_MAP14(m, _, __VA_ARGS__)
#define GL_MAP16(m, _, a, ...) m(a), GL_MAP15(m, _, __VA_ARGS__)
#define GL_MAP(m, ...) GL_JOIN(GL_MAP, GL_COUNT(__VA_ARGS__))(m, __VA_ARGS__)

/* The array lives until the call is over, and in C++ so do the temporaries that it points into. */
#ifdef __cplusplus
#define GL_ARGS_(_, ...) std::initializer_list<gl_arg>{GL_MAP(GL_VALUE, _, ##__VA_ARGS__) gl_arg()}.begin()
#else
#define GL_ARGS_(_, ...)                                                                                               \
	(const struct gl_arg[])                                                                                        \
	{                                                                                                              \
		GL_MAP(GL_VALUE, _, ##__VA_ARGS__)                                                                     \
		{                                                                                                      \
			0, NULL                                                                                        \
		}                                                                                                      \
	}
#endif

#ifdef GENLOG_INLINE
#define GL_EMIT_(...) gl_emit(&gl_site_, __VA_ARGS__, gl_n_, gl_types_, gl_site_level_)
#else
#define GL_EMIT_(...) gl_emit_site(&gl_site_, __VA_ARGS__)
#endif

#define GL_CALL_(level, message_template, names, collection, flags, ...)                                               \
	do {                                                                                                           \
		enum { gl_n_ = GL_COUNT(_, ##__VA_ARGS__), gl_site_level_ = (int)(level) };                            \
		static const uint8_t gl_types_[GL_ARGS_MAX + 1] = {GL_MAP(GL_TYPE, _, ##__VA_ARGS__) GL_NONE};         \
		static struct gl_site gl_site_ __attribute__((aligned(32))) = {0, __LINE__, gl_site_level_, gl_n_,     \
			(flags), {GL_MAP(GL_TYPE, _, ##__VA_ARGS__) GL_NONE}, message_template, names, __FILE__,       \
			__func__, collection};                                                                         \
		GL_CHECK(message_template, gl_n_);                                                                     \
		if (gl_site_level_ >= (int)GENLOG_MIN_SEVERITY &&                                                      \
			gl_site_level_ >= __atomic_load_n(&gl_common.threshold, __ATOMIC_RELAXED)) {                   \
			(void)gl_types_;                                                                               \
			GL_EMIT_(GL_ARGS_(_, ##__VA_ARGS__));                                                          \
		}                                                                                                      \
	} while (0)

#define GL_LOG_(level, message_template, names, ...) GL_CALL_(level, message_template, names, "", 0, ##__VA_ARGS__)
#define GL_TRACE_(level, message_template, ...)                                                                        \
	GL_CALL_(level, message_template, "trace", "", 0, ##__VA_ARGS__, gl_backtrace())
#define GL_DOC_(collection, names, ...)                                                                                \
	GL_CALL_(GENLOG_SEV_INFO, "", names, collection, GL_SITE_DOCUMENT, ##__VA_ARGS__)

#endif
