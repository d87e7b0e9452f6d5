/* The handlers of the table in call.c, one group a file.  Each leaves its answer in call->reply. */
#ifndef DEVDB_COMMANDS_H
#define DEVDB_COMMANDS_H

struct call;

/* cmd_write.c */
void cmd_insert(struct call *c);
void cmd_update(struct call *c);
void cmd_delete(struct call *c);
void cmd_find_and_modify(struct call *c);
/* cmd_query.c */
void cmd_find(struct call *c);
void cmd_aggregate(struct call *c);
void cmd_list_collections(struct call *c);
void cmd_list_indexes(struct call *c);
void cmd_get_more(struct call *c);
void cmd_kill_cursors(struct call *c);
void cmd_count(struct call *c);
void cmd_distinct(struct call *c);
/* cmd_admin.c */
void cmd_create(struct call *c);
void cmd_validate(struct call *c);
void cmd_drop(struct call *c);
void cmd_drop_database(struct call *c);
void cmd_create_indexes(struct call *c);
void cmd_drop_indexes(struct call *c);
void cmd_coll_mod(struct call *c);
void cmd_coll_stats(struct call *c);
void cmd_db_stats(struct call *c);
void cmd_list_databases(struct call *c);
void cmd_rename(struct call *c);
void cmd_shard(struct call *c);
void cmd_current_op(struct call *c);
void cmd_create_user(struct call *c);
void cmd_drop_user(struct call *c);
void cmd_users_info(struct call *c);
/* cmd_local.c, cmd_hello.c: answered without the engine */
void cmd_hello(struct call *c);
void cmd_ok(struct call *c);
void cmd_constant(struct call *c);
void cmd_connection_status(struct call *c);
void cmd_no_transactions(struct call *c);
void cmd_no_replication(struct call *c);
/* scram.c */
void cmd_sasl_start(struct call *c);
void cmd_sasl_continue(struct call *c);

#endif
