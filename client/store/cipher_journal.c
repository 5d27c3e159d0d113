#include <sodium.h>
#include <string.h>

#include "client/store/cipher_inside.h"

/*
 * A rollback journal is headers of a sector, and records: page number (4),
 * page, sum (4). What it has of a page that does not open is damage and never
 * a torn end: SQLite counts a record only once it is synced (synchronous=FULL),
 * and reads no further than it counted.
 */
enum {
	SECTOR = 512, /* what SQLite takes with POWERSAFE_OVERWRITE */
	WORD = 4,
	COUNT_SIZE = 12, /* magic and number of records, written later */
	END_SIZE = 28,   /* zeros over a header: the journal is done with */
};

static const uint8_t magic[8] = {
	0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

/* The number that stands before a page. */
static int
number_before(struct cipher_file *f, sqlite3_int64 page, uint32_t *number)
{
	uint8_t bytes[WORD];
	int code = SQLITE_OK;

	if (f->number_at != page - WORD) {
		code = cipher_beneath_read(f, bytes, WORD, page - WORD);
		f->number_at = page - WORD;
		f->number = cipher_number(bytes);
	}
	if (code != SQLITE_OK)
		f->number_at = -1;
	*number = f->number;
	return code;
}

/* The next call may be for the sum of this page. */
static void
expect_sum(struct cipher_file *f, sqlite3_int64 page, const uint8_t *sealed)
{
	f->sum_at = page + PAGE_SEAL_SIZE;
	memcpy(f->nonce, sealed + PAGE_SEAL_SIZE - PAGE_SEAL_ROOM,
		PAGE_SEAL_NONCE);
}

static int
read_page(struct cipher_file *f, uint8_t *out, sqlite3_int64 at)
{
	uint32_t number = 0;
	int code = cipher_beneath_read(f, f->scratch, PAGE_SEAL_SIZE, at);

	if (code == SQLITE_OK)
		code = number_before(f, at, &number);
	if (code == SQLITE_OK &&
		!cipher_open(f, PAGE_JOURNAL, number, f->scratch, out))
		code = cipher_damaged(f, number);
	if (code != SQLITE_OK)
		memset(out, 0, PAGE_SEAL_SIZE);
	else
		expect_sum(f, at, f->scratch);
	return code;
}

int
cipher_journal_read(
	struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at)
{
	bool sum = size == WORD && at == f->sum_at;
	int code;

	f->sum_at = -1;
	if (size == PAGE_SEAL_SIZE)
		return read_page(f, out, at);
	if (size > SECTOR)
		return cipher_refuse(f, SQLITE_IOERR_READ, size, at);
	code = cipher_beneath_read(f, out, size, at);
	if (sum) {
		page_mask_record(f->vfs->keys, f->nonce, out);
	} else if (size == WORD && code == SQLITE_OK) {
		f->number_at = at;
		f->number = cipher_number(out);
	}
	return code;
}

static int
write_page(struct cipher_file *f, const uint8_t *page, sqlite3_int64 at)
{
	uint32_t number;
	int code = number_before(f, at, &number);

	if (code != SQLITE_OK)
		return code;
	if (!cipher_seal(f, PAGE_JOURNAL, number, page, f->scratch))
		return cipher_refuse(f, SQLITE_IOERR_WRITE, PAGE_SEAL_SIZE, at);
	expect_sum(f, at, f->scratch);
	return cipher_beneath_write(f, f->scratch, PAGE_SEAL_SIZE, at);
}

static int
write_word(
	struct cipher_file *f, const uint8_t *bytes, sqlite3_int64 at, bool sum)
{
	uint8_t word[WORD];

	memcpy(word, bytes, WORD);
	if (sum) {
		page_mask_record(f->vfs->keys, f->nonce, word);
	} else {
		f->number_at = at;
		f->number = cipher_number(word);
	}
	return cipher_beneath_write(f, word, WORD, at);
}

/* Everything else that SQLite writes there has nobody's words in it. */
static bool
is_bookkeeping(const uint8_t *bytes, int size)
{
	switch (size) {
	case 1:
	case END_SIZE:
		return sodium_is_zero(bytes, (size_t)size);
	case COUNT_SIZE:
		return memcmp(bytes, magic, sizeof magic) == 0;
	case SECTOR:
		return sodium_is_zero(
			bytes + END_SIZE, (size_t)SECTOR - END_SIZE);
	default:
		return false;
	}
}

int
cipher_journal_write(
	struct cipher_file *f, const uint8_t *bytes, int size, sqlite3_int64 at)
{
	bool sum = at == f->sum_at;

	f->sum_at = -1;
	if (size == PAGE_SEAL_SIZE)
		return write_page(f, bytes, at);
	if (size == WORD)
		return write_word(f, bytes, at, sum);
	f->number_at = -1;
	if (is_bookkeeping(bytes, size))
		return cipher_beneath_write(f, bytes, size, at);
	return cipher_refuse(f, SQLITE_IOERR_WRITE, size, at);
}
