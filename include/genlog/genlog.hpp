/*
 * libgenlog for C++17 and later, beside the macros of genlog.h, which take std::string and std::string_view as they are.
 *
 *	genlog::field order("order", id);             // a field of all records of this thread, until the end of the scope
 *	genlog::job job("nightly");  job->processed = 7;   // one document of daemon_execution_logs when the scope ends
 *	genlog::log(GENLOG_SEV_WARN, text);           // C++20: with the caller's file, line and function
 *	spdlog::default_logger()->sinks().push_back(std::make_shared<genlog::spdlog_sink>());   // if spdlog was included
 *
 * Threads and failure: as genlog.h says; nothing here throws.
 */
#ifndef GENLOG_GENLOG_HPP
#define GENLOG_GENLOG_HPP

#include <genlog/genlog.h>

#include <exception>
#include <string>
#include <string_view>
#if __has_include(<source_location>) && __cplusplus >= 202002L
#include <source_location>
#endif

namespace genlog
{

class field
{
      public:
	field(const char *key, const std::string &value)
	{
		genlog_ctx_push(key, value.c_str());
	}
	template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
	field(const char *key, T value) : field(key, std::to_string(value))
	{
	}
	~field()
	{
		genlog_ctx_pop();
	}
	field(const field &) = delete;
	field &operator=(const field &) = delete;
};

/* Ends as failed when the scope is left by an exception. */
class job
{
      public:
	explicit job(const char *name) : exceptions(std::uncaught_exceptions())
	{
		genlog_job_begin(&run, name);
	}
	~job()
	{
		if (!ended)
			end(std::uncaught_exceptions() > exceptions ? GENLOG_JOB_FAILED : GENLOG_JOB_SUCCESS);
	}
	void end(genlog_job_status status, const char *error = nullptr)
	{
		genlog_job_end(&run, status, error);
		ended = true;
	}
	genlog_job *operator->()
	{
		return &run;
	}
	job(const job &) = delete;
	job &operator=(const job &) = delete;

      private:
	genlog_job run;
	int exceptions;
	bool ended = false;
};

namespace detail
{
/* Texts that are known only at run time: a site for each level. */
inline int32_t text_site(genlog_severity level)
{
	static const int32_t sites[] = {
		genlog_register(GENLOG_SEV_DEBUG, "{message}", "logger,file,line,function", "sssis", nullptr, "", 0, ""),
		genlog_register(GENLOG_SEV_INFO, "{message}", "logger,file,line,function", "sssis", nullptr, "", 0, ""),
		genlog_register(GENLOG_SEV_WARN, "{message}", "logger,file,line,function", "sssis", nullptr, "", 0, ""),
		genlog_register(GENLOG_SEV_ERROR, "{message}", "logger,file,line,function", "sssis", nullptr, "", 0, ""),
		genlog_register(GENLOG_SEV_CRITICAL, "{message}", "logger,file,line,function", "sssis", nullptr, "", 0, "")};
	int i = (static_cast<int>(level) - GENLOG_SEV_DEBUG) / 4;

	return sites[i < 0 ? 0 : i > 4 ? 4 : i];
}

inline genlog_arg text_arg(std::string_view v)
{
	genlog_arg a;

	a.s.p = v.data() ? v.data() : "";
	a.s.n = v.size();
	return a;
}

inline void emit(genlog_severity level, std::string_view message, std::string_view logger, std::string_view file,
	int64_t line, std::string_view function)
{
	genlog_arg a[5] = {text_arg(message), text_arg(logger), text_arg(file), {}, text_arg(function)};

	a[3].i = line;
	genlog_emit(text_site(level), a);
}
} // namespace detail

#ifdef __cpp_lib_source_location
inline void log(genlog_severity level, std::string_view message,
	const std::source_location &at = std::source_location::current())
{
	detail::emit(level, message, "", at.file_name(), static_cast<int64_t>(at.line()), at.function_name());
}
#else
inline void log(genlog_severity level, std::string_view message)
{
	detail::emit(level, message, "", "", 0, "");
}
#endif

#ifdef SPDLOG_VERSION
/* No lock: a call only copies. */
class spdlog_sink final : public spdlog::sinks::sink
{
      public:
	void log(const spdlog::details::log_msg &m) override
	{
		static const genlog_severity levels[] = {GENLOG_SEV_DEBUG, GENLOG_SEV_DEBUG, GENLOG_SEV_INFO,
			GENLOG_SEV_WARN, GENLOG_SEV_ERROR, GENLOG_SEV_CRITICAL, GENLOG_SEV_OFF};

		detail::emit(levels[m.level], std::string_view(m.payload.data(), m.payload.size()),
			std::string_view(m.logger_name.data(), m.logger_name.size()),
			m.source.filename ? m.source.filename : "", m.source.line,
			m.source.funcname ? m.source.funcname : "");
	}
	void flush() override {}
	void set_pattern(const std::string &) override {}
	void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
};
#endif

} // namespace genlog
#endif
