#ifndef SYNC_LIBRARY_H
#define SYNC_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A shared library that few commands need, loaded when it is needed and never
 * unloaded: `count` functions by name, whose addresses go into `functions`, one
 * pointer after the other. False: it, or one of them, is not there, or there is
 * no memory; dlerror() says which, and `functions` must not be used.
 */
bool library_load(const char *name, const char *const *names, size_t count,
	void *functions);

#endif
