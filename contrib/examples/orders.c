/*
 * A program that logs: cc orders.c -o orders $(pkg-config --cflags --libs genlog) && ./orders
 */
#include <genlog/genlog.h>

int main(void)
{
	genlog_ctx_push("production_line", "L7");
	for (int id = 1; id <= 3; id++)
		GENLOG_INFO("Work order {order_id} status updated to {status}", id, "released");
	GENLOG_WARN_X("Torque {nm} is out of range", "station", 12.5, "S7");
	GENLOG_DOC("integration_event_log", "integration_id,timestamp,source_system,target_system,status", "i-1",
		genlog_time(1767322800000), "MES", "ERP", "success");
	genlog_ctx_pop();
	return genlog_flush(1000) == 0 ? 0 : 1;
}
