/* The names that patterns are made of.  Those of logs' parts are built on those of numbers, words and times. */
#include "grok.h"

#define OCTET "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define LABEL "[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62})"

static const struct {
	const char *name, *is;
} library[] = {
	/* numbers and words */
	{"INT", "[+-]?[0-9]+"},
	{"POSINT", "\\b[1-9][0-9]*\\b"},
	{"NONNEGINT", "\\b[0-9]+\\b"},
	{"BASE10NUM", "[+-]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)"},
	{"NUMBER", "%{BASE10NUM}"},
	{"BASE16NUM", "[+-]?(?:0[xX])?[0-9A-Fa-f]+"},
	{"BASE16FLOAT", "[+-]?(?:0[xX])?[0-9A-Fa-f]+(?:\\.[0-9A-Fa-f]*)?"},
	{"BOOL", "(?i:true|false|yes|no|on|off)"},
	{"WORD", "\\b\\w+\\b"},
	{"NOTSPACE", "\\S+"},
	{"SPACE", "\\s*"},
	{"DATA", ".*?"},
	{"GREEDYDATA", ".*"},
	{"QUOTEDSTRING", "\"(?:[^\"\\\\]|\\\\.)*+\"|'(?:[^'\\\\]|\\\\.)*+'|`(?:[^`\\\\]|\\\\.)*+`"},
	{"QS", "%{QUOTEDSTRING}"},
	{"UUID", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
	{"URN", "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[^\\s\"]+"},

	/* the network */
	{"IPV4", "(?<![0-9.])" OCTET "(?:\\." OCTET "){3}(?![0-9])"},
	{"IPV6", "(?<![0-9A-Fa-f:])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)(?:[0-9A-Fa-f]{0,4}:){2,7}"
		 "(?:" OCTET "(?:\\." OCTET "){3}|[0-9A-Fa-f]{1,4})?(?:%[0-9A-Za-z]+)?"},
	{"IP", "%{IPV6}|%{IPV4}"},
	{"HOSTNAME", "\\b" LABEL "(?:\\." LABEL ")*\\.?"},
	{"HOST", "%{HOSTNAME}"},
	{"IPORHOST", "%{IP}|%{HOSTNAME}"},
	{"HOSTPORT", "%{IPORHOST}:%{POSINT}"},
	{"COMMONMAC", "[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"},
	{"WINDOWSMAC", "[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"},
	{"CISCOMAC", "[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){2}"},
	{"MAC", "%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}"},

	/* people, files, addresses */
	{"USERNAME", "[\\w.-]+"},
	{"USER", "%{USERNAME}"},
	{"EMAILLOCALPART", "[0-9A-Za-z!#$%&'*+/=?^_`{|}~.-]{1,64}"},
	{"EMAILADDRESS", "%{EMAILLOCALPART}@%{HOSTNAME}"},
	{"HTTPDUSER", "%{EMAILADDRESS}|%{USER}"},
	{"UNIXPATH", "(?:/[^/\\s]*)+"},
	{"WINPATH", "(?:[A-Za-z]:|\\\\)(?:\\\\[^\\\\?*\\s]*)+"},
	{"PATH", "%{UNIXPATH}|%{WINPATH}"},
	{"TTY", "/dev/(?:pts/[0-9]+|tty\\w*|console)"},
	{"URIPROTO", "[A-Za-z][0-9A-Za-z+.-]*"},
	{"URIHOST", "%{IPORHOST}(?::%{POSINT})?"},
	{"URIPATH", "(?:/[^\\s?#]*)+?(?=[\\s?#\"]|$)"},
	{"URIQUERY", "[^\\s#]*"},
	{"URIPARAM", "\\?%{URIQUERY}"},
	{"URIPATHPARAM", "%{URIPATH}(?:%{URIPARAM})?"},
	{"URI", "%{URIPROTO}://(?:[^\\s/@]+@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?"},

	/* times */
	{"MONTH", "\\b(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
		  "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\b"},
	{"MONTHNUM", "1[0-2]|0?[1-9]"},
	{"MONTHNUM2", "1[0-2]|0[1-9]"},
	{"MONTHDAY", "3[01]|[12][0-9]|0?[1-9]"},
	{"DAY", "\\b(?i:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
		"\\b"},
	{"YEAR", "[0-9]{4}|[0-9]{2}"},
	{"HOUR", "2[0-3]|[01]?[0-9]"},
	{"MINUTE", "[0-5][0-9]"},
	{"SECOND", "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?"},
	{"TIME", "(?<![0-9])%{HOUR}:%{MINUTE}(?::%{SECOND})?(?![0-9])"},
	{"DATE_US", "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"},
	{"DATE_EU", "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"},
	{"DATE", "%{DATE_US}|%{DATE_EU}"},
	{"TZ", "[A-Z]{3,4}"},
	{"ISO8601_TIMEZONE", "Z|[+-]%{HOUR}(?::?%{MINUTE})?"},
	{"ISO8601_SECOND", "%{SECOND}"},
	{"ISO8601_TIMESTAMP",
		"%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?:%{ISO8601_TIMEZONE})?"},
	{"TIMESTAMP_ISO8601", "%{ISO8601_TIMESTAMP}"},
	{"DATESTAMP", "%{DATE}[- ]%{TIME}"},
	{"DATESTAMP_RFC822", "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}"},
	{"DATESTAMP_RFC2822", "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} (?:%{ISO8601_TIMEZONE})"},
	{"DATESTAMP_OTHER", "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}"},
	{"DATESTAMP_EVENTLOG", "[0-9]{14}"},
	{"SYSLOGTIMESTAMP", "%{MONTH} +%{MONTHDAY} %{TIME}"},
	{"HTTPDATE", "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"},

	/* whole heads and lines */
	{"LOGLEVEL",
		"(?i:trace|debug|notice|info(?:rmation(?:al)?)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|"
		"alert|emerg(?:ency)?|panic)"},
	{"PROG", "[^\\s\\[\\]]+?"},
	{"SYSLOGPROG", "%{PROG:program}(?:\\[%{POSINT:pid:int}\\])?"},
	{"SYSLOGHOST", "%{IPORHOST}"},
	{"SYSLOGFACILITY", "<%{NONNEGINT:facility:int}\\.%{NONNEGINT:priority:int}>"},
	{"SYSLOGBASE", "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:"},
	{"SYSLOGLINE", "%{SYSLOGBASE} %{GREEDYDATA:message}"},
	{"COMMONAPACHELOG",
		"%{IPORHOST:clientip} %{HTTPDUSER:ident} %{HTTPDUSER:auth} \\[%{HTTPDATE:timestamp}\\] "
		"\"(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})\" "
		"(?:%{INT:response:int}|-) (?:%{INT:bytes:int}|-)"},
	{"COMBINEDAPACHELOG", "%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}"},
	{"HTTPD_COMMONLOG", "%{COMMONAPACHELOG}"},
	{"HTTPD_COMBINEDLOG", "%{COMBINEDAPACHELOG}"},
};

#define LIBRARY (sizeof(library) / sizeof(*library))

const char *library_find(const char *name, size_t n)
{
	for (size_t i = 0; i < LIBRARY; i++)
		if (strlen(library[i].name) == n && memcmp(library[i].name, name, n) == 0)
			return library[i].is;
	return NULL;
}

const char *library_name(size_t i)
{
	return i < LIBRARY ? library[i].name : NULL;
}
