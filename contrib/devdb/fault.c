#include "fault.h"

#include <string.h>
#include <time.h>

void faults_init(struct faults *f)
{
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->over, NULL);
}

void faults_fini(struct faults *f)
{
	pthread_cond_destroy(&f->over);
	pthread_mutex_destroy(&f->lock);
}

void faults_clear(struct faults *f)
{
	pthread_mutex_lock(&f->lock);
	memset(f->at, 0, sizeof(f->at));
	f->delay_ms = 0;
	f->hang = false;
	f->rst = false;
	pthread_cond_broadcast(&f->over);
	pthread_mutex_unlock(&f->lock);
}

void fault_set(struct faults *f, enum fault_kind kind, struct fault to)
{
	pthread_mutex_lock(&f->lock);
	f->at[kind] = to;
	pthread_mutex_unlock(&f->lock);
}

static bool take(struct fault *f)
{
	if (!f->left)
		return false;
	if (f->skip > 0) {
		f->skip--;
		return false;
	}
	if (f->left != FAULT_ALWAYS)
		f->left--;
	return true;
}

bool fault_fires(struct faults *f, enum fault_kind kind, int *arg)
{
	bool fires;

	pthread_mutex_lock(&f->lock);
	fires = take(&f->at[kind]);
	if (fires && arg)
		*arg = f->at[kind].arg;
	pthread_mutex_unlock(&f->lock);
	return fires;
}

void faults_set_delay(struct faults *f, int ms)
{
	pthread_mutex_lock(&f->lock);
	f->delay_ms = ms;
	pthread_mutex_unlock(&f->lock);
}

void faults_set_hang(struct faults *f, bool on)
{
	pthread_mutex_lock(&f->lock);
	f->hang = on;
	pthread_cond_broadcast(&f->over);
	pthread_mutex_unlock(&f->lock);
}

void faults_set_rst(struct faults *f, bool on)
{
	pthread_mutex_lock(&f->lock);
	f->rst = on;
	pthread_mutex_unlock(&f->lock);
}

bool faults_rst(struct faults *f)
{
	bool rst;

	pthread_mutex_lock(&f->lock);
	rst = f->rst;
	pthread_mutex_unlock(&f->lock);
	return rst;
}

void faults_wait_hang(struct faults *f)
{
	pthread_mutex_lock(&f->lock);
	while (f->hang)
		pthread_cond_wait(&f->over, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void faults_wait_delay(struct faults *f)
{
	struct timespec t;
	int ms;

	pthread_mutex_lock(&f->lock);
	ms = f->delay_ms;
	pthread_mutex_unlock(&f->lock);
	t = (struct timespec){ms / 1000, ms % 1000 * 1000000L};
	if (ms > 0)
		nanosleep(&t, NULL);
}
