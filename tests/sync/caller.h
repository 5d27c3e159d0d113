#ifndef TESTS_SYNC_CALLER_H
#define TESTS_SYNC_CALLER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/channel.h"
#include "tests/sync/nodes.h"

/* For tests of what a session answers to whoever asks whatever. */

/* What comes of it the session's report tells. */
static void
deliver(struct session *to, const uint8_t *frame, size_t size)
{
	enum status status = session_receive(to, NODES_NOW, frame, size);

	assert_int_equal(status != STATUS_OK,
		session_report(to)->state == SESSION_BROKEN);
}

/* A peer by hand: it says what the tests make it say. */
struct caller {
	struct session *session; /* the one under test: a responder */
	struct channel *channel;
	uint8_t *answer;
	bool ended;
};

/* Carries frames until both are quiet, and takes the last message. */
static void
exchange(struct caller *caller, size_t *size)
{
	const uint8_t *frame;
	size_t frame_size;
	bool any = true;

	*size = 0;
	while (any) {
		enum channel_event event;

		any = false;
		while (channel_next_frame(caller->channel, &frame,
			       &frame_size) == STATUS_OK) {
			any = true;
			deliver(caller->session, frame, frame_size);
		}
		while (session_next_frame(caller->session, NODES_NOW, &frame,
			       &frame_size) == STATUS_OK) {
			any = true;
			assert_int_equal(
				channel_receive(caller->channel, NODES_NOW,
					frame, frame_size, &event),
				STATUS_OK);
			caller->ended = caller->ended || event == CHANNEL_ENDED;
			if (event != CHANNEL_MESSAGE)
				continue;
			free(caller->answer);
			caller->answer = channel_take(caller->channel, size);
		}
	}
}

static void
call(struct caller *caller, struct node *from, struct node *to)
{
	struct session_options options = node_options(to, false);
	struct channel_options with = {
		.initiator = true,
		.company_key = from->company_key,
		.link_secret = from->link_secret,
		.credentials = from->credentials,
		.credentials_size = from->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};
	size_t size;

	memset(caller, 0, sizeof *caller);
	caller->session = session_new(&options);
	caller->channel = channel_new(&with);
	exchange(caller, &size);
	assert_true(session_report(caller->session)->trusted);
}

static void
hang_up(struct caller *caller)
{
	session_free(caller->session);
	channel_free(caller->channel);
	free(caller->answer);
}

static void
begin(struct pack *pack)
{
	pack_init(pack, alloc(MESSAGE_SIZE_MAX), MESSAGE_SIZE_MAX);
}

/* Sends what was packed and reads the answer. */
static struct message
ask(struct caller *caller, struct pack *pack)
{
	struct message message;
	size_t size;

	assert_false(pack->overflow);
	channel_send(caller->channel, pack->out, pack->size);
	exchange(caller, &size);
	assert_true(size > 0);
	assert_int_equal(
		message_decode(&message, caller->answer, size), STATUS_OK);
	return message;
}

#endif
