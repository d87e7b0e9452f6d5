#include <errno.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/test.h"

static const char example[] =
	"node_id: node_01\n"
	"environment: production\n"
	"workers: 2\n"
	"spool: {path: /var/lib/x, max_size: 2GiB, min_free: 10%, sync: always, when_full: drop_newest}\n"
	"output:\n"
	"  type: mongodb\n"
	"  uri: mongodb://127.0.0.1:27017\n"
	"  connections: 3\n"
	"  batch_docs: 500\n"
	"  batch_bytes: 1MiB\n"
	"  flush_interval: 1s\n"
	"admin: {socket: /run/x.sock, http: 127.0.0.1:9464}\n"
	"max_line: 64KiB\n"
	"plugin_dir: /plugins\n"
	"fields: {version: 1.2, tags: [all], site: hall 7}\n"
	"include: conf.d/*.yaml\n";

static const char mes[] = "service: MES\n"
			  "fields: {version: 1.0.0, tags: [mes], line: '4'}\n"
			  "inputs:\n"
			  "  - type: tail\n"
			  "    paths: [/var/log/mes/*.log]\n"
			  "    parser: mes_text\n"
			  "    multiline: {start: '^2'}\n"
			  "    zone: Europe/Berlin\n"
			  "  - {type: tail, paths: x}\n"
			  "parsers:\n"
			  "  - {name: mes_text, type: regex, pattern: '^(?<timestamp>\\S+ \\S+) (?<message>.*)$',\n"
			  "     time: {timestamp: ['%Y-%m-%d %H:%M:%S,%L', auto], zone: UTC}}\n"
			  "filters:\n"
			  "  - {type: redact, preset: [password]}\n"
			  "samples:\n"
			  "  - line: '2025-12-22 10:30:45,123 INFO x'\n"
			  "    document: {level: INFO}\n";

TEST(the_example_of_the_manual_is_read)
{
	struct config c = {0};
	const struct conf_agent *a = &c.conf.agent;

	folder_make(&c.folder);
	config_load(&c, example);
	assert_string_equal(c.said, "");
	assert_int_equal(c.result, 0);
	assert_string_equal(a->node_id, "node_01");
	assert_int_equal(a->workers, 2);
	assert_int_equal(a->spool.max_size, 2LL << 30);
	assert_int_equal(a->spool.min_free, -10);
	assert_int_equal(a->spool.sync, CONF_SYNC_ALWAYS);
	assert_int_equal(a->spool.when_full, CONF_DROP_NEWEST);
	assert_string_equal(a->admin.http, "127.0.0.1:9464");
	assert_int_equal(a->max_line, 65536);
	assert_string_equal(a->plugin_dir, "/plugins");
	assert_string_equal(c.conf.output.type, "mongodb");
	assert_int_equal(c.conf.output.connections, 3);
	assert_int_equal(c.conf.output.flush_interval, 1000);
	assert_string_equal(conf_text(c.conf.output.node, "uri"), "mongodb://127.0.0.1:27017");
	assert_int_equal(c.conf.n_services, 1);
	config_end(&c);
}

TEST(a_drop_in_is_read)
{
	struct config c = {0};
	const struct conf_service *s;

	folder_make(&c.folder);
	folder_write(&c.folder, "conf.d/mes.yaml", mes);
	config_load(&c, example);
	assert_string_equal(c.said, "");
	assert_int_equal(c.conf.n_services, 2);
	s = &c.conf.services[1];
	assert_string_equal(s->name, "MES");
	assert_string_equal(s->fields.version, "1.0.0");
	assert_string_equal(s->fields.environment, "production");
	assert_int_equal(s->fields.tags.n, 2);
	assert_string_equal(s->fields.tags.v[1], "mes");
	assert_int_equal(s->fields.n_others, 2);
	assert_string_equal(s->fields.others[0].name, "line");
	assert_string_equal(s->fields.others[1].value, "hall 7");
	assert_int_equal(s->n_inputs, 2);
	assert_string_equal(s->inputs[0].parser, "mes_text");
	assert_string_equal(s->inputs[0].zone->name, "Europe/Berlin");
	assert_int_equal(s->inputs[0].multiline.how, CONF_JOIN_START);
	assert_string_equal(s->inputs[0].multiline.start, "^2");
	assert_string_equal(s->inputs[0].collection, "system_logs");
	assert_string_equal(s->inputs[1].parser, "auto");
	assert_ptr_equal(s->inputs[1].zone, c.conf.host_zone);
	assert_int_equal(s->inputs[1].multiline.how, CONF_JOIN_USUAL);
	assert_int_equal(s->parsers[0].n_formats, 2);
	assert_int_equal(s->parsers[0].formats[1].n, 0);
	assert_string_equal(s->parsers[0].zone->name, "UTC");
	assert_string_equal(s->filters[0].type, "redact");
	assert_string_equal(conf_text(s->samples[0].document, "level"), "INFO");
	assert_ptr_equal(conf_parser_find(&c.conf, "mes_text"), &s->parsers[0]);
	assert_null(conf_parser_find(&c.conf, "other"));
	config_end(&c);
}

