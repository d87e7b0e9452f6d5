/* The one place that knows mongo-c-driver 1.x from 2.x. */
#ifndef MONGO_COMPAT_H
#define MONGO_COMPAT_H

#include <mongoc/mongoc.h>

/* 2.x has one error interface, always the newer; 1.x has to be asked for it. */
static inline void compat_pool_errors(mongoc_client_pool_t *pool)
{
#if MONGOC_MAJOR_VERSION < 2
	mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
#else
	(void)pool;
#endif
}

static inline void compat_client_errors(mongoc_client_t *client)
{
#if MONGOC_MAJOR_VERSION < 2
	mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
#else
	(void)client;
#endif
}

#endif
