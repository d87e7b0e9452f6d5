/*
 * What was made of lines that look alike.  Most lines of a program differ from earlier ones in nothing but numbers, and
 * where those stand alone their digits change no element's kind: the line's shape, in which they are left out, says
 * which skeleton it has, and the line need not be taken apart.
 *
 * The memo never decides anything: what it answers is what scan_line() and context_join() would have.  Where most
 * lines are new to it, it rests for a while.
 */
#ifndef MINE_MEMO_H
#define MINE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMO_SLOTS 1024
#define MEMO_LINE 256 /* bytes of the longest line that is remembered */

struct memo {
	struct {
		uint64_t shape, key;
	} of[MEMO_SLOTS];
	uint32_t asked, known; /* in this round */
	uint32_t rest;	       /* so many lines are let pass */
};

/* The shape of a message's first line, with GENLOG_PAD readable bytes behind the message; 0: it is not remembered. */
uint64_t memo_shape(struct memo *m, const char *p, size_t n);

/* false: it is not known. */
bool memo_find(struct memo *m, uint64_t shape, uint64_t *key);
void memo_keep(struct memo *m, uint64_t shape, uint64_t key);

#endif
