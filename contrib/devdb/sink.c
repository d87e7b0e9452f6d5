#include "sink.h"

#include <errno.h>

int sink_open(struct sink *s, const char *capture)
{
	pthread_mutex_init(&s->lock, NULL);
	if (!capture)
		return 0;
	s->capture = fopen(capture, "abe");
	return s->capture ? 0 : -errno;
}

void sink_close(struct sink *s)
{
	if (s->capture)
		fclose(s->capture);
	s->capture = NULL;
	pthread_mutex_destroy(&s->lock);
}

int sink_write(struct sink *s, const struct batch *b)
{
	int r = 0;

	if (!s->capture)
		return 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < b->n; i++)
		if (!b->doc[i].code)
			fwrite(b->doc[i].p, 1, b->doc[i].n, s->capture);
	if (fflush(s->capture) != 0 || ferror(s->capture))
		r = -EIO;
	pthread_mutex_unlock(&s->lock);
	return r;
}
