#include "emit.h"
struct genlog_value trace_text(struct segment *s, struct genlog_record *rec, const char *p, uint32_t n)
{ (void)s; (void)rec; (void)p; (void)n; return (struct genlog_value){.type = GENLOG_V_NONE}; }
struct genlog_value trace_registers(struct genlog_record *rec, const char *p, uint32_t n)
{ (void)rec; (void)p; (void)n; return (struct genlog_value){.type = GENLOG_V_NONE}; }
void trace_free(struct emit *e) { (void)e; }
