#include "mine/words.h"

/* One row a class: words between blanks. */
static const struct {
	uint16_t class;
	const char *words;
} rows[] = {
	{W_SIZE, "B KB MB GB TB PB kB KiB MiB GiB TiB Kb Mb Gb kb mb gb Bytes bytes byte kbytes Kbytes KBytes Mbytes "
		 "MBytes"},
	{W_TIME, "ns us µs ms msec msecs millis milliseconds microseconds nanoseconds s sec secs second seconds min "
		 "mins minute "
		 "minutes hr hrs hour hours day days SECONDS MILLISECONDS"},
	{W_DATE, "Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr "
		 "May Jun "
		 "Jul Aug Sep Oct Nov Dec January February March April June July August September October November "
		 "December "
		 "AM PM am pm UTC GMT CET CEST EST EDT CST CDT MST MDT PST PDT BST IST JST"},
	{W_NOUN, "user User USER username Username host Host hostname"},
	{W_GRAMMAR | W_BEFORE | W_LEFT | W_RIGHT, "for by For By"},
	{W_GRAMMAR | W_FROM | W_LEFT | W_RIGHT, "from From"},
	{W_GRAMMAR | W_LEFT | W_RIGHT, "of in on at with into onto via per through From Of In On At With Via"},
	{W_GRAMMAR | W_RIGHT,
		"to is are was were has had have will would can could cannot may might must should as without within "
		"over under after before between during against about because since until while when and or than"},
	{W_GRAMMAR, "a an the A An The this that these those it its be been being am having do does did shall not no "
		    "nor None none "
		    "nothing neither never but if then else so such upon off out up down all any some each every more "
		    "most less "
		    "least other another same only also just too very again already still yet now here there which who "
		    "whose what "
		    "where why how we you they I my your our their his her No Not To If When All Any There This That "
		    "can't Can't "
		    "don't won't isn't Couldn't Cannot didn't doesn't"},
	{W_STATE,
		"true false True False TRUE FALSE yes no Yes No null NULL nil none None ok OK Ok okay unknown Unknown "
		"undefined "
		"up down on off On Off open Open close Close start Start stop Stop begin end Begin End run pause "
		"resume "
		"enable disable enabled disabled active inactive online offline connect disconnect accept reject add "
		"Add "
		"remove Remove create Create delete Delete update Update insert lock unlock acquire release mount "
		"unmount "
		"attach detach load unload read write Read Write send receive get set Get Set put push pop join leave "
		"login "
		"logout request response reply success Success succeeded failure Failure fail Fail error Error errors "
		"warning "
		"Warning info critical fatal done Done ready Ready idle busy running full empty valid invalid Invalid "
		"new New "
		"old Old first last next previous min max high low left right input output in out local remote normal "
		"idle "
		"complete Complete incomplete timeout Timeout abort commit rollback init shutdown restart reboot "
		"startup "
		"suspend sleep wake wakeup sent lost found built known begun broken kept held made put shut went gone"},
};

static const char *const domains[] = {"com", "net", "org", "edu", "gov", "mil", "info", "biz", "io", "dev", "local",
	"lan", "localdomain", "internal", "intern", "corp", "home", "java", "javax", "scala", "cloud", "de", "uk", "fr",
	"it", "nl", "pl", "ru", "cn", "hk", "tw", "jp", "kr", "br", "au", "ca", "us", "eu", "es", "se", "no", "fi",
	"dk", "ch", "at", "be", "cz", "sk", "hu", "ro", "ua", "in", "mx", "ar", "cl", "tr", "il", "sg", "my", "th",
	"vn", "nz", "za", "arpa"};

static const char *const technical[] = {"ssh1", "ssh2", "sshv2", "SSH2", "ipv4", "ipv6", "IPv4", "IPv6", "IPV4", "IPV6",
	"http2", "HTTP2", "sha1", "SHA1", "sha256", "SHA256", "sha512", "SHA512", "md5", "MD5", "utf8", "UTF8",
	"base64", "win32", "Win32", "x64", "x86", "amd64", "i386", "log4j2", "ext2", "ext3", "ext4", "oauth2", "OAuth2",
	"tls1", "int32", "int64", "uint32", "uint64", "h2", "s3", "S3", "ec2", "EC2", "p2p", "lz4", "gzip", "bzip2",
	"mp3", "mp4", "neo4j", "wpa2", "python3", "level0", "L1", "L2", "L3", "socks5", "SOCKS5", "socks4"};

static void put(struct words *w, const char *p, size_t n, uint16_t class)
{
	char padded[64] = {0};
	uint64_t hash;
	size_t i;

	memcpy(padded, p, n);
	hash = word_hash(padded, n);
	i = hash >> 32 & (WORDS_SLOTS - 1);
	while (w->hash[i] && w->hash[i] != hash)
		i = (i + 1) & (WORDS_SLOTS - 1);
	w->hash[i] = hash;
	w->class[i] |= class;
}

void words_init(struct words *w)
{
	memset(w, 0, sizeof(*w));
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++)
		for (const char *p = rows[r].words; *p; p += *p == ' ') {
			size_t n = strcspn(p, " ");

			put(w, p, n, rows[r].class);
			p += n;
		}
}

static bool is_among(const char *const *table, size_t rows_n, const char *p, size_t n)
{
	for (size_t i = 0; i < rows_n; i++)
		if (strlen(table[i]) == n && memcmp(table[i], p, n) == 0)
			return true;
	return false;
}

bool words_is_domain(const char *p, size_t n)
{
	return is_among(domains, sizeof(domains) / sizeof(*domains), p, n);
}

bool words_is_technical(const char *p, size_t n)
{
	return n < 8 && is_among(technical, sizeof(technical) / sizeof(*technical), p, n);
}