TEST(defaults_stand_where_nothing_is_set)
{
	struct config c = {0};
	char host[256] = {0};

	config_load(&c, "output: {type: x}\n");
	assert_int_equal(c.result, 0);
	gethostname(host, sizeof(host) - 1);
	assert_string_equal(c.conf.agent.node_id, host);
	assert_int_equal(c.conf.agent.workers, 1);
	assert_int_equal(c.conf.agent.spool.max_size, 1LL << 30);
	assert_int_equal(c.conf.agent.spool.min_free, -5);
	assert_int_equal(c.conf.agent.spool.sync, 1000);
	assert_int_equal(c.conf.agent.spool.when_full, CONF_BLOCK);
	assert_int_equal(c.conf.agent.max_line, 1 << 20);
	assert_int_equal(c.conf.output.connections, 2);
	assert_int_equal(c.conf.output.batch_docs, 1000);
	assert_int_equal(c.conf.output.batch_bytes, 4 << 20);
	assert_int_equal(c.conf.output.flush_interval, 200);
	assert_null(c.conf.agent.admin.http);
	assert_string_equal(c.conf.services[0].name, "genlog");
	config_end(&c);
}

TEST(one_file_may_hold_it_all)
{
	struct config c = {0};

	config_load(&c, CONFIG("service: ALL\ninputs: [{type: tail, paths: x}]\nfilters: [{type: add}]\n"));
	assert_int_equal(c.result, 0);
	assert_string_equal(c.conf.services[0].name, "ALL");
	assert_int_equal(c.conf.services[0].n_inputs, 1);
	config_end(&c);
}

TEST(drop_ins_come_in_the_order_of_their_names_and_leftovers_are_passed_over)
{
	static const char *const files[] = {"20-b.yaml", "10-a.yaml", "30-c.yaml~", ".hidden.yaml", "x.yaml.bak",
		"x.yaml.rpmsave", "x.yaml.dpkg-dist", "x.dpkg-old.yaml"};
	struct config c = {0};

	folder_make(&c.folder);
	for (size_t i = 0; i < ROWS(files); i++) {
		char name[64];

		snprintf(name, sizeof(name), "d/%s", files[i]);
		folder_write(&c.folder, name, "");
	}
	config_load(&c, CONFIG("include: [d/*, d/10*, d/.h*]\n"));
	assert_int_equal(c.result, 0);
	assert_int_equal(c.conf.n_services, 3);
	assert_string_equal(c.conf.services[1].name, "10-a");
	assert_string_equal(c.conf.services[2].name, "20-b");
	config_end(&c);
}

TEST(an_include_that_matches_nothing_is_fine_and_so_is_the_main_file_itself)
{
	struct config c = {0};

	config_load(&c, CONFIG("include: [nowhere/*.yaml, none.yaml, '*.yaml']\n"));
	assert_string_equal(c.said, "");
	assert_int_equal(c.conf.n_services, 1);
	config_end(&c);
}

