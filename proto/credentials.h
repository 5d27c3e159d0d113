#ifndef PROTO_CREDENTIALS_H
#define PROTO_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/certificate.h"

/*
 * Credentials are what a node shows in a handshake, to say whose the static
 * key is that it has just proven to hold:
 *
 *     offset  size  field
 *          0   250  the issuer's certificate
 *        250   250  the node's own, of a device or of the hub
 *        500   250  optional: the hub's own, by the same issuer
 *
 * The third one introduces the hub to a peer that has not met it, so that the
 * hub's changes can be taken from anybody. It opens no link, and may have
 * expired.
 *
 * The responder shows its credentials in message 2, the initiator in message
 * 3. To encode them is to put the certificates behind each other.
 */

enum {
	CREDENTIALS_SIZE = 2 * CERTIFICATE_SIZE, /* without the hub's */
	CREDENTIALS_SIZE_MAX = 3 * CERTIFICATE_SIZE,
};

struct credentials {
	struct certificate issuer;
	struct certificate device; /* CERTIFICATE_DEVICE or CERTIFICATE_HUB */
	struct certificate hub;    /* only if has_hub */
	bool has_hub;
};

/* What credentials have to agree with; all of it is needed. */
struct credentials_options {
	/* The root: SIGNING_KEY_SIZE bytes. */
	const uint8_t *company_key;

	/*
	 * noise_handshake_remote_static(): LINK_KEY_SIZE bytes. Without it,
	 * anybody could show what he once was shown.
	 */
	const uint8_t *link_key;

	/* See certificate_chain_check(). */
	uint64_t now_ms;

	/* Of which some may be among these; none as a rule. */
	struct certificates_known known;
};

/*
 * Reads the credentials that a peer showed.
 *
 * STATUS_OK         the peer is *credentials, as of now.
 * STATUS_REFUSED    the peer is *credentials, which is filled in, but they
 *                   have expired or are not good yet. The hub serves such a
 *                   device its renewal; others send it away.
 * STATUS_MALFORMED  not credentials.
 * STATUS_FORGED     not credentials of this company and of this link key.
 *
 * *credentials is written only on STATUS_OK and STATUS_REFUSED. Whether the
 * device has been revoked is not written here: ask the directory.
 */
MUST_USE enum status credentials_decode(struct credentials *credentials,
	const uint8_t *bytes, size_t size,
	const struct credentials_options *options);

#endif
