// spdlog, asynchronous, blocking when its queue is full, into a file.
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

static std::shared_ptr<spdlog::logger> logger;

#define CALL(i)                                                                                                        \
	logger->info("Work order {} status updated to {} station={} cycle_s={} trace={}", (int64_t)(i),                \
		statuses[(i) & 3], stations[(i) & 1], (double)(i) * 0.5, TRACE)

static void begin_thread(void) {}

#include "harness.h"

int main()
{
	spdlog::init_thread_pool(32768, 1);
	logger = spdlog::basic_logger_mt<spdlog::async_factory>("bench", "/dev/null");
	return measure("spdlog async", 20000, 1000000);
}
