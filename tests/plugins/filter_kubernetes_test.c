#include "lib/plugin.h"
#include "lib/test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct bench b;

static const char *filter(const char *origin)
{
	bench_line(&b, "x");
	b.rec.origin = origin;
	assert_int_equal(b.plug.code->filter(b.plug.state, &b.rec), GENLOG_KEEP);
	return bench_fields(&b);
}

TEST(the_path_of_a_file_says_the_pod)
{
	static const struct {
		const char *origin, *fields;
	} rows[] = {
		{"/var/log/pods/shop_cart-6d9f7b5c4-x2x7k_9f3c1f7e-1b1c-4c7a-8a55-0b9c9a4d8f01/cart/0.log",
			" | { \"kubernetes\" : { \"namespace\" : \"shop\", \"pod\" : \"cart-6d9f7b5c4-x2x7k\", \"uid\" "
			": "
			"\"9f3c1f7e-1b1c-4c7a-8a55-0b9c9a4d8f01\", \"container\" : \"cart\", \"restart\" : 0 } }"},
		{"/host/pods/kube-system_etcd-node.1_d41d8cd98f00b204e9800998ecf8427e/etcd/12.log.20251222-103045.gz",
			" | { \"kubernetes\" : { \"namespace\" : \"kube-system\", \"pod\" : \"etcd-node.1\", \"uid\" : "
			"\"d41d8cd98f00b204e9800998ecf8427e\", \"container\" : \"etcd\", \"restart\" : 12 } }"},
		{"/var/log/containers/cart-x2x7k_shop_side-car-" ID ".log",
			" | { \"kubernetes\" : { \"namespace\" : \"shop\", \"pod\" : \"cart-x2x7k\", \"container\" : "
			"\"side-car\", \"container_id\" : \"" ID "\" } }"},
	};

	bench_open(&b, GENLOG_FILTER, "kubernetes", "");
	assert_int_equal(b.opened, 0);
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(filter(rows[i].origin), rows[i].fields);
	bench_close(&b);
}

TEST(another_path_changes_nothing)
{
	static const char *const rows[] = {
		NULL,
		"",
		"/",
		"0.log",
		"a_b_c/0.log",
		"/var/log/mes/app.log",
		"/var/log/pods/shop_cart/cart/0.log",
		"/var/log/pods/shop_cart_1_2/cart/0.log",
		"/var/log/pods/_cart_1/cart/0.log",
		"/var/log/pods/shop_cart_/cart/0.log",
		"/var/log/pods/Shop_cart_1/cart/0.log",
		"/var/log/pods/shop_cart_1/ca rt/0.log",
		"/var/log/pods/shop_cart_1//0.log",
		"/var/log/pods/shop_cart_1/cart/x.log",
		"/var/log/pods/shop_cart_1/cart/0.lo",
		"/var/log/pods/shop_cart_1/cart/",
		"/var/log/containers/cart_shop_c-1234.log",
		"/var/log/containers/cart_shop_" ID ".log",
		"/var/log/containers/cart_shop_-" ID ".log",
		"/var/log/containers/cart_shop_c." ID ".log",
		"/var/log/containers/cart_shop_c-" ID,
		"/var/log/containers/cart_c-" ID ".log",
	};

	bench_open(&b, GENLOG_FILTER, "kubernetes", "");
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(filter(rows[i]), "");
	bench_close(&b);
}

TEST(a_name_as_long_as_any_and_one_that_is_longer)
{
	char path[700], name[300];

	bench_open(&b, GENLOG_FILTER, "kubernetes", "");
	memset(name, 'a', sizeof(name));
	name[253] = 0;
	snprintf(path, sizeof(path), "/p/%s_%s_1/c/0.log", name, name);
	assert_non_null(strstr(filter(path), name));
	name[253] = 'a';
	name[254] = 0;
	snprintf(path, sizeof(path), "/p/%s_b_1/c/0.log", name);
	assert_string_equal(filter(path), "");
	bench_close(&b);
}

TEST(what_a_program_says_of_itself_is_replaced)
{
	bench_open(&b, GENLOG_FILTER, "kubernetes", "field: k8s");
	bench_line(&b, "x");
	genlog_put(&b.rec, "k8s", 3, genlog_str("root", 4));
	b.rec.origin = "/var/log/pods/a_b_c/d/1.log";
	b.plug.code->filter(b.plug.state, &b.rec);
	assert_string_equal(bench_fields(&b),
		" | { \"k8s\" : { \"namespace\" : \"a\", \"pod\" : \"b\", \"uid\" : \"c\", \"container\" : \"d\", "
		"\"restart\" : 1 } }");
	bench_close(&b);
	bench_open(&b, GENLOG_FILTER, "kubernetes", "field: ''");
	assert_true(b.opened < 0);
	config_said(&b.config, "the name of the field is empty");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_of_a_file_says_the_pod),
		cmocka_unit_test(another_path_changes_nothing),
		cmocka_unit_test(a_name_as_long_as_any_and_one_that_is_longer),
		cmocka_unit_test(what_a_program_says_of_itself_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
