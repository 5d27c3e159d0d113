#include "client/node/call.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/node.h"
#include "sync/channel.h"
#include "sync/link.h"

enum {
	TURN_MS = 1000,
	UNASKED_MAX = 16, /* messages that were not asked for */
	QUIET_MAX = 60,   /* turns in which nothing happens */
};

enum outcome { GOING_ON, DONE, USELESS, REFUSED, REVOKED, BROKEN };

struct calling {
	const struct call *call;
	struct link *link;
	uint64_t connection;
	struct channel *channel;
	call_cb *heard;
	void *self;
	int unasked, quiet;
	bool opened;
};

static bool
send_frames(struct calling *c)
{
	const uint8_t *frame;
	size_t size;

	while (channel_next_frame(c->channel, &frame, &size) == STATUS_OK)
		if (!link_send(c->link, c->connection, frame, size))
			return false;
	return true;
}

static void
ask(struct calling *c)
{
	uint8_t *copy = alloc_copy(c->call->request, c->call->request_size);

	c->opened = true;
	link_trust(c->link, c->connection);
	channel_send(c->channel, copy, c->call->request_size);
}

static enum outcome
take_message(struct calling *c)
{
	size_t size;
	uint8_t *bytes = channel_take(c->channel, &size);
	const struct credentials *peer = channel_peer(c->channel);
	struct message message;
	enum outcome outcome = BROKEN;

	if (message_decode(&message, bytes, size) == STATUS_OK) {
		if (message.kind == MESSAGE_FAILED)
			outcome = message.failure == FAILURE_REVOKED &&
					peer->device.kind == CERTIFICATE_HUB
				? REVOKED
				: REFUSED;
		else if (message.kind == c->call->answer)
			outcome = c->heard(c->self, &message, peer) ? DONE
								    : USELESS;
		else if (message.request == 0 && c->unasked++ < UNASKED_MAX)
			outcome = GOING_ON;
	}
	free(bytes);
	return outcome;
}

/*
 * Whether it is in time, its issuer's certificate and its own, nobody can tell
 * here: the clock may be what is wrong. What it gives is signed for itself.
 */
static enum outcome
take_frame(struct calling *c, const struct link_event *event)
{
	enum channel_event what = CHANNEL_NOTHING;
	enum status status = channel_receive(
		c->channel, 0, event->bytes, event->size, &what);

	if (status != STATUS_OK)
		return BROKEN;
	if (what == CHANNEL_OPENED && !c->opened)
		ask(c);
	if (what == CHANNEL_ENDED)
		return BROKEN;
	return what == CHANNEL_MESSAGE ? take_message(c) : GOING_ON;
}

static enum outcome
talk(struct calling *c)
{
	enum outcome outcome = GOING_ON;
	struct link_event event;

	while (outcome == GOING_ON) {
		link_wait(c->link, TURN_MS, &event);
		if (event.kind == LINK_CLOSED ||
			(event.kind == LINK_NOTHING && c->quiet++ > QUIET_MAX))
			return BROKEN;
		if (event.kind == LINK_FRAME)
			outcome = take_frame(c, &event);
		if (outcome == GOING_ON && event.kind != LINK_NOTHING &&
			!send_frames(c))
			outcome = BROKEN;
	}
	if (outcome != BROKEN) {
		channel_end(c->channel);
		(void)send_frames(c); /* it hangs up all the same */
	}
	return outcome;
}

static bool
tell(enum outcome outcome, const struct call *call, struct problem *problem)
{
	if (outcome == DONE)
		return true;
	if (outcome == REVOKED) {
		problem_set(problem, EXIT_REFUSED,
			T("this device was shut out by head office"));
		return problem_hint(problem,
			T("what was written here opens at head office alone: "
			  "roadbook recover"));
	}
	if (outcome == BROKEN) {
		problem_set(problem, EXIT_UNREACHABLE,
			T("%s cannot be reached"), call->url);
		return problem_hint(problem,
			T("see that there is a network; or name another "
			  "address: roadbook sync tcp://HOST:PORT"));
	}
	problem_set(problem, EXIT_REFUSED, T("%s has nothing for this device"),
		call->url);
	return problem_hint(
		problem, T("ask another colleague, or connect to head office"));
}

bool
call_peer(const struct call *call, call_cb *heard, void *self, bool *revoked,
	struct problem *problem)
{
	struct calling c = {.call = call, .heard = heard, .self = self};
	struct channel_options options = {
		.initiator = true,
		.company_key = call->company_key,
		.link_secret = call->link_secret,
		.credentials = call->credentials,
		.credentials_size = call->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};
	enum outcome outcome;

	*revoked = false;
	c.link = link_nng_new();
	if (!c.link)
		return problem_set(problem, EXIT_FAILED,
			T("the system gives no more sockets or memory, or "
			  "libnng is missing"));
	if (strlen(call->url) >= LINK_URL_MAX ||
		link_dial(c.link, call->url, &c.connection) != STATUS_OK) {
		link_free(c.link);
		problem_set(
			problem, EXIT_USAGE, T("%s is no address"), call->url);
		return problem_hint(problem, "tcp://HOST:PORT");
	}
	c.channel = channel_new(&options);
	outcome = talk(&c);
	channel_free(c.channel);
	link_free(c.link);
	*revoked = outcome == REVOKED;
	return tell(outcome, call, problem);
}
