#ifndef PROTO_KEY_H
#define PROTO_KEY_H

#include <stdint.h>

#include "proto/id.h"

/*
 * The keys of a company and of its devices, and the names made from them.
 *
 * A company is its root key, an Ed25519 key that is kept offline. A device has
 * two keys of its own: one to sign with (Ed25519) and one to open links with
 * (X25519, the static key of its Noise handshakes). They are separate keys and
 * neither is ever computed from the other.
 */

enum {
	SIGNING_KEY_SIZE = 32,    /* Ed25519, the public half */
	SIGNING_SECRET_SIZE = 64, /* as libsodium has it: seed, then public */
	SIGNATURE_SIZE = 64,
	LINK_KEY_SIZE = 32, /* X25519, the public half */
	LINK_SECRET_SIZE = 32,
	COMPANY_ID_SIZE = 32,
};

/*
 * The id of a company: BLAKE2b-256 of "roadbook/company/1", a zero byte and
 * the company's public key. Unlike the key it is no secret: it tells nobody
 * how to pass the gate (proto/gate.h).
 */
void company_id(uint8_t out[static COMPANY_ID_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE]);

/*
 * The id of a device: the first 16 bytes of BLAKE2b-256 of
 * "roadbook/device/1", a zero byte and its public signing key. New keys are a
 * new device.
 */
void device_id(uint8_t out[static ID_SIZE],
	const uint8_t signing_key[static SIGNING_KEY_SIZE]);

#endif
