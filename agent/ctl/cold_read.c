#include <errno.h>
#include <string.h>

#include "ctl/cold.h"

int cold_sum_begin(struct cold_sum *s)
{
	*s = (struct cold_sum){.md = EVP_MD_CTX_new()};
	return s->md && EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

void cold_sum_add(struct cold_sum *s, const bson_t *doc)
{
	EVP_DigestUpdate(s->md, bson_get_data(doc), doc->len);
	s->facts.documents++;
	s->facts.bytes += doc->len;
}

void cold_sum_end(struct cold_sum *s)
{
	unsigned char sha[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_DigestFinal_ex(s->md, sha, &n);
	for (unsigned i = 0; i < 32; i++)
		snprintf(s->facts.sha256 + 2 * (size_t)i, 3, "%02x", sha[i]);
}

void cold_sum_fini(struct cold_sum *s)
{
	EVP_MD_CTX_free(s->md);
	s->md = NULL;
}

static int hold_against(const struct cold_facts *is, const struct cold_facts *said, char why[200])
{
	if (is->documents != said->documents || is->bytes != said->bytes)
		snprintf(why, 200, "it holds %lld documents of %lld bytes, the manifest says %lld of %lld",
			(long long)is->documents, (long long)is->bytes, (long long)said->documents,
			(long long)said->bytes);
	else if (strcmp(is->sha256, said->sha256) != 0)
		snprintf(why, 200, "its checksum is not that of the manifest");
	else
		return 0;
	return -EBADMSG;
}

static int pass(struct docs *docs, struct cold_sum *sum, cold_take_fn *take, void *arg)
{
	bson_t doc;
	int r, t = 0;

	while (t >= 0 && (r = docs_next(docs, &doc)) == 1) {
		cold_sum_add(sum, &doc);
		t = take ? take(arg, &doc) : 0;
	}
	return t < 0 ? t : r;
}

int cold_read(const struct cold_part *p, const struct cold_facts *facts, cold_take_fn *take, void *arg, char why[200])
{
	struct docs docs = {0};
	struct cold_sum sum = {0};
	int fd = cold_part_file(p, ".bson.gz"), r;

	*why = 0;
	r = fd < 0 ? fd : docs_open(&docs, fd);
	if (r == 0)
		r = cold_sum_begin(&sum);
	if (r == 0)
		r = pass(&docs, &sum, take, arg);
	if (r == 0) {
		cold_sum_end(&sum);
		r = hold_against(&sum.facts, facts, why);
	}
	if (r < 0 && !*why)
		snprintf(why, 200, "%s", docs.why[0] ? docs.why : strerror(-r));
	cold_sum_fini(&sum);
	docs_close(&docs);
	return r;
}
