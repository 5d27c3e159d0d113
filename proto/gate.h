#ifndef PROTO_GATE_H
#define PROTO_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"
#include "proto/status.h"

/*
 * The gate stands ahead of the first frame of a connection: 16 bytes that only
 * somebody who knows the company's public key can compute. Every invitation
 * carries that key, and a stranger who scans ports has none, so a connection
 * without them is closed before it has cost us a Diffie-Hellman computation,
 * and without a byte of answer.
 *
 *     key  = BLAKE2b-256("roadbook/gate/1" 0 company_key)
 *     gate = BLAKE2b-128 of the bytes, keyed with key
 *
 * It keeps strangers off and proves nothing else: whoever saw a first frame
 * go by can send it again. Who somebody is, the handshake tells.
 */

enum { GATE_SIZE = 16 };

/* The gate over the `size` bytes, for the company with this public key. */
void gate_make(uint8_t out[static GATE_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t *bytes, size_t size);

/*
 * `gate` is the one over these bytes. The time it takes does not depend on
 * how much of it is right.
 */
MUST_USE bool gate_check(const uint8_t gate[static GATE_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t *bytes, size_t size);

#endif
