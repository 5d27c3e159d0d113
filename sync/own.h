#ifndef SYNC_OWN_H
#define SYNC_OWN_H

#include "proto/credentials.h"
#include "proto/key.h"

/*
 * A node's own credentials, verified once and remembered. Whoever dials gets a
 * session before it has proven anything; if each had our own signatures
 * verified anew, a flood of them would cost us more than it costs who sends
 * it. What is remembered holds for these very bytes under these very keys:
 * when one of them changes, all is verified again.
 */
struct own {
	uint8_t bytes[CREDENTIALS_SIZE_MAX];
	size_t size; /* 0: nothing is remembered */
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	struct credentials credentials; /* what the bytes say */
	uint64_t verified;              /* how often they were, so far */
};

/*
 * STATUS_OK: own->credentials are ours; expired or not, which is for a peer to
 * say. Else, with nothing remembered, as credentials_decode(). A zeroed own
 * remembers nothing.
 */
MUST_USE enum status own_verify(struct own *own, const uint8_t *bytes,
	size_t size, const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t link_key[static LINK_KEY_SIZE]);

#endif
