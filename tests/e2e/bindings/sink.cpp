// A spdlog sink.
#include <spdlog/spdlog.h>

#include <genlog/genlog.hpp>

int main()
{
	spdlog::logger logger("own", std::make_shared<genlog::spdlog_sink>());

	logger.set_level(spdlog::level::trace);
	logger.warn("torque {} is out of range", 12.5);
	logger.debug("not told");
	logger.critical("stop");
	return 0;
}
