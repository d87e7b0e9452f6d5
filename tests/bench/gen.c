/*
 * gen: the benchmarks' input, the same bytes for the same seed on every machine.
 *
 *	gen W1 1000000 [SEED] > W1      NDJSON of a service, ~470 bytes a line: 17 keys, nested context, tags
 *	gen W2 1000000 [SEED] > W2      access log of a web server, combined
 *	gen W3 1000000 [SEED] > W3      text of a Java service; after 5 of 100 messages stands a stack trace of ~20
 *frames gen W5 2000000 [SEED] > W5      raw text, 200 bytes a line
 *
 * LINES counts those of the file; a trace is written whole.  Every line of W1, W2 and W5 and every event of W3 carries
 * its number, so that losses can be counted.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START_MS 1766399445000LL /* 2025-12-22T10:30:45Z */

struct gen {
	uint64_t state;
	int64_t ms;
};

static uint32_t below(struct gen *g, uint32_t n)
{
	g->state += 0x9e3779b97f4a7c15ULL;
	uint64_t z = g->state;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

static const char *const levels[] = {"DEBUG", "DEBUG", "INFO", "INFO", "INFO", "INFO", "INFO", "INFO", "WARN", "ERROR"};
static const char *const modules[] = {"MES", "ERP", "WMS", "CRM", "CMMS", "QMS", "SCADA", "GATEWAY"};
static const char *const classes[] = {"WorkOrderService", "ProductionOrderController", "StockReservation",
	"QualityInspectionJob", "MaintenancePlanner", "BatchGenealogy", "MachineGateway", "ReportRenderer"};
static const char *const methods[] = {
	"updateStatus", "createOrder", "reserveStock", "inspectLot", "planTask", "closeBatch", "pollMachine", "render"};
static const char *const states[] = {"CREATED", "RELEASED", "IN_PROGRESS", "COMPLETED", "ON_HOLD"};
static const char *const tags[] = {"mes", "order", "plant-1", "plant-2", "critical", "batch", "shift-a", "shift-b"};

#define PICK(g, list) ((list)[below(g, sizeof(list) / sizeof(*(list)))])

static void put_time(int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	printf("{\"timestamp\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
}

static uint64_t put_json_line(struct gen *g, uint64_t n)
{
	uint32_t which = below(g, 8), user = below(g, 5000), took = 1 + below(g, 900);
	const char *state = PICK(g, states);

	g->ms += below(g, 3);
	put_time(g->ms);
	printf(",\"level\":\"%s\",\"module\":\"%s\",\"class_name\":\"%s\",\"method_name\":\"%s\"", PICK(g, levels),
		modules[which], classes[which], methods[which]);
	printf(",\"message\":\"Order WO-%08" PRIu64 " is %s\"", n, state);
	printf(",\"message_template\":\"Order {order_id} is {status}\"");
	printf(",\"context\":{\"order_id\":\"WO-%08" PRIu64
	       "\",\"status\":\"%s\",\"user_id\":%u,\"session_id\":\"s%08x\",",
		n, state, user, below(g, UINT32_MAX));
	printf("\"request_duration_ms\":%u.%02u}", took, below(g, 100));
	printf(",\"duration_ms\":%u.%02u,\"user_id\":%u", took + below(g, 20), below(g, 100), user);
	printf(",\"ip_address\":\"10.%u.%u.%u\"", below(g, 256), below(g, 256), 1 + below(g, 254));
	printf(",\"correlation_id\":\"%08x%08x\"", below(g, UINT32_MAX), below(g, UINT32_MAX));
	printf(",\"tags\":[\"%s\",\"%s\"]}\n", PICK(g, tags), PICK(g, tags));
	return 1;
}

static uint64_t put_raw_line(struct gen *g, uint64_t n)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ  ";
	char line[201];
	int at = snprintf(line, sizeof(line), "%010" PRIu64 " ", n);

	while (at < 199)
		line[at++] = set[below(g, 64)];
	line[198] = 'x';
	line[199] = '\n';
	fwrite(line, 1, 200, stdout);
	return 1;
}

static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const verbs[] = {"GET", "GET", "GET", "POST", "PUT"};
static const char *const codes[] = {"200", "200", "200", "200", "201", "302", "304", "404", "500"};
static const char *const referers[] = {"-", "https://mes.example/orders", "https://erp.example/stock?page=2"};
static const char *const agents[] = {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
	 "Safari/537.36"),
	"curl/7.88.1", "scanner/2.1 (handheld; plant-1)"};
static const char *const exceptions[] = {"java.lang.IllegalStateException", "com.plant.core.StockException",
	"java.sql.SQLTransientConnectionException", "java.lang.NullPointerException"};

static uint64_t put_access_line(struct gen *g, uint64_t n)
{
	time_t s;
	struct tm tm;

	g->ms += below(g, 3);
	s = (time_t)(g->ms / 1000);
	gmtime_r(&s, &tm);
	printf("10.%u.%u.%u - %s [%02d/%s/%04d:%02d:%02d:%02d +0000]", below(g, 256), below(g, 256), 1 + below(g, 254),
		below(g, 10) ? "-" : "jdoe", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
	printf(" \"%s /api/v1/orders/%08" PRIu64 "?line=%u&view=%s HTTP/1.1\"", PICK(g, verbs), n, below(g, 40),
		PICK(g, tags));
	printf(" %s %u \"%s\" \"%s\"\n", PICK(g, codes), below(g, 60000), PICK(g, referers), PICK(g, agents));
	return 1;
}

static uint64_t put_frames(struct gen *g)
{
	uint32_t frames = 18 + below(g, 5);

	printf("%s: the order is in another state\n", PICK(g, exceptions));
	for (uint32_t i = 0; i < frames; i++) {
		const char *class = PICK(g, classes);

		printf("\tat com.plant.core.%s.%s(%s.java:%u)\n", class, PICK(g, methods), class, 1 + below(g, 900));
	}
	return 1 + frames;
}

static uint64_t put_java_event(struct gen *g, uint64_t n)
{
	bool trace = below(g, 100) < 5;
	time_t s;
	struct tm tm;

	g->ms += below(g, 3);
	s = (time_t)(g->ms / 1000);
	gmtime_r(&s, &tm);
	printf("%04d-%02d-%02d %02d:%02d:%02d,%03d %s [%s] com.plant.%s - order=%08" PRIu64
	       " status %s for user %u on line %u took %u ms\n",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(g->ms % 1000),
		trace ? "ERROR" : PICK(g, levels), PICK(g, modules), PICK(g, classes), n, PICK(g, states),
		below(g, 5000), below(g, 40), below(g, 2000));
	return 1 + (trace ? put_frames(g) : 0);
}

/* Each returns how many lines it has written. */
static const struct {
	const char *name;
	uint64_t (*put)(struct gen *g, uint64_t n);
} workloads[] = {{"W1", put_json_line}, {"W2", put_access_line}, {"W3", put_java_event}, {"W5", put_raw_line}};

int main(int argc, char **argv)
{
	struct gen g = {.state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1, .ms = START_MS};
	uint64_t lines = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	for (size_t w = 0; argc > 2 && w < sizeof(workloads) / sizeof(*workloads); w++) {
		if (strcmp(argv[1], workloads[w].name) != 0)
			continue;
		for (uint64_t n = 0, at = 0; at < lines; n++)
			at += workloads[w].put(&g, n);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	fprintf(stderr, "usage: gen W1|W2|W3|W5 LINES [SEED]\n");
	return 2;
}
