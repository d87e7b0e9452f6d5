/* What every unit test includes: cmocka with what it wants before it, and tests by name. */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Version 2 takes a common word for a macro, and has another name for what both have. */
#undef stop
#ifdef assert_uint_in_range
#undef assert_in_range
#define assert_in_range(value, least, most) assert_uint_in_range(value, least, most)
#endif

#define TEST(name) static void name(void **state __attribute__((unused)))
#define ROWS(table) (sizeof(table) / sizeof(*(table)))

#endif
