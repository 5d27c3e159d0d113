#ifndef CLIENT_NODE_CALL_H
#define CLIENT_NODE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/text/text.h"
#include "proto/credentials.h"
#include "proto/message.h"

/*
 * One request to one peer by a device that has no store to speak of: it is
 * locked (lease.h), or was erased (wipe.h). It shows its credentials, asks once
 * and hears the answer; what else the peer says unasked is passed over. It
 * holds no directory, so it does not know whom the company shut out: it takes
 * nothing on a peer's word, only what is signed for it.
 */
struct call {
	const char *url;
	const uint8_t *company_key; /* SIGNING_KEY_SIZE */
	const uint8_t *link_secret; /* LINK_SECRET_SIZE */
	const uint8_t *credentials;
	size_t credentials_size;
	const uint8_t *request; /* a whole message */
	size_t request_size;
	enum message_kind answer; /* the kind that answers it */
};

/*
 * Gets the answer, and who gave it. Returns whether that was what was wanted:
 * no other answer is of use.
 */
typedef bool call_cb(
	void *self, struct message *answer, const struct credentials *peer);

/*
 * EXIT_UNREACHABLE in *problem: nobody answers there; EXIT_REFUSED: it refused,
 * says that this device was shut out (and *revoked, when it is the hub), or
 * `heard` found nothing in what it gave; EXIT_USAGE: that is no address.
 */
bool call_peer(const struct call *call, call_cb *heard, void *self,
	bool *revoked, struct problem *problem);

#endif
