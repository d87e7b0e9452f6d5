/* A document posted to a webhook: what the agent runs for the rules of alerts. */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/commands.h"

#define TIMEOUT_S 20L
#define BODY_MAX ((size_t)1 << 20)

static ssize_t read_all(char *p, size_t cap)
{
	size_t n = 0;
	ssize_t k;

	while (n < cap && (k = read(STDIN_FILENO, p + n, cap - n)) != 0) {
		if (k < 0 && errno != EINTR)
			return -errno;
		n += k > 0 ? (size_t)k : 0;
	}
	return (ssize_t)n;
}

static size_t nowhere(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

/* What it answered, in words that do not hold the address: it may have a token in it. */
static int post(const char *url, const char *body, size_t n)
{
	struct curl_slist *head = curl_slist_append(NULL, "Content-Type: application/json");
	CURL *c = head ? curl_easy_init() : NULL;
	long status = 0;
	CURLcode r;

	if (!c) {
		curl_slist_free_all(head);
		ctl_error("notify: no memory");
		return -ENOMEM;
	}
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, nowhere);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	r = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	curl_slist_free_all(head);
	if (r != CURLE_OK)
		ctl_error("notify: the webhook was not reached: %s", curl_easy_strerror(r));
	else if (status < 200 || status > 299)
		ctl_error("notify: the webhook answered with status %ld", status);
	return r == CURLE_OK && status >= 200 && status <= 299 ? 0 : -EIO;
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const char *url = getenv("GENLOG_WEBHOOK");
	char *body = malloc(BODY_MAX);
	ssize_t n = body ? read_all(body, BODY_MAX) : -ENOMEM;
	int r;

	(void)c;
	(void)options;
	(void)argc;
	(void)argv;
	if (!url || !*url) {
		ctl_error("notify: GENLOG_WEBHOOK of the environment has to say where to");
		free(body);
		return CTL_USAGE;
	}
	if (n < 0)
		ctl_error("notify: standard input: %s", strerror((int)-n));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	r = n < 0 ? (int)n : post(url, body, (size_t)n);
	curl_global_cleanup();
	free(body);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

const struct ctl_command ctl_notify = {
	.name = "notify",
	.summary = "posts what stands on its standard input to a webhook",
	.text = "The address is in GENLOG_WEBHOOK, so that it stands in no list of processes.  The agent runs this for "
		"alert\n"
		"rules with a `webhook`; by hand it is good for trying one.\n"
		"\n"
		"  echo '{\"title\": \"test\"}' | GENLOG_WEBHOOK=https://example.org/hook genlogctl notify\n",
	.run = run,
};
