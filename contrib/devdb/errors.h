/* The engine's errors as MongoDB's: SQLSTATEs to codes, codes to names.  Pure functions on tables. */
#ifndef DEVDB_ERRORS_H
#define DEVDB_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ERR_INTERNAL = 1,
	ERR_BAD_VALUE = 2,
	ERR_UNKNOWN = 8,
	ERR_FAILED_TO_PARSE = 9,
	ERR_UNAUTHORIZED = 13,
	ERR_AUTHENTICATION = 18,
	ERR_ILLEGAL_OPERATION = 20,
	ERR_INVALID_BSON = 22,
	ERR_INDEX_NOT_FOUND = 27,
	ERR_CURSOR_NOT_FOUND = 43,
	ERR_COMMAND_NOT_FOUND = 59,
	ERR_WRITE_CONCERN_FAILED = 64,
	ERR_NO_REPLICATION = 76,
	ERR_UNSATISFIABLE_WRITE_CONCERN = 100,
	ERR_VALIDATION = 121,
	ERR_TRANSACTION_TOO_OLD = 225,
	ERR_NOT_IN_TRANSACTION = 263,
	ERR_MECHANISM = 334,
	ERR_NOT_PRIMARY = 10107,
	ERR_DUPLICATE_KEY = 11000,
	ERR_NO_DB = 40571,
};

#define ERROR_NAME_SIZE 32

int error_from_sqlstate(const char *sqlstate);		     /* ERR_UNKNOWN for what is in no table, and for NULL */
int error_from_packed(int code);			     /* write errors carry SQLSTATEs as six bits a letter */
const char *error_name(int code, char buf[ERROR_NAME_SIZE]); /* codes without a name use buf */
bool error_is_retryable(int code);			     /* a driver may send the write again */

#endif
