#ifndef CLIENT_PAGE_EVENTS_H
#define CLIENT_PAGE_EVENTS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Server-sent events: each open page holds one answer that never ends, and is
 * told with `event: changed` that something is different now; it then asks for
 * what it shows. Between events the connection sleeps, and now and then a line
 * is sent that only finds out whether the page is still there.
 */
struct events;

enum { EVENTS_MAX = 32, EVENTS_ALIVE_MS = 15000 };

struct events *events_new(void);
void events_free(struct events *events); /* after the daemon is stopped */

/* The answer for a page that wants to be told; NULL: there are too many. */
struct MHD_Response *events_listen(
	struct events *events, struct MHD_Connection *connection);

/* Something changed: every page is told in the next turn. */
void events_changed(struct events *events);

/* Wakes the connections that have something to send; whether there are any. */
bool events_turn(struct events *events, int64_t now_ms);

/* Ends every one of them, at the end of their next turn. */
void events_end(struct events *events);

#endif