TEST(a_drop_in_is_masked_by_dev_null)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write(&c.folder, "d/x.yaml", "");
	assert_int_equal(symlink("/dev/null", folder_path(&c.folder, "d/y.yaml")), 0);
	config_load(&c, CONFIG("include: d/*.yaml\n"));
	assert_string_equal(c.said, "");
	assert_int_equal(c.conf.n_services, 3);
	config_end(&c);
}

TEST(a_broken_drop_in_is_set_aside_and_the_others_run)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write(&c.folder, "d/a.yaml", "parsers: [{name: p, type: raw}]\ninptus: []\n");
	folder_write(&c.folder, "d/b.yaml", "inputs: [{type: tail}\n");
	folder_write(&c.folder, "d/c.yaml", "parsers: [{name: q, type: raw}]\n");
	folder_write(&c.folder, "d/d.yaml/x", "");
	config_load(&c, CONFIG("include: d/*.yaml\n"));
	assert_int_equal(c.result, 0);
	assert_int_equal(c.conf.n_services, 5);
	assert_true(c.conf.services[1].aside && c.conf.services[2].aside && c.conf.services[4].aside);
	assert_false(c.conf.services[3].aside);
	config_said(&c, "d/a.yaml:2:1: unknown setting \"inptus\"; did you mean \"inputs\"?");
	config_said(&c, "d/b.yaml:2:1: did not find expected ',' or ']'");
	config_said(&c, "d/d.yaml: cannot be read: Is a directory");
	assert_null(conf_parser_find(&c.conf, "p"));
	assert_non_null(conf_parser_find(&c.conf, "q"));
	config_end(&c);
}

TEST(an_error_in_the_main_file_is_fatal_and_the_drop_ins_are_still_looked_at)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write(&c.folder, "d/a.yaml", "zzzz: 1\n");
	config_load(&c, CONFIG("wrokers: 3\ninclude: d/*.yaml\n"));
	assert_int_equal(c.result, -EINVAL);
	config_said(&c, "genlog.yaml:2:1: unknown setting \"wrokers\"; did you mean \"workers\"?");
	config_said(&c, "d/a.yaml:1:1: unknown setting \"zzzz\"\n");
	config_end(&c);
}

TEST(what_is_no_configuration_is_said)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"", "genlog.yaml: the setting \"output\" is missing"},
		{"- a\n", "genlog.yaml:1:1: a configuration is a map of settings, not a list"},
		{"hello\n", "genlog.yaml:1:1: a configuration is a map of settings, not a text"},
		{"output: x\n", "\"output\" has to be a map, not a text"},
		{"output: {uri: x}\n", "genlog.yaml:1:9: output: the setting \"type\" is missing"},
		{CONFIG("inputs: {type: tail}\n"), "\"inputs\" has to be a list, not a map"},
		{CONFIG("inputs: [tail]\n"), "2:10: input has to be a map, not a text"},
		{CONFIG("inputs: [{type: x, multiline: [a]}]\n"),
			"\"multiline\" has to be a text or a map, not a list"},
		{CONFIG("inputs: [{type: x, zone: Mars}]\n"), "2:26: no time zone \"Mars\""},
		{CONFIG("inputs: [{paths: x}]\n"), "2:10: input: the setting \"type\" is missing"},
		{CONFIG("fields: [x]\n"), "\"fields\" has to be a map, not a list"},
		{CONFIG("fields: {x: [y]}\n"), "field \"x\" has to be a text, not a list"},
		{CONFIG("fields: {$x: y}\n"), "\"$x\" cannot name a field"},
		{CONFIG("parsers: [{name: x, type: y, time: {timestamp: '%q'}}]\n"),
			"2:48: column 1 of the time pattern: unknown \"%q\""},
		{CONFIG("parsers: [{name: x, type: y, time: {timestamp: [auto, '%d']}}]\n"),
			"2:55: the time pattern has a day but no month"},
		{CONFIG("parsers: [{name: x, type: y, time: {zone: ../x}}]\n"), "\"../x\" is no time zone"},
		{CONFIG("parsers: [{name: x, type: y, time: {zoen: UTC}}]\n"), "did you mean \"zone\"?"},
		{CONFIG("samples: [{line: x}]\n"), "sample: the setting \"document\" is missing"},
		{CONFIG("samples: [{line: x, document: y}]\n"), "\"document\" has to be a map, not a text"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct config c = {0};

		config_load(&c, rows[i].text);
		assert_int_equal(c.result, -EINVAL);
		config_said(&c, rows[i].said);
		config_end(&c);
	}
}

