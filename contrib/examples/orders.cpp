// The same in C++: c++ -std=c++20 orders.cpp -o orders $(pkg-config --cflags --libs genlog)
#include <genlog/genlog.hpp>

#include <string>

int main()
{
	genlog::field line("production_line", "L7");
	std::string status = "released";

	for (int id = 1; id <= 3; id++)
		GENLOG_INFO("Work order {order_id} status updated to {status}", id, status);
	genlog::log(GENLOG_SEV_WARN, "a text of its own");
	{
		genlog::job job("nightly");

		job->processed = 3;
	}
	return genlog_flush(1000) == 0 ? 0 : 1;
}
