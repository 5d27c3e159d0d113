#ifndef SYNC_WAKER_H
#define SYNC_WAKER_H

#include <stdbool.h>

/*
 * A descriptor that one thread polls and any thread, or a signal handler,
 * makes readable.
 */

/* -1 when the system refuses. */
int waker_open(void);
void waker_close(int waker); /* -1 is fine */

void waker_raise(int waker);
void waker_lower(int waker);

#endif
