// What C++ has more of: strings that live no longer than the call, views, enumerations, places in the source.
#include <genlog/genlog.hpp>

#include <stdexcept>
#include <string>
#include <thread>

enum class colour : short { red = 3 };

static std::string make(const char *text)
{
	return std::string(text) + ", made for the call and longer than what a string holds in itself";
}

int main()
{
	std::string_view part = std::string_view("a part of it").substr(2, 4);
	const char array[8] = "array";

	GENLOG_INFO("{temporary} {view} {array} {literal}", make("one"), part, array, "literal");
	GENLOG_INFO("{flag} {yes} {enum} {null} {f}", false, true, colour::red, nullptr, 1.5f);
	GENLOG_INFO_X("more", "u,time", 7u, genlog_time(5));
	[&] { GENLOG_INFO("in a lambda {n}", 1); }();
	{
		genlog::field line("line", 7);
		GENLOG_DOC("c", "id", std::string("x"));
	}
	try {
		genlog::job job("nightly");

		job->failed = 1;
		throw std::runtime_error("no");
	} catch (const std::runtime_error &) {
	}
	genlog::log(GENLOG_SEV_WARN, "a text");
	return 0;
}
