/* Lines for people, in the layouts that logging libraries and servers write, and what is taken from them. */
#include "lib/plugin.h"
#include "lib/test.h"

static const struct {
	const char *line;
	const char *fields; /* NULL: no match */
} rows[] = {
	{"2025-12-22 10:30:45,123 - root - INFO - hello world",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=root message=hello world"},
	{"INFO:root:hello: world", "level=INFO class_name=root message=hello: world"},
	{"[2025-12-22 10:30:45,123] {dag.py:12} INFO - Started",
		"timestamp=2025-12-22 10:30:45,123 level=INFO message=Started | { \"thread\" : \"dag.py:12\" }"},
	{"2025-12-22 10:30:45.123 | INFO     | mod.sub:func:42 - Logged it",
		"timestamp=2025-12-22 10:30:45.123 level=INFO class_name=mod.sub method_name=func message=Logged it | "
		"{ \"line\" : \"42\" }"},
	{"10:30:45.123 [main] INFO  c.e.Foo - hi",
		"timestamp=10:30:45.123 level=INFO class_name=c.e.Foo message=hi | { \"thread\" : \"main\" }"},
	{"2025-12-22T10:30:45.123+01:00  INFO 12345 --- [app] [  main] c.e.FooApplication  : Started in 3 s",
		"timestamp=2025-12-22T10:30:45.123+01:00 level=INFO class_name=c.e.FooApplication message=Started in 3 "
		"s | { \"pid\" : 12345, \"thread\" : \"main\" }"},
	{"I, [2025-12-22T10:30:45.123456 #1234]  INFO -- : hi there",
		"timestamp=2025-12-22T10:30:45.123456 level=INFO message=hi there | { \"pid\" : 1234 }"},
	{"I, [2025-12-22T10:30:45.123456 #1234]  INFO -- rails: hi there",
		"timestamp=2025-12-22T10:30:45.123456 level=INFO class_name=rails message=hi there | { \"pid\" : 1234 "
		"}"},
	{"info: Microsoft.Hosting.Lifetime[14]",
		"level=info class_name=Microsoft.Hosting.Lifetime message= | { \"pid\" : 14 }"},
	{"2025/12/22 10:30:45 hello", "timestamp=2025/12/22 10:30:45 message=hello"},
	{"2025/12/22 10:30:45 main.go:23: hello",
		"timestamp=2025/12/22 10:30:45 message=hello | { \"code\" : \"main.go:23\" }"},
	{"[2025-12-22T10:30:45Z INFO  my_crate::mod] hi",
		"timestamp=2025-12-22T10:30:45Z level=INFO class_name=my_crate::mod message=hi"},
	{"2025-12-22T10:30:45.123456Z  INFO my_crate::mod: hi key=val",
		"timestamp=2025-12-22T10:30:45.123456Z level=INFO class_name=my_crate::mod message=hi key=val"},
	{"I1222 10:30:45.123456    1234 file.go:23] klog msg", "timestamp=12-22 10:30:45.123456 level=I message=klog "
							       "msg | { \"pid\" : 1234, \"code\" : \"file.go:23\" }"},
	{"1234:M 22 Dec 2025 10:30:45.123 * Ready to accept",
		"timestamp=22 Dec 2025 10:30:45.123 level=notice message=Ready to accept | { \"pid\" : 1234 }"},
	{"2025-12-22T10:30:45.123456Z 8 [Note] [MY-010914] [Server] Aborted connection",
		"timestamp=2025-12-22T10:30:45.123456Z level=Note class_name=Server message=Aborted connection "
		"error_code=MY-010914 | { \"pid\" : 8 }"},
	{"2025-12-22 10:30:45 0 [Note] InnoDB: ready",
		"timestamp=2025-12-22 10:30:45 level=Note class_name=InnoDB message=ready | { \"pid\" : 0 }"},
	{"2025-12-22 10:30:45.123 UTC [1234] LOG:  database system is ready",
		"timestamp=2025-12-22 10:30:45.123 UTC level=LOG message=database system is ready | { \"pid\" : 1234 "
		"}"},
	{"2025-12-22 10:30:45.123 UTC [1234] user@db ERROR:  relation \"x\" does not exist",
		"timestamp=2025-12-22 10:30:45.123 UTC level=ERROR message=relation \"x\" does not exist | { \"pid\" : "
		"1234, \"thread\" : \"user@db\" }"},
	{"2025-12-22T10:30:45.123+0000 I NETWORK  [conn1] end connection",
		"timestamp=2025-12-22T10:30:45.123+0000 level=I class_name=NETWORK message=end connection | { "
		"\"thread\" : \"conn1\" }"},
	{"2025/12/22 10:30:45 [error] 1234#1234: *5 open() \"/x\" failed, client: 1.2.3.4",
		"timestamp=2025/12/22 10:30:45 level=error message=*5 open() \"/x\" failed, client: 1.2.3.4 | { "
		"\"pid\" : 1234 }"},
	{"[   12.345678] usb 1-1: new device", "message=usb 1-1: new device | { \"uptime\" : \"12.345678\" }"},
	{"2025-12-22 10:30:45.123 [info] <0.123.0> accepting AMQP",
		"timestamp=2025-12-22 10:30:45.123 level=info message=accepting AMQP | { \"thread\" : \"0.123.0\" }"},
	{"[2025-12-22T10:30:45,123][INFO ][o.e.n.Node               ] [node-1] started",
		"timestamp=2025-12-22T10:30:45,123 level=INFO class_name=o.e.n.Node message=started | { \"thread\" : "
		"\"node-1\" }"},
	{"[2025-12-22 10:30:45,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=kafka.server.KafkaServer message=started "
		"(kafka.server.KafkaServer) | { \"thread\" : \"KafkaServer id=0\" }"},
	{"[22/Dec/2025 10:30:45] \"GET / HTTP/1.1\" 200 12",
		"timestamp=22/Dec/2025 10:30:45 message=\"GET / HTTP/1.1\" 200 12"},
	{"[2025-12-22 10:30:45] production.ERROR: Something {\"a\":1}",
		"timestamp=2025-12-22 10:30:45 level=ERROR class_name=production message=Something {\"a\":1}"},
	{"2025-12-22 10:30:45,123 INFO spawned: 'x' with pid 123",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=spawned message='x' with pid 123"},
	{"INFO  [2025-12-22 10:30:45,123] com.x.Foo: msg",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=com.x.Foo message=msg"},
	{"INFO  [main] 2025-12-22 10:30:45,123 CassandraDaemon.java:123 - msg here",
		"timestamp=2025-12-22 10:30:45,123 level=INFO message=msg here | { \"thread\" : \"main\", \"code\" : "
		"\"CassandraDaemon.java:123\" }"},
	{"E/Tag( 1234): msg", "level=E class_name=Tag message=msg | { \"pid\" : 1234 }"},
	{"22-Dec-2025 10:30:45.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup",
		"timestamp=22-Dec-2025 10:30:45.123 level=INFO class_name=org.apache.catalina.startup.Catalina.start "
		"message=Server startup | { \"thread\" : \"main\" }"},
	{"10:30:45,123 INFO  [org.jboss.as] (main) WFLYSRV0049: starting",
		"timestamp=10:30:45,123 level=INFO class_name=org.jboss.as message=(main) WFLYSRV0049: starting"},
	{"[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:1234] "
	 "AH00128: File does not exist",
		"timestamp=Wed Oct 11 14:32:52.123456 2000 level=error class_name=core message=[client "
		"72.15.99.187:1234] AH00128: File does not exist ip_address=72.15.99.187 | { \"pid\" : 35708 }"},
	{"Backup finished at 2025-12-22 10:00:00 ok", NULL},
	{"plain text without anything", NULL},
	{"ERROR something is wrong", "level=ERROR message=something is wrong"},
	{"error: cannot open", "level=error message=cannot open"},
	{"2025-12-22 10:30:45 Error opening file x", "timestamp=2025-12-22 10:30:45 message=Error opening file x"},
	{"2025-12-22 10:30:45 5 files removed", "timestamp=2025-12-22 10:30:45 message=5 files removed"},
	{"2025-12-22 10:30:45 [http-nio-8080-exec-1] WARN  c.e.Svc - slow",
		"timestamp=2025-12-22 10:30:45 level=WARN class_name=c.e.Svc message=slow | { \"thread\" : "
		"\"http-nio-8080-exec-1\" }"},
	{"Dec 22, 2025 10:30:45 AM com.x.Y method", "timestamp=Dec 22, 2025 10:30:45 AM message=com.x.Y method"},
	{"WARN  2025-12-22 10:30:45 [main] c.x.Y:12 - text", "timestamp=2025-12-22 10:30:45 level=WARN message=text | "
							     "{ \"thread\" : \"main\", \"code\" : \"c.x.Y:12\" }"},
	{"time=\"2025-12-22T10:30:45Z\" level=info msg=\"x y\"", NULL},
	{"<6>2025-12-22 msg", NULL},
	{"2025-12-22 10:30:45.123 +01:00 [INF] Starting up",
		"timestamp=2025-12-22 10:30:45.123 +01:00 level=INF message=Starting up"},
	{"[10:30:45 INF] Starting up", "timestamp=10:30:45 level=INF message=Starting up"},
	{"2025-12-22 10:30:45,123 [12] DEBUG Company.App.Service (null) - Did it",
		"timestamp=2025-12-22 10:30:45,123 level=DEBUG class_name=Company.App.Service message=Did it | { "
		"\"pid\" : 12 }"},
	{"2025-12-22 10:30:45,123 [main] INFO  c.x.Foo.bar(Foo.java:12) - Did it",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=c.x.Foo method_name=bar message=Did it | { "
		"\"thread\" : \"main\", \"code\" : \"Foo.java:12\" }"},
	{"1286536309.586    921 192.168.0.68 TCP_MISS/200 507 GET http://x/ - DIRECT/1.2.3.4 text/html",
		"timestamp=1286536309.586 message=921 192.168.0.68 TCP_MISS/200 507 GET http://x/ - DIRECT/1.2.3.4 "
		"text/html"},
	{"[INFO] 2025-12-22 10:00:00 hi", "timestamp=2025-12-22 10:00:00 level=INFO message=hi"},
	{"2025-12-22 10:30:45 INFO  OrderService - [order=5] created",
		"timestamp=2025-12-22 10:30:45 level=INFO class_name=OrderService message=[order=5] created"},
	{"2025-12-22 10:30:45,123 INFO [OrderService] Work order WO_001 updated",
		"timestamp=2025-12-22 10:30:45,123 level=INFO class_name=OrderService message=Work order WO_001 "
		"updated"},
	{"03-17 16:13:38.811  1702  2395 D PanelView: drawn in 5 ms",
		"timestamp=03-17 16:13:38.811 level=D class_name=PanelView message=drawn in 5 ms | { \"pid\" : 1702, "
		"\"tid\" : 2395 }"},
	{"- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.675872 R02-M1-N0 RAS KERNEL INFO parity error "
	 "corrected",
		"timestamp=1117838570 level=INFO class_name=KERNEL message=parity error corrected | { \"prefix\" : "
		"\"-\" }"},
	{"134681 node-246 unix.hw state_change.down 1077804742 1 Component changed: node is down",
		"timestamp=1077804742 class_name=changed message=node is down | { \"pid\" : 1, \"prefix\" : \"134681 "
		"node-246 unix.hw state_change.down\" }"},
	{"20171223-22:15:29:606|Step_Counter|30002312|onChanged 3579",
		"timestamp=20171223-22:15:29:606 class_name=Step_Counter message=onChanged 3579 | { \"pid\" : 30002312 "
		"}"},
	{"[10.30 16:49:06] browser.exe *64 - example.org:443 close, 0 bytes sent",
		"timestamp=10.30 16:49:06 class_name=browser.exe *64 message=example.org:443 close, 0 bytes sent"},
	{"2016-09-28 04:30:30, Info                  CBS    Loaded the stack v6.1 with core",
		"timestamp=2016-09-28 04:30:30 level=Info class_name=CBS message=Loaded the stack v6.1 with core"},
	{"- 1766399445 2025.12.22 n17 Dec 22 10:30:45 n17/n17 crond(pam)[2915]: session closed for user bob",
		"timestamp=1766399445 class_name=crond(pam) message=session closed for user bob | { \"pid\" : 2915, "
		"\"prefix\" : \"-\" }"},
	{"2025-12-22 10:30:45.123 ERROR 1 --- [nio-1] o.a.C.[.[.[/].[dispatcher]    : Servlet.service() threw",
		"timestamp=2025-12-22 10:30:45.123 level=ERROR class_name=o.a.C.[.[.[/].[dispatcher] "
		"message=Servlet.service() threw | { \"pid\" : 1, \"thread\" : \"nio-1\" }"},
	{"Dec 22, 2025 10:30:45 AM com.x.Server start\nSEVERE: cannot stop\nnow",
		"timestamp=Dec 22, 2025 10:30:45 AM level=SEVERE class_name=com.x.Server method_name=start "
		"message=cannot "
		"stop\nnow"},
	{"warn: A.B[3]\n      Careful\n      there",
		"level=warn class_name=A.B message=Careful\n      there | { \"pid\" : 3 }"},
	{"2025-12-22 10:30:45 INFO a.B: x\r\n  more\r\n",
		"timestamp=2025-12-22 10:30:45 level=INFO class_name=a.B message=x\r\n  more\r\n"},
	{"2025-12-22 10:30:45,672:DEBUG:foo bar", "timestamp=2025-12-22 10:30:45,672 level=DEBUG message=foo bar"},
	{"2025-12-22 10:30:45,672:INFO:com.root:Response : x",
		"timestamp=2025-12-22 10:30:45,672 level=INFO class_name=com.root message=Response : x"},
	{"2025-12-22 10:30:45 debug looking", "timestamp=2025-12-22 10:30:45 level=debug message=looking"},
	{"2025-12-22 10:30:45 error opening x", "timestamp=2025-12-22 10:30:45 message=error opening x"},
	{"2025-12-22 10:30:45.123 UTC [12] STATEMENT:  select 1",
		"timestamp=2025-12-22 10:30:45.123 UTC level=STATEMENT message=select 1 | { \"pid\" : 12 }"},
	{"", NULL},
	{" ", NULL},
	{"[", NULL},
	{"[[[[[[[[[[", NULL},
};

TEST(heads_are_taken_apart)
{
	static struct bench b;

	bench_open(&b, GENLOG_PARSER, "text", "");
	for (size_t i = 0; i < ROWS(rows); i++)
		bench_parse(&b, rows[i].line, rows[i].fields);
	bench_close(&b);
}

/* Wherever a line is cut, what is left is read or refused; nothing behind its end is looked at as if it were there. */
TEST(a_line_may_be_cut_anywhere)
{
	static struct bench b;
	char line[512];

	bench_open(&b, GENLOG_PARSER, "text", "");
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t n = strlen(rows[i].line); n--;) {
			snprintf(line, sizeof(line), "%.*s", (int)n, rows[i].line);
			bench_line(&b, line);
			assert_true(b.plug.code->parse(b.plug.state, &b.rec) >= 0);
			bench_fields(&b);
		}
	bench_close(&b);
}

TEST(columns_can_be_left_alone)
{
	static struct bench b;

	bench_open(&b, GENLOG_PARSER, "text", "columns: no");
	bench_parse(&b, "node-1 x.y 2025-12-22 10:30:45 INFO x", NULL);
	bench_close(&b);
	bench_open(&b, GENLOG_PARSER, "text", "");
	bench_parse(&b, "node-1 x.y 2025-12-22 10:30:45 INFO x",
		"timestamp=2025-12-22 10:30:45 level=INFO message=x | { \"prefix\" : \"node-1 x.y\" }");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_taken_apart),
		cmocka_unit_test(a_line_may_be_cut_anywhere),
		cmocka_unit_test(columns_can_be_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