TEST(a_file_that_is_not_there_is_said)
{
	struct conf c = {0};

	assert_int_equal(conf_load(&c, "/nowhere/genlog.yaml"), -EINVAL);
	assert_int_equal(c.n_errors, 1);
	conf_fini(&c);
}

TEST(a_file_that_is_too_large_is_refused)
{
	size_t n = (1 << 20) + 1;
	char *big = malloc(n);
	struct config c = {0};

	assert_non_null(big);
	memset(big, '#', n);
	folder_make(&c.folder);
	folder_write_bytes(&c.folder, "d/big.yaml", big, n);
	config_load(&c, CONFIG("include: d/big.yaml\n"));
	config_said(&c, "d/big.yaml: a configuration file has at most 1 MiB");
	config_end(&c);
	free(big);
}

TEST(two_parsers_of_one_name_are_said_with_both_places)
{
	struct config c = {0};

	folder_make(&c.folder);
	folder_write(&c.folder, "d/a.yaml", "parsers: [{name: p, type: raw}]\n");
	folder_write(&c.folder, "d/b.yaml", "parsers:\n  - {name: p, type: raw}\n");
	config_load(&c, CONFIG("include: d/*.yaml\n"));
	text_replace(c.said, c.folder.path, "");
	config_said(&c, "d/b.yaml:2:12: there are two parsers \"p\"; the first is at ");
	config_said(&c, "d/a.yaml:1:18\n");
	assert_false(c.conf.services[1].aside);
	assert_true(c.conf.services[2].aside);
	config_end(&c);
}

TEST(every_allocation_may_fail)
{
	struct folder f = {0};
	size_t n = 0;
	int r = -ENOMEM;

	folder_make(&f);
	folder_write(&f, "conf.d/mes.yaml", mes);
	folder_write(&f, "conf.d/bad.yaml", "zzz: 1\nparsers: [{name: mes_text}]\n");
	folder_write(&f, "genlog.yaml", example);
	while (r == -ENOMEM) {
		struct conf c = {.arena.fail_at = ++n};

		r = conf_load(&c, folder_path(&f, "genlog.yaml"));
		assert_true(r == -ENOMEM || (r == 0 && !c.arena.short_of));
		conf_fini(&c);
	}
	assert_true(n > 100);
	folder_remove(&f);
}

TEST(the_page_of_reference_names_every_setting)
{
	static const char *const words[] = {"node_id", "max_size", "when_full", "flush_interval", "timestamp",
		"multiline", "one of block | drop_oldest | drop_newest; default: block", "1KiB to 2MiB; default: 1MiB",
		"samples"};
	char *page = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&page, &n);

	assert_non_null(f);
	conf_help(f);
	fclose(f);
	for (size_t i = 0; i < ROWS(words); i++)
		assert_non_null(strstr(page, words[i]));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_manual_is_read),
		cmocka_unit_test(a_drop_in_is_read),
		cmocka_unit_test(defaults_stand_where_nothing_is_set),
		cmocka_unit_test(one_file_may_hold_it_all),
		cmocka_unit_test(drop_ins_come_in_the_order_of_their_names_and_leftovers_are_passed_over),
		cmocka_unit_test(an_include_that_matches_nothing_is_fine_and_so_is_the_main_file_itself),
		cmocka_unit_test(a_drop_in_is_masked_by_dev_null),
		cmocka_unit_test(a_broken_drop_in_is_set_aside_and_the_others_run),
		cmocka_unit_test(an_error_in_the_main_file_is_fatal_and_the_drop_ins_are_still_looked_at),
		cmocka_unit_test(what_is_no_configuration_is_said),
		cmocka_unit_test(a_file_that_is_not_there_is_said),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(two_parsers_of_one_name_are_said_with_both_places),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(the_page_of_reference_names_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
