/* Numbers as text, quickly. */
#ifndef INPUT_EMIT_NUMBER_H
#define INPUT_EMIT_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_ROOM 32

/* `to` has NUMBER_ROOM bytes.  They return the length; nothing ends the text. */
size_t number_int(char *to, int64_t v);
size_t number_uint(char *to, uint64_t v);
size_t number_hex(char *to, uint64_t v); /* 0x… */
/* The shortest decimal that reads back as the same number. */
size_t number_double(char *to, double v);
/* 2025-12-22T10:30:45.003Z */
size_t number_time(char *to, int64_t ms);

#endif
