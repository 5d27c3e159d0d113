#ifndef CLIENT_NODE_LAST_WORD_H
#define CLIENT_NODE_LAST_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/lease.h"
#include "client/node/node.h"
#include "proto/receipt.h"

/*
 * The receipt of a device that erases itself (wipe.h, proto/receipt.h): signed
 * before its keys go, and given to the hub when they are gone. Until the hub
 * has it, it lies in the file `receipt`, with what it takes to get there: the
 * link key and the credentials of a device that was shut out, for which the hub
 * does nothing else, and of a lease that is over those of a device that has to
 * be let in anew. No data, and nothing that opens any.
 *
 *     offset  size  field
 *          0     4  "RBW1"
 *          4    32  company key
 *         36    32  link secret
 *         68     2  size of the credentials, big-endian
 *         70   750  credentials
 *        820     2  size of the addresses
 *        822  1161  addresses of the hub and of colleagues, each with a zero
 *       1983   170  receipt
 *       2153    32  BLAKE2b-256 of everything before
 */
enum { LAST_WORD_SIZE = 2185 };

struct last_word {
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	size_t credentials_size;
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t addresses_size;
	char addresses[LEASE_ADDRESSES_MAX];
	uint8_t receipt[RECEIPT_SIZE];
};

void last_word_encode(
	uint8_t bytes[static LAST_WORD_SIZE], const struct last_word *word);
/* Any bytes as such a file; false when they are none, or damaged. */
bool last_word_decode(
	struct last_word *word, const uint8_t *bytes, size_t size);

/*
 * Signs the receipt of an open node that was shut out, or was restored by the
 * root key (RECEIPT_BACKUP), and writes the file: on the disk, before anything
 * is erased. False: the disk refuses; the erasing does not wait for it.
 */
bool last_word_write(struct node *node, enum receipt_order order);
/* The same of one that is locked, whose grace is over. */
bool last_word_write_locked(const char *dir, const struct lease *lease);

/*
 * Gives what the folder has to the hub, and forgets it then; a file that is
 * damaged can be given to nobody, and goes. True: there is nothing left to
 * give.
 */
bool last_word_deliver(const char *dir);
/* Overwrites and removes it. */
void last_word_forget(const char *dir);

#endif
