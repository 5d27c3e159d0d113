#ifndef CLIENT_NODE_HUB_ROOT_H
#define CLIENT_NODE_HUB_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/text/text.h"
#include "proto/key.h"

/*
 * The company's root key, in a file of its own that is to be put away: text,
 * so that it can be printed and typed again. Lines that begin with # say what
 * it is; the one line that is left is the base64 of the Ed25519 secret (64
 * bytes). Nothing of it is kept in a node's folder.
 */

/* Writes a new file (0600), synced; one that is there is refused. */
bool root_save(const char *path,
	const uint8_t secret[static SIGNING_SECRET_SIZE],
	struct problem *problem);

/*
 * Reads it; `secret` is the caller's, in locked memory, to be wiped.
 * `company_key` NULL takes that of any company. EXIT_NOT_FOUND: there is no
 * such file; EXIT_USAGE: not a root key; EXIT_REFUSED: another company's.
 */
bool root_load(const char *path, const uint8_t *company_key,
	uint8_t secret[static SIGNING_SECRET_SIZE], struct problem *problem);

/* Reads the text of such a file, any bytes; false when it is none. */
bool root_decode(const char *text, size_t size,
	uint8_t secret[static SIGNING_SECRET_SIZE]);

/* The public half. */
const uint8_t *root_public(const uint8_t secret[static SIGNING_SECRET_SIZE]);

#endif
