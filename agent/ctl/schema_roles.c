/* The least that each of the programs needs, as documents for createRole. */
#include <string.h>

#include "ctl/array.h"
#include "ctl/commands.h"
#include "ctl/schema.h"

struct options {
	const char *dir, *database;
};

#define ACTIONS 8
static const struct role {
	const char *name, *who;
	const char *actions[ACTIONS]; /* on each collection */
	const char *whole[ACTIONS];   /* on the database */
	bool agent, archive;	      /* only on collections that the agent writes, or that are archived */
} roles[] = {
	{"genlogAgent", "genlogd: inserts, and nothing else", {"insert"}, {NULL}, true, false},
	{"genlogSchema", "genlogctl schema diff, apply", {"createCollection", "collMod", "createIndex", "listIndexes"},
		{"listCollections"}, false, false},
	{"genlogQuery", "genlogctl query", {"find"}, {NULL}, false, false},
	{"genlogArchive", "genlogctl archive, restore", {"find", "insert", "remove", "listIndexes"},
		{"listCollections"}, false, true},
};

static void privilege(bson_t *list, unsigned *n, const char *database, const char *coll, const char *const *actions)
{
	bson_t one, inner;
	char key[24];

	snprintf(key, sizeof(key), "%u", (*n)++);
	BSON_APPEND_DOCUMENT_BEGIN(list, key, &one);
	BSON_APPEND_DOCUMENT_BEGIN(&one, "resource", &inner);
	BSON_APPEND_UTF8(&inner, "db", database);
	BSON_APPEND_UTF8(&inner, "collection", coll);
	bson_append_document_end(&one, &inner);
	array_begin(&inner);
	for (unsigned i = 0; i < ACTIONS && actions[i]; i++)
		array_add_text(&inner, actions[i]);
	array_end(&inner, &one, "actions");
	bson_append_document_end(list, &one);
}

static void print(const struct ctl *c, const struct schema *s, const struct role *role, const char *database)
{
	bson_t doc = BSON_INITIALIZER, list;
	unsigned n = 0;

	BSON_APPEND_UTF8(&doc, "createRole", role->name);
	array_begin(&list);
	if (role->whole[0])
		privilege(&list, &n, database, "", role->whole);
	for (size_t i = 0; i < s->n; i++)
		if ((!role->agent || s->colls[i]->agent) && (!role->archive || s->colls[i]->archive))
			privilege(&list, &n, database, s->colls[i]->name, role->actions);
	array_end(&list, &doc, "privileges");
	array_begin(&list);
	array_end(&list, &doc, "roles");
	if (!c->json)
		printf("// %s\n", role->who);
	ctl_json(&doc);
	bson_destroy(&doc);
}

static int run(struct ctl *c, const void *options, int argc, char **argv)
{
	const struct options *o = options;
	struct schema s = {0};
	int r = schema_load(&s, o->dir);

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles) && r == 0; i++)
		print(c, &s, &roles[i], o->database ? o->database : "genims_production");
	schema_fini(&s);
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static const struct ctl_option rows[] = {
	{CTL_TEXT, "database", 0, offsetof(struct options, database), "NAME", "default genims_production"},
	{CTL_TEXT, "dir", 'd', offsetof(struct options, dir), "DIR", "definitions from here, and no others"},
	{0},
};

const struct ctl_command ctl_schema_roles = {
	.name = "schema roles",
	.summary = "the least rights that each program needs, for createRole",
	.text = "Documents for db.runCommand() on the database itself; grant the roles to users by createUser.\n"
		"An agent that may only insert cannot read, change or delete what is there.  `schema apply --shard` "
		"needs\n"
		"clusterManager besides.\n"
		"\n"
		"  genlogctl --json schema roles --database genims_production\n",
	.size = sizeof(struct options),
	.options = rows,
	.run = run,
};
