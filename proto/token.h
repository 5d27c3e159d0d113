#ifndef PROTO_TOKEN_H
#define PROTO_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/id.h"
#include "proto/key.h"
#include "proto/status.h"

/*
 * A token is an invitation as text, to be pasted from a mail or scanned: all
 * that a new device needs to reach the company, to know it, and to be let in.
 *
 *     "rb1-" and the base64url, without padding, of
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1    16  id of the invitation
 *         17    16  secret of the invitation
 *         33    32  the company's public key
 *         65     1  number of hub addresses, 0 to TOKEN_ADDRESSES_MAX
 *         66     -  each address: its size in a byte, 1 to 255, and as many
 *                   characters, from '!' to '~'
 *          -     4  check: the first bytes of BLAKE2b-256 of
 *                   "roadbook/token/1", a zero byte and everything before
 *
 * The check is for people, so that a token with a letter missing is told from
 * one that has expired. It keeps nobody from making up a token; to be let in
 * with one takes the secret.
 */

enum {
	TOKEN_VERSION = 1,
	TOKEN_SECRET_SIZE = 16,
	TOKEN_PSK_SIZE = 32,
	TOKEN_ADDRESSES_MAX = 4,
	TOKEN_ADDRESS_MAX = 255,
	TOKEN_CHECK_SIZE = 4,
	TOKEN_BINARY_MAX = 1 + ID_SIZE + TOKEN_SECRET_SIZE + SIGNING_KEY_SIZE +
		1 + TOKEN_ADDRESSES_MAX * (1 + TOKEN_ADDRESS_MAX) +
		TOKEN_CHECK_SIZE,

	/* The longest text, with the closing zero. */
	TOKEN_TEXT_SIZE = 4 + (TOKEN_BINARY_MAX * 8 + 5) / 6 + 1,
};

/* It holds a secret: token_clear() it when done. */
struct token {
	uint8_t id[ID_SIZE];
	uint8_t secret[TOKEN_SECRET_SIZE];
	uint8_t company_key[SIGNING_KEY_SIZE];
	size_t address_count;
	char addresses[TOKEN_ADDRESSES_MAX][TOKEN_ADDRESS_MAX + 1];
};

/*
 * Writes the text and its closing zero. Cannot fail: an address that is empty,
 * too long or not of printable characters, or too many of them, are bugs in
 * the caller; token_address_valid() tells beforehand.
 */
void token_encode(char out[static TOKEN_TEXT_SIZE], const struct token *token);

/*
 * Reads a token as people paste it: white space around it and line breaks
 * within it do not matter, everything else does.
 *
 * STATUS_OK         *token is filled in. Whether the invitation is still good,
 *                   the hub will tell.
 * STATUS_MALFORMED  not a token, or not as it was sent; *token is as before.
 */
MUST_USE enum status token_decode(struct token *token, const char *text);

/* 1 to TOKEN_ADDRESS_MAX characters from '!' to '~', as a URL has them. */
bool token_address_valid(const char *address);

/*
 * The psk of the handshake in which the invitation is redeemed, see
 * proto/noise.h: BLAKE2b-256 of "roadbook/invitation/1", a zero byte and the
 * secret.
 */
void token_psk(uint8_t out[static TOKEN_PSK_SIZE],
	const uint8_t secret[static TOKEN_SECRET_SIZE]);

/* Wipes it. Fine at any time, and twice. */
void token_clear(struct token *token);

#endif
