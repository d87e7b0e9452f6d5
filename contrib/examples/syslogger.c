/*
 * A program that calls syslog(3), whose calls go to the agent: cc syslogger.c -o syslogger $(pkg-config --cflags --libs
 * genlog) An old one needs no edit: cc -include genlog/syslog.h ...
 */
#include <genlog/syslog.h>

int main(void)
{
	openlog("conveyor", LOG_PID, LOG_LOCAL0);
	syslog(LOG_WARNING, "belt %d is slow: %.1f m/s", 3, 0.4);
	closelog();
	return 0;
}
