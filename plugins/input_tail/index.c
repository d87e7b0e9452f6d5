/* Folders by what they are asked for: the number of their watch, which only grows, and their real path. */
#include "tail.h"

static struct tdir **wd_bucket(struct tail *t, int wd)
{
	return &t->dir_by_wd[(unsigned)wd % DIR_BUCKETS];
}

static struct tdir **real_bucket(struct tail *t, const char *real)
{
	return &t->dir_by_real[tail_hash(real, strlen(real), 0) % DIR_BUCKETS];
}

struct tdir *dir_of_wd(struct tail *t, int wd)
{
	struct tdir *d = *wd_bucket(t, wd);

	while (d && d->wd != wd)
		d = d->by_wd;
	return d;
}

struct tdir *dir_of_real(struct tail *t, const char *real)
{
	struct tdir *d = *real_bucket(t, real);

	while (d && strcmp(d->real, real) != 0)
		d = d->by_real;
	return d;
}

void dir_set_wd(struct tail *t, struct tdir *d, int wd)
{
	struct tdir **at = d->wd < 0 ? NULL : wd_bucket(t, d->wd);

	while (at && *at && *at != d)
		at = &(*at)->by_wd;
	if (at && *at)
		*at = d->by_wd;
	d->wd = wd;
	if (wd < 0)
		return;
	at = wd_bucket(t, wd);
	d->by_wd = *at;
	*at = d;
}

void dir_link(struct tail *t, struct tdir *d)
{
	struct tdir **at = real_bucket(t, d->real);

	d->by_real = *at;
	*at = d;
	d->before = NULL;
	d->next = t->dirs;
	if (d->next)
		d->next->before = d;
	t->dirs = d;
}

void dir_unlink(struct tail *t, struct tdir *d)
{
	struct tdir **at = real_bucket(t, d->real);

	while (*at && *at != d)
		at = &(*at)->by_real;
	if (*at)
		*at = d->by_real;
	if (d->before)
		d->before->next = d->next;
	else
		t->dirs = d->next;
	if (d->next)
		d->next->before = d->before;
	dir_set_wd(t, d, -1);
}
