#ifndef CLIENT_STORE_PAGE_SEAL_H
#define CLIENT_STORE_PAGE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page of a database, as it lies on the disk of an encrypted node. SQLite
 * leaves PAGE_SEAL_ROOM bytes at the end of each page alone; they take what
 * sealing adds, so a sealed page is as long as a plain one.
 *
 *     offset  size  field
 *          0  4056  ciphertext (XChaCha20-Poly1305)
 *       4056    24  nonce, by chance
 *       4080    16  tag
 *
 * In page 1 the first 16 bytes are the key's mark in the place of what every
 * database begins with, and ciphertext follows: no header can be read, and a
 * wrong key is known before anything is tried with it.
 *
 * The tag binds the page to its number and to the kind of file. Database and
 * WAL are one kind: at a checkpoint a page goes from the one into the other as
 * it is (cipher_vfs.h). What that gives away: who can write to the disk may put
 * an older page, of the same number, in the place of a newer one. He could
 * without it, from an older copy of the database; the page of the WAL adds
 * versions that were overwritten or undone before a checkpoint. Nonces are 192
 * bits by chance, so one key for both repeats none.
 *
 * Sources: SQLite's file formats (sqlite.org/fileformat2.html), the pitfalls
 * that README.md of this folder lists.
 */
enum {
	PAGE_SEAL_SIZE = 4096,
	PAGE_SEAL_ROOM = 40,
	PAGE_SEAL_NONCE = 24,
	PAGE_SEAL_KEY_SIZE = 32,
	PAGE_SEAL_MARK_SIZE = 16,
};

enum page_kind {
	PAGE_STORED = 1,  /* of the database, or of its WAL */
	PAGE_JOURNAL = 2, /* as it was before a transaction */
};

/* Everything derived from one data key, in locked memory. */
struct page_keys;

/* Never NULL. */
struct page_keys *page_keys_new(const uint8_t key[static PAGE_SEAL_KEY_SIZE]);
void page_keys_free(struct page_keys *keys); /* wipes; NULL is fine */

/* What page 1 of a database under these keys begins with. */
const uint8_t *page_mark(const struct page_keys *keys);

/*
 * Whether a page can be sealed and come back as it was: the room at its end is
 * zero, since SQLite's checksums cover it; page 1 says that there is such room.
 */
bool page_room_is_clear(const uint8_t page[static PAGE_SEAL_SIZE]);
bool page_header_fits(
	uint32_t number, const uint8_t page[static PAGE_SEAL_SIZE]);

/* Seals page `number` (from 1) into `sealed`, which is not `page`. */
void page_seal(const struct page_keys *keys, enum page_kind kind,
	uint32_t number, const uint8_t page[static PAGE_SEAL_SIZE],
	uint8_t sealed[static PAGE_SEAL_SIZE]);

/*
 * Opens it; `page` may be `sealed`. False when it is not what was sealed as
 * this page under these keys: `page` is then undefined. The room at its end
 * is the caller's to clear (page_room_clear).
 */
bool page_open(const struct page_keys *keys, enum page_kind kind,
	uint32_t number, const uint8_t sealed[static PAGE_SEAL_SIZE],
	uint8_t page[static PAGE_SEAL_SIZE]);
void page_room_clear(uint8_t page[static PAGE_SEAL_SIZE]);

/*
 * The first 100 bytes of a database, as SQLite has to see them to go on to its
 * journal or WAL when page 1 was torn: page size and room, nothing else.
 */
enum { PAGE_HEADER_SIZE = 100 };
void page_header_stand_in(uint8_t header[static PAGE_HEADER_SIZE]);

/*
 * SQLite's checksums of a page's plain bytes lie beside it: whoever guesses a
 * whole page could see that he is right. They are hidden under 8 bytes that
 * depend on where they stand: in a WAL its offset and salts, in a journal the
 * sealed page's nonce. XOR; doing it twice takes it off.
 */
void page_mask_frame(const struct page_keys *keys, uint64_t offset,
	const uint8_t salts[static 8], uint8_t sums[static 8]);
void page_mask_record(const struct page_keys *keys,
	const uint8_t nonce[static PAGE_SEAL_NONCE], uint8_t sum[static 4]);

#endif
