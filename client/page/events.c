#include "client/page/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

enum { BLOCK_SIZE = 256 };

/* One open page. */
struct listener {
	struct events *events;
	struct MHD_Connection *connection;
	uint64_t told; /* version that it knows of */
	bool alive;    /* it is to be sent a line that says nothing */
	bool asleep;
	struct listener *next;
};

struct events {
	struct listener *first;
	uint32_t count;
	uint64_t version;
	int64_t alive_ms; /* when the last such lines were sent */
	bool over;
};

struct events *
events_new(void)
{
	struct events *events = alloc(sizeof *events);

	events->version = 1;
	return events;
}

void
events_free(struct events *events)
{
	free(events);
}

/* libmicrohttpd's: the next bytes of the answer that never ends. */
static ssize_t
read_event(void *self, uint64_t position, char *out, size_t room)
{
	struct listener *listener = self;
	struct events *events = listener->events;
	int size = 0;

	(void)position;
	if (events->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (listener->told != events->version) {
		listener->told = events->version;
		size = snprintf(out, room,
			"event: changed\ndata: {\"version\":%llu}\n\n",
			(unsigned long long)events->version);
	} else if (listener->alive) {
		size = snprintf(out, room, ":\n\n");
	} else {
		listener->asleep = true;
		MHD_suspend_connection(listener->connection);
	}
	listener->alive = false;
	return size;
}

static void
free_listener(void *self)
{
	struct listener *listener = self;
	struct listener **at = &listener->events->first;

	while (*at != listener)
		at = &(*at)->next;
	*at = listener->next;
	listener->events->count--;
	free(listener);
}

struct MHD_Response *
events_listen(struct events *events, struct MHD_Connection *connection)
{
	struct listener *listener;
	struct MHD_Response *response;

	if (events->count == EVENTS_MAX || events->over)
		return NULL;
	listener = alloc(sizeof *listener);
	*listener = (struct listener){.events = events,
		.connection = connection,
		.next = events->first};
	events->first = listener;
	events->count++;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
		BLOCK_SIZE, read_event, listener, free_listener);
	if (!response)
		free_listener(listener);
	return response;
}

void
events_changed(struct events *events)
{
	events->version++;
}

static void
wake(struct listener *listener)
{
	listener->asleep = false;
	MHD_resume_connection(listener->connection);
}

bool
events_turn(struct events *events, int64_t now_ms)
{
	bool ask = now_ms - events->alive_ms >= EVENTS_ALIVE_MS;
	bool woken = false;

	if (ask)
		events->alive_ms = now_ms;
	for (struct listener *l = events->first; l; l = l->next) {
		l->alive = l->alive || ask;
		if (!l->asleep || (!l->alive && l->told == events->version))
			continue;
		wake(l);
		woken = true;
	}
	return woken;
}

void
events_end(struct events *events)
{
	events->over = true;
	for (struct listener *l = events->first; l; l = l->next)
		if (l->asleep)
			wake(l);
}
